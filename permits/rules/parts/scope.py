"""Which buildings a rule is about: kinds, roles and zones, as BR18 groups them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from permits.engine.world import World

#: Houses of BR18 § 177: enfamiliehus, tofamiliehus med vandret lejlighedsskel, dobbelthus.
HOUSES: Final = ("detached_house", "two_family_horizontal", "double_house")
SUMMER_HOUSE_ZONE: Final = "summer_house"

Bools = npt.NDArray[np.bool_]


class Scope(NamedTuple):
    """For each building of the World, by what rules of distance it goes; all False = none of them asks.

    Attributes
    ----------
    house : BR18 § 177.
    secondary : BR18 §§ 180-181, not integrated, outside sommerhusområde.
    sanitary : BR18 § 186, outside sommerhusområde.
    unfixed : primary buildings for which the law has no fixed distance.
    undecided : the zone decides whether one of the above holds, and it is not known.
    """

    house: Bools
    secondary: Bools
    sanitary: Bools
    unfixed: Bools
    undecided: Bools


def scope(world: World) -> Scope:
    """By what rules of distance each proposed building goes; what stands already goes by none.

    Notes
    -----
    A summer house outside sommerhusområde is a house; within it, and with secondary buildings there, the rules
    for summer houses take over. An integrated secondary building is the house that it is built into; in
    sommerhusområde that is taken to be a summer house.
    """
    is_word = partial(world.is_word, "buildings")
    proposed, integrated = (world.column("buildings", name) for name in ("proposed", "integrated"))
    primary = proposed & is_word("role", "primary")
    secondary = proposed & is_word("role", "secondary")
    summer, unknown = is_word("zone", SUMMER_HOUSE_ZONE), is_word("zone", "")
    always = primary & is_word("kind", *HOUSES)
    leisure = is_word("kind", "summer_house")
    by_zone = (primary & leisure) | (secondary & integrated)
    sanitary = primary & is_word("kind", "sanitary_building")
    built_in = secondary & integrated & unknown
    free = secondary & ~integrated
    return Scope(
        house=always | (by_zone & ~summer & ~unknown) | built_in,
        secondary=free & ~summer,
        sanitary=sanitary & ~summer & ~unknown,
        unfixed=primary & ~always & ~sanitary & ~leisure,
        undecided=unknown & (primary & (leisure | sanitary)),
    )
