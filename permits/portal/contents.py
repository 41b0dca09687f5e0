"""A drawing as a draft keeps it: plain rows out of what was read, and back again."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geodata.crs import GRID
from permits.drawings.drawing import Drawing
from permits.drawings.read import BOUND_LATER
from permits.drawings.vocabulary import ATTRIBUTES
from permits.engine.world import SCHEMA, World, frame
from permits.models.drafts import Draft

Rows = list[dict[str, Any]]


def rows_of(drawing: Drawing) -> tuple[Rows, Rows]:
    """Buildings and facets of a drawing as plain rows, shapes as WKT; what is not known is ``None``."""
    return _plain(drawing.buildings), _plain(drawing.facets)


def _plain(table: pd.DataFrame) -> Rows:
    rows = []
    for record in table.to_dict("records"):
        shape = record.pop("geometry")
        rows.append({str(k): _value(v) for k, v in record.items()} | {"wkt": _wkt(shape)})
    return rows


def _wkt(shape: Any) -> str | None:
    return None if shape is None else shapely.to_wkt(shape, rounding_precision=-1)


def _value(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and math.isnan(plain) else plain


def drawing_of(draft: Draft) -> Drawing:
    """The drawing of a draft as the engine takes it; without rows when nothing is drawn."""
    tables = []
    for name, rows in (("buildings", draft.buildings), ("facets", draft.facets)):
        whole = [
            {**{k: v for k, v in row.items() if k in SCHEMA[name]}, "geometry": shapely.from_wkt(row["wkt"])}
            for row in rows
        ]
        table = frame(name, pd.DataFrame(whole) if whole else None)
        tables.append(table.drop(columns=list(BOUND_LATER[name])))
    return Drawing(tables[0], tables[1], GRID, draft.original_sha256, ())


def changed_rows(draft: Draft, world: World) -> tuple[Rows, Rows]:
    """The rows of a draft as a World says after a change that was carried out in it.

    Parameters
    ----------
    world : World of the draft's drawing with a change carried out; the keys of its new buildings are their places in
        the draft, as :func:`permits.proofs.remedies.change.carried_out` keeps them.
    """
    kept = ("floor_m2", "basement_m2", "attic_m2", "height_m", "wall_low_m", "storeys")
    new = world.buildings[world.buildings["proposed"]]
    place = {int(key): at for at, key in enumerate(new["building"])}
    buildings = [
        {**old, **{name: _value(row[name]) for name in kept}, "wkt": _wkt(row["geometry"])}
        for old, (_, row) in zip(draft.buildings, new.iterrows(), strict=True)
    ]
    facets = [
        {**row, "facet": number, "building": place[row["building"]]}
        for number, row in enumerate(r for r in _plain(world.facets) if r["building"] in place)
    ]
    return buildings, facets


def geojson_of(draft: Draft) -> bytes:
    """The drawing of a draft as a file of its own (GeoJSON, EPSG:25832): what is measured, corrections included.

    It is read like any other drawing; what is not known is left out.
    """
    features = []
    for number, row in enumerate(draft.buildings):
        values = {
            name: said
            for name, attribute in ATTRIBUTES.items()
            if name != "id" and (said := _said(name, row.get(attribute.column))) is not None
        }
        roof = [part for facet in draft.facets if facet["building"] == number for part in _roof(facet)]
        features.append(
            {
                "type": "Feature",
                "id": row["name"] or f"b{number + 1}",
                "properties": {**values, "roof": roof} if roof else values,
                "geometry": shapely.geometry.mapping(shapely.from_wkt(row["wkt"])),
            }
        )
    crs = {"type": "name", "properties": {"name": GRID}}
    whole = {"type": "FeatureCollection", "crs": crs, "features": features}
    return json.dumps(whole, ensure_ascii=False).encode()


def _said(name: str, value: Any) -> Any:
    """A value of the World as a drawing states it; None = not known."""
    if value is None or value == "" or (value == -1 and ATTRIBUTES[name].form in ("count", "flag")):
        return None
    if name == "levels":
        return "kote" if value else "relative"
    if ATTRIBUTES[name].form == "numbers":
        return [value]
    return bool(value) if ATTRIBUTES[name].form == "flag" else value


def _roof(facet: dict[str, Any]) -> list[str]:
    """The polygons of a facet as WKT, with the height that its plane has at each corner."""
    flat = shapely.from_wkt(facet["wkt"])
    solid = shapely.transform(
        shapely.force_3d(flat),
        lambda xyz: np.column_stack([xyz[:, :2], xyz[:, :2] @ (facet["a"], facet["b"]) + facet["c"]]),
        include_z=True,
    )
    return [str(shapely.to_wkt(part, rounding_precision=-1)) for part in shapely.get_parts(solid)]


def digest(content: bytes) -> str:
    """SHA-256 of some bytes, as files are known by."""
    return hashlib.sha256(content).hexdigest()
