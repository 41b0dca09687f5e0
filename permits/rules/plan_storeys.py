"""Limit of storeys in local plans and their sub-areas (planloven §§ 15, 18 and 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import Need, Rule, Ruleset, joined
from permits.rules.parts.asked import asked_buildings, plan_flags, silent, sites_with
from permits.rules.parts.spoken import limit_findings, spoken
from permits.rules.parts.storey_count import storey_count

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "plan.storeys"
MATTER: Final = "max_storeys"
ROLES: Final = ("primary",)


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites whose work has a building that a limit of storeys is about."""
    return sites_with(world, ROLES)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Storeys of new primary buildings under each plan, against that plan's limit.

    Danish: etageantal efter lokalplan; planloven §§ 18-19, counted by BR18 § 458.

    Parameters
    ----------
    world : World with pieces and rulings.
    ruleset : ``br18.storeys.basement_ceiling_m``.

    Returns
    -------
    One finding per building and plan area that speaks; ``not_applicable`` for buildings that no plan asks about,
    and for sites without new primary buildings.

    Notes
    -----
    A basement without a stated ceiling counts only where it decides. Not considered: split levels, lofts, and
    limits of single specific uses.

    Examples
    --------
    1.5 storeys under a limit of 1.5: ``pass``. 2 under 1.5: ``needs_dispensation``. Not stated: ``needs_manual``,
    ``missing_data``; nothing recorded in the plan: ``legal_text``.
    """
    asked = asked_buildings(world, ROLES)
    told = spoken(world, MATTER, asked)
    count = storey_count(world, ruleset)
    near = plan_flags(world)
    table = limit_findings(
        ID,
        world,
        told,
        least=count.least[told.owner],
        most=count.value[told.owner],
        limit=told.value,
        flags=near,
    )
    quiet = asked.copy()
    quiet[told.owner] = False
    return joined(table, silent(ID, world, asked, quiet, near))


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 15, 18 og 19",
    name_da="Etager efter lokalplan",
    name_en="Storeys under the local plan",
    check=check,
    needs=(Need("plans"),),
    asks=asks,
)
