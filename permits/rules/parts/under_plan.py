"""Which new buildings a local plan covers, whatever it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata.shapes import mended
from permits.rules.parts.outside import outside
from permits.rules.parts.roof import outlines

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]


class UnderPlan(NamedTuple):
    """Per building of the World: local plans in force cover it; or one is there and nobody has drawn the building."""

    covered: Bools
    unknown: Bools


def under_plan(world: World) -> UnderPlan:
    """Which buildings local plans in force cover, together; worked out once per World.

    Danish: omfattet af lokalplan; planloven § 12, stk. 3 and § 13, stk. 2.

    Examples
    --------
    A plan under half of the house: not covered. Two plans that share it: covered.
    """
    return world.once("under_plan", lambda: _under_plan(world))


def _under_plan(world: World) -> UnderPlan:
    plan = world.is_word("areas", "level", "local_plan", "sub_area") & world.is_word(
        "areas", "today", "in_force"
    )
    at = world.rows_of("overlaps", "area", "areas")
    row = world.rows_of("overlaps", "building", "buildings")
    counts = world.column("overlaps", "counts") & ~world.column("overlaps", "overhang")
    mine = counts & np.append(plan, [False])[at] & (row >= 0)
    covered = np.zeros(len(world.buildings), dtype=bool)
    covered[row[mine & world.column("overlaps", "covers")]] = True
    # Several that meet one building may cover it together.
    many = np.bincount(row[mine], minlength=len(covered)) > 1
    pair = np.flatnonzero(mine & (many & ~covered)[row])
    some, i = np.unique(row[pair], return_inverse=True)
    if len(some):
        area = mended(world.column("areas", "geometry")[at[pair]])
        covered[some] = outside(outlines(world)[0][some], i, area).area_m2 == 0.0
    there = np.isin(world.column("buildings", "site"), world.column("areas", "site")[plan])
    return UnderPlan(covered, there & shapely.is_missing(outlines(world)[0]))
