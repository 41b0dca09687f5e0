"""Why br18.plot_size says what it says: the new plots, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, said, say
from permits.rulebook import Ruleset
from permits.rules.br18_plot_size import plots


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: every new plot with its road, the smallest of them, limit and margin."""
    trace.add("law", "BR18 §§ 173-175")
    table = plots(world, ruleset)
    for place, plot in enumerate(table.to_dict("records")):
        trace.add(f"plot_name_{place}", str(place + 1))
        trace.add(f"plot_{place}", float(plot["area"]), "m²", clause="BR18 § 174")
        trace.add(f"road_{place}", float(plot["road"]), "m²", clause="BR18 § 174")
    for parcel, shape in zip(world.parcels["parcel"], world.parcels.geometry, strict=True):
        trace.show("plot", shape, int(parcel))
    unfixed = table["limit"].isna().any()
    trace.add("unfixed", "yes" if unfixed else "")
    if trace.reason == "missing_data":
        lacking = table["area"].isna().any() or table.empty
        known = N_("What the new plots are meant for is not known.")
        trace.add("missing_area", N_("The area of a new plot is not stated.") if lacking else known)
    if np.isfinite(float(finding["measured"])):
        trace.add("measured", float(finding["measured"]), "m²")
        trace.add("limit", float(finding["limit"]), "m²", clause="BR18 § 173", source=ruleset.name)
        trace.add("margin", float(finding["margin"]), "m²")
        trace.add("lacking", max(-float(finding["margin"]), 0.0), "m²")
        trace.step("margin", "measured − limit")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how large the smallest new plot is without road, and what gives a right."""
    if trace.knows("measured", "limit"):
        if trace.outcome == "pass":
            text = gettext(
                "The smallest new plot has %(measured)s without road; at least %(limit)s is required."
            )
        else:
            text = gettext(
                "The smallest new plot has %(measured)s without road. That is %(lacking)s less than the %(limit)s "
                "that give a right."
            )
        verdict = say(trace, text)
    elif trace.reason == "overall_assessment":
        verdict = gettext("The building regulations have no size for plots of this kind.")
    elif trace.outcome == "needs_manual":
        verdict = gettext("The size of the new plots cannot be answered.")
    else:
        verdict = gettext("The application divides no land.")
    details, place = [], 0
    while f"plot_{place}" in trace.values:
        details.append(
            gettext("New plot %(name)s: %(area)s, and %(road)s of road that is left out")
            % {
                "name": trace.values[f"plot_name_{place}"].value,
                "area": said(trace.values[f"plot_{place}"]),
                "road": said(trace.values[f"road_{place}"]),
            }
        )
        place += 1
    return finished(trace, voice, title, verdict, details)


EXPLANATION: Final = Explanation(rule="br18.plot_size", trace=trace, words=words, unit="m²")
