"""heritage.monument_line: the zone around ancient monuments (naturbeskyttelsesloven § 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, attribute, held, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "heritage.monument_line"
KIND: Final = "fortidsmindebeskyttelse"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built or touched lies in the zone of a monument that can be seen.

    Danish: fortidsmindebeskyttelseslinje; naturbeskyttelsesloven § 18. The municipality dispenses (§ 65), in special
    cases only.

    Parameters
    ----------
    world : World with features.
    ruleset : not used.

    Returns
    -------
    One finding per thing, never ``pass``; ``not_applicable`` outside, and where no monument can be seen.

    Notes
    -----
    The monument itself and 2 m around it are protected by museumsloven §§ 29 e-f.

    Examples
    --------
    House in the zone: ``needs_dispensation``. Zone along the wall: ``not_applicable``. House not drawn:
    ``missing_data``.
    """
    met = held(world, (KIND,))
    met = met.of(attribute(world, met, "visible"))
    return answered(ID, world, met, worded([met.inside], ["needs_dispensation"], "not_applicable"))


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven § 18",
    name_da="Fortidsmindebeskyttelseslinje",
    name_en="Monument protection line",
    check=check,
    needs=(Need(KIND),),
    asks=touches_something,
)
