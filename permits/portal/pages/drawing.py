"""The drawing: a file, or drawn on the map; and its measures, confirmed or corrected."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import shapely
from django.http import HttpRequest, HttpResponse
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from permits.actions.change_draft import Original
from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.messages import message
from permits.drawings.read import read_drawing
from permits.drawings.sniff import MAX_BYTES
from permits.drawings.vocabulary import KINDS
from permits.engine.from_drawing import Land, NoSuchLand
from permits.models.drafts import Draft
from permits.portal import measures as form
from permits.portal.answer import land_of
from permits.portal.contents import degrees, digest, rows_of
from permits.portal.pages.shown import onward, put_right, step, step_page, told, typed_before
from permits.portal.steps import after

#: Corners of what is drawn on the map, all shapes together; a finger does not draw more.
_MOST_DRAWN: Final = 200_000
_MEGA: Final = 1024 * 1024
#: Farther than this (m) from the property a drawing is one of another place.
_ELSEWHERE_M: Final = 200.0
#: What a drawing need not say, since the next page asks for it.
_ASKED: Final = ("height", "storeys", "floor_area", "eaves_overhang", "dwellings")


@step("drawing")
def drawing(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Take a file, or shapes drawn on the map."""
    typed, errors = typed_before(request, draft, "drawing")
    try:
        land = land_of(draft)
    except NoSuchLand:
        return step_page(request, draft, "drawing", {"gone": True})
    if request.method == "POST":
        errors = []
        read, original = _taken(request, land, errors)
        if read is not None and original is not None and not errors:
            buildings, facets = rows_of(read)
            notes = [_said(note) for note in read.notes if note.where.get("key") not in _ASKED]
            kept = told(
                request,
                draft,
                "drawing",
                {"notes": notes},
                buildings=buildings,
                facets=facets,
                original=original,
            )
            return onward(request, kept, after("drawing"))
        return put_right(request, draft, "drawing", errors)
    context = {
        "errors": errors,
        "kinds": form.kinds(),
        "typed": typed or {},
        "most": MAX_BYTES // _MEGA,
        "outline": _collection(land, draft),
    }
    return step_page(request, draft, "drawing", context)


def _taken(
    request: HttpRequest, land: Land, errors: list[tuple[str, str]]
) -> tuple[Drawing | None, Original | None]:
    kind = request.POST.get("kind", "")
    settings = {"kind": kind} if kind in KINDS else {}
    drawn, sent = request.POST.get("drawn", ""), request.FILES.get("file")
    if getattr(request, "too_large", None):
        words = _(
            "%(name)s is larger than %(most)s MB. Save the drawing without pictures, or only the layers with "
            "buildings."
        )
        errors.append(("file", words % {"name": request.too_large, "most": MAX_BYTES // _MEGA}))  # type: ignore[attr-defined]
        return None, None
    if sent is not None:
        name, content = sent.name or "", sent.read()
    elif drawn:
        name, content = "drawn.geojson", _as_file(drawn, kind)
        settings = {}
        if kind not in KINDS:
            errors.append(("kind", _("Choose what kind of building you have drawn.")))
            return None, None
    else:
        errors.append(("file", _("Choose a file, or draw the building on the map.")))
        return None, None
    try:
        read = read_drawing(content, filename=name, settings=settings, near=land.outline)
    except DrawingError as wrong:
        errors.extend(("file", _said(fault)) for fault in wrong.faults)
        return None, None
    far = read.buildings.geometry.distance(land.outline).min()
    if far > _ELSEWHERE_M:
        words = _(
            "The drawing lies %(far)s km from the property. Is it a drawing of another parcel, or in another "
            "coordinate system?"
        )
        errors.append(
            ("file", words % {"far": f"{far / 1000.0:.1f}".replace(".", get_format("DECIMAL_SEPARATOR"))})
        )
        return None, None
    return read, Original(name, digest(content), content)


def _said(fault: Fault) -> str:
    """A fault in words for the page: what is mended by a word of the terminal there, is mended by a box here."""
    words = message(fault)
    if "--" in words.remedy:
        choose = _("Choose below what is drawn.") if "kind=" in words.remedy else ""
        words = replace(words, remedy=choose)
    return str(words)


def _as_file(drawn: str, kind: str) -> bytes:
    """What was drawn as a GeoJSON file with a name and a kind for each shape; anything else is told as no file."""
    try:
        shapes = json.loads(drawn[:_MOST_DRAWN])["features"]
        features = [
            {
                "type": "Feature",
                "id": f"{number}",
                "properties": {"id": f"{number}", "kind": kind},
                "geometry": {"type": "Polygon", "coordinates": shape["geometry"]["coordinates"]},
            }
            for number, shape in enumerate(shapes, 1)
        ]
    except (ValueError, KeyError, TypeError):
        return b"{}"
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _collection(land: Land, draft: Draft) -> dict[str, Any]:
    """The property, and what is drawn on it so far, in degrees."""
    shapes = [
        ("plot", land.outline),
        *(("proposed", shapely.from_wkt(row["wkt"])) for row in draft.buildings),
    ]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(degrees(shape)),
                "properties": {"role": role, "finding": None, "label": "", "outcome": ""},
            }
            for role, shape in shapes
        ],
    }


@step("measures")
def measures(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What was read of the drawing, to be confirmed or corrected."""
    typed, errors = typed_before(request, draft, "measures")
    buildings = form.form(draft.buildings) if typed is None else form.read(draft.buildings, typed)[1]
    if request.method == "POST":
        given = {key: request.POST.get(key, "")[:60] for key in request.POST}
        changed, buildings = form.read(draft.buildings, given)
        errors = form.wrong(buildings)
        if not errors:
            facets = form.raised(draft.facets, draft.buildings, changed)
            kept = told(request, draft, "measures", {"confirmed": True}, buildings=changed, facets=facets)
            return onward(request, kept, after("measures"))
        return put_right(request, draft, "measures", errors)
    context = {
        "buildings": buildings,
        "errors": errors,
        "notes": draft.answers.get("drawing", {}).get("notes", []),
        "file": draft.original_name,
    }
    return step_page(request, draft, "measures", context)
