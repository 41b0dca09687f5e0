"""PDF: an attachment, looked through and shown as a picture; never measured. Runs in the child process.

A print has neither layers nor a scale that one can rely on. What it carries besides pages (scripts, other files) is
told, since whoever opens the original gets that too.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from permits.drawings.drawing import Parsed

#: More pages than this are no drawing.
MAX_PAGES: Final = 500
#: Longest side of a preview, in pixels.
PREVIEW_PX: Final = 1_200
#: Pages whose size is told.
_SIZES: Final = 50
#: Bytes of packed objects that are looked through.
_UNPACKED: Final = 16 * 2**20
_MM: Final = 25.4 / 72
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECTS: Final = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_SCRIPT: Final = re.compile(rb"/(JavaScript|JS|Launch|RichMedia|SubmitForm|ImportData)(?![A-Za-z0-9])")
_FILES: Final = re.compile(rb"/(EmbeddedFiles?|FileAttachment)(?![A-Za-z0-9])")


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Look through a PDF and draw one of its pages.

    Parameters
    ----------
    data : the file.
    options : ``page`` to be drawn, counted from 0 (default the first).

    Returns
    -------
    :meth:`Parsed.plain` without shapes; ``facts``: ``pages`` (their number), ``sizes_mm`` (width and height of the
    first ones), ``preview`` (PNG, base64) and ``preview_px`` (width and height).
    """
    parsed = Parsed()
    if not _whole(data, parsed):
        return parsed.plain()
    _carried(data, parsed)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).casefold():
            parsed.fault("password")
        else:
            parsed.fault("structure_of_file", found=str(error)[:120])
        return parsed.plain()
    if pdfium.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
        parsed.fault("encrypted", "warning")
    _pages(document, int(options.get("page", 0)), parsed)
    return parsed.plain()


def _whole(data: bytes, parsed: Parsed) -> bool:
    """Whether there are objects at all, and an end; a repairing reader goes on without either."""
    if not re.search(rb"\d+\s+\d+\s+obj\b", data):
        parsed.fault("not_what_it_says", found="text", expected="pdf", where={"byte": 8})
    elif b"%%EOF" not in data[-4096:] and b"startxref" not in data[-4096:]:
        parsed.fault("truncated", found="%%EOF", where={"byte": len(data)})
    return not parsed.faults


def _carried(data: bytes, parsed: Parsed) -> None:
    """Tell of scripts and files in it, packed objects included."""
    texts = [data]
    left = _UNPACKED
    for match in _OBJECTS.finditer(data):
        if left <= 0:
            break
        try:
            unpacked = zlib.decompressobj().decompress(data[match.end() :], left)
        except zlib.error:
            continue
        left -= len(unpacked)
        texts.append(unpacked)
    for code, pattern in (("active_content", _SCRIPT), ("embedded_file", _FILES)):
        for text in texts:
            plain = _ESCAPED.sub(lambda m: bytes([int(m.group(1), 16)]), text) if b"#" in text else text
            if carried := pattern.search(plain):
                parsed.fault(code, "warning", found=carried.group(1).decode())
                break


def _pages(document: Any, page: int, parsed: Parsed) -> None:
    count = len(document)
    parsed.facts["pages"] = count
    if not 0 < count <= MAX_PAGES:
        parsed.fault("pages", found=count, expected=MAX_PAGES)
        return
    try:
        sizes = [document.get_page_size(number) for number in range(min(count, _SIZES))]
        shown = document[min(max(page, 0), count - 1)]
        width, height = shown.get_size()
        scale = PREVIEW_PX / max(width, height, 1.0)
        bitmap = shown.render(scale=scale, rev_byteorder=True, may_draw_forms=False, prefer_bgrx=False)
    except pypdfium2.PdfiumError as error:
        parsed.fault("structure_of_file", found=str(error)[:120])
        return
    picture = _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels)
    parsed.facts |= {
        "sizes_mm": [[round(w * _MM, 1), round(h * _MM, 1)] for w, h in sizes],
        "preview": base64.b64encode(picture).decode(),
        "preview_px": [bitmap.width, bitmap.height],
    }


def _png(pixels: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    """A PNG of rows of 8-bit grey, RGB or RGBA pixels."""
    rows = b"".join(b"\0" + pixels[row * stride : row * stride + width * channels] for row in range(height))
    colour = {1: 0, 3: 2, 4: 6}[channels]

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 6))
        + chunk(b"IEND", b"")
    )
