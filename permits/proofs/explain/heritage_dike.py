"""Why heritage.dike says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.heritage_dike import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "dige": N_("a stone or earth dike"),
        },
        act="museumsloven §§ 29 a og 29 j",
        verdicts={
            "needs_dispensation": N_("%(what)s stands on %(zone)s. It takes a dispensation."),
            "not_applicable": N_("%(what)s does not touch %(zone)s, or an exemption holds."),
        },
        notes=(N_("The distance is a screening value: a dike has a width that the line does not show."),),
    )
)
