"""Why br18.secondary_length says what it says: the sides that count, building by building."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.world import World
from permits.proofs.proof import Explanation
from permits.proofs.secondary import finished, put_limit, put_zone
from permits.proofs.trace import Trace
from permits.proofs.words import Voice, Words, said, say
from permits.rulebook import Ruleset
from permits.rules.br18_secondary_length import lengths
from permits.rules.parts.scope import SUMMER_HOUSE_ZONE


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: the longest side of each building, their sum, limit and margin; the sides themselves."""
    row = put_zone(trace, world, finding, ruleset)
    if row < 0 or not trace.knows("width"):
        return
    summer = (world.buildings["zone"] == SUMMER_HOUSE_ZONE).to_numpy()
    found = lengths(world, ruleset, np.array([row]), summer)
    if found.lacking[0] and trace.reason == "missing_data" and not trace.knows("missing_outline"):
        trace.add("missing_other", N_("The outline of a secondary building on the property is missing."))
    sure_only = trace.reason == "overall_assessment"
    sides = found.sides[~found.sides["ambiguous"]] if sure_only else found.sides
    names = []
    for place, side in enumerate(sides.to_dict("records")):
        building = world.buildings.iloc[int(side["row"])]
        trace.add(f"side_name_{place}", str(building["name"]))
        trace.add(f"side_{place}", float(side["length"]), "m")
        names.append(f"side_{place}")
        line = shapely.LineString([(side["x0"], side["y0"]), (side["x1"], side["y1"])])
        trace.show("shortest_line", line, int(building["building"]))
        trace.show("footprint", building["geometry"], int(building["building"]))
    put_limit(trace, finding, ruleset, "br18.secondary.length_m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: how long the sides toward neighbours are together, and of which buildings."""
    details, place = [], 0
    while f"side_{place}" in trace.values:
        details.append(
            gettext("%(name)s: longest side toward a boundary %(value)s")
            % {
                "name": trace.values[f"side_name_{place}"].value,
                "value": said(trace.values[f"side_{place}"]),
            }
        )
        place += 1
    if not trace.knows("measured", "width"):
        if trace.outcome == "needs_manual":
            verdict = gettext("The length of the sides toward the boundary cannot be answered.")
        else:
            verdict = gettext(
                "The rule is not about this building, or it stands far enough from neighbour and path."
            )
        return finished(trace, voice, title, verdict, details)
    if trace.outcome == "pass":
        text = gettext(
            "Buildings within %(width)s of neighbour and path have sides of %(measured)s together; up to %(limit)s "
            "is allowed."
        )
    elif trace.reason == "ambiguous_boundary":
        text = gettext(
            "Buildings within %(width)s of the boundary have sides of %(measured)s together; up to %(limit)s is "
            "allowed toward neighbours, but what lies beyond the boundary is not known everywhere."
        )
    else:
        text = gettext(
            "Buildings within %(width)s of neighbour and path have sides of %(measured)s together. That is "
            "%(lacking)s more than the %(limit)s that are allowed."
        )
    return finished(trace, voice, title, say(trace, text), details)


EXPLANATION: Final = Explanation(rule="br18.secondary_length", trace=trace, words=words)
