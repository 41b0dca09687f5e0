"""Use laid out by local plans and their sub-areas (planloven §§ 15, 18 and 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import FLAGS, Need, Rule, Ruleset, findings, joined, worded
from permits.rules.parts.asked import asked_buildings, plan_flags, silent, sites_with
from permits.rules.parts.spoken import spoken
from permits.rules.parts.use_codes import admitted

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "plan.use"
MATTER: Final = "use"
ROLES: Final = ("primary",)
#: A building of this kind can be anything.
UNDECIDED: Final = "other"


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a building that a use is about."""
    return sites_with(world, ROLES)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Kind of new primary buildings against the use that each plan lays out.

    Danish: anvendelse efter lokalplan; planloven §§ 18-19. Use belongs to the principles of a plan, so a breach is
    no matter for a dispensation.

    Parameters
    ----------
    world : World with pieces, rulings and uses.
    ruleset : not used.

    Returns
    -------
    One finding per building and plan area that speaks, without numbers; ``not_applicable`` for buildings that no
    plan asks about, and for sites without new primary buildings.

    Notes
    -----
    Codes tell the kind of building and no more: what a plan says of shops, year-round living or noise classes
    stands in its text.

    Examples
    --------
    Detached house under 11 with 1110: ``pass``. Business under 11: ``fail``. Detached house under 11 alone:
    ``needs_manual``, ``legal_text``, since narrower provisions are not recorded.
    """
    asked = asked_buildings(world, ROLES)
    told = spoken(world, MATTER, asked)
    general = np.where(told.number, told.value, -1.0).astype(np.int64)
    codes = admitted(world, told.area, general, told.owner)
    nameless = told.number & world.is_word("buildings", "kind", "")[told.owner]
    vague = world.is_word("buildings", "kind", UNDECIDED)[told.owner] | codes.strange
    refused = codes.refused | (codes.specific & codes.all_known & ~codes.named)
    fails = told.number & ~told.blind & ~nameless & ~vague & refused
    admits = told.number & ~vague & ~refused & codes.named
    reading = ~admits | told.conflict
    lacking = told.blind | nameless
    flags = plan_flags(world)
    table = findings(
        ID,
        site=world.column("buildings", "site")[told.owner],
        building=world.column("buildings", "building")[told.owner],
        outcome=worded([fails, lacking | reading], ["fail", "needs_manual"], "pass"),
        reason=worded([fails, lacking, reading], ["", "missing_data", "legal_text"], ""),
        flags=flags[told.owner] | np.where(told.conflict, FLAGS["overlapping_plans"], 0),
        area=told.area,
    )
    quiet = asked.copy()
    quiet[told.owner] = False
    return joined(table, silent(ID, world, asked, quiet, flags))


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Anvendelse efter lokalplan",
    name_en="Use under the local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
