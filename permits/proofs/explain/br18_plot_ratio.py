"""Why br18.plot_ratio says what it says: the floor area statement, line by line, and the plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.floor_area import FLOOR, LAND, put_floor, put_plot, statement_lines
from permits.proofs.parts import building_row
from permits.proofs.plans import plan_lines, put_plans, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.br18_plot_ratio import ratios
from permits.rules.parts.coverage import left_to_regulation

_LIMIT: Final = "BR18 § 170"


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
    put_floor(trace, world, ruleset, told.counted[told.counted_group == at], told.floor, at)
    put_plot(trace, world, told.land, at, int(told.site[at]), int(told.plot[at]))
    trace.add("limit", float(told.limit_pct[at]), "%", clause=_LIMIT, source=ruleset.name)
    if trace.knows("counted", "plot"):
        trace.add("measured", float(told.ratio_pct[at]), "%", clause="BR18 § 453")
        trace.add("margin", trace.number("limit") - trace.number("measured"), "%")
        trace.add("lacking", max(-trace.number("margin"), 0.0), "percentage_points")
        trace.step("measured", "100 × counted / plot")
        trace.step("margin", "limit − measured")
        if told.ratio_least_pct[at] < told.ratio_pct[at]:
            trace.add("measured_least", float(told.ratio_least_pct[at]), "%", clause=FLOOR)
    elif trace.outcome == "needs_manual":
        text = N_("A floor area that counts is not stated.")
        trace.add(
            "lacking_data", text if told.floor.lacking[at] else N_("The area of the plot is not known.")
        )
    if told.limit_most_pct[at] > told.limit_pct[at]:
        trace.add("limit_most", float(told.limit_most_pct[at]), "%", clause=_LIMIT, source=ruleset.name)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how much of the plot's area is built as floor, and what gives a right to build."""
    if trace.knows("measured", "limit"):
        if trace.outcome == "pass":
            text = gettext(
                "The plot ratio is %(measured)s: %(counted)s of floor on %(plot)s. Up to %(limit)s is within "
                "the right to build."
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
    law = gettext("Paragraph: %(law)s.") % {"law": f"{_LIMIT}, {LAND}, {FLOOR}"}
    return Words(title, verdict, tuple(details), formula(trace), law)


EXPLANATION: Final = Explanation(rule="br18.plot_ratio", trace=trace, words=words, unit="%")
