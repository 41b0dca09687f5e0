"""Lakes and streams: å- og søbeskyttelseslinje (naturbeskyttelsesloven § 16), protected water (§ 3)."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from permits.demo.registers.land import Land, areas, courses

_LINE_M = 150.0
#: Smallest protected lake (m²); the line is for lakes of three hectares and for listed streams.
_POND_M2 = 100.0


def features(land: Land) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    lakes, streams = land.ground("lake"), land.ground("stream")
    open_ground = shapely.union_all(land.ground("field", "meadow", "forest", "farm", "green"))
    water = [*lakes, shapely.union_all(streams)]
    around = [
        shapely.difference(shapely.intersection(shapely.buffer(w, _LINE_M), open_ground), w) for w in water
    ]
    kinds = ["Søbeskyttelseslinje"] * len(lakes) + ["Åbeskyttelseslinje"]
    yield "soe_aa_linje", areas("soeaa", around, designation=kinds, sigma_m=2.0)
    meadow, heath = land.ground("meadow"), land.ground("heath")
    nature = [*lakes[shapely.area(lakes) > _POND_M2], *meadow, *heath]
    words = ["Sø"] * len(lakes) + ["Eng"] * len(meadow) + ["Overdrev"] * len(heath)
    yield "beskyttet_natur", areas("natur", nature, designation=words, sigma_m=2.5)
    if len(streams):
        yield (
            "beskyttet_vandloeb",
            courses("vandloeb", [_middle(s) for s in streams], name="Fjordby Å", sigma_m=2.0),
        )


def _middle(stream: shapely.Polygon) -> shapely.LineString:
    """A line down the middle of a piece of the stream: halfway between its two long sides."""
    xy = np.asarray(stream.exterior.coords)[:-1]
    half = len(xy) // 2
    return shapely.LineString((xy[:half] + xy[::-1][:half]) / 2)
