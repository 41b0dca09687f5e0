"""Why nature.conservation_order says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_conservation_order import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "fredning": N_("land under a conservation order"),
        },
        act="naturbeskyttelsesloven § 50",
        authority=N_("the conservation board (fredningsnævnet)"),
        notes=(N_("What is allowed stands in the order itself."),),
    )
)
