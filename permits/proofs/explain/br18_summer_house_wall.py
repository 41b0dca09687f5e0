"""Why br18.summer_house_wall says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import building_row
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.upper_limits import Sentences, limit_words, put_limit, put_missing
from permits.proofs.words import Voice, Words
from permits.rulebook import Ruleset
from permits.rules.br18_summer_house_wall import ID
from permits.rules.parts.upper_limit import plain

_TEXTS: Final = Sentences(
    met=N_(
        "Along one long side the wall is %(measured)s high; %(limit)s along at least one of them is allowed."
    ),
    broken=N_(
        "Even along the lower of the long sides the wall is %(measured)s high. That is %(lacking)s above the "
        "%(limit)s that give a right to build."
    ),
    open=N_("Along one long side the wall is %(measured)s high, but what decides is not known."),
    unanswered=N_("The height of the outer wall along a long side cannot be answered."),
    quiet=N_("The building is no summer house in a summer house area."),
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: the lower of the long sides, and the limit; the footprint."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.show("footprint", world.buildings.geometry.iloc[row], trace.building)
    lowest = plain(world.buildings["wall_low_m"].to_numpy()).value[row]
    text = N_("The heights of the walls along the long sides are not stated.")
    put_missing(trace, world, row, {text: bool(np.isnan(lowest))})
    if trace.outcome != "not_applicable":
        put_limit(trace, finding, ruleset, (f"{ID}.most_m", f"{ID}.most_m"), "m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the wall is along the lower of the long sides, and how high is allowed."""
    return limit_words(trace, voice, title, _TEXTS)


EXPLANATION: Final = Explanation(rule=ID, trace=trace, words=words)
