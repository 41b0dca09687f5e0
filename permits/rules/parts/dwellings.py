"""Dwellings on a property, and what stands beside them: exemptions of several acts ask for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rulebook import EQUAL
from permits.rules.parts.floor_area import counted, replaced, standing
from permits.rules.parts.roof import outlines
from permits.rules.parts.use_codes import HOUSING

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rulebook import Ruleset

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Kinds of building that people live in, all year (helårsbeboelse) and in the summer.
DWELLINGS: Final = (*HOUSING, "summer_house")


def dwelling(world: World) -> Bools:
    """Which buildings are dwellings, new and standing ones."""
    return world.is_word("buildings", "role", "primary") & world.is_word("buildings", "kind", *DWELLINGS)


class Beside(NamedTuple):
    """Buildings and the dwellings of their property, as they stand after the work.

    Attributes
    ----------
    some : there is a dwelling.
    all_year : one of them is lived in all year.
    distance_m : to the nearest one that is drawn; NaN = none, or the building itself is not drawn.
    lost : a distance to one of them cannot be measured.
    """

    some: Bools
    all_year: Bools
    distance_m: Floats
    lost: Bools


def beside(world: World) -> Beside:
    """Each building of the World and the dwellings on its site; worked out once per World.

    Danish: afstand til boligen, nearest points of the outlines.
    """
    return world.once("beside", lambda: _beside(world))


def _beside(world: World) -> Beside:
    home = np.flatnonzero(dwelling(world) & standing(world))
    site, outline = world.column("buildings", "site"), outlines(world)[0]
    asked = np.flatnonzero(world.column("buildings", "proposed"))
    i, j = shapes.pairs(site[asked], site[home])
    i, j = asked[i], home[j]
    other = i != j
    i, j = i[other], j[other]
    size = len(site)
    some, all_year, lost = np.zeros((3, size), dtype=bool)
    some[i] = True
    all_year[i[world.is_word("buildings", "kind", *HOUSING)[j]]] = True
    distance = shapely.distance(outline[i], outline[j])
    lost[i[np.isnan(distance)]] = True
    nearest = np.full(size, np.inf)
    np.fmin.at(nearest, i, distance)
    return Beside(some, all_year, np.where(np.isinf(nearest), np.nan, nearest), lost)


class Converted(NamedTuple):
    """Buildings that take the place of standing ones in a conversion (ombygning).

    Attributes
    ----------
    some : per building of the World: it is one of them.
    same_kind : role and kind stay.
    more_m2 : floor that is added, in m²; NaN = not known.
    """

    some: Bools
    same_kind: Bools
    more_m2: Floats

    @property
    def no_more(self) -> Bools:
        """Where it is certain that no floor is added."""
        return self.some & (self.more_m2 <= EQUAL)

    @property
    def unknown(self) -> Bools:
        """Where nobody knows whether floor is added."""
        return self.some & np.isnan(self.more_m2)


def converted(world: World, ruleset: Ruleset) -> Converted:
    """Conversions of standing buildings, per building of the World.

    Danish: ombygning og ændret anvendelse.
    """
    old = replaced(world)
    work = world.is_word("sites", "work", "conversion")[world.rows_of("buildings", "site", "sites")]
    some = world.column("buildings", "proposed") & (old >= 0) & work
    area = counted(world, ruleset).total_m2
    kind, role = (world.numbered("buildings", name)[0] for name in ("kind", "role"))
    return Converted(
        some=some,
        same_kind=some & (kind == kind[old]) & (role == role[old]),
        more_m2=np.where(some, area - area[old], np.nan),
    )
