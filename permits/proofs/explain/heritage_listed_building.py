"""Why heritage.listed_building says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.heritage_listed_building import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "fredet_bygning": N_("a listed building"),
            "bevaringsvaerdig_bygning": N_("a building worth preserving"),
        },
        act="bygningsfredningsloven §§ 10 og 18",
        authority=N_(
            "the Agency for Culture and Palaces (Slots- og Kulturstyrelsen) for listed buildings, the"
            " municipality for others"
        ),
        verdicts={
            "needs_other_consent": N_("The work is on %(zone)s, or adds to it. It takes a permit."),
            "needs_manual.assessment": N_("%(zone)s is to be pulled down. A person has to weigh it."),
            "pass": N_("%(zone)s is to be pulled down; its value is low and no plan designates it."),
            "not_applicable": N_(
                "No listed building is worked on, and none worth preserving is pulled down."
            ),
        },
    )
)
