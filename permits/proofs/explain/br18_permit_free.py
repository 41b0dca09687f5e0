"""Why br18.permit_free says what it says: what the work is, and which rules stand against the exemption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.run import run
from permits.engine.world import World
from permits.proofs.plans import ready
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, said, say
from permits.rulebook import Ruleset, discover
from permits.rules.br18_permit_free import REASONS, RULE, against
from permits.rules.parts.floor_area import counted
from permits.rules.parts.works import exempt

_WHY: Final = {
    "nothing": N_("The work has no part that is exempt from a building permit."),
    "other_work": N_("A part of the work is of a kind that takes a building permit."),
    "other_kind": N_("The building gets another use, and that takes a building permit."),
    "more_floor": N_("The conversion adds floor area, and that takes a building permit."),
    "wall": N_("A wall is too high to be built without a building permit."),
}


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: floor of the buildings that are added up, limit, and the rules that are broken or open."""
    world = ready(world)
    found = exempt(world, ruleset)
    trace.add("law", RULE.law)
    area = counted(world, ruleset).total_m2
    for place, row in enumerate(found.sheds):
        trace.add(f"shed_name_{place}", str(world.buildings["name"].iloc[row]))
        trace.add(f"shed_{place}", float(area[row]), "m²", clause="BR18 § 455")
        number = int(world.buildings["building"].iloc[row])
        trace.show("footprint", world.buildings.geometry.iloc[row], number)
    if np.isfinite(float(finding["limit"])):
        trace.add("limit", float(finding["limit"]), "m²", clause=RULE.law, source=ruleset.name)
    if np.isfinite(float(finding["measured"])):
        trace.add("measured", float(finding["measured"]), "m²")
        trace.add("margin", float(finding["margin"]), "m²")
        trace.step("margin", "limit − measured")
    why = str(found.reason[0])
    if why in _WHY:
        trace.add("why", _WHY[why])
        return
    if why:
        return
    if found.lacking[0] and trace.reason == "missing_data":
        trace.add("missing_area", N_("A floor area or height that decides is not stated."))
    known = discover()
    others = run(world, rules=[name for name, rule in known.items() if rule.read_by(RULE)])
    broken = others.loc[against(others), "rule"].unique()
    open_ = others.loc[others["reason"].isin(REASONS), "rule"].unique()
    trace.add("breached", "yes" if len(broken) else "")
    for place, name in enumerate(broken if len(broken) else open_):
        trace.add(f"rule_{place}_da", known[name].name_da)
        trace.add(f"rule_{place}_en", known[name].name_en)


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: whether the work takes a permit, what was added up, and which rules decide."""
    details, place = [], 0
    while f"shed_{place}" in trace.values:
        details.append(
            gettext("%(name)s: %(value)s")
            % {
                "name": trace.values[f"shed_name_{place}"].value,
                "value": said(trace.values[f"shed_{place}"]),
            }
        )
        place += 1
    place = 0
    language = "da" if (get_language() or "da").startswith("da") else "en"
    if trace.knows("rule_0_en"):
        broken = trace.values["breached"].value
        details.append(
            gettext("Rules that are not met:") if broken else gettext("Rules without an answer yet:")
        )
    while f"rule_{place}_en" in trace.values:
        details.append(str(trace.values[f"rule_{place}_{language}"].value))
        place += 1
    if trace.knows("why"):
        verdict = gettext(str(trace.values["why"].value))
    elif trace.outcome == "pass" and trace.knows("measured", "limit"):
        verdict = say(
            trace,
            gettext(
                "The work is %(measured)s; up to %(limit)s takes no building permit where every rule is met."
            ),
        )
    elif trace.outcome == "pass":
        verdict = gettext("The work takes no building permit.")
    elif trace.outcome == "needs_manual":
        verdict = gettext("Whether the work takes a building permit cannot be answered yet.")
    elif trace.knows("breached") and trace.values["breached"].value:
        verdict = gettext(
            "The work is small enough, but it passes a limit of the right to build and so takes a permit."
        )
    elif trace.knows("measured", "limit"):
        verdict = say(trace, gettext("The work is %(measured)s. Above %(limit)s it takes a building permit."))
    else:
        verdict = gettext("The work takes a building permit.")
    return finished(trace, voice, title, verdict, details)


EXPLANATION: Final = Explanation(rule="br18.permit_free", trace=trace, words=words, unit="m²")
