"""The frame of a Shapefile: records walked, side files counted and compared, encoding of the text found out.

GDAL reads a file that was cut off, or a record that claims sixty million points, as missing shapes and says
nothing.
"""

from __future__ import annotations

import codecs
import struct
from pathlib import Path
from typing import Final

from geodata.readers.formats.fault import Unreadable

_HEAD: Final = 100
#: Shape types with counts: type → (has parts, bytes before the parts).
_WITH_PARTS: Final = (3, 5, 13, 15, 23, 25, 31)
_WITH_POINTS: Final = (8, 18, 28)
#: Byte 29 of the table's head (language driver) → encoding, those seen in Danish data.
_CODE_PAGES: Final = {
    0x03: "cp1252",
    0x57: "cp1252",
    0x02: "cp850",
    0x01: "cp437",
    0x66: "cp865",
    0x08: "cp865",
}


def look_through(path: Path) -> int:
    """Number of records of a Shapefile that is whole, with its side files.

    Raises
    ------
    Unreadable : cut off, impossible counts, a missing side file, side files of different length.
    """
    count = _walk(path)
    sides = side_files(path)
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in sides]
    if missing:
        raise Unreadable(
            "missing_sidecar",
            f"{path.name} comes without {' and '.join(missing)}; deliver all files of the Shapefile together, "
            f"best in one zip",
            found=", ".join(sorted(sides)),
            expected=", ".join(missing),
        )
    _same_length(path, sides, count)
    return count


def side_files(path: Path) -> dict[str, Path]:
    """The files of the same name, by their suffix in small letters."""
    return {s.suffix.lower(): s for s in path.parent.glob(f"{_escaped(path.stem)}.*")}


def _escaped(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def _walk(path: Path) -> int:
    """Number of records, each looked at as far as its counts."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if len(head) < _HEAD or struct.unpack(">i", head[:4])[0] != 9994:
            raise Unreadable(
                "not_what_it_says",
                f"{path.name} is no Shapefile (its file code is wrong)",
                found=head[:4].hex().upper(),
                expected="0000270A",
                where={"byte": 0},
            )
        declared = struct.unpack(">i", head[24:28])[0] * 2
        at, number = _HEAD, 0
        while at + 8 <= min(size, declared):
            number += 1
            file.seek(at)
            record = file.read(8 + 44)
            length = struct.unpack(">i", record[4:8])[0] * 2
            if length < 4 or at + 8 + length > size:
                raise Unreadable(
                    "truncated",
                    f"{path.name} is cut off: record {number} needs {length} bytes at byte {at} of {size}. "
                    f"Nothing of it was taken; fetch it again",
                    found=f"record {number}",
                    where={"record": number, "byte": at},
                )
            _counts(path, number, record[8:], length)
            at += 8 + length
    if declared > size:
        raise Unreadable(
            "truncated",
            f"{path.name} is cut off: {size} of {declared} bytes are there; fetch it again",
            found=f"{size} / {declared}",
            where={"byte": size},
        )
    return number


def _counts(path: Path, number: int, record: bytes, length: int) -> None:
    kind = struct.unpack("<i", record[:4])[0]
    needed = 0
    if kind in _WITH_PARTS and len(record) >= 44:
        parts, points = struct.unpack("<ii", record[36:44])
        needed = 44 + 4 * parts + 16 * points if min(parts, points) >= 0 else length + 1
        claim, most = f"{parts} parts and {points} points", max(parts, points)
    elif kind in _WITH_POINTS and len(record) >= 40:
        points = struct.unpack("<i", record[36:40])[0]
        needed = 40 + 16 * points if points >= 0 else length + 1
        claim, most = f"{points} points", points
    if needed > length:
        raise Unreadable(
            "bogus_count",
            f"{path.name}: record {number} claims {claim} in {length} bytes; the file is damaged or made to harm",
            found=most,
            expected=length,
            where={"record": number},
        )


def _same_length(path: Path, sides: dict[str, Path], count: int) -> None:
    indexed = (sides[".shx"].stat().st_size - _HEAD) // 8
    with sides[".dbf"].open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        raise Unreadable("truncated", f"{sides['.dbf'].name} is cut off; fetch it again", found=".dbf")
    rows, first, width = struct.unpack("<iHH", head[4:12])
    if sides[".dbf"].stat().st_size < first + rows * width:
        raise Unreadable(
            "truncated",
            f"{sides['.dbf'].name} is cut off: it claims {rows} rows; fetch it again",
            found=".dbf",
        )
    if indexed != count or rows != count:
        raise Unreadable(
            "truncated",
            f"{path.name} holds {count} records, its .shx {indexed} and its .dbf {rows}; "
            f"the files do not belong together. Fetch them again",
            found=f".shp {count}, .shx {indexed}, .dbf {rows}",
        )


def encoding(path: Path, sides: dict[str, Path], wanted: str = "") -> tuple[str, list[tuple[str, str]]]:
    """Encoding of the text: the ``.cpg``, the table's own byte, what is wanted, else what the bytes allow.

    Returns
    -------
    Its name, and remarks (stable word, sentence) on what had to be guessed.
    """
    if ".cpg" in sides:
        said = sides[".cpg"].read_text("ascii", "replace").strip()
        name = f"cp{said}" if said.isdigit() else said.removeprefix("ANSI ").strip()
        name = f"cp{name}" if name.isdigit() else name
        try:
            return codecs.lookup(name).name, []
        except LookupError:
            return "cp1252", [
                ("encoding", f"{path.stem}.cpg names the unknown encoding {said!r}; cp1252 was taken")
            ]
    content = sides[".dbf"].read_bytes()
    if content[29] in _CODE_PAGES and content[29] != 0x57:
        return _CODE_PAGES[content[29]], []
    if wanted:
        return wanted, []
    first = struct.unpack("<H", content[8:10])[0]
    if content[first:].isascii():
        return "utf-8", []
    try:
        content[first:].decode("utf-8")
        name = "utf-8"
    except UnicodeDecodeError:
        name = "cp1252"
    return name, [
        (
            "encoding",
            f"{path.stem}.dbf does not say the encoding of its text (there is no .cpg); {name} was taken",
        )
    ]
