"""Why nature.lake_stream_line says what it says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as N_

from permits.proofs.features import Speech, explained
from permits.proofs.proof import Explanation
from permits.rules.nature_lake_stream_line import ID

EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "soe_aa_linje": N_("the protection zone of a lake or stream"),
        },
        act="naturbeskyttelsesloven §§ 16 og 65",
        verdicts={
            "pass": N_("%(what)s lies in %(zone)s, and the garden rule allows it."),
        },
        notes=(
            N_(
                "In a garden one shed of up to %(shed)s at most %(reach)s from the dwelling is allowed, "
                "at a year-round dwelling also one greenhouse."
            ),
        ),
        numbers={"shed": ("nature.garden.shed_m2", "m²"), "reach": ("nature.garden.dwelling_m", "m")},
    )
)
