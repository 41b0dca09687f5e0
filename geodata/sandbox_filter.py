"""A filter of system calls for :mod:`geodata.sandbox_child`: no sockets, no other program, whatever code asks.

It needs no right: whoever has given up the way to new privileges may filter their own calls (seccomp). What is
asked for in vain fails with "operation not permitted", so that a library goes on without it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Any, Final

_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
#: Machine → number of its architecture, and of socket, execve, execveat, ptrace and io_uring_setup on it.
_CALLS: Final = {
    "x86_64": (0xC000003E, (41, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 221, 281, 117, 425)),
}
#: Call numbers from here on are those of another interface of the same machine (x32).
_OTHER: Final = 0x40000000


def deny_calls() -> bool:
    """Forbid this process sockets and other programs for good; False where the kernel or machine cannot."""
    known = _CALLS.get(os.uname().machine)
    if known is None:
        return False
    architecture, calls = known
    last = len(calls) + 5  # of the instructions: where "deny" stands; "allow" comes before it
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, last - 2, architecture),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, last - 4, 0, _OTHER),
        *((_EQUAL, last - 5 - i, 0, number) for i, number in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    held = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    argument = Program(len(program), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(argument), 0, 0) == 0)


def idle(_data: bytes, _options: dict[str, Any]) -> None:
    """Do nothing; run in the sandbox to learn how it is closed."""
