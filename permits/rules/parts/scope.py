"""Which buildings a rule is about: kinds, roles and zones, as BR18 groups them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

#: Houses of BR18 § 177: enfamiliehus, tofamiliehus med vandret lejlighedsskel, dobbelthus.
HOUSES: Final = ("detached_house", "two_family_horizontal", "double_house")
#: Secondary buildings without outer walls: all of their roof counts (carport, overdækket terrasse).
WITHOUT_WALLS: Final = ("carport", "covered_terrace")
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


def scope(buildings: pd.DataFrame) -> Scope:
    """By what rules of distance each proposed building goes; what stands already goes by none.

    Notes
    -----
    A summer house outside sommerhusområde is a house; within it, and with secondary buildings there, the rules
    for summer houses take over. An integrated secondary building is the house that it is built into; in
    sommerhusområde that is taken to be a summer house.
    """
    proposed = buildings["proposed"].to_numpy()
    role = buildings["role"].to_numpy(dtype=object)
    kind = buildings["kind"].to_numpy(dtype=object)
    zone = buildings["zone"].to_numpy(dtype=object)
    integrated = buildings["integrated"].to_numpy()
    primary = proposed & (role == "primary")
    secondary = proposed & (role == "secondary")
    summer, unknown = zone == SUMMER_HOUSE_ZONE, zone == ""
    always = primary & np.isin(kind.astype(str), HOUSES)
    by_zone = (primary & (kind == "summer_house")) | (secondary & integrated)
    sanitary = primary & (kind == "sanitary_building")
    built_in = secondary & integrated & unknown
    free = secondary & ~integrated
    return Scope(
        house=always | (by_zone & ~summer & ~unknown) | built_in,
        secondary=free & ~summer,
        sanitary=sanitary & ~summer & ~unknown,
        unfixed=primary & ~always & ~sanitary & (kind != "summer_house"),
        undecided=unknown & (primary & ((kind == "summer_house") | sanitary)),
    )
