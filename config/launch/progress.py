"""What a person sees while `./run` works: numbered steps with seconds, and one message when something fails.

The details (every command and what it printed) go to `var/log/setup.log`.
"""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

# `./run manage` passes on the exit code of a command (0 to 3), so a failed preparation needs one of its own.
SETUP_FAILED = 70
USAGE = 2

TAIL_LINES = 12
WARNINGS = ("warning:", "npm warn", "w:")


class Trouble(Exception):
    """One message for the person at the keyboard: what happened, and what to do about it."""

    def __init__(self, message: str, *, hint: str = "", exit_code: int = SETUP_FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def text(self) -> str:
        """Return the message with the hint below it, as it is shown."""
        return f"{self.message}\n\n{self.hint}" if self.hint else self.message


class CommandFailed(Exception):
    """A command ended with an error; the step that ran it turns this into a `Trouble` with its own advice."""

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        self.argv = list(argv)
        self.code = code
        self.output = output
        super().__init__("\n".join(filter(None, [f"{argv[0]} ended with code {code}", self.tail(1)])))

    @property
    def disk_full(self) -> bool:
        """Tell whether the command stopped because nothing more could be written."""
        return "No space left on device" in self.output or "ENOSPC" in self.output

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines that the command printed, indented; warnings only when there is nothing else."""
        printed = [line.rstrip() for line in self.output.splitlines() if line.strip()]
        errors = [line for line in printed if not line.lower().startswith(WARNINGS)]
        return "\n".join(f"    {textwrap.shorten(line, 200)}" for line in (errors or printed)[-lines:])

    def trouble(self, message: str, hint: str) -> Trouble:
        """Return the one message: what failed, its last lines, what to do. A full disk outranks `hint`."""
        if self.disk_full:
            return disk_full_trouble()
        tail = self.tail()
        return Trouble(f"{message}\n{tail}" if tail else message, hint=hint)


def disk_full_trouble(where: str = "") -> Trouble:
    """Return the message for a full disk."""
    place = f" ({where})" if where else ""
    return Trouble(
        f"The disk is full{place}.",
        hint="Free some space (`df -h .` shows how much there is), then run the same command again: "
        "it goes on where it stopped.",
    )


def is_disk_full(error: OSError) -> bool:
    """Tell whether an operating-system error means a full disk or a used-up quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class Log:
    """The setup log: appended to, and started anew when it has grown beyond a few megabytes."""

    LIMIT_BYTES = 4_000_000

    def __init__(self, path: Path | None) -> None:
        self.path = path
        if path is not None and path.exists() and path.stat().st_size > self.LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))

    def write(self, text: str) -> None:
        """Append a line with the time of day."""
        if self.path is None:
            return
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{stamp} {text.rstrip()}\n")

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: str | None = None,
    ) -> str:
        """Run a command quietly, log what it printed and return it.

        Raises
        ------
        CommandFailed
            When the command is missing or ends with an error.
        """
        self.write("$ " + " ".join(argv))
        try:
            done = subprocess.run(
                list(argv),
                env=dict(env),
                cwd=cwd,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise CommandFailed(argv, 127, f"{error.filename}: not found") from error
        self.write(done.stdout)
        if done.returncode != 0:
            self.write(f"-> exit code {done.returncode}")
            raise CommandFailed(argv, done.returncode, done.stdout)
        return done.stdout


class Steps:
    """Numbered steps on stderr, so that stdout stays the command's own.

    With `quiet`, a step shows only when it really does something.
    """

    def __init__(self, total: int, *, quiet: bool = False, out: TextIO | None = None) -> None:
        self.total = total
        self.quiet = quiet
        self.number = 0
        self.out = out if out is not None else sys.stderr
        self.started = time.monotonic()

    def skip(self, name: str) -> None:
        """Count a step with nothing to do."""
        self.number += 1
        if not self.quiet:
            self.out.write(f"{self._head(name)} ready\n")
            self.out.flush()

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step with its seconds while the block runs."""
        self.number += 1
        with _Ticker(self.out, self._head(name)):
            yield

    def total_seconds(self) -> float:
        """Return the seconds since the first step."""
        return time.monotonic() - self.started

    def _head(self, name: str) -> str:
        width = len(str(self.total))
        return f"[{self.number:>{width}}/{self.total}] {name:<34}"


class _Ticker:
    """One line whose seconds run on a terminal; in a log file the seconds stand once, at the end."""

    def __init__(self, out: TextIO, head: str) -> None:
        self.out = out
        self.head = head
        self.live = out.isatty()
        self.done = threading.Event()
        self.thread: threading.Thread | None = None
        self.started = 0.0

    def __enter__(self) -> None:
        self.started = time.monotonic()
        self.out.write(self.head)
        self.out.flush()
        if self.live:
            self.thread = threading.Thread(target=self._tick, daemon=True)
            self.thread.start()

    def _tick(self) -> None:
        while not self.done.wait(0.5):
            self.out.write(f"\r{self.head} {time.monotonic() - self.started:6.0f} s")
            self.out.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.done.set()
        if self.thread is not None:
            self.thread.join()
            self.out.write(f"\r{self.head}")
        word = "" if kind is None else "  failed"
        self.out.write(f" {time.monotonic() - self.started:6.1f} s{word}\n")
        self.out.flush()
