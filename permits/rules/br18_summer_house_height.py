"""br18.summer_house_height: no part of the roof of a summer house is higher than 5.0 m.

BR18 § 178, § 456 (how heights are measured). More is no breach of the law but takes the case to an overall
assessment (§§ 187-195). A plan that regulates the height takes the place of the rule (§ 166).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.building_height import building_height
from permits.rules.parts.coverage import left_to_regulation, pieces_of
from permits.rules.parts.summer_house import summer_houses
from permits.rules.parts.upper_limit import Limits, upper_limit

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.summer_house_height"
MATTER: Final = "max_height"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Highest part of each new summer house in metres, as far as no plan regulates it, against 5.0 m.

    Danish: sommerhuses højde; BR18 §§ 178, 456.

    Parameters
    ----------
    world : buildings with height, roof and zone; pieces, rulings and rests.
    ruleset : ``br18.summer_house_height.most_m``.

    Returns
    -------
    One finding per new summer house in sommerhusområde, or building that is built into one; ``not_applicable``
    under plans that regulate the height, and for sites without any.

    Notes
    -----
    Not considered: chimneys, antennas, and gables and dormers of usual size.

    Examples
    --------
    5.00 m: ``pass``. 5.01 m: ``needs_manual``, ``overall_assessment``. No height stated: ``missing_data``.
    """
    kinds = summer_houses(world)
    undecided = kinds.undecided & world.is_word("buildings", "kind", "summer_house")
    asked = kinds.house | undecided
    most = np.full(len(asked), ruleset.number(f"{ID}.most_m"))
    left = left_to_regulation(world, MATTER)
    limits = Limits(most, np.where(undecided, np.inf, most))
    return upper_limit(ID, world, asked, building_height(world, pieces_of(world, left, asked)), limits, left)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 178 og 456",
    name_da="Sommerhusets højde",
    name_en="Height of the summer house",
    check=check,
)
