"""br18.summer_house_distance: in sommerhusområde buildings keep 5.0 m to neighbour and path.

BR18 § 178 (summer houses), § 186 (sanitary buildings), § 457 (how it is measured): horizontally from the outer
walls; eaves of up to 0.5 m are disregarded, and of wider ones the excess is taken off. Secondary buildings closer
than that go by §§ 182-183 instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.keep_distance import Asked, keep_distance
from permits.rules.parts.summer_house import summer_houses

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.summer_house_distance"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres from each new building in sommerhusområde to the nearest neighbour boundary.

    Danish: afstand til skel mod nabo og sti i sommerhusområde; BR18 §§ 178, 186, 457.

    Parameters
    ----------
    world : buildings (outline, kind, role, eaves_m, zone), edges of the plot they stand on.
    ruleset : ``br18.summer_house_distance.house_m``, ``.sanitary_m``; ``br18.secondary.summer_house_zone_m``;
        ``br18.boundary_distance.eaves_free_m``.

    Returns
    -------
    One finding per proposed building; measured is the counted distance, the worst point lies on the building.

    Notes
    -----
    Does not consider the road side (``br18.road_side``) nor what lies below ground. Other primary buildings have
    no fixed distance in sommerhusområde either; ``br18.boundary_distance`` says so.

    Examples
    --------
    Complies: wall at 5.00 m with eaves of 0.50 m. Breaches: wall at 4.99 m. Unknown: no outline, no known
    boundary, or a summer house in a zone that is not known.
    """
    answers = Answers(ID, world)
    kinds = summer_houses(world)
    answers.say(kinds.undecided, outcome="needs_manual", reason="missing_data")
    rows = np.flatnonzero(kinds.house | kinds.sanitary | kinds.secondary)
    asked = Asked(
        rows,
        limit_m=np.where(
            kinds.sanitary[rows], ruleset.number(f"{ID}.sanitary_m"), ruleset.number(f"{ID}.house_m")
        ),
        own_zone_m=np.where(kinds.secondary[rows], ruleset.number("br18.secondary.summer_house_zone_m"), 0.0),
        unsure=np.zeros(len(rows), dtype=bool),
    )
    keep_distance(answers, world, asked, ruleset.number("br18.boundary_distance.eaves_free_m"))
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 178, 186 og 457",
    name_da="Afstand til skel i sommerhusområde",
    name_en="Distance to neighbour boundary in a summer house area",
    check=check,
)
