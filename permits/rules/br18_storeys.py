"""br18.storeys: two storeys, in a summer house area one.

BR18 § 176 (two), § 178 (one), § 458 (what counts as a storey). More is no breach of the law but takes the case to
an overall assessment (§§ 187-195). A plan that regulates the number of storeys takes the place of the rule (§ 166).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import Rule, Ruleset
from permits.rules.parts.asked import asked_buildings
from permits.rules.parts.coverage import left_to_regulation
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE
from permits.rules.parts.storey_count import storey_count
from permits.rules.parts.upper_limit import Limits, upper_limit

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.storeys"
MATTER: Final = "max_storeys"
ROLES: Final = ("primary",)


def limits(world: World, ruleset: Ruleset) -> Limits:
    """Storeys that give a right to build, per building: the zone decides, whatever the building is called."""
    one, two = ruleset.number("br18.storeys.summer_house"), ruleset.number("br18.storeys.most")
    summer = world.is_word("buildings", "zone", SUMMER_HOUSE_ZONE)
    unknown = world.is_word("buildings", "zone", "")
    return Limits(np.where(summer | unknown, one, two), np.where(summer, one, two))


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Storeys of each new primary building, against two, or one in a summer house area.

    Danish: etageantal; BR18 §§ 176, 178, 458.

    Parameters
    ----------
    world : buildings with storeys, basement and zone; pieces, rulings and rests.
    ruleset : ``br18.storeys.most``, ``.summer_house``, ``.basement_ceiling_m``.

    Returns
    -------
    One finding per new primary building; ``not_applicable`` under plans that regulate the number, and for sites
    without new primary buildings.

    Notes
    -----
    Split levels and large lofts are not considered, nor whether the stated number fits the height.

    Examples
    --------
    2 storeys in byzone: ``pass``. 3, or 2 in sommerhusområde: ``needs_manual``, ``overall_assessment``. Not
    stated: ``missing_data``.
    """
    return upper_limit(
        ID,
        world,
        asked_buildings(world, ROLES),
        storey_count(world, ruleset),
        limits(world, ruleset),
        left_to_regulation(world, MATTER),
    )


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 176, 178 og 458",
    name_da="Etageantal",
    name_en="Number of storeys",
    check=check,
)
