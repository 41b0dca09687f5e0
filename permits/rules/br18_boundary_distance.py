"""br18.boundary_distance: houses keep 2.5 m to neighbour and path.

BR18 § 177, no. 2 (houses), § 186 (sanitary buildings), § 457 (how it is measured): horizontally from the outer
walls; eaves of up to 0.5 m are disregarded, and of wider ones the excess is taken off. For other primary
buildings the law has no distance, and the municipality weighs the matter (§§ 187-195). Secondary buildings
closer than that go by §§ 180-181 instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.keep_distance import Asked, keep_distance
from permits.rules.parts.scope import scope

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.boundary_distance"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Distance in metres from each proposed building to the nearest neighbour boundary.

    Danish: afstand til skel mod nabo og sti; BR18 §§ 177, 186, 457.

    Parameters
    ----------
    world : buildings (outline, kind, role, eaves_m), edges of the plot they stand on.
    ruleset : ``br18.boundary_distance.house_m``, ``.sanitary_m``, ``.eaves_free_m``; ``br18.secondary.zone_m``.

    Returns
    -------
    One finding per proposed building; measured is the counted distance, the worst point lies on the building.

    Notes
    -----
    Does not consider the road side (``br18.road_side``), what lies below ground, or shared walls of double
    houses. A breach toward a stretch of certain kind outranks one toward a stretch that may be a road or water.

    Examples
    --------
    Complies: wall at 2.50 m with eaves of 0.50 m. Breaches: wall at 2.499 m, or at 2.50 m with eaves of 0.80 m
    (2.20 m counted). Unknown: no outline, or no known boundary.
    """
    answers = Answers(ID, world)
    kinds = scope(world)
    answers.say(kinds.unfixed, outcome="needs_manual", reason="overall_assessment")
    answers.say(kinds.undecided, outcome="needs_manual", reason="missing_data")
    rows = np.flatnonzero(kinds.house | kinds.sanitary | kinds.secondary)
    secondary = kinds.secondary[rows]
    asked = Asked(
        rows,
        limit_m=np.where(
            kinds.sanitary[rows],
            ruleset.number("br18.boundary_distance.sanitary_m"),
            ruleset.number("br18.boundary_distance.house_m"),
        ),
        own_zone_m=np.where(secondary, ruleset.number("br18.secondary.zone_m"), 0.0),
        unsure=secondary & (world.column("buildings", "zone")[rows] == ""),
    )
    keep_distance(answers, world, asked, ruleset.number("br18.boundary_distance.eaves_free_m"))
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 177, 186 og 457",
    name_da="Afstand til skel mod nabo og sti",
    name_en="Distance to neighbour boundary and path",
    check=check,
)
