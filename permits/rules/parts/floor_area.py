"""Floor area for the plot ratio (etageareal), with everything that counts and everything that is left out.

BR18 § 455. One row per group of buildings (a plot, a property, a parcel), so that every percentage is reckoned
by the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, Ruleset

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Kinds whose secondary buildings are left out up to a number per dwelling, larger and smaller.
HOUSES: Final = ("detached_house", "double_house", "summer_house")
ROWS: Final = ("row_house", "multi_storey_housing")
#: Not named by § 455: either reading is possible.
UNNAMED: Final = ("two_family_horizontal",)
#: Editions of the building regulations that left out less at houses.
OLDER: Final = ("BR10", "BR15")


@dataclass(frozen=True)
class Counted:
    """Counted floor area of each building by itself, before secondary buildings are left out, in m².

    ``basement_m2`` is the part of the basement that counts; NaN everywhere is "not stated".
    """

    floor_m2: Floats
    basement_m2: Floats
    attic_m2: Floats

    @property
    def total_m2(self) -> Floats:
        """Sum of the three."""
        return self.floor_m2 + self.basement_m2 + self.attic_m2


@dataclass(frozen=True)
class Statement:
    """Floor area statement per group, in m²; NaN where a floor area is not stated.

    Attributes
    ----------
    primary_m2, secondary_m2 : counted floor of primary and of secondary buildings.
    dwellings : number of dwellings.
    free_m2 : part of the secondary floor that is left out, at least.
    free_most_m2 : the same where two flats one above the other are read as a house.
    lacking : a floor area that counts is not stated.
    """

    primary_m2: Floats
    secondary_m2: Floats
    dwellings: Floats
    free_m2: Floats
    free_most_m2: Floats
    lacking: Bools

    @property
    def counted_m2(self) -> Floats:
        """What counts, by the stricter reading."""
        return self.primary_m2 + self.secondary_m2 - self.free_m2

    @property
    def counted_least_m2(self) -> Floats:
        """What counts, by the milder reading."""
        return self.primary_m2 + self.secondary_m2 - self.free_most_m2


def counted(world: World, ruleset: Ruleset) -> Counted:
    """Counted floor of every building by itself, in m².

    Danish: etageareal, kælder og udnyttelig tagetage; BR18 § 455.

    Parameters
    ----------
    world : World with buildings.
    ruleset : the height of a basement ceiling from which it counts.

    Returns
    -------
    :class:`Counted` in the order of ``world.buildings``.

    Notes
    -----
    A negative area is no area: it is read as not stated.

    Examples
    --------
    Basement ceiling 1.24 m above terrain: left out. 1.25 m: counts. A basement whose ceiling is not stated: NaN.
    """
    floor = _area(world.column("buildings", "floor_m2"))
    below = _area(world.column("buildings", "basement_m2"))
    ceiling = world.column("buildings", "basement_ceiling_m")
    high = ceiling >= ruleset.number("br18.floor_area.basement_ceiling_m") - EQUAL
    basement = np.where(below == 0.0, 0.0, np.where(np.isfinite(ceiling), np.where(high, below, 0.0), np.nan))
    return Counted(floor, basement, _area(world.column("buildings", "attic_m2")))


def _area(values: Floats) -> Floats:
    return np.where(np.isfinite(values) & (values >= 0.0), values, np.nan)


def standing(world: World, *, after: bool = True) -> Bools:
    """Which buildings with floor area stand on the property after the work (or before it).

    Danish: bygninger der tæller med. New buildings, and standing ones that are neither pulled down nor replaced;
    raised areas and walls have no floor. Worked out once per World; not to be written to.
    """
    return world.once(f"standing:{after}", lambda: _standing(world, after=after))


def replaced(world: World) -> Ints:
    """Row of the building that each one takes the place of, -1 = none."""
    return world.rows_of("buildings", "replaces", "buildings")


def _standing(world: World, *, after: bool) -> Bools:
    roofed = world.is_word("buildings", "role", "primary", "secondary")
    proposed = world.column("buildings", "proposed")
    if not after:
        return np.asarray(roofed & ~proposed)
    old = replaced(world)[proposed]
    gone = world.column("buildings", "demolished").copy()
    gone[old[old >= 0]] = True
    return np.asarray(roofed & (proposed | ~gone))


def dwellings(world: World, row: Ints, group: Ints) -> Floats:
    """Number of dwellings of buildings in their groups; 0 for secondary buildings.

    Danish: boliger. One where nothing is stated; none more where an extension is a part of a house that stands.
    """
    stated = world.column("buildings", "dwellings")[row]
    primary = world.is_word("buildings", "role", "primary")[row]
    place = world.rows_of("buildings", "site", "sites")[row]
    extension = (place >= 0) & world.is_word("sites", "work", "extension")[place]
    proposed = world.column("buildings", "proposed")[row]
    homes = np.zeros(int(group.max()) + 1 if len(group) else 0, dtype=bool)
    homes[group[primary & ~proposed]] = True
    part = proposed & extension & (world.column("buildings", "replaces")[row] < 0) & homes[group]
    number = np.where(stated >= 0, stated, np.where(part, 0, 1)) * primary
    return np.asarray(number, dtype=np.float64)


def statement(
    world: World, ruleset: Ruleset, row: Ints, group: Ints, size: int, older: Bools | None = None
) -> Statement:
    """Floor area statement of groups of buildings, in m².

    Danish: opgørelse af etageareal; BR18 § 455, stk. 4: garages, carports, sheds, greenhouses and covers are left
    out up to 50 m² per dwelling (detached, double and summer houses), 20 m² per dwelling (row houses,
    multi-storey), or a quarter of the other floor area (other buildings).

    Parameters
    ----------
    world : World with sites and buildings.
    ruleset : the numbers.
    row, group : rows of ``world.buildings`` that count, and the group of each; see :func:`standing`. A building
        may count in several groups.
    size : number of groups.
    older : groups reckoned by BR10 or BR15 (35 m² instead of 50).

    Returns
    -------
    :class:`Statement`, one row per group.

    Notes
    -----
    Where a plot holds several kinds their shares are added up. Not considered: garages in the basement of other
    buildings, and the exact outline of open covers.

    Examples
    --------
    House 150 m², garage 50 m²: 150 m² count. Row house 96 m², shed 27 m²: 103 m². House without a stated area:
    NaN, lacking.
    """
    total = counted(world, ruleset).total_m2[row]
    homes = dwellings(world, row, group)
    primary = world.is_word("buildings", "role", "primary")[row]

    def add(values: Floats, where: Bools) -> Floats:
        return np.bincount(group[where], weights=values[where], minlength=size).astype("float64")

    large = np.full(size, ruleset.number("br18.floor_area.secondary_free_house_m2"))
    if older is not None:
        large[older] = ruleset.number("br18.floor_area.secondary_free_house_older_m2")
    small = ruleset.number("br18.floor_area.secondary_free_row_m2")
    share = ruleset.number("br18.floor_area.secondary_free_other_pct") / 100.0
    house, joined, unnamed = (
        world.is_word("buildings", "kind", *kinds)[row] & primary for kinds in (HOUSES, ROWS, UNNAMED)
    )
    other = primary & ~house & ~joined & ~unnamed
    sure = large * add(homes, house) + small * add(homes, joined) + share * add(total, other)
    open_homes = add(homes, unnamed)
    first, second = add(total, primary), add(total, ~primary)
    lacking = add(np.isnan(total).astype("float64"), np.ones(len(row), dtype=bool)) > 0
    return Statement(
        primary_m2=first,
        secondary_m2=second,
        dwellings=add(homes, primary),
        free_m2=np.minimum(second, sure + np.minimum(small, large) * open_homes),
        free_most_m2=np.minimum(second, sure + np.maximum(small, large) * open_homes),
        lacking=lacking,
    )
