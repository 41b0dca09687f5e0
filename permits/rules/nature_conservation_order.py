"""nature.conservation_order: land under a conservation order (naturbeskyttelsesloven §§ 33 and 50)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, worded
from permits.rules.parts.features import answered, held, touches_something

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.conservation_order"
KIND: Final = "fredning"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built or touched lies on land under a conservation order.

    Danish: fredning; naturbeskyttelsesloven §§ 33 and 50. What is allowed stands in the order; fredningsnævnet
    dispenses.

    Parameters
    ----------
    world : World with features.
    ruleset : not used.

    Returns
    -------
    One finding per thing, never ``pass``; ``not_applicable`` outside.

    Examples
    --------
    1 m² inside: ``needs_manual``, ``legal_text``. Order along the wall: ``not_applicable``. House not drawn:
    ``missing_data``.
    """
    met = held(world, (KIND,))
    outcome = worded([met.inside], ["needs_manual"], "not_applicable")
    return answered(ID, world, met, outcome, worded([met.inside], ["legal_text"], ""))


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven §§ 33 og 50",
    name_da="Fredning",
    name_en="Conservation order",
    check=check,
    needs=(Need(KIND),),
    asks=touches_something,
)
