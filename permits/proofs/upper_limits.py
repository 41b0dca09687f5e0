"""What explanations of upper limits share: measured, limit, what is missing, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import missing
from permits.proofs.plans import plan_lines
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, closing, formula, say
from permits.rulebook import Ruleset

NO_ZONE = N_("The zone that the building lies in is not known.")
NO_OUTLINE = N_("The outline of the building is missing or cannot be measured.")


@dataclass(frozen=True)
class Sentences:
    """Message ids for one rule.

    Attributes
    ----------
    met, broken : with places ``measured``, ``limit`` and ``lacking``.
    open : something is measured, and what is not known decides.
    unanswered : nothing is measured.
    quiet : the rule is not about the building, or a plan regulates the matter.
    """

    met: str
    broken: str
    open: str
    unanswered: str
    quiet: str


def put_limit(
    trace: Trace, finding: Mapping[str, Any], ruleset: Ruleset, names: tuple[str, str], unit: str
) -> None:
    """Put down what is measured, the limit and the margin, as far as the finding has them.

    Parameters
    ----------
    names : names of the limit in the rule set, strictly and mildly read; empty = there is none.
    unit : of all three.
    """
    measured, limit = float(finding["measured"]), float(finding["limit"])
    known = [name for name in names if name]
    if not known:
        return
    told = next((name for name in known if ruleset.number(name) == limit), known[0])
    trace.add("law", ruleset.clause(told))
    if np.isfinite(measured):
        trace.add("measured", measured, unit)
    if np.isfinite(limit):
        trace.add("limit", limit, unit, clause=ruleset.clause(told), source=ruleset.name)
    if np.isfinite(float(finding["margin"])):
        trace.add("margin", float(finding["margin"]), unit)
        trace.add("lacking", max(-float(finding["margin"]), 0.0), unit)
        trace.step("margin", "limit − measured")


def put_missing(trace: Trace, world: World, row: int, lacking: dict[str, bool]) -> None:
    """Put down what is missing, where the finding says that something is; ``lacking`` maps sentences to facts."""
    if trace.reason != "missing_data":
        return
    zone = str(world.buildings["zone"].iloc[row])
    for place, (text, is_so) in enumerate({**lacking, NO_ZONE: zone == ""}.items()):
        if is_so:
            trace.add(f"missing_{place}", text)


def limit_words(trace: Trace, voice: Voice, title: str, texts: Sentences) -> Words:
    """Say it: how much it is, how much gives a right to build, and what is missing to tell."""
    if trace.knows("measured", "limit", "margin"):
        text = texts.met if trace.outcome == "pass" else texts.broken
    elif trace.outcome == "needs_manual":
        text = texts.open if trace.knows("measured") else texts.unanswered
    else:
        text = texts.quiet
    details = [*missing(trace)]
    if voice == "planner":
        details.extend(plan_lines(trace))
    details.extend(closing(trace))
    verdict = say(trace, gettext(text))
    if voice == "applicant" or not trace.knows("law"):
        return Words(title, verdict, tuple(details))
    law = say(trace, gettext("Paragraph: %(law)s."))
    return Words(title, verdict, tuple(details), formula(trace), law)
