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

from permits.rulebook import EQUAL, Rule, Ruleset
from permits.rules.parts.boundary import outlines, plot_key
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
    key, site = plot_key(buildings), buildings["site"].to_numpy()
    counts = secondary(world) & standing(world)
    drawn = counts & ~shapely.is_missing(outlines(world)[0])
    which = np.flatnonzero(drawn & np.isin(key, key[rows]))
    table = facing(
        world,
        which,
        width_m(ruleset, summer[which]),
        ruleset.number("br18.boundary_distance.eaves_free_m"),
        ruleset.number("br18.secondary.facing_deg"),
    )
    row = table["row"].to_numpy(dtype=np.int64)
    longest = table.sort_values("length", ascending=False, kind="stable").drop_duplicates("row")
    sure = ~table["ambiguous"].to_numpy(dtype=bool)
    plots, place = np.unique(key[rows], return_inverse=True)

    def total(of: Ints, length: Floats) -> Floats:
        at = np.searchsorted(plots, key[of])
        return np.bincount(at, weights=length, minlength=len(plots)).astype(np.float64)[place]

    return Lengths(
        sides=longest.sort_values("row", kind="stable").reset_index(drop=True),
        key=key[rows],
        sum_m=total(longest["row"].to_numpy(dtype=np.int64), longest["length"].to_numpy()),
        certain_m=total(row[sure], table["length"].to_numpy()[sure]),
        lacking=np.isin(site[rows], site[counts & ~drawn]),
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
    reason = np.select(
        [over, perhaps, lost], ["overall_assessment", "ambiguous_boundary", "missing_data"], ""
    ).astype(object)
    measured = np.where(over, found.certain_m, found.sum_m)
    known = reason != "missing_data"
    own = found.sides.set_index("row").reindex(rows)
    answers.say(
        rows,
        outcome=np.where(reason == "", "pass", "needs_manual"),
        reason=reason,
        measured=np.where(known, measured, np.nan),
        limit=limit,
        margin=np.where(known, limit - measured, np.nan),
        x=(own["x0"] + own["x1"]).to_numpy() / 2.0,
        y=(own["y0"] + own["y1"]).to_numpy() / 2.0,
        edge=world.edges["edge"].to_numpy()[beside.edge[pick]],
        flags=beside.flags[pick] | turning(limit - found.certain_m) | turning(limit - found.sum_m),
    )
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 180-183",
    name_da="Længde af garager, udhuse og lignende nær skel",
    name_en="Length of garages, sheds and the like near the boundary",
    check=check,
)
