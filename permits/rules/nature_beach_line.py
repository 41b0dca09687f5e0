"""nature.beach_line: the protection line along beaches (naturbeskyttelsesloven §§ 15 og 15 a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset
from permits.rules.parts.features import touches_something
from permits.rules.parts.shore import shore

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "nature.beach_line"
KIND: Final = "strandbeskyttelse"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether what is built or touched lies inside the line and is nothing that a garden may have.

    Danish: strandbeskyttelseslinje; naturbeskyttelsesloven §§ 15 og 15 a. Kystdirektoratet dispenses.

    Parameters
    ----------
    world : World with features.
    ruleset : ``nature.garden.*``.

    Returns
    -------
    One finding per thing, by :func:`permits.rules.parts.shore.shore`.

    Notes
    -----
    The registered line decides, not a distance. Not considered: farm buildings,
    rebuilding in the same dimensions, terraces and small things of a garden.

    Examples
    --------
    Shed of 10.0 m² at 15.0 m from the dwelling, the first one: ``pass``. House: ``needs_dispensation``. House not
    drawn: ``missing_data``.
    """
    return shore(ID, world, ruleset, KIND)


RULE: Final = Rule(
    id=ID,
    law="naturbeskyttelsesloven §§ 15 og 15 a",
    name_da="Strandbeskyttelse",
    name_en="Beach protection line",
    check=check,
    needs=(Need(KIND),),
    asks=touches_something,
)
