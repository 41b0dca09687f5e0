"""Why nature.forest_line says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_forest_line import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "skovbyggelinje": N_("the building zone around a forest"),
        },
        act="naturbeskyttelsesloven §§ 17 og 65",
        verdicts={
            "pass": N_("%(what)s lies in %(zone)s, and an exemption for byzone holds."),
        },
        notes=(
            N_(
                "Where substantial lawful buildings stand nearer to the forest, the zone holds only "
                "between them and the forest."
            ),
        ),
    )
)
