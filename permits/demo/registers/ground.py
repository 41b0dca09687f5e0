"""Below ground and from it: contaminated soil (V1, V2), wells (BNBO), drinking water (OSD), gravel, floods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from shapely.affinity import scale

from permits.demo.ground import height_m
from permits.demo.registers.land import Land, areas

_WELL_M = 150.0
_CELL_M = 16.0
#: A surge of the sea so high (metres DVR90), and the depths that are told apart.
_SURGE_M = 2.2
_DEPTHS: Final = ((0.0, 0.1, 0.05), (0.1, 0.5, 0.3), (0.5, 1.0, 0.8), (1.0, 9.0, 1.5))


def features(land: Land, rng: np.random.Generator) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    face = land.faces("business", "harbour", "farm", "town")
    ground = land.town.fabric.faces[face]
    trade = np.isin(land.town.use[face], ("business", "harbour"))
    luck = rng.random(len(face))
    known, suspected = luck < np.where(trade, 0.18, 0.03), luck > np.where(trade, 0.6, 0.9)
    # Half of what is mapped as known is a part of its parcel.
    part = shapely.intersection(ground, shapely.buffer(shapely.point_on_surface(ground), 14.0))
    v2 = np.where(rng.random(len(face)) < 0.5, ground, part)[known]
    ids = land.parcel_ids[face]
    yield (
        "jordforurening_v1",
        areas("v1", list(ground[suspected]), parcel_register_id=list(ids[suspected]), sigma_m=0.5),
    )
    yield "jordforurening_v2", areas("v2", list(v2), parcel_register_id=list(ids[known]), sigma_m=0.5)
    fields = land.ground("field")
    wells = shapely.point_on_surface(fields[:: max(1, len(fields) // 3)][:3])
    yield (
        "bnbo",
        areas("bnbo", list(shapely.intersection(shapely.buffer(wells, _WELL_M), land.whole)), sigma_m=10.0),
    )
    west, south, east, north = shapely.bounds(land.whole)
    blob = scale(
        shapely.Point((west + east) / 2, north).buffer(1.0), 0.33 * (east - west), 0.5 * (north - south)
    )
    yield "osd", areas("osd", [shapely.intersection(blob, land.whole)], sigma_m=25.0)
    if len(fields) > 4:
        pit = shapely.buffer(shapely.point_on_surface(fields[len(fields) // 2]), 75.0)
        yield (
            "raastof",
            areas("raastof", [shapely.intersection(pit, land.rural)], name="Fjordby Grusgrav", sigma_m=5.0),
        )
    yield "oversvoemmelse", _floods(land)


def _floods(land: Land) -> gpd.GeoDataFrame:
    """Land under a surge, by depth, in cells of the model."""
    near = shapely.buffer(land.coast, 420.0)
    west, south, east, north = shapely.bounds(near)
    x, y = np.meshgrid(np.arange(west, east, _CELL_M), np.arange(south, north, _CELL_M))
    xy = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(near)
    xy = xy[shapely.contains_xy(near, xy[:, 0], xy[:, 1])]
    depth = _SURGE_M - height_m(land.town.plane, xy + _CELL_M / 2)
    low = shapely.intersection(land.whole, near)
    found, told = [], []
    for least, most, stated in _DEPTHS:
        wet = xy[(depth > least) & (depth <= most)]
        if len(wet):
            cells = shapely.box(wet[:, 0], wet[:, 1], wet[:, 0] + _CELL_M, wet[:, 1] + _CELL_M)
            found.append(shapely.intersection(shapely.union_all(cells), low))
            told.append(stated)
    return areas("flod", found, depth=told, designation="Stormflod, 100 år", sigma_m=_CELL_M / 2)
