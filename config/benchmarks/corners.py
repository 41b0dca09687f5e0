"""What the sloped plane reckons itself, asked of Shapely: distances of roof corners to boundaries."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import shapely

from geodata import shapes
from permits.engine.world import World


def corner_distances(ready: World) -> Callable[[], float]:
    """Seconds of asking Shapely for what the sloped plane reckons itself: roof corners against boundaries."""
    facets, edges = ready.facets, ready.edges
    xy, row = shapely.get_coordinates(shapes.column(facets["geometry"]), return_index=True)
    site = ready.buildings.set_index("building")["site"].reindex(facets["building"]).to_numpy()
    near = np.flatnonzero(edges["kind"].isin(("parcel", "path", "unknown")).to_numpy())
    i, j = shapes.pairs(site[row], edges["site"].to_numpy()[near])
    corner, line = shapely.points(xy)[i], shapes.column(edges["geometry"])[near[j]]

    def spent() -> float:
        start = time.perf_counter()
        shapely.distance(corner, line)
        return time.perf_counter() - start

    return spent
