"""Why br18.sloped_plane says what it says."""

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
from permits.rules.parts.plane import above
from permits.rules.parts.scope import scope
from permits.rules.parts.tested import tested

LABELS.update(height=gettext_noop("height"), factor=gettext_noop("factor"))


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height, distance and limit at the worst place; the part of the roof above the plane."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    kinds = scope(world)
    outline = outlines(world)[0][row]
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.show("footprint", outline, trace.building)
    missing_lines(trace, world, row, needs_height=True)
    edge = edge_row(world, int(finding["edge"]))
    if edge < 0 or outline is None:
        return
    name = "br18.sloped_plane.factor"
    factor = ruleset.number(name)
    line = edge_lines(world)[edge]
    worst = shapely.Point(float(finding["x"]), float(finding["y"]))
    zone = ruleset.number("br18.secondary.zone_m") if kinds.secondary[row] else 0.0
    parts = tested(
        world, np.array([row]), ruleset.number("br18.sloped_plane.eaves_free_m"), np.array([zone])
    ).parts
    nearest = shapely.shortest_line(worst, line)
    trace.add("height", float(finding["measured"]), "m")
    trace.add("distance", shapely.length(nearest), "m")
    trace.add("factor", factor, clause=ruleset.clause(name), source=ruleset.name)
    trace.add("limit", float(finding["limit"]), "m", clause=ruleset.clause(name))
    trace.add("margin", float(finding["margin"]), "m")
    trace.add("lacking", max(-float(finding["margin"]), 0.0), "m")
    trace.add("law", ruleset.clause(name))
    trace.add("beyond", EDGE_WORDS[str(world.edges["kind"].iloc[edge])])
    trace.add("box", "yes" if len(parts.owner) and (parts.owner % 2 == 1).all() else "")
    sigma = np.hypot(world.buildings["sigma_m"].iloc[row], world.edges["sigma_m"].iloc[edge])
    if sigma > 0.0:
        trace.add("uncertainty", float(sigma), "m")
    trace.step("limit", "factor × distance")
    trace.step("margin", "limit − height")
    trace.show("shortest_line", nearest, trace.building)
    trace.show("edge", line, int(finding["edge"]))
    if trace.number("lacking") > 0.0:
        trace.show("part_above_plane", above(parts, line, factor), trace.building)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the building is at the worst place, and how high it may be there."""
    if not trace.knows("height", "limit"):
        return Words(title, _without_numbers(trace), (*missing(trace), *closing(trace)))
    details: list[str] = []
    box = trace.knows("box") and bool(trace.values["box"].value)
    if trace.outcome == "pass":
        verdict = say(
            trace,
            gettext(
                "Where it comes nearest to the plane the building is %(height)s high, %(distance)s from %(beyond)s; "
                "%(limit)s is allowed there."
            ),
        )
    elif trace.reason == "ambiguous_boundary":
        verdict = say(
            trace,
            gettext(
                "The building is %(height)s high, %(distance)s from a boundary whose other side is not known. "
                "Toward a neighbour %(limit)s is allowed there, toward a road or water it may be more."
            ),
        )
    elif trace.reason == "overall_assessment":
        verdict = say(
            trace,
            gettext(
                "The building is %(height)s high, %(distance)s from %(beyond)s. That is %(lacking)s more than the "
                "%(limit)s that give a right to build."
            ),
        )
        details.append(
            gettext("Gables and dormers of usual size are left out; what is usual a person decides.")
        )
    elif trace.number("lacking") > 0.0:
        verdict = say(
            trace,
            gettext(
                "With its full height of %(height)s over the whole outline the building would be %(lacking)s too "
                "high, %(distance)s from %(beyond)s. The shape of the roof decides."
            ),
        )
    else:
        verdict = say(
            trace, gettext("What is known of the building stays below the plane, but not all is known.")
        )
    details.extend(missing(trace))
    if box:
        details.append(gettext("No roof is drawn, so the building was taken to be a box of its full height."))
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        details.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    details.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    return Words(title, verdict, tuple(details), formula(trace), say(trace, gettext("Paragraph: %(law)s.")))


def _without_numbers(trace: Trace) -> str:
    if trace.outcome == "needs_manual":
        return gettext("The sloped height plane cannot be answered.")
    return gettext("No sloped height plane applies to this building.")


EXPLANATION: Final = Explanation(rule="br18.sloped_plane", trace=trace, words=words)
