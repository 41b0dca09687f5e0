"""The layers of a drawing on the applicant's pages: what the visitor has said before, and a small picture of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from permits.drawings.drawing import DrawingError
from permits.drawings.layers import LayerMapping, LayerUse
from permits.drawings.read import IGNORED, parsed_of
from permits.drawings.vocabulary import plain
from permits.portal.measures import kinds
from permits.proofs.corrections import WORDS

#: Where the session keeps what layers mean: plain name → kind, role or "ignored".
_KEPT: Final = "drawing_layers"
_ROLES: Final = {
    "primary": N_("primary building"),
    "secondary": N_("secondary building"),
    "raised_area": N_("raised area"),
    "wall": N_("wall"),
}
#: So many are kept; the oldest give way.
_MOST_KEPT: Final = 300
#: Size of a picture in its own units, and how near (in them) corners may be left out.
WIDE, HIGH = 96.0, 72.0
_FINE: Final = 0.3
#: Outlines in one picture, the largest first; and layers that have one.
_MOST_DRAWN: Final = 150
MOST_PICTURES: Final = 60


def remembered(request: HttpRequest, mapping: LayerMapping) -> LayerMapping:
    """The mapping with what this visitor has said of layers of the same names before."""
    kept: dict[str, str] = request.session.get(_KEPT, {})
    former = LayerMapping(tuple(LayerUse(name, 0, meaning, "confirmed") for name, meaning in kept.items()))
    return mapping.remembered(former)


def remembers(request: HttpRequest) -> bool:
    """Whether this visitor has said of any layer what it is."""
    return bool(request.session.get(_KEPT))


def remember(request: HttpRequest, mapping: LayerMapping) -> None:
    """Keep what this visitor has said of layers, for the next drawing."""
    said = {plain(use.layer): use.meaning for use in mapping.uses if use.source == "confirmed"}
    kept = {name: word for name, word in request.session.get(_KEPT, {}).items() if name not in said}
    request.session[_KEPT] = dict([*kept.items(), *said.items()][-_MOST_KEPT:])


def meanings(use: LayerUse) -> list[tuple[str, str]]:
    """What a layer can be said to hold, with words in the active language."""
    roles = [] if use.meaning in ("", IGNORED, *dict(kinds())) else [use.meaning]
    return [*((word, meant(word)) for word in (IGNORED, *roles)), *kinds()]


def meant(meaning: str) -> str:
    """A meaning in words."""
    known = {**WORDS, **_ROLES, IGNORED: N_("no building")}
    return _(known.get(meaning, meaning)).capitalize()


def pictures_of(content: bytes, name: str, mapping: LayerMapping) -> dict[str, str]:
    """The closed lines of each layer as the path of an SVG, all to one scale in a frame of WIDE × HIGH.

    Parameters
    ----------
    content, name : the file as it came.
    mapping : its layers.

    Returns
    -------
    Path by layer; layers of which nothing can be drawn are left out.
    """
    wanted = [use.layer for use in mapping.uses][:MOST_PICTURES]
    try:
        parsed = parsed_of(content, filename=name, layers=wanted)
    except DrawingError:
        return {}
    lines: dict[str, list[shapely.Geometry]] = {}
    for shape in parsed.shapes:
        rings = [r for polygon in shape.polygons for r in polygon if len(r) > 2]
        if shape.layer in wanted:
            lines.setdefault(shape.layer, []).extend(shapely.LinearRing([p[:2] for p in r]) for r in rings)
    lines = {layer: found for layer, found in lines.items() if found}
    if not lines:
        return {}
    west, south, east, north = shapely.total_bounds(np.array([r for found in lines.values() for r in found]))
    scale = min((WIDE - 2.0) / max(east - west, 1e-9), (HIGH - 2.0) / max(north - south, 1e-9))
    return {layer: _path(found, west, north, scale) for layer, found in lines.items()}


def _path(rings: list[shapely.Geometry], west: float, north: float, scale: float) -> str:
    largest = sorted(rings, key=lambda ring: -ring.length)[:_MOST_DRAWN]
    parts = []
    for ring in largest:
        xy = shapely.get_coordinates(shapely.simplify(ring, _FINE / scale))
        at = np.stack([1.0 + (xy[:, 0] - west) * scale, 1.0 + (north - xy[:, 1]) * scale], axis=1)
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at[:-1]) + "Z")
    return "".join(parts)


def told(mapping: LayerMapping, given: Mapping[str, str], rest: bool) -> tuple[dict[str, str], list[int]]:
    """What was said of each layer that differs from its name, and the places of layers that nothing was said of.

    Parameters
    ----------
    given : by ``layer-N``, N counted from 0.
    rest : whether all others hold no building.
    """
    said, silent = {}, []
    for place, use in enumerate(mapping.uses):
        word = given.get(f"layer-{place}", "")
        if not word and rest:
            word = IGNORED
        if word not in dict(meanings(use)):
            silent.append(place)
        elif use.source != "name" or word != use.meaning:
            said[use.layer] = word
    return said, silent
