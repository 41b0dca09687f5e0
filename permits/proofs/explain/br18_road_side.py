"""Why br18.road_side says what it says, in each of its periods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.distances import distance_words, put_distance
from permits.proofs.parts import building_row, edge_row, missing, missing_lines
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.br18_road_side import FIXED, ID, SLOPE, groups, roads
from permits.rules.parts.boundary import edge_lines, outlines
from permits.rules.parts.plane import above
from permits.rules.parts.tested import tested

LABELS.update(
    width=N_("width of the road"), opposite=N_("distance to the opposite road line"), height=N_("height")
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: the form of the rule and its numbers; the shortest line, the boundary, the part above."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    form = ruleset.word(f"{ID}.form")
    told = groups(world, ruleset)
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.add("form", form, clause=ruleset.clause(f"{ID}.form"), source=ruleset.name)
    trace.show("footprint", outlines(world)[0][row], trace.building)
    height = form == SLOPE and bool(told.house[row])
    missing_lines(trace, world, row, needs_height=height)
    if trace.reason == "missing_data" and roads(world).blind[row]:
        trace.add("missing_surroundings", N_("What lies around the plot is not known."))
    if form == FIXED:
        name = "house_m"
        if told.summer[row] or told.summer_secondary[row]:
            name = "summer_house_m" if told.summer[row] else "secondary_m"
        put_distance(trace, world, row, finding, ruleset, f"{ID}.{name}")
        return
    trace.add("law", ruleset.clause(f"{ID}.form"))
    if height:
        _put_slope(trace, world, row, finding, ruleset)


def _put_slope(trace: Trace, world: World, row: int, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    edge = edge_row(world, int(finding["edge"]))
    if edge < 0:
        return
    name = f"{ID}.factor"
    factor, line = ruleset.number(name), edge_lines(world)[edge]
    across = float(world.edges["width_across_m"].iloc[edge])
    worst = shapely.Point(float(finding["x"]), float(finding["y"]))
    nearest = shapely.shortest_line(worst, line)
    trace.add("height", float(finding["measured"]), "m")
    trace.add("distance", shapely.length(nearest), "m")
    trace.add("factor", factor, clause=ruleset.clause(name), source=ruleset.name)
    trace.add("limit", float(finding["limit"]), "m", clause=ruleset.clause(name), source=ruleset.name)
    trace.add("margin", float(finding["margin"]), "m")
    trace.add("lacking", max(-float(finding["margin"]), 0.0), "m")
    if np.isfinite(across):
        trace.add("width", across, "m")
        trace.add("opposite", trace.number("distance") + across, "m")
        trace.step("opposite", "distance + width")
        trace.step("limit", "factor × opposite")
    elif trace.reason == "missing_data":
        trace.add("missing_width", N_("The width of the road is not known."))
    sigma = np.hypot(world.buildings["sigma_m"].iloc[row], world.edges["sigma_m"].iloc[edge])
    if sigma > 0.0:
        trace.add("uncertainty", float(sigma), "m")
    trace.step("margin", "limit − height")
    trace.show("shortest_line", nearest, trace.building)
    trace.show("edge", line, int(finding["edge"]))
    free = ruleset.number("br18.sloped_plane.eaves_free_m")
    parts = tested(world, np.array([row]), free, np.zeros(1)).parts
    trace.add("box", "yes" if len(parts.owner) and (parts.owner % 2 == 1).all() else "")
    if trace.number("lacking") > 0.0:
        start = factor * across if np.isfinite(across) else 0.0
        trace.show("part_above_plane", above(parts, line, factor, start_m=start), trace.building)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how near or how high the building is toward the road, and what is asked there."""
    if not trace.knows("height", "limit"):
        return distance_words(trace, voice, title, _without_numbers(trace))
    if trace.outcome == "pass":
        text = gettext(
            "Where it comes nearest to what is allowed toward the road the building is %(height)s high; %(limit)s is "
            "allowed there."
        )
    elif trace.reason == "overall_assessment":
        text = gettext(
            "Toward the road the building is %(height)s high. That is %(lacking)s more than the %(limit)s that give "
            "a right to build."
        )
    elif trace.reason == "ambiguous_boundary":
        text = gettext(
            "The building is %(height)s high, %(distance)s from a boundary that may be one to a road. %(limit)s "
            "would be allowed there."
        )
    elif trace.number("lacking") > 0.0:
        text = gettext(
            "With a height of %(height)s the building may be too high toward the road, but not all that decides is "
            "known."
        )
    else:
        text = gettext("What is known of the building is low enough toward the road, but not all is known.")
    details = []
    if trace.knows("opposite"):
        details.append(
            say(
                trace,
                gettext(
                    "The opposite side of the road is %(opposite)s away: %(distance)s to the road, which is "
                    "%(width)s wide."
                ),
            )
        )
    details.extend(missing(trace))
    if trace.values["box"].value:
        details.append(gettext("No roof is drawn, so the building was taken to be a box of its full height."))
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        details.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    details.extend(closing(trace))
    verdict = say(trace, text)
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    return Words(title, verdict, tuple(details), formula(trace), say(trace, gettext("Paragraph: %(law)s.")))


def _without_numbers(trace: Trace) -> str:
    if trace.reason == "legal_text":
        return gettext(
            "What the regulation asked toward the road when the application was sent in is not settled for this "
            "building. The text of that day has to be read."
        )
    if trace.outcome == "needs_manual":
        return gettext("What is required toward the road cannot be answered.")
    return gettext("The rule is not about this building, or no road borders on the plot.")


EXPLANATION: Final = Explanation(rule=ID, trace=trace, words=words)
