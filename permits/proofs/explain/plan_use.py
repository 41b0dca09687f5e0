"""Why plan.use says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.parts import area_row
from permits.proofs.plans import begin, plan_words, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.parts.use_codes import GENERAL, SPECIFIC
from permits.rules.plan_use import MATTER, UNDECIDED
from planning.uses import GENERAL_USES

_LAW: Final = "planloven §§ 15, 18 og 19"
_SPECIFIC: Final = {
    1110: N_("open low housing"),
    1120: N_("dense low housing"),
    1130: N_("multi-storey housing"),
}
KINDS: Final = {
    "detached_house": N_("a detached house"),
    "two_family_horizontal": N_("a house of two flats one above the other"),
    "double_house": N_("a double house"),
    "row_house": N_("a row house"),
    "multi_storey_housing": N_("a building of flats"),
    "summer_house": N_("a summer house"),
    "business": N_("a business building"),
    "farm_building": N_("a farm building"),
    "silo": N_("a silo"),
    "sanitary_building": N_("a sanitary building"),
    "institution": N_("an institution"),
    "other": N_("a building of another kind"),
    "": N_("a building of unknown kind"),
}


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: kind of building, general and specific codes of the plan, the plans looked at."""
    world = ready(world)
    area = int(finding["area"])
    row = begin(trace, world, finding, MATTER, area)
    if row < 0:
        return
    kind = str(world.column("buildings", "kind")[row])
    trace.add("kind", KINDS.get(kind, kind))
    if kind == UNDECIDED:
        trace.add("open_kind", "yes")
    if trace.reason == "missing_data" and not kind:
        trace.add("lacking_data", N_("The kind of building is not stated."))
    at = area_row(world, area)
    if at < 0:
        return
    code = int(world.column("areas", "use")[at])
    if code >= 0:
        trace.add("general", GENERAL_USES.get(code, ""), clause="planloven § 15")
        trace.add("general_code", str(code))
        if code not in GENERAL:
            trace.add("open_code", "yes")
    codes = sorted(set(world.column("uses", "code")[world.column("uses", "area") == area].tolist()))
    for place, specific in enumerate(codes):
        trace.add(f"specific_{place}", _SPECIFIC.get(specific, ""), clause="planloven § 15")
        trace.add(f"specific_{place}_code", str(specific))
        if specific not in SPECIFIC:
            trace.add(f"specific_{place}_open", "yes")


def _codes(trace: Trace) -> list[str]:
    """What the plan lays the area out for, one sentence for the general use and one for each specific one."""
    lines = []
    if trace.knows("general_code"):
        lines.append(say(trace, gettext("General use: %(general_code)s %(general)s")).strip())
    place = 0
    while f"specific_{place}_code" in trace.values:
        text = gettext("Specific use: {code} {name}")
        filled = text.format(code=f"%(specific_{place}_code)s", name=f"%(specific_{place})s")
        lines.append(say(trace, filled).strip())
        place += 1
    return lines


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: what is built, what the plan lays the area out for, and why that fits or does not."""
    if not trace.knows("kind"):
        verdict = gettext("The application adds no building that a use is about.")
        if trace.outcome == "needs_manual":
            verdict = gettext("The use under the plan cannot be answered.")
    elif trace.outcome == "pass":
        verdict = say(trace, gettext("%(level)s %(number)s admits %(kind)s."))
    elif trace.outcome == "fail":
        verdict = say(
            trace,
            gettext(
                "%(level)s %(number)s does not admit %(kind)s. Use belongs to the principles of a plan; it takes "
                "another project or a new plan."
            ),
        )
    elif trace.reason == "legal_text":
        verdict = say(trace, _reading(trace))
    elif trace.outcome == "needs_manual":
        verdict = gettext("The use under the plan cannot be answered.")
    else:
        verdict = gettext("No plan in force regulates the use of this building.")
    return plan_words(trace, voice, title, verdict[:1].upper() + verdict[1:], _codes(trace), _LAW)


def _reading(trace: Trace) -> str:
    """Why somebody has to read the plan."""
    codes = trace.knows("general_code") or "specific_0" in trace.values
    if not codes:
        return gettext(
            "What %(level)s %(number)s says of use is not recorded in the register. The plan has to be read."
        )
    if "open_kind" in trace.values:
        return gettext("What kind of building this is does not show whether %(level)s %(number)s admits it.")
    if "open_code" in trace.values:
        return gettext("The general use of %(level)s %(number)s does not show what may be built there.")
    if "overlapping_plans" in trace.flags:
        return gettext(
            "%(level)s %(number)s does not refuse %(kind)s, but another plan lays out another use here. Their texts "
            "say which of them governs."
        )
    return gettext(
        "The general use of %(level)s %(number)s admits %(kind)s, but its narrower provisions are not recorded or "
        "not decided by code. The plan has to be read."
    )


EXPLANATION: Final = Explanation(rule="plan.use", trace=trace, words=words)
