"""Why br18.secondary_openings says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished, put_zone
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: how close the building stands, and what is known of its openings."""
    row = put_zone(trace, world, finding, ruleset)
    if row < 0:
        return
    trace.add("law", "BR18 §§ 181 og 183")
    openings = int(world.buildings["openings"].iloc[row])
    if trace.reason == "missing_data" and openings < 0:
        trace.add("missing_openings", N_("It is not stated whether there are openings toward the boundary."))


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: whether there are doors or windows toward a neighbour close by."""
    if not trace.knows("width"):
        if trace.outcome == "needs_manual":
            verdict = gettext("Whether openings are allowed toward the boundary cannot be answered.")
        else:
            verdict = gettext(
                "The rule is not about this building, or it stands far enough from neighbour and path."
            )
        return finished(trace, voice, title, verdict)
    if trace.outcome == "pass":
        text = gettext(
            "The building stands %(distance)s from %(beyond)s and has no doors, windows or other openings toward it."
        )
    elif trace.reason == "ambiguous_boundary":
        text = gettext(
            "The building has openings toward a boundary %(distance)s away whose other side is not known. Within "
            "%(width)s of a neighbour none are allowed."
        )
    elif trace.reason == "missing_data":
        text = gettext(
            "The building stands %(distance)s from %(beyond)s. Within %(width)s no openings toward it are allowed."
        )
    else:
        text = gettext(
            "The building has openings toward %(beyond)s, %(distance)s away. Within %(width)s none are allowed."
        )
    return finished(trace, voice, title, say(trace, text))


EXPLANATION: Final = Explanation(rule="br18.secondary_openings", trace=trace, words=words)
