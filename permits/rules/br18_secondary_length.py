"""br18.secondary_length: sides of garages, sheds and the like toward the neighbours, 12 m together.

BR18 § 181, no. 2 (closer than 2.5 m to neighbour and path) and § 183, no. 2 (in sommerhusområde, closer than
5.0 m): of each building only the longest side toward a boundary counts, and buildings that stand already count too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from permits.rulebook import EQUAL, Rule, Ruleset, worded
from permits.rules.parts.boundary import among, first_least, outlines, plot_key
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.floor_area import standing
from permits.rules.parts.secondary import asked, by_zone, near, secondary, width_m
from permits.rules.parts.sides import facing
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ID: Final = "br18.secondary_length"


@dataclass(frozen=True)
class Lengths:
    """Sides toward neighbours, and their sums.

    Attributes
    ----------
    sides : the longest side of each building, see :func:`permits.rules.parts.sides.facing`.
    key : plot of each row that was asked for, see :func:`permits.rules.parts.boundary.plot_key`.
    sum_m : per row asked for, everything on its plot.
    certain_m : the same without what faces only boundaries of uncertain kind.
    lacking : a secondary building on the plot, or perhaps on it, has no outline.
    """

    sides: pd.DataFrame
    key: Ints
    sum_m: Floats
    certain_m: Floats
    lacking: Bools


def lengths(world: World, ruleset: Ruleset, rows: Ints, summer: Bools) -> Lengths:
    """Length in metres of the sides of all secondary buildings toward neighbours, by plot.

    Danish: samlet længde af sider mod skel; BR18 § 181, nr. 2.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose plots are asked for.
    summer : per building of the World: it lies in sommerhusområde.

    Returns
    -------
    :class:`Lengths`.
    """
    buildings = world.buildings
    key, site = plot_key(buildings), world.column("buildings", "site")
    counts = secondary(world) & standing(world)
    drawn = counts & ~shapely.is_missing(outlines(world)[0])
    which = np.flatnonzero(drawn & among(key, key[rows]))
    table = facing(
        world,
        which,
        width_m(ruleset, summer[which]),
        ruleset.number("br18.boundary_distance.eaves_free_m"),
        ruleset.number("br18.secondary.facing_deg"),
    )
    row = table["row"].to_numpy(dtype=np.int64)
    length = table["length"].to_numpy()
    longest = first_least(row, -length)
    sure = np.flatnonzero(~table["ambiguous"].to_numpy(dtype=bool))
    plots = np.unique(key[rows])
    place = np.searchsorted(plots, key[rows])

    def total(of: Ints) -> Floats:
        at = np.searchsorted(plots, key[row[of]])
        return np.bincount(at, weights=length[of], minlength=len(plots)).astype(np.float64)[place]

    return Lengths(
        sides=table if len(longest) == len(table) else table.iloc[longest].reset_index(drop=True),
        key=key[rows],
        sum_m=total(longest),
        certain_m=total(sure),
        lacking=among(site[rows], site[counts & ~drawn]),
    )


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Metres of sides toward neighbours of all secondary buildings on the plot.

    Danish: samlet længde af sekundær bebyggelse nær skel; BR18 §§ 181 and 183.

    Parameters
    ----------
    world : buildings with outline, role and zone, standing ones too; edges of the plots.
    ruleset : ``br18.secondary.length_m``, ``.zone_m``, ``.summer_house_zone_m``, ``.facing_deg``;
        ``br18.boundary_distance.eaves_free_m``.

    Returns
    -------
    One finding per proposed building, with the sum of its plot; ``not_applicable`` for those that stand farther
    away or near a road only.

    Notes
    -----
    Of an open carport the side is that of its roof edge; the half metre that custom leaves off at each end is not
    taken off. A secondary building without an outline leaves the sum open, unless the others exceed it already.

    Examples
    --------
    Complies: 8.0 m and a standing garage of 4.0 m. Breaches: 8.0 m and 4.1 m. Unknown: a shed without outline.
    """
    return by_zone(world, lambda summer: _answers(world, ruleset, summer))


def _answers(world: World, ruleset: Ruleset, summer: Bools) -> pd.DataFrame:
    answers = Answers(ID, world)
    rows = asked(world)
    beside = near(world, ruleset, width_m(ruleset, summer[rows]))
    answers.say(rows[beside.unknown | beside.partly], outcome="needs_manual", reason="missing_data")
    answers.say(rows[~beside.close], flags=beside.turning[~beside.close])
    pick = np.flatnonzero(beside.close)
    rows, partly = rows[pick], beside.partly[pick]
    found = lengths(world, ruleset, rows, summer)
    limit = ruleset.number("br18.secondary.length_m")
    over = found.certain_m > limit + EQUAL
    perhaps = found.sum_m > limit + EQUAL
    lost = found.lacking | partly
    reason = worded([over, perhaps, lost], ["overall_assessment", "ambiguous_boundary", "missing_data"], "")
    measured = np.where(over, found.certain_m, found.sum_m)
    known = reason != "missing_data"
    x, y = _middle(found.sides, rows)
    answers.say(
        rows,
        outcome=worded([reason == ""], ["pass"], "needs_manual"),
        reason=reason,
        measured=np.where(known, measured, np.nan),
        limit=limit,
        margin=np.where(known, limit - measured, np.nan),
        x=x,
        y=y,
        edge=world.column("edges", "edge")[beside.edge[pick]],
        flags=beside.flags[pick] | turning(limit - found.certain_m) | turning(limit - found.sum_m),
    )
    return answers.table()


def _middle(sides: pd.DataFrame, rows: Ints) -> tuple[Floats, Floats]:
    """The middle of the side of each row asked for, in grid metres; NaN where it has none."""
    row = sides["row"].to_numpy(dtype=np.int64)
    at = np.searchsorted(row, rows)
    own = at < len(row)
    own[own] = row[at[own]] == rows[own]
    x, y = np.full((2, len(rows)), np.nan)
    for place, name in ((x, "x"), (y, "y")):
        place[own] = ((sides[f"{name}0"] + sides[f"{name}1"]).to_numpy() / 2.0)[at[own]]
    return x, y


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 180-183",
    name_da="Længde af garager, udhuse og lignende nær skel",
    name_en="Length of garages, sheds and the like near the boundary",
    check=check,
)
