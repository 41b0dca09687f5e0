"""Why heritage.monument_line says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.heritage_monument_line import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "fortidsmindebeskyttelse": N_("the zone around an ancient monument"),
        },
        act="naturbeskyttelsesloven §§ 18 og 65",
    )
)
