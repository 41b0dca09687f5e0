"""The MapLibre style of everything that is registered: sources with their revisions, layers, legend.

Addresses are relative to our own origin; labels use a font of the page, so there is no glyphs address and no
sprite. ``metadata`` carries what the map component needs beside the drawing: legend, titles, bounds.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from geodata.accounts.tenancy import tenant
from geodata.crs import DENMARK, GRID_SRID
from geodata.registry import Layer, layers
from tileserver import cache, looks, raster, vector
from tileserver.looks import SEA, look_of
from tileserver.proxy import Background, backgrounds
from tileserver.words import words

#: Order of the legend, top first; layers not named stand below, as registered.
_LEGEND_ORDER: Final = (
    "applications",
    "proposals",
    "edges",
    "building_fields",
    "sub_areas",
    "local_plans",
    "frameworks",
    "buildings",
    "parcels",
    "municipalities",
    "hillshade",
)
#: Places in the stack: above the ground of parcels, which would hide them, and below every line.
_BACKGROUND_HEIGHT: Final = 12
_RELIEF_HEIGHT: Final = 15


def tile_address(layer: Layer, revision: int, edition: str) -> str:
    """Address template of a layer's tiles, with its revision when it may be stored."""
    # reverse() wants numbers; the places of the template are put in afterwards.
    path = reverse("tiles:tile", kwargs={"layer": layer.id, "z": 0, "x": 0, "y": 0})
    path = path.replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt")
    return f"{path}?v={revision}&e={edition}" if layer.public else path


def _source(layer: Layer, revision: int, edition: str) -> dict[str, Any]:
    return {
        "type": "vector",
        "tiles": [tile_address(layer, revision, edition)],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
    }


#: Where there is something to look at: first what somebody wants, then parcels, then municipalities.
_BOUNDS: Final = f"""
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (
    SELECT ST_Transform(ST_SetSRID(box, {GRID_SRID}), 4326) AS b FROM (
        SELECT ST_Envelope(coalesce(
            (SELECT ST_Extent(b.footprint) FROM permits_proposedbuilding b)::geometry,
            (SELECT ST_Extent(v.geometry) FROM geodata_parcelversion v WHERE v.change_to_id IS NULL)::geometry,
            (SELECT ST_Extent(v.geometry) FROM geodata_municipalityoutlineversion v
             WHERE v.change_to_id IS NULL)::geometry,
            ST_MakeEnvelope({DENMARK[0]}, {DENMARK[1]}, {DENMARK[2]}, {DENMARK[3]})
        )) AS box
    ) boxes
) lonlat
"""


def bounds(code: str | None) -> list[float]:
    """West, south, east, north in degrees of what a visitor comes to see."""
    with tenant(code), connection.cursor() as cursor:
        cursor.execute(_BOUNDS)
        return [round(float(value), 6) for value in cursor.fetchone()]


def _relief() -> dict[str, Any] | None:
    """Source of the shaded relief, where there is terrain."""
    box = raster.bounds()
    if box is None:
        return None
    path = reverse("tiles:hillshade", kwargs={"z": 0, "x": 0, "y": 0}).replace(
        "/0/0/0.png", "/{z}/{x}/{y}.png"
    )
    revision = vector.revision_of(raster.themes())
    return {
        "type": "raster",
        "tiles": [f"{path}?v={revision}&e={raster.edition()}"],
        "tileSize": raster.SIZE,
        "minzoom": raster.MIN_ZOOM,
        "maxzoom": raster.MAX_ZOOM,
        "bounds": box,
    }


def _pictures(background: Background) -> dict[str, Any]:
    """Source of a background map, by way of ourselves."""
    place = {"name": background.name, "z": 0, "x": 0, "y": 0}
    path = reverse("tiles:background", kwargs=place).removesuffix("/0/0/0")
    return {
        "type": "raster",
        "tiles": [f"{path}/{{z}}/{{x}}/{{y}}?e={background.edition}"],
        "tileSize": 256,
        "maxzoom": background.max_zoom,
    }


def build(language: str, code: str | None) -> dict[str, Any]:
    """The style document.

    Parameters
    ----------
    language : ``da`` or ``en``; it must be the active one, since the legend's words are translated.
    code : the open municipality; without one the layers with personal data are left out.
    """
    shown = [layer for _key, layer in layers.items() if layer.public or code]
    revisions = vector.revisions(shown)
    epoch = vector.epoch()
    sources: dict[str, Any] = {}
    stack: list[tuple[int, dict[str, Any]]] = []
    groups: dict[str, dict[str, Any]] = {}
    for layer in shown:
        look = look_of(layer)
        sources[layer.id] = _source(layer, revisions[layer.id], f"{epoch}-{cache.definition(layer)}")
        for height, drawn in look.layers:
            drawn.setdefault("minzoom", layer.min_zoom)
            if not look.visible:
                drawn.setdefault("layout", {})["visibility"] = "none"
            stack.append((height, drawn))
        groups[layer.id] = {
            "id": layer.id,
            "title": layer.title_da if language.startswith("da") else layer.title_en,
            "layers": [drawn["id"] for _height, drawn in look.layers],
            "clickable": list(look.clickable),
            "visible": look.visible,
            "min_zoom": layer.min_zoom,
            "entries": [entry.as_dict() for entry in look.legend],
        }
    relief = _relief()
    if relief is not None:
        sources[raster.ID] = relief
        drawn, groups[raster.ID] = looks.picture(
            raster.ID,
            _("Terrain (shaded)"),
            raster.MIN_ZOOM,
            [looks.Entry(_("Slope in shadow"), "fill", "#7a7a7a")],
        )
        stack.append((_RELIEF_HEIGHT, drawn))
    for served in backgrounds().values():
        key = f"background-{served.name}"
        sources[key] = _pictures(served)
        title = served.title if language.startswith("da") else served.title_en
        drawn, groups[key] = looks.picture(key, title, 0, attribution=served.attribution)
        stack.append((_BACKGROUND_HEIGHT, drawn))
    named = [groups[key] for key in _LEGEND_ORDER if key in groups]
    others = [group for key, group in groups.items() if key not in _LEGEND_ORDER]
    background = {"id": "background", "type": "background", "paint": {"background-color": SEA}}
    return {
        "version": 8,
        "name": "Planværk",
        "metadata": {
            "legend": named + others,
            "bounds": bounds(code),
            "revisions": revisions,
            "texts": words(),
            "hatches": looks.hatches(),
            "in_view": reverse("tiles:in_view"),
        },
        "sources": sources,
        "layers": [background, *(drawn for _height, drawn in sorted(stack, key=lambda item: item[0]))],
    }
