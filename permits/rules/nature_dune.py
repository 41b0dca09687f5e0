"""nature.dune: protected dunes (naturbeskyttelsesloven § 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, held, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.dune"
KIND: Final = "klitfredning"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built or touched lies on protected dunes.

    Danish: klitfredning; naturbeskyttelsesloven § 8. Kystdirektoratet dispenses (§ 65 b).

    Parameters
    ----------
    world : World with features.
    ruleset : not used.

    Returns
    -------
    One finding per thing, never ``pass``; ``not_applicable`` outside.

    Notes
    -----
    Not considered: maintenance, and farm buildings next to existing ones (§ 8 a).

    Examples
    --------
    House on the dune: ``needs_dispensation``. Dune along the wall: ``not_applicable``. House not drawn:
    ``missing_data``.
    """
    met = held(world, (KIND,))
    outcome = worded([met.inside], ["needs_dispensation"], "not_applicable")
    return answered(ID, world, met, outcome)


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven § 8",
    name_da="Klitfredning",
    name_en="Protected dunes",
    check=check,
    needs=(Need(KIND),),
    asks=touches_something,
)
