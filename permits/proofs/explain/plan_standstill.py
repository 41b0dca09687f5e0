"""Why plan.standstill says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from geodata.shapes import mended
from permits.engine.world import World
from permits.proofs.parts import building_row, plans_are_silent
from permits.proofs.plans import plan_words, put_speaker, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.parts.roof import outlines
from permits.rules.plan_standstill import proposals

_LAW: Final = "planloven § 17"
#: How far around what is touched the outline of a proposal is drawn, in metres.
_AROUND_M: Final = 25.0


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: the proposal, its day of publication, and the part of what is built that lies in it."""
    world = ready(world)
    silent = plans_are_silent(world)
    if silent:
        trace.add("lacking_data", N_("The plans could not be read."))
    row, area = building_row(world, trace.building), int(finding["area"])
    site = world.sites[world.sites["site"] == trace.site]
    shape = outlines(world)[0][row] if row >= 0 else site.geometry.iloc[0] if len(site) else None
    trace.add("ground", "" if row >= 0 else "yes")
    trace.show("footprint", shape, trace.building)
    if trace.reason == "missing_data" and not silent:
        text = N_("The outline of the building is missing or cannot be measured.")
        trace.add("lacking_data", text if row >= 0 else N_("The ground that is touched is not drawn."))
    numbers = sorted(str(n) for n in world.areas["number"].iloc[proposals(world)] if n)
    for place, number in enumerate(numbers):
        trace.add(f"proposal_{place}", number)
    told = world.areas[world.areas["area"] == area]
    if told.empty:
        return
    put_speaker(trace, world, area)
    published = told["published"].iloc[0]
    if not pd.isna(published):
        trace.add("published", f"{published:%d.%m.%Y}")
    outline = mended(told.geometry.to_numpy())[0]
    if outline is not None and shape is not None:
        trace.show("part_inside", shapely.intersection(shape, outline), trace.building)
        around = shapely.buffer(shapely.envelope(shape), _AROUND_M)
        trace.show("plan_area", shapely.intersection(outline, around), area)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: which proposal lies here, since when, and what follows."""
    details: list[str] = []
    ground = trace.knows("ground") and bool(trace.values["ground"].value)
    if trace.outcome == "needs_manual" and trace.knows("number"):
        text = (
            gettext("The ground that is touched lies in a published proposal, %(level)s %(number)s.")
            if ground
            else gettext("The building lies in a published proposal, %(level)s %(number)s.")
        )
        verdict = say(trace, text)
        if trace.knows("published"):
            details.append(say(trace, gettext("The proposal was published on %(published)s.")))
        details.append(
            gettext(
                "Until the plan is adopted, and for a year at most, a property may not be used in a way that "
                "anticipates it. Once the hearing is over the municipality may give leave."
            )
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("Whether a published proposal holds the work back cannot be answered.")
    else:
        verdict = gettext("No published proposal for a local plan lies here.")
    if voice == "planner" and trace.outcome != "pass":
        place = 0
        while f"proposal_{place}" in trace.values:
            text = gettext("Published proposal on the property: {number}")
            details.append(say(trace, text.format(number=f"%(proposal_{place})s")))
            place += 1
    return plan_words(trace, voice, title, verdict, details, _LAW, plans=False)


EXPLANATION: Final = Explanation(rule="plan.standstill", trace=trace, words=words)
