"""Why nature.natura2000 says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_natura2000 import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "natura2000": N_("a Natura area"),
        },
        act="habitatbekendtgørelsen §§ 6-7",
        notes=(
            N_(
                "Before a permit is given, the municipality assesses whether the area can be harmed. The "
                "distance is a screening value and stands in no law."
            ),
        ),
    )
)
