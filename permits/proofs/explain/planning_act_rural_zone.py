"""Why planning_act.rural_zone says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.planning_act_rural_zone import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "": N_("landzone"),
        },
        act="planloven §§ 35-38",
        unit="m²",
        verdicts={
            "needs_other_consent": N_("The work in landzone needs a permit."),
            "needs_manual.legal_text": N_(
                "The work in landzone may be exempt after a notice, on conditions that stand outside the "
                "data."
            ),
        },
    )
)
