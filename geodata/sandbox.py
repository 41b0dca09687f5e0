"""Run a parser on foreign bytes in a child process that cannot do much harm.

The child has a limit on processor time, address space, size of what it writes, open files and wall time. It
gets an empty directory, a bare environment, no network where the kernel allows it (a namespace of its own, a
filter of system calls; through Python none in any case; :func:`kept_off_network` tells which), and answers with
JSON: what comes back is data and never code.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

_CHILD: Final = Path(__file__).with_name("sandbox_child.py")
_ROOT: Final = Path(__file__).resolve().parents[1]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a parser may use: seconds of processor time and of wall time, bytes of memory and of output."""

    cpu_s: int = 30
    wall_s: float = 90.0
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 128 * 1024**2
    open_files: int = 64


class StoppedError(Exception):
    """The child did not give an answer.

    ``why``: ``time`` (processor or wall), ``memory``, ``output`` (wrote too much), ``crash`` (died),
    ``error`` (the parser raised; ``detail`` names the exception).
    """

    def __init__(self, why: Literal["time", "memory", "output", "crash", "error"], detail: str = "") -> None:
        self.why, self.detail = why, detail
        super().__init__(f"{why}: {detail}" if detail else why)


def run(
    function: str,
    data: bytes,
    options: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Any:
    """Call ``function(data, options)`` in a child process and return its answer.

    Parameters
    ----------
    function : ``package.module:name``; the module is imported in the child only.
    data : the bytes to be parsed; empty where ``options`` name a file instead.
    options : plain values (JSON).
    limits : see :class:`Limits`.

    Returns
    -------
    What the function returned, as JSON has it.

    Raises
    ------
    StoppedError : the function was stopped, died or raised.
    """
    told = _run(function, data, options, limits or Limits())
    if not told["kept_off"]:
        _log.warning(
            "the kernel keeps parsers off the network neither by a namespace nor by a filter of calls"
        )
    return told["value"]


def kept_off_network() -> tuple[str, ...]:
    """What keeps parsers off the network on this machine: ``namespace``, ``seccomp``; empty = Python alone."""
    return tuple(_run("geodata.sandbox_filter:idle", b"", None, Limits())["kept_off"])


def _run(function: str, data: bytes, options: Mapping[str, Any] | None, limits: Limits) -> dict[str, Any]:
    head = json.dumps({"function": function, "options": dict(options or {}), "limits": asdict(limits)})
    with (
        tempfile.TemporaryDirectory(prefix="planvaerk-") as folder,
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as answer,
    ):
        # Files instead of pipes: nothing blocks on a full one, and the limit on file size bounds the answer.
        asked.write(head.encode() + b"\n")
        asked.write(data)
        asked.seek(0)
        child = subprocess.Popen(  # noqa: S603 - our own interpreter on our own file
            [sys.executable, "-I", str(_CHILD), str(_ROOT)],
            stdin=asked,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
            close_fds=True,
        )
        try:
            code = child.wait(limits.wall_s)
        except subprocess.TimeoutExpired as late:
            raise StoppedError("time", f"{limits.wall_s:g} s") from late
        finally:
            _end(child)
        size = answer.seek(0, os.SEEK_END)
        answer.seek(0)
        return _answer(code, answer.read() if size <= limits.output_bytes else None, limits)


def _environment(folder: str) -> dict[str, str]:
    """A bare environment: no secrets, no proxies, one thread, caches in the folder that goes away."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_CACHE_HOME": folder,
        "XDG_CONFIG_HOME": folder,
        "EZDXF_AUTO_LOAD_FONTS": "False",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child with everything it may have started."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _answer(code: int, raw: bytes | None, limits: Limits) -> dict[str, Any]:
    if raw is None:
        raise StoppedError("output")
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        # The hard limit of processor time kills; so does a kernel short of memory, which looks the same.
        raise StoppedError("time", f"{limits.cpu_s} s")
    if code == -signal.SIGXFSZ:
        raise StoppedError("output")
    try:
        told = json.loads(raw)
        state = told["state"]
    except (ValueError, KeyError, TypeError, RecursionError) as broken:
        raise StoppedError("crash", f"signal {-code}" if code < 0 else f"code {code}") from broken
    if state == "ok":
        return dict(told)
    if state in ("memory", "output"):
        raise StoppedError(state)
    raise StoppedError("error", str(told.get("detail", ""))[:300])
