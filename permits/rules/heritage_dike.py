"""heritage.dike: stone and earth dikes, and what is built near them (museumsloven § 29 a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, distance_flags, held, too_near, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "heritage.dike"
KIND: Final = "dige"
SCREEN: Final = f"{ID}.screen_m"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Metres from what is built or touched to the nearest protected dike.

    Danish: sten- og jorddiger; museumsloven § 29 a. The municipality dispenses in special cases (§ 29 j).

    Parameters
    ----------
    world : World with features; a dike is a line.
    ruleset : ``heritage.dike.screen_m``.

    Returns
    -------
    One finding per thing; ``not_applicable`` where no dike is registered near by.

    Notes
    -----
    A dike has a width that the line does not show, which is why a person looks at what lies near.

    Examples
    --------
    2.0 m away: ``pass``. 1.9 m: ``needs_manual``, ``assessment``. Across it: ``needs_dispensation``. House not drawn:
    ``missing_data``.
    """
    met, limit = held(world, (KIND,)), ruleset.number(SCREEN)
    near = too_near(met, limit)
    return answered(
        ID,
        world,
        met,
        worded([met.inside, near], ["needs_dispensation", "needs_manual"], "pass"),
        worded([near & ~met.inside], ["assessment"], ""),
        flags=distance_flags(met, met.distance_m - limit),
        measured=met.distance_m,
        limit=limit,
    )


RULE: Final = Rule(
    id=ID,
    law="museumsloven § 29 a",
    name_da="Sten- og jorddiger",
    name_en="Stone and earth dikes",
    check=check,
    needs=(Need(KIND, reach=SCREEN),),
    asks=touches_something,
)
