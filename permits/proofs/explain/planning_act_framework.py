"""Why planning_act.framework says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.features import Speech, explained
from permits.proofs.parts import area_row, building_row
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.rulebook import Ruleset
from permits.rules.planning_act_framework import ID, Framed, matters, recorded

_MATTERS: Final = {
    "max_height": N_("The height is not met."),
    "max_storeys": N_("The number of storeys is not met."),
    "plot_ratio": N_("The plot ratio is not met."),
    "use": N_("The use is not met."),
}
_SILENT: Final = {
    "max_height": N_("The framework records no height; none was asked for."),
    "max_storeys": N_("The framework records no number of storeys; none was asked for."),
    "plot_ratio": N_("The framework records no plot ratio; none was asked for."),
    "use": N_("The framework records no use; none was asked for."),
}


def put_matters(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Put down which framework it is, what of it is not met, and what it leaves open where it lets pass."""
    row, at = building_row(world, trace.building), area_row(world, int(finding["area"]))
    if row < 0 or at < 0:
        return
    trace.add("number", str(world.column("areas", "number")[at]))
    pair = Framed(np.array([row]), np.array([at]), np.array([False]))
    for name, answer in matters(world, ruleset, pair).items():
        if trace.reason == "assessment" and answer.broken[0]:
            trace.add(f"told_{name}", _MATTERS[name])
    if trace.outcome == "pass":
        silent = [name for name, said in recorded(world, pair).items() if not said[0]]
        for name in silent if len(silent) < len(_SILENT) else ():
            trace.add(f"told_{name}", _SILENT[name])
        if len(silent) == len(_SILENT):
            trace.add("told_nothing", N_("Nothing of the framework is recorded: its text has not been read."))


EXPLANATION: Final[Explanation] = explained(
    Speech(
        rule=ID,
        zones={
            "": N_("the framework of the municipal plan"),
        },
        act="planloven § 12",
        verdicts={
            "needs_manual.assessment": N_(
                "%(what)s does not fit the framework of the municipal plan. The municipality may forbid "
                "it; it is no breach."
            ),
            "needs_manual.legal_text": N_("Whether %(zone)s admits the building has to be read."),
            "pass": N_("%(what)s fits what is recorded of the framework of the municipal plan."),
            "not_applicable": N_("No framework of the municipal plan is held against this."),
        },
        more=put_matters,
    )
)
