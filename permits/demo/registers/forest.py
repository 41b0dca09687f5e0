"""Woods: skovbyggelinje (naturbeskyttelsesloven § 17) and fredskov (skovloven)."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import shapely

from permits.demo.registers.land import Land, areas

_LINE_M = 300.0


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    woods = shapely.union_all(land.ground("forest"))
    blocks = [p for p in shapely.get_parts(woods) if p.geom_type == "Polygon"]
    line = shapely.difference(shapely.intersection(shapely.buffer(woods, _LINE_M), land.whole), woods)
    # Lines were lifted where a town has been built.
    town = shapely.union_all(land.ground("row", "flat", "town", "business", "common", "church", "school"))
    yield "skovbyggelinje", areas("skov", [shapely.difference(line, town)], sigma_m=3.0)
    yield "fredskov", areas("fredskov", blocks, designation="Fredskovspligtigt areal", sigma_m=1.0)
