"""The text of each local plan as a PDF: what the register records, in words, and what it does not record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import geopandas as gpd

_MATTERS: Final = {
    "max_height": "Bygningshøjde (m)", "max_storeys": "Etager", "plot_ratio": "Bebyggelsesprocent",
    "use": "Anvendelse (kode)", "building_field": "Byggefelter",
}  # fmt: skip
_LINE: Final = 16
#: A4 in points.
_PAGE: Final = (595, 842)


def documents(plans: gpd.GeoDataFrame) -> Iterator[tuple[str, bytes]]:
    """File names and PDFs of all local plans, each once."""
    local = plans[plans["level"] == "local_plan"]
    for _, plan in local.iterrows():
        name = str(plan["document_url"]).rsplit("/", 1)[-1]
        parts = plans[plans["parent_register_id"] == plan["register_id"]]
        yield name, pdf(list(_text(plan, parts)))


def _text(plan: Mapping[str, Any], parts: gpd.GeoDataFrame) -> Iterator[str]:
    yield str(plan["title"])
    yield ""
    yield f"Plannummer {plan['number']}. Vedtaget {plan['adopted_on'] or '-'}. Status {plan['status']}."
    yield "Demonstration: denne plan findes ikke."
    yield ""
    yield from _provisions(plan["limits"])
    for _, part in parts.iterrows():
        yield ""
        yield str(part["title"])
        yield from _provisions(part["limits"])


def _provisions(limits: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for limit in limits:
        word = _MATTERS[limit["matter"]]
        clause = f"{limit['clause']}: " if limit["clause"] else ""
        if limit["state"] == "value":
            yield f"{clause}{word} højst {limit['value']:g}".replace(".", ",")
        elif limit["state"] == "not_regulated":
            yield f"{clause}{word} reguleres ikke."
        else:
            # The register is silent, the text is what counts: here it says what people then have to read.
            yield f"{clause}{word} fastlægges efter en samlet vurdering, jf. redegørelsen."


def pdf(lines: Sequence[str]) -> bytes:
    """A plain PDF of some lines; same lines, same bytes."""
    pages = [lines[at : at + 46] for at in range(0, max(len(lines), 1), 46)]
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for page in pages:
        text = "".join(f"({_escaped(line)}) Tj T*\n" for line in page)
        stream = f"BT /F1 11 Tf {_LINE} TL 56 {_PAGE[1] - 70} Td\n{text}ET".encode("cp1252", "replace")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (*_PAGE, len(objects))
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Lang (da-DK) >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % k for k in kids),
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
