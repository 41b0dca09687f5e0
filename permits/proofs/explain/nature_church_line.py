"""Why nature.church_line says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_church_line import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "kirkebyggelinje": N_("the building zone around a church"),
        },
        act="naturbeskyttelsesloven §§ 19 og 65",
        verdicts={
            "pass": N_("%(what)s lies in %(zone)s and is %(measured)s high; %(limit)s is allowed."),
            "needs_dispensation": N_(
                "%(what)s lies in %(zone)s and is %(measured)s high; above %(limit)s it takes a dispensation."
            ),
        },
    )
)
