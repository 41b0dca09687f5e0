"""Why plan.height says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import building_row, plans_are_silent
from permits.proofs.plans import (
    clause_of,
    plan_lines,
    put_plans,
    put_speaker,
    read_the_plan,
    ready,
    show_plan,
)
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.parts.coverage import unseen

_LAW: Final = "planloven § 18, BR18 § 456"


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height, limit, margin, the plans looked at; the part under the plan and its outline."""
    world = ready(world)
    building, area = int(finding["building"]), int(finding["area"])
    row = building_row(world, building)
    silent = plans_are_silent(world)
    if silent:
        trace.add("lacking_data", N_("The plans could not be read."))
    if row < 0:
        return
    trace.add("building", str(world.column("buildings", "name")[row]))
    trace.show("footprint", world.column("buildings", "geometry")[row], building)
    put_plans(trace, world, building, "max_height")
    put_speaker(trace, world, area)
    show_plan(trace, world, building, "max_height", area)
    if trace.reason == "missing_data" and not silent:
        text = N_("The outline of the building is missing or cannot be measured.")
        if not unseen(world)[world.column("pieces", "building") == building].any():
            text = N_("Neither the height of the building nor its roof above known ground is stated.")
        trace.add("lacking_data", text)
    if np.isfinite(float(finding["limit"])):
        clause = clause_of(world, area, "max_height")
        trace.add(
            "limit", float(finding["limit"]), "m", clause=clause, source=str(trace.values["number"].value)
        )
    if np.isfinite(float(finding["measured"])):
        trace.add("measured", float(finding["measured"]), "m", clause="BR18 § 456")
        trace.add("margin", float(finding["margin"]), "m")
        trace.add("lacking", max(-float(finding["margin"]), 0.0), "m")
        trace.step("margin", "limit − measured")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the building is under the plan, what the plan allows, and which plan that is."""
    details: list[str] = []
    if trace.knows("measured", "limit"):
        if trace.outcome == "pass":
            text = gettext("The building is %(measured)s high; %(level)s %(number)s allows up to %(limit)s.")
        elif trace.outcome == "needs_dispensation":
            text = gettext(
                "The building is %(measured)s high under %(level)s %(number)s. That is %(lacking)s more than the "
                "%(limit)s allowed, and takes a dispensation."
            )
        else:
            text = gettext(
                "The building is %(measured)s high and keeps the %(limit)s of %(level)s %(number)s, but another plan "
                "has another limit here. Their texts say which of them governs."
            )
        verdict = say(trace, text)
    elif trace.reason == "legal_text":
        verdict = say(
            trace,
            gettext(
                "What %(level)s %(number)s says of height is not recorded in the register. The plan has to be read."
            ),
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("The height under the plan cannot be answered.")
    else:
        verdict = gettext("No plan in force has a limit of height for this building.")
    if trace.knows("lacking_data"):
        details.append(gettext(str(trace.values["lacking_data"].value)))
    if trace.knows("parent", "number"):
        details.append(say(trace, gettext("The sub-area belongs to local plan %(parent)s.")))
    if trace.outcome != "pass":
        details.extend(read_the_plan(trace))
    if voice == "planner":
        details.extend(plan_lines(trace))
    details.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    law = gettext("Paragraph: %(law)s.") % {"law": _LAW}
    return Words(title, verdict, tuple(details), formula(trace), law)


EXPLANATION: Final = Explanation(rule="plan.height", trace=trace, words=words)
