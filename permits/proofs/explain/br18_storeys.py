"""Why br18.storeys says what it says."""

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
from permits.proofs.words import LABELS, Voice, Words
from permits.rulebook import Ruleset
from permits.rules.br18_storeys import MATTER, limits
from permits.rules.parts.coverage import left_to_regulation
from permits.rules.parts.storey_count import storey_count

LABELS.update(stated=N_("stated"), high_basement=N_("basement that stands high"))
_TEXTS: Final = Sentences(
    met=N_("The building has %(measured)s; up to %(limit)s is within the right to build."),
    broken=N_(
        "The building has %(measured)s. That is %(lacking)s above the %(limit)s that give a right to build."
    ),
    open=N_("The building may have %(measured)s, but what decides is not known."),
    unanswered=N_("The number of storeys cannot be answered."),
    quiet=N_(
        "A plan regulates the number of storeys here, or the application adds no building that has any."
    ),
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: stated storeys, basement, limit by zone, the plans looked at; the footprint."""
    world = ready(world)
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    building = world.buildings.iloc[row]
    trace.add("building", str(building["name"]))
    trace.show("footprint", world.buildings.geometry.iloc[row], trace.building)
    put_plans(trace, world, trace.building, MATTER)
    blind = left_to_regulation(world, MATTER).unknown[row]
    count = storey_count(world, ruleset)
    basement, stated = float(count.value[row] - building["storeys"]), float(building["storeys"])
    put_missing(
        trace,
        world,
        row,
        {
            NO_OUTLINE: bool(blind),
            N_("The number of storeys is not stated."): bool(np.isnan(count.value[row])),
            N_("How high the ceiling of the basement is above the ground is not stated."): bool(
                count.value[row] > count.least[row]
            ),
        },
    )
    if trace.outcome == "not_applicable":
        return
    one, two = "br18.storeys.summer_house", "br18.storeys.most"
    told = limits(world, ruleset)
    names = tuple(one if value[row] == ruleset.number(one) else two for value in told)
    put_limit(trace, finding, ruleset, (names[0], names[1]), "storeys")
    if trace.knows("measured") and basement > 0.0:
        trace.add("stated", stated, "storeys")
        trace.add("high_basement", trace.number("measured") - stated, "storeys", clause="BR18 § 458")
        trace.step("measured", "stated + high_basement")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how many storeys there are, and how many give a right to build."""
    return limit_words(trace, voice, title, _TEXTS)


EXPLANATION: Final = Explanation(rule="br18.storeys", trace=trace, words=words, unit="storeys")
