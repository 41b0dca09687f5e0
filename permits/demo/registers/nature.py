"""Wider nature: Natura 2000, conservation orders (fredning), a game reserve at sea."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import shapely

from permits.demo.registers.land import Land, areas


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    ends = shapely.get_coordinates(land.coast)
    west = shapely.Point(ends[ends[:, 0].argmin()])
    sea = shapely.difference(west.buffer(420.0), land.whole)
    bank = shapely.intersection(
        west.buffer(170.0), shapely.union_all(land.ground("beach", "field", "meadow"))
    )
    yield (
        "natura2000",
        areas(
            "n2000", [shapely.union(sea, bank)], name="Fjordby Bugt", designation="Habitatområde", sigma_m=5.0
        ),
    )
    church = land.ground("church")
    lakes = land.ground("lake")
    orders = [*shapely.buffer(church, 45.0), *shapely.buffer(lakes[:1], 60.0)]
    said = ["Kirkeomgivelser"] * len(church) + ["Landskab"] * len(lakes[:1])
    shapes = list(shapely.intersection(orders, land.whole)) if orders else []
    yield (
        "fredning",
        areas("fredning", shapes, designation=said, year=[1952, 1978, 1990][: len(shapes)], sigma_m=2.0),
    )
    yield "reservat", areas("reservat", [shapely.difference(west.buffer(300.0), land.whole)])
