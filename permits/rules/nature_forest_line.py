"""nature.forest_line: the building line around forests (naturbeskyttelsesloven § 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, Need, Rule, Ruleset, worded
from permits.rules.parts.dwellings import beside, converted, dwelling
from permits.rules.parts.features import Things, answered, held, inside_flags, of_building, things
from permits.rules.parts.floor_area import counted
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.forest_line"
KIND: Final = "skovbyggelinje"
TOWN: Final = "urban"

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def _about(world: World, what: Things) -> Bools:
    """Which things the line is about: buildings, unless a landzone permit is given already."""
    site = world.rows("sites", what.site)
    return np.asarray(~what.ground & ~world.column("sites", "landzone_permit")[site], dtype=bool)


def asks(world: World) -> Ints:
    """Sites whose work has a building that the line is about."""
    what = things(world)
    return np.unique(what.site[_about(world, what)])


class Exempt(NamedTuple):
    """Per building of the World: the exemption of byzone holds, hangs on what is not known, turns on float noise."""

    holds: Bools
    unknown: Bools
    turning: Ints


def exempt(world: World, ruleset: Ruleset) -> Exempt:
    """Secondary buildings at a dwelling, and conversions of dwellings without more floor, in byzone.

    Danish: sekundære bygninger og ombygning i byzone; naturbeskyttelsesloven § 17, stk. 2.
    """
    change, floor = converted(world, ruleset), counted(world, ruleset).total_m2
    most = ruleset.number(f"{ID}.secondary_m2")
    minor = world.is_word("buildings", "role", "secondary") & beside(world).some
    home = change.same_kind & dwelling(world)
    town, nowhere = (world.is_word("buildings", "zone", zone) for zone in (TOWN, ""))
    fits = (minor & (floor <= most + EQUAL)) | (home & change.no_more)
    perhaps = (minor & np.isnan(floor)) | (home & change.unknown)
    bits = np.where(minor, turning(most - floor), 0) | np.where(home, turning(-change.more_m2), 0)
    return Exempt(
        fits & town, ((fits | perhaps) & nowhere) | (perhaps & town), np.asarray(bits, dtype=np.int64)
    )


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built lies inside the line and no exemption holds.

    Danish: skovbyggelinje; naturbeskyttelsesloven § 17. The municipality dispenses (§ 65).

    Parameters
    ----------
    world : World with features, zones of buildings and sites with landzone_permit.
    ruleset : ``nature.forest_line.secondary_m2``.

    Returns
    -------
    One finding per new building. ``not_applicable`` outside, to terrain work, and with a landzone permit given.

    Notes
    -----
    Not considered: buildings that farming and forestry need, and that the line holds only between substantial lawful
    buildings and the forest where those stand nearer.

    Examples
    --------
    Carport of 50 m² at a house in byzone: ``pass``. 51 m², or an extension: ``needs_dispensation``. Floor area not
    stated: ``missing_data``.
    """
    what, met = things(world), held(world, (KIND,))
    row = what.row[met.thing]
    free = exempt(world, ruleset)
    holds, unknown = (of_building(values, row, ground=False) for values in (free.holds, free.unknown))
    return answered(
        ID,
        world,
        met,
        worded(
            [~met.inside, holds, unknown], ["not_applicable", "pass", "needs_manual"], "needs_dispensation"
        ),
        worded([met.inside & ~holds & unknown], ["missing_data"], ""),
        flags=inside_flags(met) | np.where(met.inside, of_building(free.turning, row, ground=0), 0),
        asked=_about(world, what),
    )


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven § 17",
    name_da="Skovbyggelinje",
    name_en="Forest building line",
    check=check,
    needs=(Need(KIND),),
    asks=asks,
)
