"""br18.secondary_openings: no doors and windows toward neighbours in garages and sheds close to the boundary.

BR18 § 181, no. 3 (closer than 2.5 m to neighbour and path) and § 183, no. 3 (in sommerhusområde, closer than 5.0 m).
Toward a road openings are free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import Rule, Ruleset, worded
from permits.rules.parts.boundary import nearest_place
from permits.rules.parts.building_answers import Answers
from permits.rules.parts.secondary import asked, by_zone, near, width_m

if TYPE_CHECKING:
    from permits.engine.world import World

Bools = npt.NDArray[np.bool_]

ID: Final = "br18.secondary_openings"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether new secondary buildings close to the boundary have openings toward it; there is no number.

    Danish: vinduer, døre og lignende åbninger mod skel; BR18 §§ 181 and 183.

    Parameters
    ----------
    world : buildings with outline, zone and openings; edges of the plot they stand on.
    ruleset : ``br18.secondary.zone_m``, ``.summer_house_zone_m``; ``br18.boundary_distance.eaves_free_m``.

    Returns
    -------
    One finding per proposed building; ``not_applicable`` for those that stand farther away or near a road only.

    Notes
    -----
    What is stated of the building counts for all sides toward neighbours; which side an opening is in is not known.

    Examples
    --------
    Complies: no openings. Breaches: a door toward the neighbour at 2.49 m. Unknown: nothing is said of openings.
    """
    return by_zone(world, lambda summer: _answers(world, ruleset, summer))


def _answers(world: World, ruleset: Ruleset, summer: Bools) -> pd.DataFrame:
    answers = Answers(ID, world)
    rows = asked(world)
    beside = near(world, ruleset, width_m(ruleset, summer[rows]))
    answers.say(rows[beside.unknown | beside.partly], outcome="needs_manual", reason="missing_data")
    answers.say(rows[~beside.close], flags=beside.turning[~beside.close])
    pick = np.flatnonzero(beside.close)
    rows = rows[pick]
    openings = world.column("buildings", "openings")[rows]
    reason = worded(
        [openings == 0, openings < 0, beside.certain[pick]],
        ["", "missing_data", "overall_assessment"],
        "ambiguous_boundary",
    )
    worst = nearest_place(world, rows, beside.edge[pick])
    answers.say(
        rows,
        outcome=worded([openings == 0], ["pass"], "needs_manual"),
        reason=reason,
        x=worst[:, 0],
        y=worst[:, 1],
        edge=world.column("edges", "edge")[beside.edge[pick]],
        flags=beside.flags[pick],
    )
    return answers.table()


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 180-183",
    name_da="Åbninger i garager, udhuse og lignende mod skel",
    name_en="Openings of garages, sheds and the like toward the boundary",
    check=check,
)
