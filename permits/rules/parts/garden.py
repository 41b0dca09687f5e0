"""The garden rule inside the protection lines of beaches, lakes and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL
from permits.rules.parts.dwellings import beside
from permits.rules.parts.floor_area import counted, standing
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rulebook import Ruleset

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Kinds that a garden may have one of; the second only where people live all year.
SHED: Final = "shed"
GREENHOUSE: Final = "greenhouse"


class Garden(NamedTuple):
    """Per building of the World.

    Attributes
    ----------
    allowed : the garden rule lets it pass.
    unknown : something that is not known decides.
    turning : bits of ``within_tolerance`` where float noise decides.
    """

    allowed: Bools
    unknown: Bools
    turning: Ints


def garden(world: World, ruleset: Ruleset) -> Garden:
    """What the garden rule says of new sheds and greenhouses; worked out from the World alone.

    Danish: lovligt etablerede haver; naturbeskyttelsesloven §§ 15 a and 16: one shed of up to 10 m² within 15 m of
    the dwelling where there is none, at a year-round dwelling also one greenhouse.

    Parameters
    ----------
    ruleset : ``nature.garden.shed_m2``, ``nature.garden.dwelling_m``.

    Notes
    -----
    Two of a kind in one application are one too many. Whether the garden is a lawful one is not looked at.

    Examples
    --------
    10.0 m² at 15.0 m: allowed. 10.1 m², or 15.1 m, or a second one: not. Floor area not stated: unknown.
    """
    area = counted(world, ruleset).total_m2
    most, reach = (ruleset.number(f"nature.garden.{name}") for name in ("shed_m2", "dwelling_m"))
    home = beside(world)
    proposed = world.column("buildings", "proposed")
    loose = world.is_word("buildings", "role", "secondary") & ~world.column("buildings", "integrated")
    shed = loose & world.is_word("buildings", "kind", SHED)
    house = loose & world.is_word("buildings", "kind", GREENHOUSE)
    place, size = world.rows_of("buildings", "site", "sites"), len(world.sites) + 1
    there = standing(world)
    only = np.zeros(len(proposed), dtype=bool)
    for kind in (shed, house):
        # One that takes the place of another is no second one.
        only |= kind & (np.bincount(place[kind & there] % size, minlength=size)[place] == 1)
    suits = proposed & ((shed & home.some) | (house & home.all_year)) & only
    refused = (area > most + EQUAL) | (home.distance_m > reach + EQUAL) & ~home.lost
    open_ = np.isnan(area) | (home.lost & ~(home.distance_m <= reach + EQUAL)) | np.isnan(home.distance_m)
    bits = turning(most - area) | turning(reach - home.distance_m)
    return Garden(suits & ~refused & ~open_, suits & ~refused & open_, np.where(suits, bits, 0))
