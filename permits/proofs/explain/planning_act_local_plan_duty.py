"""Why planning_act.local_plan_duty says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.planning_act_local_plan_duty import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "": N_("the duty to make a local plan"),
        },
        unit="",
        act="planloven § 13, stk. 2",
        verdicts={
            "needs_manual.assessment": N_("The work is so large that it may need a local plan."),
            "pass": N_("The work is not so large that it needs a local plan."),
            "not_applicable": N_("Local plans cover the work, or it has no primary building."),
        },
        notes=(N_("The figures are screening values and stand in no law."),),
    )
)
