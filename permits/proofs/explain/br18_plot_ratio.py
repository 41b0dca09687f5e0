"""Why br18.plot_ratio says what it says: the floor area statement, line by line, and the plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import building_row
from permits.proofs.plans import plan_lines, put_plans, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, closing, formula, said, say
from permits.rulebook import Ruleset
from permits.rules.br18_plot_ratio import Ratios, ratios
from permits.rules.parts.coverage import left_to_regulation
from permits.rules.parts.floor_area import counted

LABELS.update(
    registered=N_("registered area"),
    other_zone=N_("in another zone"),
    common=N_("share of common space"),
    plot=N_("plot area"),
    primary=N_("floor of primary buildings"),
    secondary=N_("floor of secondary buildings"),
    free=N_("left out of secondary buildings"),
    counted=N_("counted floor area"),
)
_FLOOR, _LAND, _LIMIT = "BR18 § 455", "BR18 § 454", "BR18 § 170"
#: Parts of a building's floor, with the sentence that names them.
_LINES: Final = {
    "floor": N_("%(name)s: floor area %(value)s"),
    "basement": N_("%(name)s: basement that counts %(value)s"),
    "attic": N_("%(name)s: usable attic %(value)s"),
}


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: floor by building, deductions, plot, ratio, limit; the plot and the buildings that count."""
    world = ready(world)
    building = int(finding["building"])
    if building_row(world, building) < 0:
        return
    put_plans(trace, world, building, "plot_ratio")
    left = left_to_regulation(world, "plot_ratio")
    told = ratios(world, ruleset, left)
    found = np.flatnonzero(told.building == building)
    if not len(found):
        lacking = left.unknown[building_row(world, building)]
        if trace.outcome == "needs_manual" and lacking:
            trace.add("lacking_data", N_("The outline of the building is missing or cannot be measured."))
        return
    at = int(found[0])
    _floor(trace, world, ruleset, told, at)
    _land(trace, world, told, at)
    trace.add("limit", float(told.limit_pct[at]), "%", clause=_LIMIT, source=ruleset.name)
    if trace.knows("counted", "plot"):
        trace.add("measured", float(told.ratio_pct[at]), "%", clause="BR18 § 453")
        trace.add("margin", trace.number("limit") - trace.number("measured"), "%")
        trace.add("lacking", max(-trace.number("margin"), 0.0), "%")
        trace.step("measured", "100 × counted / plot")
        trace.step("margin", "limit − measured")
        if told.ratio_least_pct[at] < told.ratio_pct[at]:
            trace.add("measured_least", float(told.ratio_least_pct[at]), "%", clause=_FLOOR)
    elif trace.outcome == "needs_manual":
        text = N_("A floor area that counts is not stated.")
        trace.add(
            "lacking_data", text if told.floor.lacking[at] else N_("The area of the plot is not known.")
        )
    if told.limit_most_pct[at] > told.limit_pct[at]:
        trace.add("limit_most", float(told.limit_most_pct[at]), "%", clause=_LIMIT, source=ruleset.name)


def _floor(trace: Trace, world: World, ruleset: Ruleset, told: Ratios, at: int) -> None:
    parts = counted(world, ruleset)
    for place, row in enumerate(told.counted[told.counted_group == at]):
        trace.add(f"line_{place}_name", str(world.buildings["name"].iloc[row]))
        values = {
            "floor": parts.floor_m2[row],
            "basement": parts.basement_m2[row],
            "attic": parts.attic_m2[row],
        }
        for name, value in values.items():
            if name == "floor" or value != 0.0:
                trace.add(f"line_{place}_{name}", float(value), "m²", clause=_FLOOR)
        trace.show(
            "footprint", world.buildings.geometry.iloc[row], int(world.buildings["building"].iloc[row])
        )
    floor = told.floor
    trace.add("primary", float(floor.primary_m2[at]), "m²", clause=_FLOOR)
    trace.add("secondary", float(floor.secondary_m2[at]), "m²", clause=_FLOOR)
    trace.add("free", float(floor.free_m2[at]), "m²", clause="BR18 § 455, stk. 4", source=ruleset.name)
    trace.add("counted", float(floor.counted_m2[at]), "m²", clause=_FLOOR)
    trace.step("counted", "primary + secondary − free")


def _land(trace: Trace, world: World, told: Ratios, at: int) -> None:
    land = told.land
    trace.add("registered", float(land.registered_m2[at]), "m²", clause=_LAND)
    trace.add("other_zone", float(land.other_zone_m2[at]), "m²", clause=_LAND)
    trace.add("common", float(land.common_m2[at]), "m²", clause=_LAND)
    trace.add("road", float(land.road_m2[at]), "m²", clause=_LAND)
    trace.add("plot", float(land.area_m2[at]), "m²", clause=_LAND)
    trace.step("plot", "registered − other_zone + common")
    mine = (world.parcels["site"] == told.site[at]) & (world.parcels["plot"] == told.plot[at])
    for key, shape in zip(world.parcels.loc[mine, "parcel"], world.parcels.geometry[mine], strict=True):
        trace.show("plot", shape, int(key))


def statement_lines(trace: Trace) -> tuple[str, ...]:
    """The floor area statement, one line per building and part of it, then what is left out."""
    lines = []
    place = 0
    while f"line_{place}_name" in trace.values:
        for part, text in _LINES.items():
            value = trace.values.get(f"line_{place}_{part}")
            if value is not None:
                name = trace.values[f"line_{place}_name"].value
                lines.append(gettext(text) % {"name": name, "value": said(value)})
        place += 1
    if trace.number("secondary") > 0.0:
        lines.append(
            say(trace, gettext("Left out of garages, sheds and the like: %(free)s of %(secondary)s"))
        )
    if trace.number("other_zone") > 0.0:
        lines.append(say(trace, gettext("Of the plot %(other_zone)s lie in another zone and do not count")))
    if trace.number("common") > 0.0:
        lines.append(say(trace, gettext("A share of common space of %(common)s counts in the plot")))
    if trace.number("road") > 0.0:
        lines.append(say(trace, gettext("Road of %(road)s inside the plot counts")))
    return tuple(lines)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how much of the plot's area is built as floor, and what gives a right to build."""
    if trace.knows("measured", "limit"):
        if trace.outcome == "pass":
            text = gettext(
                "The plot ratio is %(measured)s: %(counted)s of floor on %(plot)s. Up to %(limit)s is a right."
            )
        elif trace.reason == "overall_assessment":
            text = gettext(
                "The plot ratio is %(measured)s: %(counted)s of floor on %(plot)s. That is %(lacking)s above the "
                "%(limit)s that give a right to build."
            )
        elif trace.reason == "legal_text":
            text = gettext(
                "The plot ratio is %(measured_least)s or %(measured)s, depending on how much is left out for garages "
                "and sheds beside two flats one above the other; the limit is %(limit)s."
            )
        else:
            text = gettext(
                "The plot ratio is %(measured)s. The limit is %(limit)s or %(limit_most)s, depending on zone or "
                "municipal plan, which are not known well enough."
            )
        verdict = say(trace, text)
    elif trace.outcome == "needs_manual":
        verdict = gettext("The plot ratio cannot be answered.")
    elif trace.building >= 0:
        verdict = gettext(
            "A plan has a plot ratio of its own here, and it takes the place of the general one."
        )
    else:
        verdict = gettext("The application adds no building that a plot ratio is about.")
    details = []
    if trace.knows("lacking_data"):
        details.append(gettext(str(trace.values["lacking_data"].value)))
    details.extend(statement_lines(trace))
    if voice == "planner":
        details.extend(plan_lines(trace))
    details.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    law = gettext("Paragraph: %(law)s.") % {"law": f"{_LIMIT}, {_LAND}, {_FLOOR}"}
    return Words(title, verdict, tuple(details), formula(trace), law)


EXPLANATION: Final = Explanation(rule="br18.plot_ratio", trace=trace, words=words)
