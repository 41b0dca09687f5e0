"""Why plan.storeys says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.plans import begin, plan_words, put_limit, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.parts.storey_count import storey_count
from permits.rules.plan_storeys import MATTER

_LAW: Final = "planloven § 18, BR18 § 458"

LABELS.update(stated=N_("storeys stated"), basement=N_("basement that counts"))


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: storeys stated and counted, limit, the plans looked at; the part under the plan."""
    world = ready(world)
    row = begin(trace, world, finding, MATTER, int(finding["area"]))
    if row < 0:
        return
    put_limit(trace, world, finding, MATTER, "storeys", "BR18 § 458")
    stated = float(world.column("buildings", "storeys")[row])
    count = storey_count(world, ruleset)
    if trace.knows("measured") and trace.number("measured") > stated:
        trace.add("stated", stated, "storeys")
        trace.add("basement", trace.number("measured") - stated, "storeys", clause="BR18 § 458")
        trace.step("measured", "stated + basement")
    if trace.reason == "missing_data" and "lacking_data" not in trace.values:
        text = N_("The number of storeys is not stated.")
        if np.isfinite(count.least[row]):
            text = N_("How high the ceiling of the basement lies decides, and it is not stated.")
        trace.add("lacking_data", text)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how many storeys count, what the plan allows, and which plan that is."""
    details: list[str] = []
    if trace.knows("measured", "limit"):
        if trace.outcome == "pass":
            text = gettext("The building has %(measured)s; %(level)s %(number)s allows up to %(limit)s.")
        elif trace.outcome == "needs_dispensation":
            text = gettext(
                "The building has %(measured)s under %(level)s %(number)s. That is %(lacking)s more than the "
                "%(limit)s allowed, and takes a dispensation."
            )
        else:
            text = gettext(
                "The building has %(measured)s and keeps the %(limit)s of %(level)s %(number)s, but another plan has "
                "another limit here. Their texts say which of them governs."
            )
        verdict = say(trace, text)
        if trace.knows("stated"):
            details.append(gettext("The basement stands so high that it counts as a storey."))
    elif trace.reason == "legal_text":
        verdict = say(
            trace,
            gettext(
                "What %(level)s %(number)s says of storeys is not recorded in the register. The plan has to be read."
            ),
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("The storeys under the plan cannot be answered.")
    else:
        verdict = gettext("No plan in force has a limit of storeys for this building.")
    return plan_words(trace, voice, title, verdict, details, _LAW)


EXPLANATION: Final = Explanation(rule="plan.storeys", trace=trace, words=words, unit="storeys")
