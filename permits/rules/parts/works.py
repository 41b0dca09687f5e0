"""What a work consists of, site by site, as the exemptions of BR18 §§ 4-5 and 47 group it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, worded
from permits.rules.parts.building_height import building_height
from permits.rules.parts.floor_area import counted, replaced, standing
from permits.rules.parts.plot_area import plots_of
from permits.rules.parts.secondary import secondary
from permits.rules.parts.tolerance import any_of as bits_of
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rulebook import Ruleset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Houses whose conversion needs no permit (enfamiliehus, tofamiliehus, dobbelthus, rækkehus, sommerhus).
CONVERTED: Final = ("detached_house", "two_family_horizontal", "double_house", "row_house", "summer_house")

#: From here on numbers of groups are closed up before anything is added up by them.
_SPARSE: Final = 16


class Walls(NamedTuple):
    """Boundary walls, one row per site of the World.

    Attributes
    ----------
    some : the application adds a wall.
    others : it does something else too.
    over : a wall is higher than the limit.
    lacking : the height of a wall is not known.
    highest_m : of the walls whose height is known, NaN = none.
    """

    some: Bools
    others: Bools
    over: Bools
    lacking: Bools
    highest_m: Floats


def heights_m(world: World, which: Bools) -> Floats:
    """Height of new buildings above their ground, in metres; NaN where a part is not known and where nobody asks.

    Danish: højde over terræn; BR18 § 456.

    Parameters
    ----------
    which : per building of the World: it is asked about. Only their pieces are looked at.
    """
    found = building_height(world, np.flatnonzero(which[world.rows_of("pieces", "building", "buildings")]))
    return np.where(found.open, np.nan, found.value)


def _sites(world: World) -> Ints:
    """Position of each building's site in ``world.sites``."""
    return world.rows_of("buildings", "site", "sites")


def walls(world: World, ruleset: Ruleset) -> Walls:
    """Boundary walls of every site.

    Danish: hegnsmure; BR18 § 4.
    """
    place, size = _sites(world), len(world.sites)
    proposed = world.column("buildings", "proposed")
    wall = world.is_word("buildings", "role", "wall")
    height = heights_m(world, proposed & wall)
    limit = ruleset.number("br18.boundary_wall.height_m")

    def any_of(mask: Bools) -> Bools:
        return _any_of(place, mask, size)

    top = np.full(size, -np.inf)
    known = proposed & wall & np.isfinite(height)
    np.maximum.at(top, place[known], height[known])
    otherwise = world.is_word("sites", "work", "subdivision", "terrain")
    return Walls(
        some=any_of(proposed & wall),
        others=otherwise | any_of(~wall & (proposed | world.column("buildings", "demolished"))),
        over=any_of(known & (height > limit + EQUAL)),
        lacking=any_of(proposed & wall & ~known),
        highest_m=np.where(np.isinf(top), np.nan, top),
    )


def _any_of(place: Ints, mask: Bools, size: int) -> Bools:
    """Sites with a building in the mask."""
    some = np.zeros(size, dtype=bool)
    some[place[mask]] = True
    return some


@dataclass(frozen=True)
class Exempt:
    """Whether a work is exempt by its own nature, one row per site of the World; byggeret left aside.

    Attributes
    ----------
    holds : every part of the work is exempt as far as it is known, and there is one that needs an exemption.
    lacking : a floor area or height that decides is not known.
    measured_m2, limit_m2 : the number with the least to spare, NaN = none.
    sheds : buildings (rows) whose floor was added up, new and standing.
    sheds_m2 : of the plot with the most, NaN = no new secondary building.
    reason : why it does not hold: ``nothing``, ``other_work``, ``too_large``, ``more_floor``, ``other_kind``,
        ``wall``; empty where it holds.
    turning : ``within_tolerance`` where a number is within two millionths of where the answer turns.
    """

    holds: Bools
    lacking: Bools
    measured_m2: Floats
    limit_m2: Floats
    sheds: Ints
    sheds_m2: Floats
    reason: npt.NDArray[np.object_]
    turning: Ints


def exempt(world: World, ruleset: Ruleset) -> Exempt:
    """Whether each work is exempt from a permit by what it is and how large it is.

    Danish: byggearbejder uden byggetilladelse; BR18 § 5, stk. 1, nr. 1-3 and 15, § 47.

    Parameters
    ----------
    ruleset : ``br18.permit_free.secondary_m2``, ``.sanitary_m2``, ``.demolition_m2``,
        ``br18.boundary_wall.height_m``.

    Returns
    -------
    :class:`Exempt`. The parts of a work are judged one by one, and all of them have to be exempt.

    Notes
    -----
    Secondary buildings are added up by plot, standing ones too, integrated ones left out. A part that certainly
    needs a permit outranks one that is not known.
    """
    place, size = _sites(world), len(world.sites)
    proposed, gone = world.column("buildings", "proposed"), world.column("buildings", "demolished")
    is_word, (kind, _) = partial(world.is_word, "buildings"), world.numbered("buildings", "kind")
    primary, is_wall = is_word("role", "primary"), is_word("role", "wall")
    area = counted(world, ruleset).total_m2
    minor, old = secondary(world), replaced(world)
    conversion = world.is_word("sites", "work", "conversion")[place]

    shed = proposed & minor & ((old < 0) | minor[old])
    before, after = area[old], area
    convert = proposed & conversion & (old >= 0) & primary & ~shed
    other_kind = convert & ((kind != kind[old]) | ~primary[old] | ~is_word("kind", *CONVERTED))
    more = convert & (after > before + EQUAL)
    sanitary = proposed & primary & is_word("kind", "sanitary_building") & (old < 0)
    several = np.bincount(place[sanitary], minlength=size)[place] > 1
    wall = proposed & is_wall
    barrier = walls(world, ruleset)
    demolish = gone & ~proposed & ~is_wall & ~is_word("role", "raised_area")
    other = (proposed & ~(shed | convert | wall)) & ~(sanitary & ~several) | (demolish & ~minor)

    most = {
        name: ruleset.number(f"br18.permit_free.{name}_m2")
        for name in ("secondary", "sanitary", "demolition")
    }
    sheds, total, sheds_unknown, known = _sheds(world, shed, minor, area, place)
    large = np.full(size, -np.inf)
    np.maximum.at(large, place[shed], total[shed])
    huts = _most(place, sanitary & ~several, area, size)
    pulled = _most(place, demolish & minor, area, size)
    values = np.stack([np.where(np.isinf(large), np.nan, large), huts, pulled])
    limits = np.array([most["secondary"], most["sanitary"], most["demolition"]])[:, None]
    spare = limits - values
    tightest = np.where(np.isnan(spare), np.inf, spare).argmin(axis=0)
    row = np.arange(size)

    def any_of(mask: Bools) -> Bools:
        return _any_of(place, mask, size)

    open_ = np.stack(
        [
            any_of(shed & sheds_unknown),
            any_of(sanitary & ~several & np.isnan(area)),
            any_of(demolish & minor & np.isnan(area)),
        ]
    )
    unknown = open_.any(axis=0) | any_of(sanitary & several & np.isnan(area))
    unknown |= any_of(convert & ~other_kind & ~more & (np.isnan(before) | np.isnan(after))) | barrier.lacking
    some = any_of(shed | convert | (sanitary & ~several) | (demolish & minor))
    aside = world.is_word("sites", "work", "subdivision", "terrain")
    reason = worded(
        [
            any_of(other) | aside,
            any_of(other_kind),
            any_of(more),
            (spare < -EQUAL).any(axis=0),
            barrier.over,
            ~some,
        ],
        ["other_work", "other_kind", "more_floor", "too_large", "wall", "nothing"],
        "",
    )
    measured = values[tightest, row]
    close = np.bitwise_or.reduce(turning(spare), axis=0)
    close |= turning(ruleset.number("br18.boundary_wall.height_m") - barrier.highest_m)
    close |= bits_of(turning(np.where(convert, before - after, np.nan)), place, size)
    # A sum with unknown parts says something only when it is too large already.
    certain = np.isfinite(measured) & (~unknown | (measured > limits[tightest, 0] + EQUAL))
    return Exempt(
        holds=reason == "",
        lacking=unknown,
        measured_m2=np.where(certain, measured, np.nan),
        # Without a number, the limit is that of the area that is not known.
        limit_m2=np.where(
            certain,
            limits[tightest, 0],
            np.where(open_.any(axis=0), limits[open_.argmax(axis=0), 0], np.nan),
        ),
        sheds=sheds,
        sheds_m2=np.where(known, values[0], np.nan),
        reason=reason,
        turning=close,
    )


def _most(place: Ints, mask: Bools, area: Floats, size: int) -> Floats:
    """Largest known area per site among some buildings, NaN = none."""
    top = np.full(size, -np.inf)
    known = mask & np.isfinite(area)
    np.maximum.at(top, place[known], area[known])
    return np.where(np.isinf(top), np.nan, top)


def _sheds(
    world: World, shed: Bools, minor: Bools, area: Floats, place: Ints
) -> tuple[Ints, Floats, Bools, Bools]:
    """Secondary buildings that count, their sum on the plot of each building, and whether it is not whole."""
    plot = plots_of(world)
    counts = minor & standing(world)
    # Plots are numbered from 1 on each site, so that few numbers are left out.
    most = int(plot.max(initial=0)) + 1
    group, groups = place * most + plot, len(world.sites) * most
    if groups > _SPARSE * len(group) + 1024:
        keys, group = np.unique(group, return_inverse=True)
        groups = len(keys)
    mine = _any_of(group, shed, groups)[group] & counts
    total = np.bincount(group[mine], weights=np.nan_to_num(area[mine]), minlength=groups).astype(np.float64)
    lost = _any_of(group, mine & np.isnan(area), groups)
    bad = np.bincount(place[shed & lost[group]], minlength=len(world.sites)) > 0
    return np.flatnonzero(mine).astype(np.int64), total[group], lost[group], ~bad
