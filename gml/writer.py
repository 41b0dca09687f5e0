"""XML as a stream of text: one escaping function, one output that counts and hashes what passes through.

Whole trees cost four times as much and bound the size of a file by memory. What makes plain text safe is that
every value goes through :func:`escape` and that the finished file is read back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import BinaryIO, Final

#: Everything that cannot stand as it is in XML 1.0 text or in an attribute between double quotes.
_SPECIAL: Final = re.compile("[&<>\"'\t\n\r]|[^\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_ENTITIES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
    # As references, since a parser turns them into plain spaces or line feeds otherwise.
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
#: What stands in the place of a character that XML 1.0 forbids.
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

Report = Callable[[str], None]


def escape(value: str, report: Report | None = None) -> str:
    """Text that is safe both as element content and between the quotes of an attribute.

    Parameters
    ----------
    value : any text.
    report : called once, with the code points, when characters had to be replaced since XML 1.0 cannot carry
        them (control characters, lone surrogates, U+FFFE, U+FFFF).

    Examples
    --------
    >>> escape('Strand & Skov "Nord"')
    'Strand &amp; Skov &quot;Nord&quot;'
    """
    if _SPECIAL.search(value) is None:
        return value
    lost: list[str] = []

    def safe(match: re.Match[str]) -> str:
        found = match.group()
        entity = _ENTITIES.get(found)
        if entity is None:
            lost.append(found)
            return REPLACEMENT
        return entity

    text = _SPECIAL.sub(safe, value)
    if lost and report is not None:
        points = ", ".join(f"U+{ord(c):04X}" for c in sorted(set(lost)))
        report(f"{len(lost)} character(s) that XML cannot carry were replaced ({points})")
    return text


def encoded(texts: Iterable[str]) -> bytes:
    """Texts as UTF-8, one after the other."""
    # One by one, since one letter beyond ASCII makes the whole of a text slow to encode.
    return b"".join([text.encode("utf-8") for text in texts])


class Output:
    """A binary stream that knows how much went through and its SHA-256."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Append bytes; best called with some ten kilobytes at a time."""
        self._hash.update(data)
        self.bytes += len(data)
        self._stream.write(data)

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of everything written so far."""
        return self._hash.hexdigest()
