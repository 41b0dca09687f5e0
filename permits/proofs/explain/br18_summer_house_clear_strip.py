"""Why br18.summer_house_clear_strip says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext

from permits.engine.world import World
from permits.proofs.distances import distance_words, put_distance
from permits.proofs.parts import building_row, missing_lines
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words
from permits.rulebook import Ruleset
from permits.rules.parts.boundary import outlines


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: distance, eaves, limit, margin; the shortest line, the boundary and the strip."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.show("footprint", outlines(world)[0][row], trace.building)
    missing_lines(trace, world, row, needs_height=False)
    put_distance(trace, world, row, finding, ruleset, "br18.summer_house_clear_strip.width_m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how far from the neighbour the building stands, and how much has to stay free."""
    return distance_words(trace, voice, title, _without_numbers(trace))


def _without_numbers(trace: Trace) -> str:
    if trace.outcome == "needs_manual":
        return gettext("The distance to the boundary cannot be answered.")
    return gettext("The rule is about garages, sheds and the like in summer house areas.")


EXPLANATION: Final = Explanation(rule="br18.summer_house_clear_strip", trace=trace, words=words)
