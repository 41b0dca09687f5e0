"""What explanations of distances to boundaries share: the trace of one, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext, gettext_noop

from permits.engine.world import World
from permits.proofs.parts import EDGE_WORDS, edge_row, missing
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.parts.boundary import edge_lines, outlines

LABELS.update(
    eaves_excess=gettext_noop("eaves that count"),
    eaves=gettext_noop("eaves"),
    eaves_free=gettext_noop("eaves disregarded"),
)
_FREE = "br18.boundary_distance.eaves_free_m"


def put_distance(
    trace: Trace, world: World, row: int, finding: Mapping[str, Any], ruleset: Ruleset, name: str
) -> None:
    """Put down distance, eaves, what counts of them, limit and margin; show the shortest line and the boundary.

    Parameters
    ----------
    row : row of the building.
    name : name of the limit in the rule set.
    """
    edge, outline = edge_row(world, int(finding["edge"])), outlines(world)[0][row]
    if edge < 0 or outline is None:
        return
    overhang = float(outlines(world)[1][row])
    line = edge_lines(world)[edge]
    nearest = shapely.shortest_line(outline, line)
    trace.add("distance", shapely.length(nearest), "m")
    trace.add("eaves", overhang, "m")
    trace.add("eaves_free", ruleset.number(_FREE), "m", clause=ruleset.clause(_FREE))
    trace.add("eaves_excess", max(overhang - ruleset.number(_FREE), 0.0), "m")
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


def distance_words(trace: Trace, voice: Voice, title: str, without_numbers: str) -> Words:
    """Say it: where the building stands, what is asked, how much is to spare or lacking.

    Parameters
    ----------
    without_numbers : the verdict where nothing was measured, in the active language.
    """
    details: list[str] = []
    if not trace.knows("counted_distance", "limit"):
        return Words(title, without_numbers, (*missing(trace), *closing(trace)))
    if trace.outcome == "pass":
        verdict = say(
            trace,
            gettext("The building keeps %(counted_distance)s to %(beyond)s; at least %(limit)s is required."),
        )
    elif trace.reason == "ambiguous_boundary":
        verdict = say(
            trace,
            gettext(
                "The building stands %(counted_distance)s from a boundary whose other side is not known. Toward a "
                "neighbour at least %(limit)s is required, toward a road or water it may be less."
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
