"""Why br18.height says what it says."""

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
from permits.rules.br18_height import MATTER, limit_names
from permits.rules.parts.building_height import building_height
from permits.rules.parts.coverage import left_to_regulation

_TEXTS: Final = Sentences(
    met=N_("The building is %(measured)s high; up to %(limit)s is within the right to build."),
    broken=N_(
        "The building is %(measured)s high. That is %(lacking)s above the %(limit)s that give a right to build."
    ),
    open=N_("The building is %(measured)s high as far as is known, but not all that decides is known."),
    unanswered=N_("The height of the building cannot be answered."),
    quiet=N_("A plan regulates the height here, or the general limit of height is not about this building."),
)
NO_HEIGHT: Final = N_("Neither the height of the building nor its roof above known ground is stated.")


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height, limit by kind and zone, the plans looked at; the footprint and the highest part."""
    world = ready(world)
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.show("footprint", world.buildings.geometry.iloc[row], trace.building)
    put_plans(trace, world, trace.building, MATTER)
    left = left_to_regulation(world, MATTER)
    tall = building_height(world, left.pieces)
    strict, mild = limit_names(world, ruleset)
    put_missing(
        trace,
        world,
        row,
        {
            NO_OUTLINE: bool(left.unknown[row] and not left.tested[row]),
            NO_HEIGHT: bool(left.tested[row] and (np.isnan(tall.value[row]) or tall.open[row])),
            N_("The footprint of the silo cannot be measured, and its area decides."): (
                strict[row] == "farm_m" and mild[row] == "silo_m"
            ),
        },
    )
    if trace.outcome != "not_applicable":
        names = tuple(f"br18.height.{name[row]}" if name[row] else "" for name in (strict, mild))
        put_limit(trace, finding, ruleset, (names[0], names[1]), "m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the building is, and how high gives a right to build."""
    return limit_words(trace, voice, title, _TEXTS)


EXPLANATION: Final = Explanation(rule="br18.height", trace=trace, words=words)
