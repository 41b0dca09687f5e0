"""Height limit of local plans and their sub-areas (planloven §§ 15, 18 and 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import EQUAL, FLAGS, Need, Rule, Ruleset, findings
from permits.rules.parts.asked import asked_buildings, plan_flags, silent, sites_with
from permits.rules.parts.heights import highest
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    from permits.engine.world import World

ID: Final = "plan.height"
#: What the rule is about: everything with walls or a roof, not raised areas and walls of a garden.
ROLES: Final = ("primary", "secondary")


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
    buildings, pieces = world.buildings, world.pieces
    asked = asked_buildings(world, ROLES)
    rulings = world.rulings[
        (world.rulings["matter"] == "max_height") & (world.rulings["state"] != "not_regulated")
    ]
    piece = pd.Index(pieces["piece"]).get_indexer(rulings["piece"])
    owner = pd.Index(buildings["building"]).get_indexer(pieces["building"].to_numpy()[piece])
    about = asked[owner]
    rulings, piece, owner = rulings[about], piece[about], owner[about]

    blind = pieces.geometry.isna().to_numpy()[piece]
    number = (rulings["state"] == "value").to_numpy()
    conflict = rulings["conflict"].to_numpy()
    limit = rulings["value"].to_numpy()
    rows, back = np.unique(piece, return_inverse=True)
    top = highest(world, rows)
    measured = top.height_m[back]
    known = number & ~blind & np.isfinite(measured)
    margin = limit - measured
    breach = known & (margin < -EQUAL)
    # Where two plans differ and neither is broken, which of them governs stands in their texts.
    unread = (~number & ~blind) | (known & conflict & ~breach)
    lacking = (number & ~known) | blind
    outcome = np.select([breach, unread | lacking], ["needs_dispensation", "needs_manual"], "pass")
    reason = np.select([breach, lacking, unread], ["", "missing_data", "legal_text"], "")
    near = plan_flags(world)
    table = findings(
        ID,
        site=buildings["site"].to_numpy()[owner],
        building=buildings["building"].to_numpy()[owner],
        outcome=outcome.astype(object),
        reason=reason.astype(object),
        flags=near[owner] | np.where(conflict, FLAGS["overlapping_plans"], 0) | turning(margin),
        measured=np.where(known, measured, np.nan),
        limit=np.where(number & ~blind, limit, np.nan),
        margin=np.where(known, margin, np.nan),
        x=np.where(known, top.x[back], np.nan),
        y=np.where(known, top.y[back], np.nan),
        area=rulings["area"].to_numpy(),
    )
    # One building has many pieces under one plan; what it is told about is the worst of them.
    table = table.sort_values("margin", kind="stable").drop_duplicates(
        ["building", "area", "outcome", "reason"]
    )
    quiet = asked.copy()
    quiet[owner] = False
    return pd.concat([table, silent(ID, world, asked, quiet, near)], ignore_index=True)


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Højde efter lokalplan",
    name_en="Height under the local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
