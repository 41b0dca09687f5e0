"""br18.boundary_wall: walls and fences toward neighbour, road and path of up to 1.8 m are outside the regulation.

BR18 § 4. The answer says whether that holds for the work as a whole: "pass" = it does, and no permit is asked for;
"not applicable" = it does not, which is no breach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from permits.rulebook import Rule, Ruleset, findings, worded
from permits.rules.parts.tolerance import turning
from permits.rules.parts.works import walls

if TYPE_CHECKING:
    from permits.engine.world import World

ID: Final = "br18.boundary_wall"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Height in metres of the highest wall that the application adds.

    Danish: hegnsmure mod nabo, vej og sti; BR18 § 4.

    Parameters
    ----------
    world : sites and buildings.
    ruleset : ``br18.boundary_wall.height_m``.

    Returns
    -------
    One finding per site: ``pass`` where walls of up to 1.8 m are all that is built, ``not_applicable`` where one is
    higher, where something else is built too, and where there is no wall.

    Notes
    -----
    A wall that is part of a larger work does not take that work out of the regulation. Whether a wall stands in the
    boundary is not asked.

    Examples
    --------
    Holds: 1.80 m. Does not hold: 1.81 m. Unknown: no height stated.
    """
    found = walls(world, ruleset)
    aside = ~found.some | found.others | found.over
    limit = ruleset.number(f"{ID}.height_m")
    said = found.some & ~(found.lacking & ~found.over)
    return findings(
        ID,
        site=world.column("sites", "site"),
        outcome=worded([aside, found.lacking], ["not_applicable", "needs_manual"], "pass"),
        reason=worded([~aside & found.lacking], ["missing_data"], ""),
        flags=turning(limit - found.highest_m),
        measured=np.where(said, found.highest_m, np.nan),
        limit=np.where(found.some, limit, np.nan),
        margin=np.where(said, limit - found.highest_m, np.nan),
    )


RULE: Final = Rule(
    id=ID,
    law="BR18 § 4",
    name_da="Hegnsmur uden for bygningsreglementet",
    name_en="Boundary wall outside the building regulations",
    check=check,
    exempts=True,
)
