"""Fill what follows from plans: pieces of buildings and the ruling of plans on each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from geodata.columns import GeoColumns, columns_of
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
    proposed = np.flatnonzero(world.column("buildings", "proposed"))
    jutting = proposed[~shapely.is_missing(overhang[proposed])]
    rows = np.concatenate([proposed, jutting])
    parts = GeoColumns(
        {
            "building": world.column("buildings", "building")[rows],
            "site": world.column("buildings", "site")[rows],
            "overhang": np.arange(len(rows)) >= len(proposed),
            "geometry": np.concatenate([footprint[proposed], overhang[jutting]]),
        }
    )
    # The place behind the last stands for a site that is not there.
    days = np.append(world.column("sites", "as_of"), np.datetime64("NaT", "s"))
    day = days[world.rows_of("areas", "site", "sites")]
    answer = decide(world.areas, world.limits, world.uses, parts, day)
    ready = replace(
        world,
        areas=GeoColumns({**columns_of(world.areas), "today": answer.today}),
        pieces=answer.pieces,
        overlaps=answer.overlaps,
        rulings=answer.rulings,
        rests=answer.rests,
        placements=answer.placements,
        derived={},
    )
    # Nothing that is drawn has changed.
    for name in ("footprints", "roofs", "buildings sound", "facets sound"):
        ready.derived[name] = world.derived[name]
    # Every rule about plans asks for these words.
    for column, (number, words) in answer.numbers.items():
        known = {word: place for place, word in enumerate(words.tolist())}
        ready.derived[f"rulings.{column}"] = number.astype(np.int32), known
    return ready
