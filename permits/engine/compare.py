"""What two rule sets say differently about the same Worlds."""

from __future__ import annotations

from typing import Final

import pandas as pd

from permits.engine.prepare import prepare
from permits.engine.run import run
from permits.engine.world import World
from permits.rulebook import worst

#: What is told of either side.
SAID: Final = ("outcome", "reason", "measured", "limit")


def differences(world: World, before: str, after: str) -> pd.DataFrame:
    """Rules whose answer about a site is another by the one rule set than by the other.

    BR18 § 565, stk. 3 leads to a set by day; here the day does not decide, so that a draft can be tried on the cases
    that are there.

    Parameters
    ----------
    world : any number of sites.
    before, after : names of rule sets.

    Returns
    -------
    One row per site and rule, in that order: ``site``, ``rule`` and, each with ``_before`` and ``_after``, outcome,
    reason, measured and limit of the worst finding (units of the rule, NaN = no number). A rule without a finding is
    ``not_applicable``. An answer is another when its outcome or reason is; a number alone does not count.

    Raises
    ------
    KeyError : there is no such rule set.

    Examples
    --------
    Complies: the same set twice, no rows. Breaches: a larger distance makes a pass an overall assessment. Unknown:
    what is missing is missing by both sets, and no row.
    """
    ready = world if len(world.pieces) else prepare(world)
    sides = [
        _told(ready, name).add_suffix(suffix) for name, suffix in ((before, "_before"), (after, "_after"))
    ]
    joined = sides[0].join(sides[1], how="outer")
    for suffix in ("_before", "_after"):
        joined[f"outcome{suffix}"] = joined[f"outcome{suffix}"].fillna("not_applicable")
        joined[f"reason{suffix}"] = joined[f"reason{suffix}"].fillna("")
    other = (joined["outcome_before"] != joined["outcome_after"]) | (
        joined["reason_before"] != joined["reason_after"]
    )
    return joined[other].sort_index().reset_index()


def _told(world: World, name: str) -> pd.DataFrame:
    table = worst(run(world, ruleset=name)).set_index(["site", "rule"])
    return table[list(SAID)]
