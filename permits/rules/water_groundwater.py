"""water.groundwater: what is built where drinking water is made (miljøbeskyttelsesloven § 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from permits.rulebook import Need, Rule, Ruleset, joined, worded
from permits.rules.parts.features import answered, held, of_building, things, touches_something, unread

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "water.groundwater"
KINDS: Final = ("bnbo", "osd")
#: What can spill into the ground water.
RISKS: Final = ("pool",)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Whether pools lie near wells of drinking water, or in areas of special interest to it.

    Danish: boringsnære beskyttelsesområder og områder med særlige drikkevandsinteresser; miljøbeskyttelsesloven § 24,
    vandforsyningsloven § 11 a. Neither bars building; the municipality may set terms.

    Parameters
    ----------
    world : World with features.
    ruleset : not used.

    Returns
    -------
    One finding per thing: pools inside ``needs_manual`` with ``assessment``, all else inside ``pass``, outside
    ``not_applicable``. A layer that did not answer is ``missing_data``.

    Notes
    -----
    Not considered: seepage of waste water and of roof water, geothermal plants.

    Examples
    --------
    House near a well: ``pass``. Pool: ``needs_manual``. House not drawn: ``missing_data``.
    """
    what, met = things(world), held(world, KINDS)
    risk = of_building(world.is_word("buildings", "kind", *RISKS), what.row, ground=False)[met.thing]
    found = answered(
        ID,
        world,
        met,
        worded([~met.inside, risk], ["not_applicable", "needs_manual"], "pass"),
        worded([met.inside & risk], ["assessment"], ""),
    )
    return joined(found, unread(ID, world, KINDS, touches_something(world)))


RULE: Final = Rule(
    id=ID,
    law="miljøbeskyttelsesloven § 24",
    name_da="Drikkevandsinteresser",
    name_en="Groundwater for drinking",
    check=check,
    needs=tuple(Need(kind, always=False) for kind in KINDS),
    asks=touches_something,
)
