"""nature.natura2000: what is built in or near a Natura 2000 area (habitatbekendtgørelsen §§ 6-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, distance_flags, held, too_near, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.natura2000"
KIND: Final = "natura2000"
SCREEN: Final = f"{ID}.screen_m"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Metres from what is built or touched to the nearest Natura 2000 area.

    Danish: væsentlighedsvurdering; habitatbekendtgørelsen §§ 6-7, BR18 § 38. It is made before a permit is given.

    Parameters
    ----------
    world : World with features.
    ruleset : ``nature.natura2000.screen_m``, a screening distance that no law has.

    Returns
    -------
    One finding per thing; ``not_applicable`` where no area is registered near by.

    Notes
    -----
    Species of annex IV, which are protected everywhere, are not looked at.

    Examples
    --------
    501 m: ``pass``. 499 m, or inside: ``needs_manual``, ``assessment``. House not drawn: ``missing_data``.
    """
    met, limit = held(world, (KIND,)), ruleset.number(SCREEN)
    near = too_near(met, limit) | met.inside
    return answered(
        ID,
        world,
        met,
        worded([near], ["needs_manual"], "pass"),
        worded([near], ["assessment"], ""),
        # Inside and outside are answered alike, so that only the distance can turn it.
        flags=distance_flags(met._replace(inside=met.inside & False), met.distance_m - limit),
        measured=met.distance_m,
        limit=limit,
    )


RULE: Final = Rule(
    id=ID,
    law="habitatbekendtgørelsen §§ 6-7",
    name_da="Natura 2000",
    name_en="Natura 2000",
    check=check,
    needs=(Need(KIND, reach=SCREEN),),
    asks=touches_something,
)
