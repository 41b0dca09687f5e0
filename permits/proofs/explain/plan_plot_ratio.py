"""Why plan.plot_ratio says what it says: floor, line by line, and the land that the plan names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.floor_area import FLOOR, put_floor, put_plot, statement_lines
from permits.proofs.plans import begin, clause_of, plan_words, ready
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, say
from permits.rulebook import Ruleset
from permits.rules.plan_plot_ratio import MATTER, PlanRatios, calc_rulesets, reckoned

_LAW: Final = "planloven § 18, BR18 §§ 453-455"
#: What a percentage is of, as it is said in a sentence.
_OF: Final = {
    "area": N_("the area of the plan as a whole"),
    "property": N_("the property"),
    "plot": N_("the plot"),
    "parcel": N_("the parcel"),
}

LABELS.update(
    stood=N_("floor in the area before"),
    before=N_("counted floor of the property before"),
    total=N_("floor that counts"),
    land=N_("land"),
)


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: what the percentage is of, floor by building, land, percentage, limit; the buildings."""
    world = ready(world)
    area = int(finding["area"])
    row = begin(trace, world, finding, MATTER, area)
    if row < 0 or area < 0:
        return
    calc = str(calc_rulesets(world, np.array([area]))[0])
    if calc:
        trace.add("calc", calc)
    if np.isfinite(float(finding["limit"])):
        clause = clause_of(world, area, MATTER)
        source = str(trace.values["number"].value) if "number" in trace.values else ""
        trace.add("limit", float(finding["limit"]), "%", clause=clause, source=source)
    answer = reckoned(world, ruleset)[1]
    found = np.flatnonzero(
        (answer.building == trace.building)
        & (answer.area == area)
        & (answer.limit_pct == float(finding["limit"]))
    )
    if not len(found):
        if trace.reason == "missing_data" and trace.knows("limit") and "lacking_data" not in trace.values:
            trace.add("lacking_data", N_("The register does not say what the percentage is of."))
        return
    at = int(found[0])
    _put(trace, world, ruleset, answer, at)
    if trace.reason == "missing_data" and "lacking_data" not in trace.values:
        trace.add("lacking_data", _lacking(world, answer, at))
    trace.add("unread", "yes" if answer.unread[at] else "")


def _put(trace: Trace, world: World, ruleset: Ruleset, answer: PlanRatios, at: int) -> None:
    per = str(answer.per[at])
    trace.add("of", _OF[per])
    put_floor(trace, world, ruleset, answer.counted[answer.counted_group == at], answer.floor, at)
    if per == "plot":
        put_plot(trace, world, answer.plot, at, int(answer.site[at]), int(answer.home[at]))
    if per == "area":
        stood = world.column("areas", "floor_m2")[world.rows("areas", answer.area[at : at + 1])]
        trace.add("stood", float(stood[0]), "m²", source="Plandata")
        trace.add("before", float(answer.before.counted_m2[at]), "m²", clause=FLOOR)
        trace.step("total", "stood + counted − before")
    else:
        trace.step("total", "counted")
    trace.add("total", float(answer.floor_most_m2[at]), "m²", clause=FLOOR)
    trace.add("land", float(answer.land_m2[at]), "m²")
    if trace.knows("total", "land") and not answer.unread[at] and not answer.lost[at]:
        trace.add("measured", float(answer.ratio_pct[at]), "%", clause="BR18 § 453")
        trace.add("measured_least", float(answer.ratio_least_pct[at]), "%", clause=FLOOR)
        trace.add("margin", float(answer.limit_pct[at] - answer.ratio_pct[at]), "%")
        trace.add("lacking", max(-trace.number("margin"), 0.0), "percentage_points")
        trace.step("measured", "100 × total / land")
        trace.step("margin", "limit − measured")
    mine = {
        "property": world.column("parcels", "site") == answer.site[at],
        "parcel": world.column("parcels", "parcel") == answer.home[at],
    }
    if per in mine:
        for row in np.flatnonzero(mine[per]).tolist():
            trace.show(
                "plot", world.column("parcels", "geometry")[row], int(world.column("parcels", "parcel")[row])
            )


def _lacking(world: World, answer: PlanRatios, at: int) -> str:
    if answer.lost[at]:
        return N_("A building that nobody has drawn may stand on this land.")
    row = world.rows("areas", answer.area[at : at + 1])
    whole = [world.column("areas", name)[row] for name in ("land_m2", "floor_m2")]
    if answer.per[at] == "area" and not np.isfinite(whole).all():
        return N_("Land and floor of the plan's area as a whole are not recorded.")
    if answer.floor.lacking[at] or answer.before.lacking[at]:
        return N_("A floor area that counts is not stated.")
    return N_("The area of the land is not known.")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how much floor there is on what land, and what the plan allows."""
    details: list[str] = []
    if trace.knows("measured", "limit"):
        verdict = say(trace, _measured(trace))
    elif trace.knows("unread") and trace.values["unread"].value and trace.reason == "legal_text":
        verdict = say(
            trace,
            gettext(
                "%(level)s %(number)s allows %(limit)s of %(of)s, reckoned by %(calc)s. How floor area was counted "
                "then is not recorded here."
            ),
        )
    elif trace.reason == "legal_text":
        verdict = say(
            trace,
            gettext(
                "What %(level)s %(number)s says of the plot ratio is not recorded in the register. The plan has to "
                "be read."
            ),
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("The plot ratio under the plan cannot be answered.")
    else:
        verdict = gettext("No plan in force has a plot ratio for this building.")
    details.extend(statement_lines(trace))
    if trace.knows("stood", "before"):
        details.append(say(trace, gettext("Floor that stands in the area already: %(stood)s")))
        details.append(say(trace, gettext("Counted floor of the property before the work: %(before)s")))
    if trace.knows("calc", "measured"):
        details.append(say(trace, gettext("The plan is reckoned by the rules of %(calc)s.")))
    return plan_words(trace, voice, title, verdict[:1].upper() + verdict[1:], details, _LAW)


def _measured(trace: Trace) -> str:
    if trace.outcome == "pass":
        return gettext(
            "The plot ratio is %(measured)s: %(total)s of floor on %(land)s, %(of)s. %(level)s %(number)s allows up "
            "to %(limit)s."
        )
    if trace.outcome == "needs_dispensation":
        return gettext(
            "The plot ratio is %(measured)s: %(total)s of floor on %(land)s, %(of)s. That is %(lacking)s above the "
            "%(limit)s of %(level)s %(number)s, and takes a dispensation."
        )
    if "overlapping_plans" in trace.flags:
        return gettext(
            "The plot ratio is %(measured)s of %(of)s and keeps the %(limit)s of %(level)s %(number)s, but another "
            "plan says something else here. Their texts say which of them governs."
        )
    return gettext(
        "The plot ratio is %(measured_least)s or %(measured)s of %(of)s, depending on how much is left out for "
        "garages and sheds beside two flats one above the other; %(level)s %(number)s allows %(limit)s."
    )


EXPLANATION: Final = Explanation(rule="plan.plot_ratio", trace=trace, words=words, unit="%")
