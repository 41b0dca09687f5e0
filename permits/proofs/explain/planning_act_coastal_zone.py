"""Why planning_act.coastal_zone says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.planning_act_coastal_zone import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "kystnaerhedszone": N_("the coastal zone"),
        },
        act="planloven § 35, stk. 3",
        notes=(N_("In landzone near the coast only what matters little to the coast is permitted."),),
    )
)
