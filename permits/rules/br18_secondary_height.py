"""br18.secondary_height: garages, sheds and the like stay low close to the boundary.

BR18 § 181, no. 1 (within 2.5 m of neighbour, path and road) and § 183, no. 1 (in sommerhusområde, within 5.0 m of
neighbour and path): no part is higher than 2.5 m. The road side changed with the versions of the regulation. Two
readings are not settled: whether eaves of usual size count, and whether § 183 means the whole building or the part
within 5.0 m; where they differ the text has to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata.columns import columns_of
from permits.rulebook import EQUAL, Rule, Ruleset, worded
from permits.rules.parts.boundary import NEIGHBOUR
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.height_zone import highest_of_all, highest_within
from permits.rules.parts.measured import measured_once
from permits.rules.parts.secondary import asked, by_zone, near, road_width_m, width_m
from permits.rules.parts.tested import tested
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ID: Final = "br18.secondary_height"
ROAD: Final = ("road",)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Highest part in metres of new secondary buildings within the strip along the boundary.

    Danish: højde af sekundær bebyggelse nær skel; BR18 §§ 181 and 183.

    Parameters
    ----------
    world : buildings with outline, facets or height, zone; edges of the plot they stand on.
    ruleset : ``br18.secondary.height_m``, ``.zone_m``, ``.summer_house_zone_m``, and ``.road_zone_m``,
        ``.summer_house_road_zone_m`` where the version has them; ``br18.sloped_plane.eaves_free_m``.

    Returns
    -------
    One finding per proposed building; ``not_applicable`` for those that stand farther away.

    Notes
    -----
    Without a drawn roof the building is a box of its stated height. Not considered: fire parapets, and what a
    building stands on.

    Examples
    --------
    Complies: 2.50 m in the boundary. Breaches: a roof that reaches 2.51 m at 2.4 m from it. Unknown: neither roof
    nor height, or no outline.
    """
    return by_zone(world, lambda summer: _answers(world, ruleset, summer))


def _answers(world: World, ruleset: Ruleset, summer: Bools) -> pd.DataFrame:
    answers = Answers(ID, world)
    rows = asked(world)
    width, road = width_m(ruleset, summer[rows]), road_width_m(ruleset, summer[rows])
    beside = near(world, ruleset, width)
    street = near(world, ruleset, road, ROAD)
    partly = beside.partly | (street.partly & (road > 0.0))
    answers.say(rows[beside.unknown | partly], outcome="needs_manual", reason="missing_data")
    close = beside.close | street.close
    turns = beside.turning | np.where(road > 0.0, street.turning, 0)
    answers.say(rows[~close], flags=turns[~close])
    pick = np.flatnonzero(close)
    rows, partly = rows[pick], partly[pick]
    seen = heights(world, ruleset, rows, width[pick], road[pick], summer[rows])
    limit = ruleset.number("br18.secondary.height_m")
    over = seen.sure > limit + EQUAL
    perhaps = seen.unsure > limit + EQUAL
    lost = seen.unknown | partly | (np.isnan(seen.shown) & ~over & ~perhaps)
    differ = seen.strictest > limit + EQUAL
    reason = worded(
        [over, perhaps, lost, differ],
        ["overall_assessment", "ambiguous_boundary", "missing_data", "legal_text"],
        "",
    )
    measured = np.select(
        [over, perhaps, differ & ~lost], [seen.sure, seen.unsure, seen.strictest], seen.shown
    )
    known = np.isfinite(measured) & (reason != "missing_data")
    flags = np.where(beside.close, beside.flags, 0) | np.where(street.close, street.flags, 0) | turns
    readings = (seen.sure, seen.unsure, seen.shown, seen.strictest)
    turned = np.bitwise_or.reduce([turning(limit - height) for height in readings])
    answers.say(
        rows,
        outcome=worded([reason == ""], ["pass"], "needs_manual"),
        reason=reason,
        measured=np.where(known, measured, np.nan),
        limit=limit,
        margin=np.where(known, limit - measured, np.nan),
        x=np.where(known, seen.x, np.nan),
        y=np.where(known, seen.y, np.nan),
        edge=np.where(seen.edge >= 0, world.column("edges", "edge")[seen.edge], -1)
        if len(world.edges)
        else -1,
        flags=flags[pick] | turned,
    )
    return answers.table()


class Heights(NamedTuple):
    """Heights in metres above ground of buildings near the boundary; NaN = none.

    Attributes
    ----------
    sure, unsure : in the strip, without eaves of usual size, along boundaries whose kind is certain and along those
        whose kind is not.
    shown : the higher of both, or the stated height where nothing that is drawn lies in the strip.
    strictest : by the reading that counts most: eaves, and in sommerhusområde the whole building.
    unknown : a part has no height that can be used.
    x, y, edge : where the decisive height is, and row in ``world.edges`` of the boundary.
    """

    sure: Floats
    unsure: Floats
    shown: Floats
    strictest: Floats
    unknown: Bools
    x: Floats
    y: Floats
    edge: Ints


class InStrips(NamedTuple):
    """What of some buildings lies in the strips along their boundaries.

    Attributes
    ----------
    height_m : highest place in the strips, first those along boundaries whose kind is certain, then the others;
        two rows, a column per building, NaN = none.
    x, y : where that is.
    edge : row in ``world.edges`` of the boundary, -1 = none.
    top_m : highest place of the whole building, NaN = none.
    unknown : a part has no height that can be used.
    """

    height_m: Floats
    x: Floats
    y: Floats
    edge: Ints
    top_m: Floats
    unknown: Bools


@measured_once
def in_strips(world: World, rows: Ints, eaves_free_m: float, width: Floats, road: Floats) -> InStrips:
    """Heights of buildings within the strip along neighbour (``width``) and road (``road``), eaves left out."""
    found = tested(world, rows, eaves_free_m, np.zeros(len(rows)))
    both = [
        highest_within(world, rows, found.parts, width, NEIGHBOUR),
        highest_within(world, rows, found.parts, road, ROAD),
    ]
    height, x, y, edge = np.full((4, 2, len(rows)), np.nan)
    # A road counts where it is higher there than at any neighbour; each table has a place once.
    for table in map(columns_of, both):
        place = table["ambiguous"].astype(np.int64), table["at"]
        higher = np.isnan(height[place]) | (table["height"] > height[place])
        place = place[0][higher], place[1][higher]
        for values, name in ((height, "height"), (x, "x"), (y, "y"), (edge, "edge")):
            values[place] = table[name][higher]
    return InStrips(
        height,
        x,
        y,
        np.nan_to_num(edge, nan=-1.0).astype(np.int64),
        highest_of_all(found.parts, len(rows)),
        found.unknown,
    )


def heights(
    world: World, ruleset: Ruleset, rows: Ints, width: Floats, road: Floats, summer: Bools
) -> Heights:
    """Heights of buildings within the strip along neighbour (``width``) and road (``road``, 0 = no strip)."""
    plain = in_strips(world, rows, ruleset.number("br18.sloped_plane.eaves_free_m"), width, road)
    # Without a drawn roof there are no eaves, and both readings are one.
    roofed = np.zeros(len(world.buildings) + 1, dtype=bool)
    roofed[world.rows_of("facets", "building", "buildings")] = True
    drawn = bool(roofed[rows].any())
    whole = in_strips(world, rows, 0.0, width, road) if drawn else plain

    sure, unsure = plain.height_m
    stated = world.column("buildings", "height_m")[rows]
    # Only eaves that nobody has drawn reach into the strip: the highest part of the building bounds them.
    stated = np.where(world.column("buildings", "levels_absolute")[rows], np.nan, stated)
    nothing = np.isnan(sure) & np.isnan(unsure)
    shown = np.where(nothing, stated, np.fmax(sure, unsure))
    nothing_low = nothing & ~(stated <= ruleset.number("br18.secondary.height_m") + EQUAL)
    shown[nothing_low] = np.nan
    strictest = np.fmax(shown, np.fmax(*whole.height_m))
    strictest = np.where(summer, np.fmax(strictest, whole.top_m), strictest)
    over = sure > ruleset.number("br18.secondary.height_m") + EQUAL
    by_unsure = ~over & (np.nan_to_num(unsure, nan=-np.inf) > np.nan_to_num(sure, nan=-np.inf))
    x, y, edge = (np.where(by_unsure, values[1], values[0]) for values in (plain.x, plain.y, plain.edge))
    return Heights(sure, unsure, shown, strictest, plain.unknown, x, y, edge)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 180-183",
    name_da="Højde af garager, udhuse og lignende nær skel",
    name_en="Height of garages, sheds and the like near the boundary",
    check=check,
)
