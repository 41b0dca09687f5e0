"""br18.permit_free: whether the work needs no building permit.

BR18 § 5, stk. 1, no. 1-3 and 15 (secondary buildings of up to 50 m² together, conversion of a house, one small
sanitary building) and § 47 (demolition). A work that breaks the byggeret needs a permit however small it is (§ 5,
stk. 2).
"Pass" = the exemption holds, "not applicable" = it does not, which is no breach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from geodata.columns import columns_of
from permits.rulebook import Rule, Ruleset, any_word, findings, tabled, worded
from permits.rules.parts.works import exempt

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

ID: Final = "br18.permit_free"
#: Findings that stand against the byggeret: the work then takes a permit.
BREACHES: Final = ("fail", "needs_dispensation", "needs_other_consent")
#: Rules that ask for an overall assessment also where BR18 has no number.
UNFIXED: Final = ("br18.boundary_distance", "br18.raised_area")
#: Reasons of rules that have no answer, the one that is told first.
REASONS: Final = ("missing_data", "ambiguous_boundary", "legal_text", "assessment")


def check(world: World, ruleset: Ruleset) -> pd.DataFrame:
    """Floor area in m² of what is built or pulled down, against what needs no permit; byggeret left aside.

    Danish: byggearbejder uden byggetilladelse; BR18 §§ 5 and 47.

    Parameters
    ----------
    world : sites and buildings, standing ones too.
    ruleset : ``br18.permit_free.secondary_m2``, ``.sanitary_m2``, ``.demolition_m2``;
        ``br18.boundary_wall.height_m``.

    Returns
    -------
    One finding per site. :func:`conclude` adds what the other rules found.

    Notes
    -----
    Not considered: the other exemptions of § 5, pre-accepted fire solutions, and other acts, which hold for works
    without a permit too.

    Examples
    --------
    Holds: a standing garage of 25 m² and a new shed of 25 m². Does not hold: 26 m². Unknown: the floor area of the
    garage is not known.
    """
    found = exempt(world, ruleset)
    return findings(
        ID,
        site=world.column("sites", "site"),
        outcome=worded([~found.holds, found.lacking], ["not_applicable", "needs_manual"], "pass"),
        reason=worded([found.holds & found.lacking], ["missing_data"], ""),
        flags=found.turning,
        measured=found.measured_m2,
        limit=found.limit_m2,
        margin=found.limit_m2 - found.measured_m2,
    )


def against(others: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which findings of other rules break the byggeret."""
    told = columns_of(others)
    passed = told["reason"] == "overall_assessment"
    rows = np.flatnonzero(passed)
    # Without a limit there is nothing to break: BR18 has no distance for row houses, and they may be converted.
    passed[rows] = ~(any_word(told["rule"][rows], *UNFIXED) & np.isnan(told["limit"][rows]))
    return np.asarray(any_word(told["outcome"], *BREACHES) | passed, dtype=bool)


def conclude(own: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The exemption after byggeret has been tested.

    Danish: en overskridelse af byggeretten tager fritagelsen; BR18 § 5, stk. 2.

    Parameters
    ----------
    own : findings of :func:`check`.
    others : findings of the br18 rules about the same sites.

    Returns
    -------
    One finding per site: ``not_applicable`` where byggeret is broken; ``needs_manual`` where a rule that decides has
    no answer, with the first of missing data, ambiguous boundary and text; else as it was.

    Examples
    --------
    Holds: every rule is met. Does not hold: a shed of 20 m² that is 2.7 m high in the boundary. Unknown: the same
    shed, and nobody has said whether it has windows.
    """
    mine, told = columns_of(own), columns_of(others)
    site = mine["site"]
    over = np.isin(site, told["site"][against(others)])
    waits = [
        np.isin(site, told["site"][told["reason"] == reason]) | (mine["reason"] == reason)
        for reason in REASONS
    ]
    holds = mine["outcome"] != "not_applicable"
    free = holds & ~over
    reason = worded([~free, *waits], ["", *REASONS], "")
    outcome = worded([~free, reason != ""], ["not_applicable", "needs_manual"], "pass")
    return tabled({**mine, "outcome": outcome, "reason": reason})


RULE: Final = Rule(
    id=ID,
    law="BR18 §§ 5 og 47",
    name_da="Arbejde uden byggetilladelse",
    name_en="Work without a building permit",
    check=check,
    reads=("br18.",),
    conclude=conclude,
    exempts=True,
)
