"""The drawing: a file, or drawn on the map; and its measures, confirmed or corrected."""

from __future__ import annotations

import json
from typing import Any, Final

import shapely
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from geodata.crs import to_degrees
from permits.actions.change_draft import Original
from permits.drawings.drawing import DrawingError
from permits.drawings.sniff import MAX_BYTES
from permits.drawings.vocabulary import KINDS
from permits.engine.from_drawing import Land, NoSuchLand
from permits.models.drafts import Draft
from permits.portal import measures as form
from permits.portal.answer import land_of
from permits.portal.contents import digest, rows_of
from permits.portal.layers import pictures_of
from permits.portal.pages.layers import listed
from permits.portal.pages.shown import onward, put_right, step, step_page, told, typed_before
from permits.portal.reading import Outcome, elsewhere, notes_of, read_file, said
from permits.portal.steps import address, after

#: Characters of what is drawn on the map, as JSON; a finger does not draw more.
_MOST_DRAWN: Final = 200_000
_MEGA: Final = 1024 * 1024
#: Name of what was drawn on the map; the case holds the drawing as it is measured beside it.
_SKETCH: Final = "sketch.geojson"


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
        sent = _taken(request, land, errors)
        if sent is not None and not errors:
            return _kept(request, draft, *sent)
        return put_right(request, draft, "drawing", errors)
    context = {
        "errors": errors,
        "kinds": form.kinds(),
        "typed": typed or {},
        "most": MAX_BYTES // _MEGA,
        "outline": _collection(land, draft),
        "waiting": bool(draft.answers.get("drawing", {}).get("layers")) and not draft.buildings,
    }
    return step_page(request, draft, "drawing", context)


def _kept(request: HttpRequest, draft: Draft, outcome: Outcome, original: Original) -> HttpResponse:
    """Keep a file: as the drawing, or until somebody has said what its layers are."""
    mapping = {} if outcome.layers is None else {"layers": outcome.layers.plain()}
    if outcome.drawing is None and outcome.layers is not None:
        drawn = pictures_of(original.content, original.name, outcome.layers)
        told(
            request,
            draft,
            "drawing",
            {**mapping, "pictures": drawn},
            buildings=[],
            facets=[],
            original=original,
        )
        return redirect(address(draft, "layers"))
    if outcome.drawing is None:
        raise ValueError("a file that is not read has layers to ask about")
    buildings, facets = rows_of(outcome.drawing)
    answers = {"notes": notes_of(outcome.drawing), **mapping}
    kept = told(request, draft, "drawing", answers, buildings=buildings, facets=facets, original=original)
    return onward(request, kept, after("drawing"))


def _taken(
    request: HttpRequest, land: Land, errors: list[tuple[str, str]]
) -> tuple[Outcome, Original] | None:
    kind = request.POST.get("kind", "")
    drawn, sent = request.POST.get("drawn", ""), request.FILES.get("file")
    if getattr(request, "too_large", None):
        words = _(
            "%(name)s is larger than %(most)s MB. Save the drawing without pictures, or only the layers with "
            "buildings."
        )
        errors.append(("file", words % {"name": request.too_large, "most": MAX_BYTES // _MEGA}))  # type: ignore[attr-defined]
        return None
    if sent is not None:
        name, content = sent.name or "", sent.read()
    elif drawn:
        name, content = _SKETCH, _as_file(drawn, kind)
        if kind not in KINDS:
            errors.append(("kind", _("Choose what kind of building you have drawn.")))
            return None
        kind = ""
    else:
        errors.append(("file", _("Choose a file, or draw the building on the map.")))
        return None
    try:
        outcome = read_file(request, content, name, land, kind)
    except DrawingError as wrong:
        errors.extend(("file", said(fault)) for fault in wrong.faults)
        return None
    if outcome.drawing is not None and (far := elsewhere(outcome.drawing, land)):
        errors.append(("file", far))
        return None
    return outcome, Original(name, digest(content), content)


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
    except (ValueError, KeyError, TypeError, RecursionError):
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
                "geometry": shapely.geometry.mapping(to_degrees(shape)),
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
        "layers": listed(draft),
    }
    return step_page(request, draft, "measures", context)
