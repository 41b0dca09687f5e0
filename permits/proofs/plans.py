"""What explanations of plan limits share: which plans were looked at, and which one speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_
from shapely.geometry.base import BaseGeometry

from geodata.columns import columns_of
from permits.engine.prepare import prepare
from permits.engine.world import World
from permits.proofs.parts import area_row, building_row, plans_are_silent
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, said, say
from permits.rules.parts.coverage import unseen
from planning.precedence import considered

#: How far around a building the outline of a plan is drawn, in metres.
_AROUND_M: Final = 25.0

LEVELS: Final = {
    "local_plan": N_("local plan"),
    "sub_area": N_("sub-area"),
    "framework": N_("framework of the municipal plan"),
}
_ROLES: Final = {
    "speaks": N_("%(level)s %(number)s applies here."),
    "replaced": N_("%(level)s %(number)s lies here, but a sub-area has a value of its own."),
    "deferred": N_("%(level)s %(number)s has no value of its own; that of its local plan applies."),
    "shallow": N_("%(level)s %(number)s reaches in too little to count."),
    "beside": N_("%(level)s %(number)s does not reach the building."),
    "proposal": N_("%(level)s %(number)s is a proposal and does not bind yet."),
    "not_yet": N_("%(level)s %(number)s is not in force yet."),
    "repealed": N_("%(level)s %(number)s is repealed."),
    "framework": N_("%(level)s %(number)s does not bind an owner."),
}
_UNITS: Final = {"max_height": "m", "max_storeys": "storeys", "plot_ratio": "%"}
_STATES: Final = {
    "value": N_("It says %(value)s."),
    "other": N_("It regulates the matter."),
    "not_regulated": N_("It does not regulate the matter."),
    "not_recorded": N_("What it says is not recorded; it has to be read."),
}


def ready(world: World) -> World:
    """The World with what follows from plans, worked out where it is not there yet."""
    return world if len(world.pieces) else prepare(world)


def put_plans(trace: Trace, world: World, building: int, matter: str) -> pd.DataFrame:
    """Put down every plan that was looked at, in order, and what became of it.

    Returns
    -------
    The table of :func:`planning.precedence.considered`.
    """
    table = world.once(
        f"considered:{building}:{matter}",
        lambda: considered(
            world.areas,
            world.overlaps,
            world.pieces,
            world.rulings,
            building=building,
            matter=matter,
            day=world.column("sites", "as_of")[0],
        ),
    )
    told = columns_of(table)
    for place, role in enumerate(told["role"].tolist()):
        trace.add(f"plan_{place}", str(told["number"][place]))
        trace.add(f"plan_{place}_level", LEVELS[str(told["level"][place])])
        trace.add(f"plan_{place}_role", str(role))
        if role == "speaks":
            state, unit = str(told["state"][place]), _UNITS.get(matter, "")
            trace.add(f"plan_{place}_state", "other" if state == "value" and not unit else state)
            trace.add(f"plan_{place}_value", float(told["value"][place]), unit)
    return table


def plan_lines(trace: Trace) -> tuple[str, ...]:
    """One sentence per plan that was looked at, in the active language."""
    lines = []
    place = 0
    while f"plan_{place}" in trace.values:
        role = str(trace.values[f"plan_{place}_role"].value)
        sentence = gettext(_ROLES[role]) % {
            "level": gettext(str(trace.values[f"plan_{place}_level"].value)),
            "number": trace.values[f"plan_{place}"].value,
        }
        state = trace.values.get(f"plan_{place}_state")
        more = ""
        if state is not None:
            told = said(trace.values[f"plan_{place}_value"])
            more = " " + gettext(_STATES[str(state.value)]) % {"value": told}
        lines.append(sentence[:1].upper() + sentence[1:] + more)
        place += 1
    return tuple(lines)


def put_speaker(trace: Trace, world: World, area: int) -> None:
    """Put down the plan area that a finding is about: level, number, title, its local plan, its document."""
    row = area_row(world, area)
    if row < 0:
        return
    level, number, title, document = (
        str(world.column("areas", name)[row]) for name in ("level", "number", "title", "document")
    )
    trace.add("level", LEVELS.get(level, ""))
    trace.add("number", number)
    if title:
        trace.add("title", title)
    above = int(world.rows_of("areas", "parent", "areas")[row])
    if above >= 0 and level == "sub_area":
        trace.add("parent", str(world.column("areas", "number")[above]))
    if document:
        trace.add("document", document)


def clause_of(world: World, area: int, matter: str) -> str:
    """The paragraph in which a plan area says what it says on a matter; the law's where it is not recorded."""
    told = world.is_word("rulings", "matter", matter) & (world.column("rulings", "area") == area)
    return next((str(c) for c in world.column("rulings", "clause")[told] if c), "planloven § 18")


def show_plan(trace: Trace, world: World, building: int, matter: str, area: int) -> None:
    """Show the parts of the building where an area speaks, and the plan's outline around them."""
    shape = world.column("pieces", "geometry")
    mine = (world.column("pieces", "building") == building) & ~unseen(world)
    told = world.is_word("rulings", "matter", matter) & (world.column("rulings", "area") == area)
    here = mine & np.isin(world.column("pieces", "piece"), world.column("rulings", "piece")[told])
    if here.any():
        trace.show("part_inside", shapely.union_all(shape[here]), building)
    row = area_row(world, area)
    if row >= 0 and world.column("areas", "geometry")[row] is not None and mine.any():
        # One plan speaks on several matters.
        around = world.once(f"around:{building}:{area}", lambda: _around(world, shape[mine], row))
        trace.show("plan_area", around, area)


def _around(world: World, parts: npt.NDArray[np.object_], row: int) -> BaseGeometry:
    """The outline of a plan area around the parts of a building."""
    outline = world.column("areas", "geometry")[row]
    whole = outline if shapely.is_valid(outline) else shapely.make_valid(outline)
    return shapely.intersection(whole, shapely.buffer(shapely.envelope(shapely.union_all(parts)), _AROUND_M))


def read_the_plan(trace: Trace) -> tuple[str, ...]:
    """Where the plan can be read, if that is known."""
    return (say(trace, gettext("The plan: %(document)s")),) if trace.knows("document") else ()


def begin(trace: Trace, world: World, finding: Mapping[str, Any], matter: str, area: int) -> int:
    """Put down what every plan limit has: the building, the plans looked at, the one that speaks, what is missing.

    Parameters
    ----------
    world : of one site, with what follows from plans.
    area : the plan area that the finding is about, -1 = none.

    Returns
    -------
    Row of the building in the World, -1 when the finding is about none.
    """
    building = int(finding["building"])
    row = building_row(world, building)
    silent = plans_are_silent(world)
    if silent:
        trace.add("lacking_data", N_("The plans could not be read."))
    if row < 0:
        return row
    trace.add("building", str(world.column("buildings", "name")[row]))
    trace.show("footprint", world.column("buildings", "geometry")[row], building)
    put_plans(trace, world, building, matter)
    put_speaker(trace, world, area)
    show_plan(trace, world, building, matter, area)
    undrawn = unseen(world)[world.column("pieces", "building") == building].any()
    if trace.reason == "missing_data" and not silent and undrawn:
        trace.add("lacking_data", N_("The outline of the building is missing or cannot be measured."))
    return row


def put_limit(
    trace: Trace, world: World, finding: Mapping[str, Any], matter: str, unit: str, clause: str
) -> None:
    """Put down limit, measured number, margin and what is lacking, as far as the finding has them.

    Parameters
    ----------
    clause : how the number is measured; the limit's own clause is the plan's.
    """
    limit, measured = float(finding["limit"]), float(finding["measured"])
    if np.isfinite(limit):
        own = clause_of(world, int(finding["area"]), matter)
        source = str(trace.values["number"].value) if "number" in trace.values else ""
        trace.add("limit", limit, unit, clause=own, source=source)
    if np.isfinite(measured):
        trace.add("measured", measured, unit, clause=clause)
    if np.isfinite(float(finding["margin"])):
        trace.add("margin", float(finding["margin"]), unit)
        trace.add("lacking", max(-float(finding["margin"]), 0.0), unit)
        trace.step("margin", "limit − measured")


def plan_words(
    trace: Trace, voice: Voice, title: str, verdict: str, details: list[str], law: str, *, plans: bool = True
) -> Words:
    """The end of what is said about a plan limit: what is missing, where the plan stands, what was looked at.

    Parameters
    ----------
    details : what the rule itself has to say, in order.
    law : paragraphs, for the planner.
    plans : every plan that was looked at is told to the planner.
    """
    lines: list[str] = []
    if trace.knows("lacking_data"):
        lines.append(gettext(str(trace.values["lacking_data"].value)))
    lines.extend(details)
    if trace.knows("parent", "number"):
        lines.append(say(trace, gettext("The sub-area belongs to local plan %(parent)s.")))
    if trace.outcome != "pass":
        lines.extend(read_the_plan(trace))
    if voice == "planner" and plans:
        lines.extend(plan_lines(trace))
    lines.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(lines))
    return Words(title, verdict, tuple(lines), formula(trace), gettext("Paragraph: %(law)s.") % {"law": law})
