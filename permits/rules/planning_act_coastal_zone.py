"""planning_act.coastal_zone: building in the coastal zone in landzone (planloven §§ 5 a and 35, stk. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, held, inside_flags, things
from permits.rules.parts.rural import rural

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "planning_act.coastal_zone"
KIND: Final = "kystnaerhedszone"


def asks(world: World) -> npt.NDArray[np.int64]:
    """Sites with something that lies in landzone, or may."""
    what, lies = things(world), rural(world)
    return np.unique(what.site[lies.some | lies.unknown])


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built or touched in landzone lies in the coastal zone.

    Danish: kystnærhedszonen; planloven §§ 5 a and 35, stk. 3: permits only for what matters little to the coast.

    Parameters
    ----------
    world : World with features and zones.
    ruleset : not used.

    Returns
    -------
    One finding per thing, never ``pass``: ``needs_manual`` with ``assessment`` in landzone, with ``missing_data``
    where the zone is not known; ``not_applicable`` outside and in other zones.

    Notes
    -----
    The map decides, not the distance to the coast.

    Examples
    --------
    House in landzone: ``needs_manual``. In byzone: ``not_applicable``. House not drawn: ``missing_data``.
    """
    what, met, lies = things(world), held(world, (KIND,)), rural(world)
    country, unknown = lies.some[met.thing], lies.unknown[met.thing]
    return answered(
        ID,
        world,
        met,
        worded([met.inside & (country | unknown)], ["needs_manual"], "not_applicable"),
        worded([met.inside & country, met.inside & unknown], ["assessment", "missing_data"], ""),
        flags=inside_flags(met) | np.where(met.inside, lies.flags[met.thing], 0),
        asked=(lies.some | lies.unknown) & np.ones(len(what.site), dtype=bool),
    )


RULE: Final = Rule(
    id=ID,
    law="planloven §§ 5 a og 35, stk. 3",
    name_da="Kystnærhedszone",
    name_en="Coastal zone",
    check=check,
    needs=(Need(KIND),),
    asks=asks,
)
