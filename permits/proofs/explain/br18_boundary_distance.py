"""Why br18.boundary_distance says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext, gettext_noop

from permits.engine.world import World
from permits.proofs.parts import EDGE_WORDS, building_row, edge_row, missing, missing_lines
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.parts.boundary import edge_lines, outlines
from permits.rules.parts.scope import scope

LABELS.update(
    eaves_excess=gettext_noop("eaves that count"),
    eaves=gettext_noop("eaves"),
    eaves_free=gettext_noop("eaves disregarded"),
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: distance, eaves, what counts of them, limit, margin; the shortest line and the boundary."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    kinds = scope(world.buildings)
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.add("unfixed", "yes" if kinds.unfixed[row] else "")
    trace.add("by_own_rules", "yes" if kinds.secondary[row] and trace.outcome == "not_applicable" else "")
    outline, overhang = outlines(world)[0][row], float(outlines(world)[1][row])
    trace.show("footprint", outline, trace.building)
    missing_lines(trace, world, row, needs_height=False)
    edge = edge_row(world, int(finding["edge"]))
    if edge < 0 or outline is None:
        return
    key = "sanitary_m" if kinds.sanitary[row] else "house_m"
    name = f"br18.boundary_distance.{key}"
    free = "br18.boundary_distance.eaves_free_m"
    line = edge_lines(world)[edge]
    nearest = shapely.shortest_line(outline, line)
    trace.add("distance", shapely.length(nearest), "m")
    trace.add("eaves", overhang, "m")
    trace.add("eaves_free", ruleset.number(free), "m", clause=ruleset.clause(free))
    trace.add("eaves_excess", max(overhang - ruleset.number(free), 0.0), "m")
    trace.add("counted_distance", float(finding["measured"]), "m")
    trace.add("limit", float(finding["limit"]), "m", clause=ruleset.clause(name), source=ruleset.name)
    trace.add("margin", float(finding["margin"]), "m")
    trace.add("lacking", max(-float(finding["margin"]), 0.0), "m")
    trace.add("law", ruleset.clause(name))
    trace.add("beyond", EDGE_WORDS[str(world.edges["kind"].iloc[edge])])
    sigma = np.hypot(world.buildings["sigma_m"].iloc[row], world.edges["sigma_m"].iloc[edge])
    if sigma > 0.0:
        trace.add("uncertainty", float(sigma), "m")
    if trace.number("eaves_excess") > 0.0:
        trace.step("eaves_excess", "eaves − eaves_free")
        trace.step("counted_distance", "distance − eaves_excess")
    trace.step("margin", "counted_distance − limit")
    trace.show("shortest_line", nearest, trace.building)
    trace.show("edge", line, int(finding["edge"]))
    trace.show("strip", shapely.buffer(line, float(finding["limit"])), int(finding["edge"]))


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: where the building stands, what is asked, how much is to spare or lacking."""
    details: list[str] = []
    if not trace.knows("counted_distance", "limit"):
        return Words(title, _without_numbers(trace), (*missing(trace), *closing(trace)))
    met = trace.outcome == "pass"
    if met:
        verdict = say(
            trace,
            gettext("The building keeps %(counted_distance)s to %(beyond)s; at least %(limit)s is asked."),
        )
    elif trace.reason == "ambiguous_boundary":
        verdict = say(
            trace,
            gettext(
                "The building stands %(counted_distance)s from a boundary whose other side is not known. Toward a "
                "neighbour at least %(limit)s is asked, toward a road or water it may be less."
            ),
        )
    elif trace.reason == "overall_assessment":
        verdict = say(
            trace,
            gettext(
                "The building stands %(counted_distance)s from %(beyond)s. That is %(lacking)s closer than the "
                "%(limit)s that give a right to build."
            ),
        )
    else:
        verdict = say(
            trace,
            gettext("The building keeps %(counted_distance)s as far as is known, but not all is known."),
        )
        details.extend(missing(trace))
    if trace.number("eaves_excess") > 0.0:
        details.append(
            say(
                trace,
                gettext(
                    "The wall stands %(distance)s from the boundary. Of the eaves of %(eaves)s the first "
                    "%(eaves_free)s are disregarded, and %(eaves_excess)s are taken off."
                ),
            )
        )
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        details.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    details.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    return Words(title, verdict, tuple(details), formula(trace), say(trace, gettext("Paragraph: %(law)s.")))


def _without_numbers(trace: Trace) -> str:
    if trace.outcome == "needs_manual" and trace.knows("unfixed") and trace.values["unfixed"].value:
        return gettext("The building regulations have no fixed distance for this kind of building.")
    if trace.outcome == "needs_manual":
        return gettext("The distance to the boundary cannot be answered.")
    if trace.knows("by_own_rules") and trace.values["by_own_rules"].value:
        return gettext(
            "The building stands close to the boundary and goes by the rules for secondary buildings."
        )
    return gettext("The rule is not about this building, or no neighbour or path borders on the plot.")


EXPLANATION: Final = Explanation(rule="br18.boundary_distance", trace=trace, words=words)
