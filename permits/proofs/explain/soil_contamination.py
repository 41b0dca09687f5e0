"""Why soil.contamination says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.soil_contamination import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "jordforurening_v1": N_("ground that may be contaminated"),
            "jordforurening_v2": N_("contaminated ground"),
        },
        act="jordforureningsloven § 8",
        authority=N_("the municipality, after asking the region"),
        verdicts={
            "needs_manual.assessment": N_("There is %(zone)s on the plot. A person has to weigh it."),
        },
    )
)
