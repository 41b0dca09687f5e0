"""Why br18.secondary_height says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext

from permits.engine.world import World
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished, put_limit, put_zone
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: height within the strip, limit, margin; the strip and the part of the building in it."""
    row = put_zone(trace, world, finding, ruleset, needs_height=True)
    if row >= 0 and trace.outcome != "not_applicable":
        put_limit(trace, finding, ruleset, "br18.secondary.height_m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how high the building is close to the boundary, and what is allowed there."""
    details: list[str] = []
    if not trace.knows("measured", "width"):
        return finished(trace, voice, title, _without_numbers(trace))
    if trace.outcome == "pass":
        text = gettext(
            "Within %(width)s of %(beyond)s the building is %(measured)s high; up to %(limit)s is allowed there."
        )
    elif trace.reason == "ambiguous_boundary":
        text = gettext(
            "Within %(width)s of a boundary whose other side is not known the building is %(measured)s high. Toward "
            "a neighbour up to %(limit)s is allowed, toward water there is no such limit."
        )
    elif trace.reason == "legal_text":
        text = gettext(
            "Whether the building is low enough near %(beyond)s hangs on how the text is read: by the stricter "
            "reading it is %(measured)s high, and up to %(limit)s is allowed."
        )
        details.append(
            gettext(
                "It is not settled whether eaves count in this height, nor, in summer house areas, whether the whole "
                "building has to be that low or only the part close to the boundary."
            )
        )
    else:
        text = gettext(
            "Within %(width)s of %(beyond)s the building is %(measured)s high. That is %(lacking)s above the "
            "%(limit)s that are allowed so close."
        )
    return finished(trace, voice, title, say(trace, text), details)


def _without_numbers(trace: Trace) -> str:
    if trace.outcome == "needs_manual":
        return gettext("The height close to the boundary cannot be answered.")
    if trace.outcome == "pass":
        return gettext("Close to the boundary the building is low enough.")
    return gettext("The rule is not about this building, or it stands far enough from the boundary.")


EXPLANATION: Final = Explanation(rule="br18.secondary_height", trace=trace, words=words)
