"""road.building_line: the strip that a road building line keeps free (vejloven §§ 40-41)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import (
    answered,
    attribute,
    distance_flags,
    held,
    too_near,
    touches_something,
)

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "road.building_line"
KIND: Final = "vejbyggelinje"
FACTOR: Final = f"{ID}.height_factor"
PASSAGE: Final = f"{ID}.passage_m"
#: How far from a line one looks, in metres: the addition of a difference of some twenty metres.
REACH_M: Final = 45.0
#: A smaller difference of heights is level ground, in metres.
LEVEL_M: Final = 0.0005


def addition_m(difference_m: npt.NDArray[np.float64], ruleset: Ruleset) -> npt.NDArray[np.float64]:
    """How far behind the line one builds, in metres, for a difference of height between ground and road.

    Danish: højde- og passagetillæg; vejloven § 40, stk. 5. The sign does not count; level ground has no addition.
    """
    rise = np.abs(difference_m)
    more = ruleset.number(FACTOR) * rise + ruleset.number(PASSAGE)
    return np.where(np.isnan(rise), np.nan, np.where(rise > LEVEL_M, more, 0.0))


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Metres from what is built or touched to the strip that a line keeps free, height addition considered.

    Danish: vejbyggelinje med højde- og passagetillæg; vejloven §§ 40-41. The road authority permits.

    Parameters
    ----------
    world : World with features; ``height_difference`` of the line in metres.
    ruleset : ``road.building_line.height_factor``, ``.passage_m``.

    Returns
    -------
    One finding per thing; ``not_applicable`` where no line is registered.

    Notes
    -----
    What lies in the strip has a distance of 0, whatever the limit is.

    Examples
    --------
    Difference 1.20 m, 3.90 m behind: ``pass``. 3.89 m, or in the strip: ``needs_other_consent``. Difference not
    known, outside the strip: ``missing_data``.
    """
    met = held(world, (KIND,))
    limit = addition_m(attribute(world, met, "height_difference"), ruleset)
    margin = met.distance_m - limit
    broken = met.inside | too_near(met, limit)
    lacking = ~met.inside & np.isnan(limit)
    return answered(
        ID,
        world,
        met,
        worded([broken, lacking], ["needs_other_consent", "needs_manual"], "pass"),
        worded([lacking], ["missing_data"], ""),
        flags=distance_flags(met, margin),
        measured=met.distance_m,
        limit=limit,
    )


RULE: Final = Rule(
    id=ID,
    law="vejloven §§ 40-41",
    name_da="Vejbyggelinje",
    name_en="Road building line",
    check=check,
    needs=(Need(KIND, reach=REACH_M),),
    asks=touches_something,
)
