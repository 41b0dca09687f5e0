"""Why nature.dune says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_dune import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "klitfredning": N_("protected dunes"),
        },
        act="naturbeskyttelsesloven §§ 8 og 65 b",
        authority=N_("the Danish Coastal Authority (Kystdirektoratet)"),
    )
)
