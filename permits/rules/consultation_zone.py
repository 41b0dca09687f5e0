"""consultation.zone: zones of noise, risk, raw materials and forest, where others have a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import EQUAL, Need, Rule, Ruleset, Words, joined, worded
from permits.rules.parts.dwellings import dwelling
from permits.rules.parts.features import (
    attribute,
    held,
    inside_flags,
    kind_of,
    of_building,
    things,
    touches_something,
    unread,
    worst_of,
)
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "consultation.zone"
NOISE_DB: Final = f"{ID}.noise_db"


@dataclass(frozen=True)
class Zone:
    """One layer: its register kind, what follows inside it, and whether its noise level decides at housing."""

    kind: str
    outcome: str = "needs_manual"
    noise: bool = False


#: The layers that are asked.
ZONES: Final = (
    Zone("fredskov", "needs_dispensation"),
    Zone("raastof"),
    Zone("risikozone"),
    Zone("stoejzone", noise=True),
)
KINDS: Final = tuple(zone.kind for zone in ZONES)
NOISY: Final = tuple(zone.kind for zone in ZONES if zone.noise)


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """What follows from zones that what is built or touched lies in.

    Danish: høringszoner: fredskov (skovloven § 11), råstofområder (råstofloven § 5 a), risikovirksomheder
    (risikobekendtgørelsen), støj (planloven § 15 a).

    Parameters
    ----------
    world : World with features; ``lden`` of noise zones in dB.
    ruleset : ``consultation.zone.noise_db``.

    Returns
    -------
    One finding per thing, by the worst of the zones that it lies in; ``not_applicable`` outside. Numbers are those of
    noise at housing. A layer that did not answer is ``missing_data``.

    Notes
    -----
    Summer houses are housing here. The figure for noise is a guideline for roads.

    Examples
    --------
    House at 58.0 dB, workshop at 66 dB: ``pass``. House at 58.1 dB: ``needs_manual``. Forest reserve under it:
    ``needs_dispensation``. Level not known: ``missing_data``.
    """
    what, met = things(world), held(world, KINDS)
    home = of_building(dwelling(world), what.row, ground=False)[met.thing]
    noise = kind_of(world, met, *NOISY)
    asked = met.inside & noise & home
    level = np.where(asked, attribute(world, met, "lden"), np.nan)
    limit = np.where(asked, ruleset.number(NOISE_DB), np.nan)
    margin = limit - level
    loud, lacking = margin < -EQUAL, asked & np.isnan(level)
    inside: Words = np.array(["pass"] * len(noise), dtype=object)
    for zone in ZONES:
        if not zone.noise:
            inside[kind_of(world, met, zone.kind)] = zone.outcome
    inside[loud | lacking] = "needs_manual"
    outcome = np.where(met.inside, inside, "not_applicable").astype(object)
    found = worst_of(
        ID,
        world,
        met,
        np.ones(len(what.site), dtype=bool),
        outcome=outcome,
        reason=worded([lacking, outcome == "needs_manual"], ["missing_data", "assessment"], ""),
        flags=inside_flags(met) | turning(margin),
        measured=level,
        limit=limit,
        margin=margin,
    )
    return joined(found, unread(ID, world, KINDS, touches_something(world)))


RULE: Final = Rule(
    id=ID,
    law="skovloven § 11, råstofloven § 5 a, planloven § 15 a",
    name_da="Høringszoner",
    name_en="Consultation zones",
    check=check,
    needs=tuple(Need(kind, always=False) for kind in KINDS),
    asks=touches_something,
)
