"""br18.summer_house_clear_strip: in sommerhusområde nothing stands within 2.5 m of neighbour and path.

BR18 §§ 182-183: garages, sheds and the like may come closer than 5.0 m, but never closer than 2.5 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.keep_distance import asked_of, keep_distance
from permits.rules.parts.secondary import asked, by_zone

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]

ID: Final = "br18.summer_house_clear_strip"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres from new secondary buildings in sommerhusområde to the nearest neighbour boundary.

    Danish: 2,5 m friholdt bælte mod nabo og sti i sommerhusområde; BR18 §§ 182-183.

    Parameters
    ----------
    world : buildings with outline, eaves and zone; edges of the plot they stand on.
    ruleset : ``br18.summer_house_clear_strip.width_m``, ``br18.boundary_distance.eaves_free_m``.

    Returns
    -------
    One finding per proposed building; ``not_applicable`` outside sommerhusområde and for other buildings.

    Notes
    -----
    The road side is ``br18.road_side``.

    Examples
    --------
    Complies: carport with its roof edge at 2.50 m. Breaches: at 2.49 m. Unknown: no outline, or a zone that nobody
    knows.
    """
    return by_zone(world, lambda summer: _answers(world, ruleset, summer))


def _answers(world: World, ruleset: Ruleset, summer: Bools) -> pd.DataFrame:
    answers = Answers(ID, world)
    rows = asked(world)
    rows = rows[summer[rows]]
    limit = np.full(len(rows), ruleset.number(f"{ID}.width_m"))
    keep_distance(
        answers, world, asked_of(rows, limit), ruleset.number("br18.boundary_distance.eaves_free_m")
    )
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 182-183",
    name_da="Friholdt bælte mod nabo og sti i sommerhusområde",
    name_en="Clear strip toward neighbour and path in a summer house area",
    check=check,
)
