"""Natural ground of sites from the terrain rasters: under what is to be built, else of the plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import shapely

from geodata import shapes
from geodata.terrain import Tile, ground_under
from permits.engine.world import World

#: Ground around the walls that belongs to the building's: heights are measured from it, metres.
AROUND_M: Final = 1.0


def with_ground(world: World, tiles: Sequence[Tile]) -> World:
    """Fill the ground of every site, and say of the layer ``terrain`` whether it answered.

    Danish: naturligt terræn; BR18 § 456. The raster comes before a level that the application states.

    Parameters
    ----------
    world : World with parcels (and their plots), buildings and layers.
    tiles : rasters, see :func:`geodata.terrain.terrain_tiles`; none = nothing is filled.

    Returns
    -------
    The World with ``ground_a``, ``ground_b``, ``ground_c``, ``ground_slope_pct`` and ``ground_rough_m`` filled where
    the rasters know the ground. Elsewhere a level that was stated stays.

    Notes
    -----
    One plane to a site: under all that it adds together, each with a metre around it. A level plane (niveauplan)
    stands beside it and comes first in the rules.
    """
    if not tiles or world.sites.empty:
        return world
    sites, buildings, parcels = world.sites, world.buildings, world.parcels
    outline = shapes.nothing(len(sites))
    index = pd.Index(sites["site"])
    built = shapes.column(buildings["geometry"])
    mine = np.flatnonzero(buildings["proposed"].to_numpy() & shapes.usable(built))
    land = shapes.column(parcels["geometry"])
    plot = np.flatnonzero((parcels["plot"].to_numpy() > 0) & shapes.usable(land))
    at, whole = shapes.union_by(index.get_indexer(parcels["site"].to_numpy()[plot]), land[plot])
    outline[at] = whole
    under = shapely.buffer(shapely.force_2d(built[mine]), AROUND_M)
    at, whole = shapes.union_by(index.get_indexer(buildings["site"].to_numpy()[mine]), under)
    outline[at] = whole
    ground = ground_under(outline, tiles)
    known = np.isfinite(ground.c)
    columns = {
        "ground_a": ground.a,
        "ground_b": ground.b,
        "ground_c": ground.c,
        "ground_slope_pct": ground.slope_pct,
        "ground_rough_m": ground.rough_m,
    }
    layers = world.layers
    told = (layers["kind"] == "terrain") & layers["site"].isin(sites["site"][known])
    return world.with_(
        sites=sites.assign(**{name: np.where(known, new, sites[name]) for name, new in columns.items()}),
        layers=layers.assign(state=layers["state"].where(~told, "found")),
    )
