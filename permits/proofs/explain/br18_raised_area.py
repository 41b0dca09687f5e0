"""Why br18.raised_area says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.distances import distance_words, put_distance
from permits.proofs.parts import building_row, edge_row, missing_lines
from permits.proofs.plans import ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.br18_raised_area import raised_areas
from permits.rules.parts.boundary import outlines
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE
from permits.rules.parts.works import heights_m


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height of a terrace, distance, limit, margin; the shortest line and the boundary."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    world = ready(world)
    found = raised_areas(world, ruleset)
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.add("unfixed", "yes" if row in found.unfixed else "")
    trace.add("low", "yes" if row in found.low else "")
    trace.show("footprint", outlines(world)[0][row], trace.building)
    if row in found.unstated:
        trace.add("missing_height", N_("The height of the terrace is not stated."))
        return
    free = "br18.raised_area.terrace_free_m"
    if row in found.low:
        trace.add("height", float(heights_m(world, world.buildings.index == row)[row]), "m")
        trace.add("height_free", ruleset.number(free), "m", clause=ruleset.clause(free), source=ruleset.name)
    missing_lines(trace, world, row, needs_height=False)
    edge = edge_row(world, int(finding["edge"]))
    if edge < 0 or not np.isfinite(float(finding["measured"])):
        return
    summer = world.buildings["zone"].iloc[row] == SUMMER_HOUSE_ZONE
    side = "road_m" if world.edges["kind"].iloc[edge] == "road" else "neighbour_m"
    name = f"br18.raised_area.{'summer_house_' if summer else ''}{side}"
    put_distance(trace, world, row, finding, ruleset, name)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how far from the boundary it stands, and what is asked there."""
    return distance_words(trace, voice, title, _without_numbers(trace))


def _without_numbers(trace: Trace) -> str:
    if trace.outcome == "needs_manual" and trace.knows("unfixed") and trace.values["unfixed"].value:
        return gettext(
            "The building regulations have no fixed distance for raised areas at this kind of building."
        )
    if trace.outcome == "needs_manual":
        return gettext("The distance to the boundary cannot be answered.")
    if trace.knows("height", "height_free"):
        return say(
            trace, gettext("The terrace is %(height)s high; up to %(height_free)s it is not a raised area.")
        )
    return gettext(
        "The rule is about raised terraces, pools, outside stairs and solar panels near a boundary."
    )


EXPLANATION: Final = Explanation(rule="br18.raised_area", trace=trace, words=words)
