"""Why br18.summer_house_height says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import building_row
from permits.proofs.plans import put_plans, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.upper_limits import NO_OUTLINE, Sentences, limit_words, put_limit, put_missing
from permits.proofs.words import Voice, Words
from permits.rulebook import Ruleset
from permits.rules.br18_summer_house_height import ID, MATTER
from permits.rules.parts.building_height import building_height
from permits.rules.parts.coverage import left_to_regulation

_TEXTS: Final = Sentences(
    met=N_("The summer house is %(measured)s high; up to %(limit)s is within the right to build."),
    broken=N_(
        "The summer house is %(measured)s high. That is %(lacking)s above the %(limit)s that give a right to build."
    ),
    open=N_("The summer house is %(measured)s high as far as is known, but not all that decides is known."),
    unanswered=N_("The height of the summer house cannot be answered."),
    quiet=N_("A plan regulates the height here, or the building is no summer house in a summer house area."),
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height, limit, the plans looked at; the footprint and the highest part."""
    world = ready(world)
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.show("footprint", world.buildings.geometry.iloc[row], trace.building)
    put_plans(trace, world, trace.building, MATTER)
    left = left_to_regulation(world, MATTER)
    tall = building_height(world, left.pieces)
    text = N_("Neither the height of the building nor its roof above known ground is stated.")
    put_missing(
        trace,
        world,
        row,
        {
            NO_OUTLINE: bool(left.unknown[row] and not left.tested[row]),
            text: bool(left.tested[row] and (np.isnan(tall.value[row]) or tall.open[row])),
        },
    )
    if trace.outcome != "not_applicable":
        put_limit(trace, finding, ruleset, (f"{ID}.most_m", f"{ID}.most_m"), "m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the summer house is, and how high gives a right to build."""
    return limit_words(trace, voice, title, _TEXTS)


EXPLANATION: Final = Explanation(rule=ID, trace=trace, words=words)
