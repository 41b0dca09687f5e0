"""water.flood: depth of water where land may be flooded (planloven § 11 a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from permits.rulebook import EQUAL, Need, Rule, Ruleset, worded
from permits.rules.parts.features import attribute, held, inside_flags, things, touches_something, worst_of
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "water.flood"
KIND: Final = "oversvoemmelse"
MOST: Final = f"{ID}.most_m"


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Depth in metres of the deepest modelled flood that what is built or touched lies in.

    Danish: oversvømmelse og lavbund; planloven § 11 a.

    Parameters
    ----------
    world : World with features; ``depth`` in metres.
    ruleset : ``water.flood.most_m``, a screening value that no law has.

    Returns
    -------
    One finding per thing; ``not_applicable`` outside.

    Examples
    --------
    0.10 m: ``pass``. 0.11 m: ``needs_manual``, ``assessment``. Depth not known: ``missing_data``.
    """
    met = held(world, (KIND,))
    depth = np.where(met.inside, attribute(world, met, "depth"), np.nan)
    limit = np.where(met.inside, ruleset.number(MOST), np.nan)
    margin = limit - depth
    deep, lacking = margin < -EQUAL, met.inside & np.isnan(depth)
    return worst_of(
        ID,
        world,
        met,
        np.ones(len(things(world).site), dtype=bool),
        outcome=worded([~met.inside, deep | lacking], ["not_applicable", "needs_manual"], "pass"),
        reason=worded([deep, lacking], ["assessment", "missing_data"], ""),
        flags=inside_flags(met) | turning(margin),
        measured=depth,
        limit=limit,
        margin=margin,
    )


RULE: Final = Rule(
    id=ID,
    law="planloven § 11 a",
    name_da="Oversvømmelse",
    name_en="Flooding",
    check=check,
    needs=(Need(KIND),),
    asks=touches_something,
)
