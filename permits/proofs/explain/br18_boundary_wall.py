"""Why br18.boundary_wall says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.plans import ready
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished, put_limit
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.parts.works import walls


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height of the highest wall, limit, margin; the walls."""
    found = walls(ready(world), ruleset)
    mine = world.buildings[(world.buildings["role"] == "wall") & world.buildings["proposed"]]
    for number, shape in zip(mine["building"], mine.geometry, strict=True):
        trace.show("footprint", shape, int(number))
    if trace.reason == "missing_data":
        trace.add("missing_height", N_("The height of a wall is not stated."))
    if found.some[0] and np.isfinite(float(finding["measured"])):
        put_limit(trace, finding, ruleset, "br18.boundary_wall.height_m")
    trace.add("others", "yes" if found.some[0] and found.others[0] else "")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: whether the wall is low enough to be outside the regulations."""
    if trace.outcome == "pass":
        text = gettext(
            "The wall is %(measured)s high. Up to %(limit)s it is outside the building regulations and takes no "
            "permit."
        )
        verdict = say(trace, text)
    elif trace.outcome == "needs_manual":
        verdict = gettext("Whether the wall is outside the building regulations cannot be answered.")
    elif trace.knows("measured") and trace.number("lacking") > 0.0:
        text = gettext(
            "The wall is %(measured)s high. Above %(limit)s it is not outside the building regulations; that is no "
            "breach."
        )
        verdict = say(trace, text)
    elif trace.knows("others") and trace.values["others"].value:
        verdict = gettext("The wall is part of a larger work, which the building regulations are about.")
    else:
        verdict = gettext("The application adds no boundary wall.")
    return finished(trace, voice, title, verdict)


EXPLANATION: Final = Explanation(rule="br18.boundary_wall", trace=trace, words=words)
