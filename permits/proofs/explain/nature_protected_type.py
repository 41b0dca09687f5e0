"""Why nature.protected_type says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_protected_type import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "beskyttet_natur": N_("a protected type of nature"),
        },
        act="naturbeskyttelsesloven §§ 3 og 65",
        notes=(
            N_(
                "The law protects lakes of more than %(lake)s, and heath, bog, meadow and dry grassland "
                "of more than %(other)s together. The map is only indicative."
            ),
        ),
        numbers={"lake": (100.0, "m²"), "other": (2500.0, "m²")},
    )
)
