"""Why plan.building_field says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from geodata.shapes import mended
from permits.engine.world import World
from permits.proofs.plans import begin, plan_words, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.plan_building_field import MATTER, fields_answer, lines_answer, placing

_LAW: Final = "planloven §§ 15, 18 og 19"
_STATES: Final = {
    "yes": N_("a field that binds"),
    "no": N_("an indicative field"),
    "undeclared": N_("a field of which the register does not say whether it binds"),
    "contradictory": N_("a field that the register calls both binding and indicative"),
}

LABELS.update(part=N_("part of the building inside the plan"), inside=N_("inside"))


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: the part under the plan, what of it lies wrong; fields, lines and the part outside."""
    world = ready(world)
    area, building = int(finding["area"]), trace.building
    placed = world.column("placements", "area")
    of_line = world.column("placements", "plan")[placed == area]
    plan = int(of_line[0]) if len(of_line) else area
    row = begin(trace, world, finding, MATTER, plan)
    if row < 0:
        return
    trace.add("line", "yes" if len(of_line) else "")
    mine = np.isin(world.column("areas", "area"), placed[world.column("placements", "plan") == plan])
    level = "building_line" if len(of_line) else "building_field"
    states = []
    for at in np.flatnonzero(mine & world.is_word("areas", "level", level)):
        shape = mended(world.column("areas", "geometry")[at : at + 1])[0]
        trace.show("plan_area", shape, int(world.column("areas", "area")[at]))
        states.append(str(world.column("areas", "field_state")[at]) or "undeclared")
    if not len(of_line):
        for place, state in enumerate(sorted(set(states))):
            trace.add(f"field_{place}", _STATES.get(state, _STATES["undeclared"]))
        trace.add("binding", "yes" if "yes" in states else "")
    found = placing(world)
    told = np.flatnonzero((found.told.owner == row) & (found.told.area == plan))
    if not len(told) or found.shape[told[0]] is None:
        return
    first = int(told[0])
    part = (lines_answer(found) if len(of_line) else fields_answer(found)).part
    if not np.isfinite(float(finding["measured"])):
        if trace.reason == "missing_data" and "lacking_data" not in trace.values:
            trace.add("lacking_data", N_("A building field or line of the plan cannot be measured."))
        return
    trace.add("part", float(shapely.area(found.shape[first])), "m²")
    trace.add("measured", float(finding["measured"]), "m²", clause="planloven § 18")
    trace.add("limit", 0.0, "m²", clause="planloven § 18")
    trace.add("margin", float(finding["margin"]), "m²")
    trace.add("inside", trace.number("part") - trace.number("measured"), "m²")
    if not len(of_line):
        trace.step("measured", "part − inside")
    trace.show("part_inside" if len(of_line) else "part_outside", part.shape[first], building)
    if found.sigma_m[first] > 0.0:
        trace.add("uncertainty", float(found.sigma_m[first]), "m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: whether the building stands where the plan lets it, and how much of it does not."""
    details: list[str] = []
    line = trace.knows("line") and bool(trace.values["line"].value)
    if trace.knows("measured"):
        verdict = say(trace, _measured(trace, line))
    elif trace.reason == "legal_text":
        verdict = say(
            trace,
            gettext(
                "Whether %(level)s %(number)s has building fields or lines is not recorded in the register. The plan "
                "has to be read."
            ),
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("Whether the building stands where the plan lets it cannot be answered.")
    else:
        verdict = gettext("No plan in force says where this building has to stand.")
    place = 0
    while f"field_{place}" in trace.values:
        text = gettext("The plan has {field}.")
        details.append(say(trace, text.format(field=f"%(field_{place})s")))
        place += 1
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        details.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    return plan_words(trace, voice, title, verdict, details, _LAW)


def _measured(trace: Trace, line: bool) -> str:
    if line:
        if trace.outcome == "pass":
            return gettext("The building keeps behind the building line of %(level)s %(number)s.")
        return gettext(
            "%(measured)s of the building stand in the strip that %(level)s %(number)s keeps free. That takes a "
            "dispensation."
        )
    if trace.outcome == "pass":
        return gettext("The building stands inside the building fields of %(level)s %(number)s.")
    if trace.outcome == "needs_dispensation":
        return gettext(
            "%(measured)s of the building stand outside the building fields of %(level)s %(number)s. That takes a "
            "dispensation."
        )
    if trace.values["binding"].value:
        return gettext(
            "%(measured)s of the building stand outside the binding building fields of %(level)s %(number)s, but "
            "inside another one. The plan says whether that may be built on."
        )
    return gettext(
        "%(measured)s of the building stand outside the building fields of %(level)s %(number)s. The plan says "
        "whether they bind."
    )


EXPLANATION: Final = Explanation(rule="plan.building_field", trace=trace, words=words, unit="m²")
