"""nature.protected_type: protected types of nature, and what is built near them (naturbeskyttelsesloven § 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, distance_flags, held, too_near, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.protected_type"
KIND: Final = "beskyttet_natur"
SCREEN: Final = f"{ID}.screen_m"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Metres from what is built or touched to the nearest protected type of nature.

    Danish: beskyttede naturtyper; naturbeskyttelsesloven § 3. No change of state without a dispensation (§ 65).

    Parameters
    ----------
    world : World with features.
    ruleset : ``nature.protected_type.screen_m``.

    Returns
    -------
    One finding per thing; ``not_applicable`` where no such feature is registered.

    Notes
    -----
    The map is only indicative: the real state decides, which is why a person looks at what lies near. The law's
    smallest sizes (lake 100 m², heath, bog, meadow, dry grassland 2500 m² together) are those of the register.

    Examples
    --------
    25.0 m away: ``pass``. 24.9 m: ``needs_manual``, ``assessment``. Inside: ``needs_dispensation``. House not drawn:
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
    law="naturbeskyttelsesloven § 3",
    name_da="Beskyttet natur",
    name_en="Protected nature",
    check=check,
    needs=(Need(KIND, reach=SCREEN),),
    asks=touches_something,
)
