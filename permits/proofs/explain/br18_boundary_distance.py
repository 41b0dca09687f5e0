"""Why br18.boundary_distance says what it says."""

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
from permits.rules.parts.scope import scope


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: distance, eaves, what counts of them, limit, margin; the shortest line and the boundary."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    kinds = scope(world)
    trace.add("building", str(world.buildings["name"].iloc[row]))
    trace.add("unfixed", "yes" if kinds.unfixed[row] else "")
    trace.add("by_own_rules", "yes" if kinds.secondary[row] and trace.outcome == "not_applicable" else "")
    trace.show("footprint", outlines(world)[0][row], trace.building)
    missing_lines(trace, world, row, needs_height=False)
    key = "sanitary_m" if kinds.sanitary[row] else "house_m"
    put_distance(trace, world, row, finding, ruleset, f"br18.boundary_distance.{key}")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: where the building stands, what is asked, how much is to spare or lacking."""
    return distance_words(trace, voice, title, _without_numbers(trace))


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
