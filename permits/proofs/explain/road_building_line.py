"""Why road.building_line says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.road_building_line import FACTOR, ID, PASSAGE

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "vejbyggelinje": N_("the strip that a road building line keeps free"),
        },
        act="vejloven §§ 40-41",
        authority=N_("the road authority (the state or the municipality)"),
        verdicts={
            "needs_other_consent": N_(
                "%(what)s stands in %(zone)s, or closer to it than the height of the ground asks for. It "
                "takes a permit of the road authority."
            ),
        },
        notes=(
            N_(
                "Where ground and road differ in height, one builds behind the line by %(factor)s times "
                "the difference and %(passage)s more."
            ),
        ),
        numbers={"factor": (FACTOR, ""), "passage": (PASSAGE, "m")},
    )
)
