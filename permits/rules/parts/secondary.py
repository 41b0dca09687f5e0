"""Secondary buildings close to a boundary (BR18 §§ 180-183): which they are, and zones nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL
from permits.rules.parts.boundary import NEIGHBOUR, Measurable, Nearest, best, measurable, nearest, outlines
from permits.rules.parts.measured import measured_once
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE
from permits.rules.parts.tolerance import any_of, turning, within_tolerance

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from permits.engine.world import World
    from permits.rulebook import Ruleset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def secondary(world: World) -> Bools:
    """Secondary buildings that are not built into the primary one; standing ones too."""
    own = ~world.column("buildings", "integrated")
    return np.asarray(world.is_word("buildings", "role", "secondary") & own)


def asked(world: World) -> Ints:
    """Rows of the secondary buildings that the application adds, integrated ones left out."""
    return np.flatnonzero(secondary(world) & world.column("buildings", "proposed"))


def width_m(ruleset: Ruleset, summer: Bools) -> Floats:
    """How far from a neighbour boundary the rules of §§ 181 and 183 reach, in metres."""
    return np.where(
        summer,
        ruleset.number("br18.secondary.summer_house_zone_m"),
        ruleset.number("br18.secondary.zone_m"),
    )


def road_width_m(ruleset: Ruleset, summer: Bools) -> Floats:
    """How far from a road the height of §§ 181 and 183 holds, in metres; 0 where the rule set has no such zone."""
    numbers = [
        ruleset.number(key) if key in ruleset.numbers else 0.0
        for key in ("br18.secondary.summer_house_road_zone_m", "br18.secondary.road_zone_m")
    ]
    return np.where(summer, *numbers)


class Near(NamedTuple):
    """Which buildings stand close to boundaries of some kinds; positions follow the rows asked about.

    Attributes
    ----------
    rows : rows in ``world.buildings``.
    unknown : outline, plot or its boundary is not known at all.
    partly : some stretch cannot be measured.
    close : closer than the width to some such boundary.
    certain : closer than the width to one whose kind is certain.
    edge : row of the nearest stretch in ``world.edges``, a certain one first where it is close; -1 = none.
    distance_m : counted distance to it, NaN = none.
    flags : ``within_tolerance`` where the distance is nearer to the width than the positions are exact.
    turning : the same where it would be close, or not, by a micrometre.
    """

    rows: Ints
    unknown: Bools
    partly: Bools
    close: Bools
    certain: Bools
    edge: Ints
    distance_m: Floats
    flags: Ints
    turning: Ints


class _Around(NamedTuple):
    known: Measurable
    at: Ints  # position in the rows, per row of ``found``
    found: Nearest


@measured_once
def _around(world: World, kinds: tuple[str, ...]) -> _Around:
    """The boundaries nearest to all buildings that are asked about; three rules go by them."""
    rows = asked(world)
    known = measurable(world, rows, kinds)
    seen = np.flatnonzero(known.both)
    found = nearest(world, rows[seen], kinds)
    return _Around(known, seen[found.building], found)


def near(world: World, ruleset: Ruleset, width: Floats, kinds: tuple[str, ...] = NEIGHBOUR) -> Near:
    """Which of the buildings asked about (:func:`asked`) stand closer to a boundary than the given width.

    Danish: nærmere skel end 2,5 m; BR18 §§ 180-183, distance by § 457: eaves beyond 0.5 m are taken off.

    Parameters
    ----------
    width : per building asked about, in metres; the exact width is no longer close.
    kinds : kinds of boundary that count.
    """
    return _near(world, ruleset.number("br18.boundary_distance.eaves_free_m"), width, kinds)


@measured_once
def _near(world: World, eaves_free_m: float, width: Floats, kinds: tuple[str, ...]) -> Near:
    rows = asked(world)
    known, at, found = _around(world, kinds)
    excess = outlines(world)[1][rows] - eaves_free_m
    counted = np.maximum(found.distance_m - np.maximum(excess, 0.0)[at], 0.0)
    within = counted < width[at] - EQUAL
    size = len(rows)
    close, certain = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    close[at[within]] = True
    certain[at[within & ~found.ambiguous]] = True
    # A certain stretch that is close, else an uncertain one that is, else the nearest.
    pick = best(at, np.where(within, found.ambiguous, 2), counted)
    first_at = at[pick]
    edge, distance = np.full(size, -1, dtype=np.int64), np.full(size, np.nan)
    edge[first_at], distance[first_at] = found.edge[pick], counted[pick]
    flags = np.zeros(size, dtype=np.int64)
    sigma = np.hypot(
        world.column("buildings", "sigma_m")[rows[first_at]],
        world.column("edges", "sigma_m")[found.edge[pick]],
    )
    flags[first_at] = within_tolerance(counted[pick] - width[first_at], sigma)
    turns = any_of(turning(counted - width[at]), at, size)
    unmeasured = known.both & ~known.whole
    return Near(rows, ~known.both, unmeasured, close, certain, edge, distance, flags | turns, turns)


def by_zone(world: World, answer: Callable[[Bools], pd.DataFrame]) -> pd.DataFrame:
    """Findings of a rule that asks for different things in sommerhusområde and elsewhere.

    Danish: zonen afgør. Where the zone of a building is not known both are tried, and where the answers differ it is
    ``missing_data``, also for another building whose sum hangs on it.

    Parameters
    ----------
    answer : findings, the same buildings in the same order each time, from a mask over ``world.buildings``
        that says which of them lie in sommerhusområde.

    Notes
    -----
    Where both answers are the same, the numbers with less to spare are told. Flags of either stand.
    """
    summer = world.is_word("buildings", "zone", SUMMER_HOUSE_ZONE)
    unknown = world.is_word("buildings", "zone", "")
    table = answer(summer)
    if not unknown.any():
        return table
    # Of all rows: a sum may hang on the zone of another building on the plot.
    other = answer(summer | unknown)
    same = np.ones(len(table), dtype=bool)
    for name in ("outcome", "reason"):
        same &= table[name].to_numpy() == other[name].to_numpy()
    flags = table["flags"].to_numpy() | other["flags"].to_numpy()
    tighter = same & (other["margin"].to_numpy() < table["margin"].to_numpy())
    table.loc[tighter] = other.loc[tighter]
    differ = ~same
    table.loc[differ, ["measured", "limit", "margin", "x", "y"]] = np.nan
    table.loc[differ, "edge"] = -1
    table.loc[differ, "outcome"] = "needs_manual"
    table.loc[differ, "reason"] = "missing_data"
    return table.assign(flags=flags)
