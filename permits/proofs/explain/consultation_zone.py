"""Why consultation.zone says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.consultation_zone import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "fredskov": N_("forest reserve land"),
            "raastof": N_("an area for raw materials"),
            "risikozone": N_("the zone of an establishment with risks"),
            "stoejzone": N_("a noise zone"),
        },
        act="skovloven §§ 11 og 38, råstofloven § 5 a, planloven § 15 a",
        authority=N_(
            "the authority of the zone: the Environmental Protection Agency (Miljøstyrelsen) for "
            "forest reserves, the region for raw materials, else the municipality"
        ),
        unit="dB",
        verdicts={
            "pass.measured": N_(
                "%(what)s lies in %(zone)s. The noise is %(measured)s; up to %(limit)s is let pass."
            ),
            "needs_manual.assessment": N_("%(what)s lies in %(zone)s. The authority of the zone is asked."),
        },
    )
)
