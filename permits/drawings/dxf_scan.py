"""What a DXF says about itself before any library repairs it: sections, end, units.

A repairing reader answers a cut file with an empty drawing and no error, and fills in a unit that nobody
stated; so both are read from the tags themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

BINARY: Final = b"AutoCAD Binary DXF\r\n\x1a\x00"
#: A word that frames, with the line of its code before it; the words themselves are found by a plain search.
_BEFORE: Final = re.compile(rb"(?:\A|\n)[ \t]*0[ \t]*\r?\n[ \t]*\Z")
_AFTER: Final = re.compile(rb"[ \t]*\r?(?:\n|\Z)")
_WORDS: Final = (b"SECTION", b"ENDSEC", b"EOF")
_UNITS: Final = re.compile(rb"\$INSUNITS[ \t]*\r?\n[ \t]*70[ \t]*\r?\n[ \t]*(\d{1,4})")

#: Codes of $INSUNITS → metres in one drawing unit; other codes are no unit of a building.
METRES: Final = {
    1: 0.0254,
    2: 0.3048,
    4: 0.001,
    5: 0.01,
    6: 1.0,
    7: 1000.0,
    10: 0.9144,
    14: 0.1,
    15: 10.0,
    16: 100.0,
    21: 1200.0 / 3937.0,
}
UNIT_NAMES: Final = {
    1: "inches",
    2: "feet",
    4: "mm",
    5: "cm",
    6: "m",
    7: "km",
    10: "yards",
    14: "dm",
    15: "dam",
    16: "hm",
    21: "US survey feet",
}


@dataclass(frozen=True)
class Scan:
    """Frame of the file.

    ``cut_at``: last line of a file that stops inside a section, ``None`` when all sections end;
    ``cut_in``: name of that section; ``insunits``: as stated.
    """

    cut_at: int | None
    cut_in: str
    has_end: bool
    in_order: bool
    insunits: int | None


def scan(data: bytes) -> Scan | None:
    """Read the frame of an ASCII DXF; ``None`` for a binary one, which has no lines."""
    if data.startswith(BINARY):
        return None
    opened: int | None = None
    in_order = True
    has_end = False
    for start, word in _marks(data):
        if word == b"SECTION":
            in_order &= opened is None
            opened = start
        elif word == b"ENDSEC":
            in_order &= opened is not None
            opened = None
        else:
            has_end = True
            break
    cut_at, cut_in = None, ""
    if opened is not None and not has_end:
        cut_at = data.rstrip().count(b"\n") + 1
        words = data[opened : opened + 200].split()
        cut_in = words[3].decode("ascii", "replace")[:40] if len(words) > 3 else "SECTION"
    units = _UNITS.search(data)
    return Scan(cut_at, cut_in, has_end, in_order and opened is None, int(units.group(1)) if units else None)


def _marks(data: bytes) -> list[tuple[int, bytes]]:
    """Where a tag of code 0 with one of the framing words begins, in the order of the file."""
    found = []
    for word in _WORDS:
        at = data.find(word)
        while at >= 0:
            before = _BEFORE.search(data, max(0, at - 40), at)
            if before and _AFTER.match(data, at + len(word)):
                found.append((before.start() + (data[before.start()] in b"\n"), word))
            at = data.find(word, at + 1)
    return sorted(found)
