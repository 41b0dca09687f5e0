"""PDF: looked through and shown, never measured."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from geodata.sandbox import Limits
from permits.drawings.attachment import read_attachment
from permits.drawings.drawing import DrawingError
from permits.drawings.pdf import PREVIEW_PX
from tests.permits.drawings.builders import faults

PAGE = b"1 0 0 rg 0 0 100 50 re f"


def pdf(pages: int = 1, *, catalog: bytes = b"", extra: bytes = b"") -> bytes:
    """A PDF of pages of 200 × 100 points, the lower left quarter red."""
    kids = b" ".join(b"%d 0 R" % (4 + n) for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R %s>>" % catalog,
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Length %d>>stream\n%s\nendstream" % (len(PAGE), PAGE),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 3 0 R>>"] * pages,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    out += extra
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + head + table + tail


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and rows (three bytes a pixel, one of filter before each row) of a picture."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (8, 2)
    at, packed = 8, b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert zlib.crc32(name + body) == struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0]
        packed += body if name == b"IDAT" else b""
        at += size + 12
    return width, height, zlib.decompress(packed)


def refused(data: bytes, name: str = "plan.pdf", **options: Limits) -> list[str]:
    with pytest.raises(DrawingError) as error:
        read_attachment(data, filename=name, **options)  # type: ignore[arg-type]
    return [fault.code for fault in error.value.faults]


def test_a_page_is_shown_as_a_picture() -> None:
    shown = read_attachment(pdf(3), filename="plan.pdf")
    assert (shown.pages, shown.notes) == (3, ())
    assert shown.sizes_mm == ((70.6, 35.3),) * 3
    width, height, rows = pixels(shown.preview)
    assert (width, height) == (PREVIEW_PX, PREVIEW_PX // 2)

    def colour(x: int, y: int) -> bytes:
        at = y * (width * 3 + 1) + 1 + x * 3
        return rows[at : at + 3]

    assert colour(100, height - 100) == b"\xff\x00\x00"
    assert colour(width - 100, 100) == b"\xff\xff\xff"


def test_a_pdf_is_never_measured() -> None:
    assert [f.code for f in faults(pdf(), "plan.pdf", crs="EPSG:25832")] == ["not_measured"]


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("active_content", pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")),
        ("active_content", pdf(catalog=b"/OpenAction<</S/Java#53cript/J#53(1)>>")),
        ("active_content", pdf(catalog=b"/OpenAction<</S/Launch/F(x)>>")),
        ("embedded_file", pdf(catalog=b"/Names<</EmbeddedFiles<</Names[]>>>>")),
    ],
)
def test_what_it_carries_is_told(code: str, data: bytes) -> None:
    assert [note.code for note in read_attachment(data, filename="plan.pdf").notes] == [code]


def test_scripts_in_packed_objects_are_found() -> None:
    packed = zlib.compress(b"9 0 <</S/JavaScript/JS(1)>>")
    extra = (
        b"9 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\n"
    )
    data = pdf(extra=extra % (len(packed), packed))
    assert [note.code for note in read_attachment(data, filename="plan.pdf").notes] == ["active_content"]


def test_what_is_no_pdf_is_refused() -> None:
    assert refused(b"%PDF-1.7 hello") == ["not_what_it_says"]
    assert refused(pdf()[:-200]) == ["truncated"]
    assert refused(b'{"type": "Point"}') == ["not_what_it_says"]
    assert refused(b" ") == ["empty_file"]
    assert refused(pdf(0))[0] in ("pages", "structure_of_file")
    assert refused(pdf(), limits=Limits(wall_s=0.01)) == ["stopped_time"]


def test_the_number_of_pages_is_limited_exactly() -> None:
    assert read_attachment(pdf(500), filename="plan.pdf").pages == 500
    assert refused(pdf(501)) == ["pages"]


def test_the_answer_is_small_enough_for_a_page() -> None:
    assert len(base64.b64encode(read_attachment(pdf(), filename="x.pdf").preview)) < 200_000
