"""Why water.flood says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.water_flood import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "oversvoemmelse": N_("an area that may be flooded"),
        },
        act="planloven § 11 a",
        verdicts={
            "needs_manual.assessment": N_(
                "%(what)s lies in %(zone)s. The water may stand %(measured)s deep; above %(limit)s a "
                "person looks at it."
            ),
            "pass": N_(
                "%(what)s lies in %(zone)s. The water may stand %(measured)s deep; %(limit)s is let pass."
            ),
        },
        notes=(N_("The depth is a screening value and stands in no law."),),
    )
)
