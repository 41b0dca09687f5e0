"""The child process of :mod:`geodata.sandbox`; run as a script, never imported by the site."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import sys
from typing import Any, Final

sys.path.insert(0, sys.argv[1])  # started by its path, without any other place to look in

from geodata.sandbox_filter import deny_calls

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
#: What a parser has no business doing. Compiled code can get round this; the kernel's limits it cannot.
_FORBIDDEN: Final = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.kill",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "shutil.",
    "urllib.",
    "ftplib.",
    "smtplib.",
    "webbrowser.",
)


def _cap(which: int, value: int, hard: int | None = None) -> None:
    """Lower a limit; one that is lower already stays."""
    _, ceiling = resource.getrlimit(which)
    top = value if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        top = min(top, ceiling)
    resource.setrlimit(which, (min(value, top), top))


def _confine(limits: dict[str, Any]) -> list[str]:
    """Take away what the kernel lets us take away; a missing right to do so is no fault of the file.

    Returns
    -------
    What keeps this process off the network besides Python: ``namespace``, ``seccomp``, both or nothing.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    apart = libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_CPU, limits["cpu_s"], limits["cpu_s"] + 1)
    _cap(resource.RLIMIT_AS, limits["memory_bytes"])
    _cap(resource.RLIMIT_FSIZE, limits["output_bytes"])
    _cap(resource.RLIMIT_NOFILE, limits["open_files"])
    return ["namespace"] * apart + ["seccomp"] * deny_calls()


def _watch(event: str, _args: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"not allowed while reading a foreign file: {event}")


def _work() -> dict[str, Any]:
    request = json.loads(sys.stdin.buffer.readline())
    try:
        kept_off = _confine(request["limits"])
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        sys.dont_write_bytecode = True  # modules are cached above; from here on nothing of ours is written
        sys.addaudithook(_watch)
        value = function(sys.stdin.buffer.read(), request["options"])
        return {"state": "ok", "value": value, "kept_off": kept_off}
    except MemoryError:
        return {"state": "memory"}
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is an answer, not a crash
        return {"state": "error", "detail": f"{type(error).__name__}: {error}"[:300]}


def main() -> None:
    """Read one request from stdin, write one answer to stdout."""
    # A parser lives for one file: looking for rings of garbage costs more than they take.
    gc.set_threshold(500_000, 50, 100)
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not end up in the answer
    told = _work()
    try:
        text = json.dumps(told).encode()
    except MemoryError:
        del told
        text = b'{"state": "memory"}'
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({"state": "error", "detail": f"{type(error).__name__}: {error}"[:300]}).encode()
    try:
        with os.fdopen(out, "wb", closefd=False) as stream:
            stream.write(text)
    except OSError:
        os.ftruncate(out, 0)
        os.lseek(out, 0, os.SEEK_SET)
        os.write(out, b'{"state": "output"}')
    os._exit(0)


if __name__ == "__main__":
    main()
