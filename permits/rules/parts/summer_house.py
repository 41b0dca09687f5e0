"""Which buildings go by the rules for summer houses: in sommerhusområde, for the zone decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rules.parts.scope import SUMMER_HOUSE_ZONE

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]


class SummerHouses(NamedTuple):
    """For each building of the World; what stands already goes by no rule.

    Attributes
    ----------
    house : BR18 § 178, secondary buildings that are built into a house included.
    sanitary : BR18 § 186.
    secondary : BR18 §§ 182-183, not integrated.
    undecided : would be one of these in sommerhusområde, and the zone is not known.
    """

    house: Bools
    sanitary: Bools
    secondary: Bools
    undecided: Bools


def summer_houses(world: World) -> SummerHouses:
    """By what rules for summer houses each proposed building goes; all False = by none."""
    is_word = partial(world.is_word, "buildings")
    proposed, integrated = (world.column("buildings", name) for name in ("proposed", "integrated"))
    primary, minor = proposed & is_word("role", "primary"), proposed & is_word("role", "secondary")
    house = (primary & is_word("kind", "summer_house")) | (minor & integrated)
    sanitary = primary & is_word("kind", "sanitary_building")
    secondary = minor & ~integrated
    summer = is_word("zone", SUMMER_HOUSE_ZONE)
    # A building that is built into a house of unknown zone goes by the rules for houses.
    open_ = is_word("zone", "") & ((house & ~minor) | sanitary | secondary)
    return SummerHouses(house & summer, sanitary & summer, secondary & summer, open_)
