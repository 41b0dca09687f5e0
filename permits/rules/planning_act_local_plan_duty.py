"""planning_act.local_plan_duty: larger works ask for a local plan (planloven § 13, stk. 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, Need, Rule, Ruleset, findings, worded
from permits.rules.parts.asked import asked_buildings, sites_with
from permits.rules.parts.dwellings import dwelling
from permits.rules.parts.floor_area import counted, replaced
from permits.rules.parts.tolerance import turning
from permits.rules.parts.under_plan import under_plan

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "planning_act.local_plan_duty"
ROLES: Final = ("primary",)
DWELLINGS: Final = f"{ID}.dwellings"
FLOOR: Final = f"{ID}.floor_m2"


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a primary building."""
    return sites_with(world, ROLES)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """New dwellings and new floor area of a work, as far as no local plan covers it.

    Danish: lokalplanpligt; planloven § 13, stk. 2.

    Parameters
    ----------
    world : World with overlaps, dwellings and floor areas.
    ruleset : ``planning_act.local_plan_duty.dwellings``, ``.floor_m2``: screening values that no law has.

    Returns
    -------
    One finding per site, measured in dwellings; without numbers where the floor area alone decides.

    Notes
    -----
    Of a conversion what is added counts. A dwelling whose number is not stated is one.

    Examples
    --------
    10 dwellings on 3000 m²: ``pass``. 11 dwellings, or 3001 m²: ``needs_manual``, ``assessment``. Floor area not
    stated: ``missing_data``. Under a local plan: ``not_applicable``.
    """
    asked, plan = asked_buildings(world, ROLES), under_plan(world)
    counts = asked & ~plan.covered
    place, size = world.rows_of("buildings", "site", "sites"), len(world.sites)
    row = np.flatnonzero(counts)
    old = replaced(world)[row]
    floor = counted(world, ruleset).total_m2
    homes = np.where(dwelling(world), np.maximum(world.column("buildings", "dwellings"), 1), 0)
    stated = np.maximum(world.column("buildings", "dwellings"), 0)
    homes = np.maximum(homes, stated)
    more_homes = homes[row] - np.where(old >= 0, homes[old], 0)
    more_floor = np.maximum(floor[row] - np.where(old >= 0, floor[old], 0.0), 0.0)
    number = np.maximum(np.bincount(place[row], weights=more_homes, minlength=size), 0.0)
    area = np.bincount(place[row], weights=np.nan_to_num(more_floor), minlength=size).astype(np.float64)
    lost = np.bincount(place[row[np.isnan(more_floor)]], minlength=size) > 0
    blind = np.bincount(place[row[plan.unknown[row]]], minlength=size) > 0
    some = np.bincount(place[row], minlength=size) > 0
    most, widest = ruleset.number(DWELLINGS), ruleset.number(FLOOR)
    many, wide = number > most + EQUAL, area > widest + EQUAL
    large = (many | wide) & ~blind
    lacking = blind | (lost & ~large)
    shown = some & ~blind & (many | ~(wide | lost))
    return findings(
        ID,
        site=world.column("sites", "site"),
        outcome=worded([~some, large | lacking], ["not_applicable", "needs_manual"], "pass"),
        reason=worded([~some, large, lacking], ["", "assessment", "missing_data"], ""),
        flags=np.where(some, turning(widest - area), 0),
        measured=np.where(shown, number, np.nan),
        limit=np.where(shown, most, np.nan),
        margin=np.where(shown, most - number, np.nan),
    )


RULE: Final = Rule(
    id=ID,
    law="planloven § 13, stk. 2",
    name_da="Lokalplanpligt",
    name_en="Duty to make a local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
