"""By the sea: strandbeskyttelse, klitfredning (naturbeskyttelsesloven §§ 15, 8), kystnærhedszone (planloven)."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import shapely

from permits.demo.registers.land import Land, areas

_BEACH_M = 300.0
_COAST_M = 3000.0


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    near = shapely.buffer(land.coast, _BEACH_M)
    # Where a town stands on the shore, the line was drawn along its gardens: only the beach itself is left.
    beach = [
        *land.ground("beach"),
        shapely.intersection(near, shapely.union_all(land.ground("field", "meadow", "forest"))),
    ]
    yield "strandbeskyttelse", areas("strand", beach, designation="Strandbeskyttelseslinje", sigma_m=1.0)
    heath = land.ground("heath")
    if len(heath):
        yield "klitfredning", areas("klit", [heath[-1]], designation="Klitfredet areal", sigma_m=2.0)
    zone = shapely.intersection(shapely.buffer(land.coast, _COAST_M), land.rural)
    yield "kystnaerhedszone", areas("kyst", [zone], sigma_m=5.0)
