"""br18.height: 8.5 m, less for sanitary buildings, more for farm buildings and silos in the open land.

BR18 § 176 (8.5 m), §§ 184-185 (farm buildings and silos in landzone that need no landzone permit), § 186 (sanitary
buildings), § 456 (how heights are measured). More is no breach of the law but takes the case to an overall
assessment (§§ 187-195). A plan that regulates the height takes the place of the rule (§ 166).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import shapely

from permits.rulebook import EQUAL, Rule, Ruleset
from permits.rules.parts.asked import asked_buildings
from permits.rules.parts.building_height import building_height
from permits.rules.parts.coverage import left_to_regulation, pieces_of
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE
from permits.rules.parts.upper_limit import Limits, upper_limit

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Texts = npt.NDArray[np.object_]

ID: Final = "br18.height"
MATTER: Final = "max_height"
ROLES: Final = ("primary", "secondary")
#: Numbers of the rule set, see :func:`limit_names`.
NAMES: Final = ("", "most_m", "sanitary_m", "farm_m", "silo_m")
FARM: Final = ("farm_building", "silo")


def limit_names(world: World, ruleset: Ruleset) -> tuple[Texts, Texts]:
    """Name of the number that holds for each building, strictly and mildly read; empty = the rule has none.

    Returns
    -------
    Names such as ``farm_m``. The two differ where the zone or the footprint of a silo is not known.
    """
    names = np.array(NAMES, dtype=object)
    strict, mild = _limits(world, ruleset)
    return names[strict], names[mild]


def _limits(world: World, ruleset: Ruleset) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """The names as places in :data:`NAMES`."""
    size = len(world.buildings)
    is_word = partial(world.is_word, "buildings")
    summer, unknown, rural = (is_word("zone", zone) for zone in (SUMMER_HOUSE_ZONE, "", "rural"))
    strict = np.full(size, NAMES.index("most_m"), dtype=np.int8)
    mild = strict.copy()
    # Summer houses and what belongs to them have rules of their own where they are allowed at all.
    own = is_word("kind", "summer_house") | is_word("role", "secondary")
    strict[own & summer] = mild[own & summer] = mild[own & unknown] = 0
    # With a landzone permit the special heights of the open land do not hold.
    permitted = world.column("sites", "landzone_permit")[world.rows_of("buildings", "site", "sites")]
    farm = is_word("kind", *FARM) & ~permitted
    sure, perhaps = farm & rural, farm & (rural | unknown)
    silo = farm & is_word("kind", "silo")
    area = np.full(size, np.nan)
    outline = world.column("buildings", "geometry")[silo]
    area[silo] = np.where(world.sound("buildings")[silo], shapely.area(outline), np.nan)
    most = ruleset.number("br18.height.silo_footprint_m2") + EQUAL
    strict[sure], mild[perhaps] = NAMES.index("farm_m"), NAMES.index("farm_m")
    strict[sure & silo & (area <= most)] = NAMES.index("silo_m")
    mild[perhaps & silo & ~(area > most)] = NAMES.index("silo_m")
    sanitary = is_word("kind", "sanitary_building")
    strict[sanitary] = mild[sanitary] = NAMES.index("sanitary_m")
    return strict, mild


def limits(world: World, ruleset: Ruleset) -> Limits:
    """Height in metres that gives a right to build, per building."""
    numbers = np.array([np.inf, *(ruleset.number(f"br18.height.{name}") for name in NAMES[1:])])
    strict, mild = _limits(world, ruleset)
    return Limits(numbers[strict], numbers[mild])


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Highest part of each new building in metres, as far as no plan regulates it, against the right to build.

    Danish: bygningshøjde; BR18 §§ 176, 184-186, 456.

    Parameters
    ----------
    world : buildings with height, roof, zone and kind; sites with landzone_permit; pieces, rulings and rests.
    ruleset : ``br18.height.most_m``, ``.sanitary_m``, ``.farm_m``, ``.silo_m``, ``.silo_footprint_m2``.

    Returns
    -------
    One finding per new building; the worst point is the highest part. ``not_applicable`` under plans that
    regulate the height, to summer houses and secondary buildings in sommerhusområde, and for sites without new
    buildings.

    Notes
    -----
    A landzone permit that is already given means that §§ 184-185 do not hold. Not considered: chimneys, antennas,
    and gables and dormers of usual size.

    Examples
    --------
    8.50 m: ``pass``. 8.51 m: ``needs_manual``, ``overall_assessment``. No height stated: ``missing_data``. Barn of
    12.5 m in landzone: ``pass``.
    """
    left = left_to_regulation(world, MATTER)
    asked = asked_buildings(world, ROLES)
    tall = building_height(world, pieces_of(world, left, asked))
    return upper_limit(ID, world, asked, tall, limits(world, ruleset), left)


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 176, 184-186 og 456",
    name_da="Bygningshøjde",
    name_en="Height of the building",
    check=check,
)
