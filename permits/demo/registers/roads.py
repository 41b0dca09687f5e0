"""Along main roads: vejbyggelinje (vejloven §§ 40-41) and noise; risk round a plant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from permits.demo.registers.land import Land, areas

_STRIP_M = 10.0
_RISK_M = 250.0
#: Distance from the road's edge and noise there (Lden, dB).
_NOISE: Final = ((12.0, 68.0), (30.0, 63.0), (62.0, 59.0), (110.0, 55.0))


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    town = land.town
    names = [name for _, _, name in town.plane.radials if name]
    main = np.flatnonzero((town.use == "road") & np.isin(town.street, names) & ~town.foreign)
    roads = town.fabric.faces[main]
    strips = shapely.intersection(shapely.buffer(roads, _STRIP_M), land.whole)
    yield (
        "vejbyggelinje",
        areas(
            "vbl",
            list(shapely.difference(strips, roads)),
            height_difference=0.0,
            name=list(town.street[main]),
            sigma_m=0.5,
        ),
    )
    found, level, inner = [], [], shapely.union_all(roads)
    for away, lden in _NOISE:
        outer = shapely.intersection(shapely.buffer(shapely.union_all(roads), away), land.whole)
        found.append(shapely.difference(outer, inner))
        level.append(lden)
        inner = outer
    yield "stoejzone", areas("stoej", found, lden=level, designation="Vejstøj", sigma_m=5.0)
    trade = land.ground("business")
    if len(trade):
        plant = shapely.centroid(trade[np.argmax(shapely.area(trade))])
        yield (
            "risikozone",
            areas("risiko", [shapely.intersection(plant.buffer(_RISK_M), land.whole)], sigma_m=10.0),
        )
