"""Fill what follows from plans: pieces of buildings and the ruling of plans on each."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.crs import GRID
from permits.engine.overrides import overridden
from permits.engine.world import World
from permits.rules.parts.roof import outlines
from planning.precedence import decide


def prepare(world: World) -> World:
    """The World with ``pieces``, ``overlaps``, ``rulings``, ``rests`` and ``placements``, for all its sites at once.

    Danish: hvilken plan gælder hvor; planloven §§ 15 and 18.

    Parameters
    ----------
    world : World with sites, buildings, facets, areas, limits and uses.

    Returns
    -------
    The World with these frames replaced, corrected inputs in their places, and ``areas.today`` filled. Only
    what the application adds is cut: what stands already is never held against a plan.

    Notes
    -----
    Roof that reaches farther out than eaves of usual size has pieces of its own (``overhang``), which heights
    alone look at.
    """
    world = overridden(world)
    footprint, overhang = outlines(world)
    buildings = world.buildings
    proposed = np.flatnonzero(buildings["proposed"].to_numpy())
    jutting = proposed[~shapely.is_missing(overhang[proposed])]
    rows = np.concatenate([proposed, jutting])
    geometry = np.concatenate([footprint[proposed], overhang[jutting]])
    parts = gpd.GeoDataFrame(
        {
            "building": buildings["building"].to_numpy()[rows],
            "site": buildings["site"].to_numpy()[rows],
            "overhang": np.arange(len(rows)) >= len(proposed),
            "geometry": gpd.GeoSeries(gpd.array.GeometryArray(geometry, crs=GRID)),
        },
        geometry="geometry",
        crs=GRID,
    )
    day = pd.Series(world.sites["as_of"].to_numpy(), index=world.sites["site"].to_numpy())
    answer = decide(world.areas, world.limits, world.uses, parts, day)
    ready = world.with_(
        pieces=answer.pieces,
        overlaps=answer.overlaps,
        rulings=answer.rulings,
        rests=answer.rests,
        placements=answer.placements,
    )
    ready = replace(ready, areas=world.areas.assign(today=answer.today), derived={})
    # Nothing that is drawn has changed.
    for name in ("footprints", "roofs"):
        ready.derived[name] = world.derived[name]
    # Every rule about plans asks for these words.
    for column in ("matter", "state", "per"):
        ready.numbered("rulings", column)
    return ready
