"""Height limit of local plans and their sub-areas (planloven §§ 15, 18 and 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import shapely

from permits.rulebook import EQUAL, FLAGS, Need, Rule, Ruleset, findings, joined
from permits.rules.parts.asked import asked_buildings, plan_flags, silent, sites_with
from permits.rules.parts.groups import grouped
from permits.rules.parts.heights import highest
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "plan.height"
#: What the rule is about: everything with walls or a roof, not raised areas and walls of a garden.
ROLES: Final = ("primary", "secondary")
#: What may be answered about a piece, and the outcome and reason of each.
_BREACH, _LACKING, _UNREAD, _MET = range(4)
_OUTCOME: Final = np.array(["needs_dispensation", "needs_manual", "needs_manual", "pass"], dtype=object)
_REASON: Final = np.array(["", "missing_data", "legal_text", ""], dtype=object)


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a building that a height limit is about."""
    return sites_with(world, ROLES)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Highest part of new buildings under each plan, in metres, against that plan's limit.

    Danish: bygningshøjde efter lokalplan; planloven §§ 18-19.

    Parameters
    ----------
    world : World with pieces and rulings.
    ruleset : not used; heights are reckoned by BR18 chapter 23 under every plan (§ 167).

    Returns
    -------
    One finding per building and plan area that speaks, in each outcome that occurs; ``not_applicable`` for
    buildings that no plan asks about, and for sites without buildings.

    Notes
    -----
    Not considered: height limits of a byggefelt and of single specific uses.

    Examples
    --------
    6.5 m under a limit of 6.5 m: ``pass``. 6.6 m: ``needs_dispensation``. No height stated: ``needs_manual``,
    ``missing_data``; nothing recorded in the plan: ``legal_text``.
    """
    asked = asked_buildings(world, ROLES)
    told = np.flatnonzero(
        world.is_word("rulings", "matter", "max_height") & ~world.is_word("rulings", "state", "not_regulated")
    )
    piece = world.rows_of("rulings", "piece", "pieces")[told]
    owner = world.rows_of("pieces", "building", "buildings")[piece]
    about = asked[owner]
    told, piece, owner = told[about], piece[about], owner[about]

    blind = shapely.is_missing(world.column("pieces", "geometry"))[piece]
    number = world.is_word("rulings", "state", "value")[told]
    conflict, limit, area = (world.column("rulings", name)[told] for name in ("conflict", "value", "area"))
    top = highest(world, piece)
    measured = top.height_m
    known = number & ~blind & np.isfinite(measured)
    margin = limit - measured
    breach = known & (margin < -EQUAL)
    # Where two plans differ and neither is broken, which of them governs stands in their texts.
    unread = (~number & ~blind) | (known & conflict & ~breach)
    lacking = (number & ~known) | blind
    answer = np.select([breach, lacking, unread], [_BREACH, _LACKING, _UNREAD], _MET)
    # One building has many pieces under one plan; what it is told about is the worst of them. Where roofs meet at
    # a line, pieces differ by float noise alone: then the one where plans differ is told about.
    pick = grouped((owner, area, answer), then=(np.round(margin, 6), ~conflict)).head
    holder, known, answer = owner[pick], known[pick], answer[pick]
    near = plan_flags(world)
    table = findings(
        ID,
        site=world.column("buildings", "site")[holder],
        building=world.column("buildings", "building")[holder],
        outcome=_OUTCOME[answer],
        reason=_REASON[answer],
        flags=near[holder] | np.where(conflict[pick], FLAGS["overlapping_plans"], 0) | turning(margin[pick]),
        measured=np.where(known, measured[pick], np.nan),
        limit=np.where((number & ~blind)[pick], limit[pick], np.nan),
        margin=np.where(known, margin[pick], np.nan),
        x=np.where(known, top.x[pick], np.nan),
        y=np.where(known, top.y[pick], np.nan),
        area=area[pick],
    )
    quiet = asked.copy()
    quiet[owner] = False
    return joined(table, silent(ID, world, asked, quiet, near))


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Højde efter lokalplan",
    name_en="Height under the local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
