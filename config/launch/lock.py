"""Two `./run` in one clone take turns.

The lock is taken on a file or folder that is there anyway, so `./run reset` cannot delete it under somebody
who waits for it; the system gives it back when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def take(path: Path, waiting: str, *, inheritable: bool = False) -> int:
    """Take the lock on `path` and return its file descriptor; say `waiting` when somebody else has it."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(waiting, file=sys.stderr, flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    os.set_inheritable(handle, inheritable)
    return handle


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a clone while the block runs."""
    handle = take(path, "Another ./run is at work in this clone; waiting for it ...")
    try:
        yield
    finally:
        os.close(handle)
