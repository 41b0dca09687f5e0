"""What the bytes of an upload are, whatever its name says."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from typing import Final

#: Uploads larger than this are not opened.
MAX_BYTES: Final = 50 * 1024 * 1024

#: Suffix → format that such a name promises.
SUFFIXES: Final = {
    ".geojson": "geojson",
    ".json": "json",
    ".dxf": "dxf",
    ".dwg": "dwg",
    ".pdf": "pdf",
    ".ifc": "ifc",
    ".gml": "xml",
    ".xml": "xml",
    ".gpkg": "sqlite",
    ".shp": "shp",
    ".zip": "zip",
    ".kml": "xml",
    ".kmz": "zip",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".tif": "image",
    ".tiff": "image",
    ".docx": "zip",
    ".xlsx": "zip",
}
_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"ISO-10303-21", "ifc"),
    (b"AutoCAD Binary DXF", "dxf"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "office"),
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DXF_START: Final = re.compile(
    rb"^\s*(?:999\s*\r?\n[^\n]*\r?\n\s*)*0\s*\r?\n\s*(?:SECTION|EOF)\s*(?:\r?\n|$)"
)


def encoding(data: bytes) -> str:
    """Encoding of a JSON text: by its byte order mark, by where its zero bytes lie, else UTF-8."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if len(data) >= 4 and 0 in data[:4]:
        zeros = tuple(byte == 0 for byte in data[:4])
        if zeros == (True, True, True, False):
            return "utf-32-be"
        if zeros == (False, True, True, True):
            return "utf-32-le"
        if zeros[0] and not zeros[1]:
            return "utf-16-be"
        if zeros[1] and not zeros[0]:
            return "utf-16-le"
    return "utf-8"


def content(data: bytes) -> str:  # noqa: PLR0911
    """Format of the bytes: one word; ``empty`` for nothing, ``text`` or ``unknown`` for the rest."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        return "empty"
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if re.match(rb"AC1\d\d\d", data):
        return "dwg"
    head = data[:4096]
    text = head.decode(encoding(data), "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return "json"
    if text.startswith("<"):
        return "html" if re.match(r"<(!doctype\s+html|html)", text, re.IGNORECASE) else "xml"
    if _DXF_START.match(head.removeprefix(codecs.BOM_UTF8)):
        return "dxf"
    return "unknown" if b"\x00" in head else "text"


def promised(filename: str) -> str | None:
    """Format that the name promises; ``None`` when its suffix says nothing."""
    return SUFFIXES.get(PurePosixPath(filename.replace("\\", "/")).suffix.lower())
