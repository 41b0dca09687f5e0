"""br18.summer_house_wall: along one long side at least the outer wall of a summer house is at most 3.0 m high.

BR18 § 178; the wall is measured from the ground to the upper side of the roof. More along both long sides is no
breach of the law but takes the case to an overall assessment (§§ 187-195).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.summer_house import summer_houses
from permits.rules.parts.upper_limit import Limits, plain, upper_limit

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.summer_house_wall"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Lowest long side of each new summer house in metres, against 3.0 m.

    Danish: ydervæggens højde langs mindst én langside; BR18 § 178.

    Parameters
    ----------
    world : buildings with wall_low_m and zone.
    ruleset : ``br18.summer_house_wall.most_m``.

    Returns
    -------
    One finding per new summer house in sommerhusområde; ``not_applicable`` for sites without any.

    Notes
    -----
    No plan takes the place of the rule: plans limit the height of buildings, not of a wall along a side. Not
    asked of what is built into the house, whose long sides are those of the house.

    Examples
    --------
    2.9 m on one long side, 3.8 m on the other: ``pass``. Both 3.1 m: ``needs_manual``, ``overall_assessment``. Not
    stated: ``missing_data``.
    """
    kinds = summer_houses(world)
    named = world.is_word("buildings", "kind", "summer_house")
    undecided = kinds.undecided & named
    asked = (kinds.house & named) | undecided
    most = np.full(len(asked), ruleset.number(f"{ID}.most_m"))
    return upper_limit(
        ID,
        world,
        asked,
        plain(world.column("buildings", "wall_low_m")),
        Limits(most, np.where(undecided, np.inf, most)),
    )


RULE: Final = Rule(
    id=ID,
    law="BR18 § 178",
    name_da="Sommerhusets ydervæg langs en langside",
    name_en="Outer wall of the summer house along a long side",
    check=check,
)
