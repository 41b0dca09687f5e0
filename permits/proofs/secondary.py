"""What explanations about secondary buildings close to a boundary share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext

from permits.engine.world import World
from permits.proofs.parts import EDGE_WORDS, building_row, edge_row, missing, missing_lines
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.parts.boundary import edge_lines, outlines
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE
from permits.rules.parts.secondary import road_width_m, width_m


def put_zone(
    trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset, *, needs_height: bool = False
) -> int:
    """Put down the building, what is missing, the boundary that is near and how far its zone reaches.

    Returns
    -------
    The row of the building, -1 where it is not there.
    """
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return row
    trace.add("building", str(world.buildings["name"].iloc[row]))
    outline = outlines(world)[0][row]
    trace.show("footprint", outline, trace.building)
    missing_lines(trace, world, row, needs_height=needs_height)
    edge = edge_row(world, int(finding["edge"]))
    if edge < 0 or outline is None:
        return row
    summer = np.array([world.buildings["zone"].iloc[row] == SUMMER_HOUSE_ZONE])
    kind, line = str(world.edges["kind"].iloc[edge]), edge_lines(world)[edge]
    width = float((road_width_m if kind == "road" else width_m)(ruleset, summer)[0])
    key = "br18.secondary.summer_house_zone_m" if summer[0] else "br18.secondary.zone_m"
    trace.add("width", width, "m", clause=ruleset.clause(key), source=ruleset.name)
    trace.add("distance", shapely.distance(outline, line), "m")
    trace.add("beyond", EDGE_WORDS[kind])
    sigma = np.hypot(world.buildings["sigma_m"].iloc[row], world.edges["sigma_m"].iloc[edge])
    if sigma > 0.0:
        trace.add("uncertainty", float(sigma), "m")
    strip = shapely.buffer(line, width)
    trace.show("edge", line, int(finding["edge"]))
    trace.show("strip", strip, int(finding["edge"]))
    trace.show("shortest_line", shapely.shortest_line(outline, line), trace.building)
    trace.show("part_inside", shapely.intersection(outline, strip), trace.building)
    return row


def put_limit(trace: Trace, finding: Mapping[str, Any], ruleset: Ruleset, key: str, unit: str = "m") -> None:
    """Put down measured, limit and margin, where the finding has them."""
    trace.add("law", ruleset.clause(key))
    trace.add("limit", ruleset.number(key), unit, clause=ruleset.clause(key), source=ruleset.name)
    if np.isfinite(float(finding["measured"])):
        trace.add("measured", float(finding["measured"]), unit)
        trace.add("margin", float(finding["margin"]), unit)
        trace.add("lacking", max(-float(finding["margin"]), 0.0), unit)
        trace.step("margin", "limit − measured")


def finished(trace: Trace, voice: Voice, title: str, verdict: str, details: list[str] | None = None) -> Words:
    """Words from a verdict: what is missing, how exact it is, and for the planner formula and paragraph."""
    lines = [*(details or []), *missing(trace)]
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        lines.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    lines.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(lines))
    law = say(trace, gettext("Paragraph: %(law)s.")) if trace.knows("law") else ""
    return Words(title, verdict, tuple(lines), formula(trace), law)
