"""Why water.groundwater says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.water_groundwater import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "bnbo": N_("the protection area of a well"),
            "osd": N_("an area of special interest to drinking water"),
        },
        act="miljøbeskyttelsesloven § 24",
        notes=(N_("Such areas bar no building; what can spill into the groundwater is looked at."),),
    )
)
