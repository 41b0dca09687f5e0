"""Why site.inside_parcel says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from geodata import shapes
from permits.engine.world import World
from permits.proofs.parts import building_row
from permits.proofs.proof import Explanation
from permits.proofs.trace import Trace
from permits.proofs.words import LABELS, Voice, Words, closing, formula, say
from permits.rulebook import Ruleset
from permits.rules.parts.roof import outlines
from permits.rules.site_inside_parcel import beyond, uncertainty

LABELS.update(footprint=N_("footprint"), within=N_("inside the property"))


def trace(trace: Trace, world: World, finding: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Fill the trace: footprint, the part outside and the part inside; the parcels and the part outside."""
    row = building_row(world, int(finding["building"]))
    if row < 0:
        return
    trace.add("building", str(world.buildings["name"].iloc[row]))
    outline = outlines(world)[0][row]
    trace.show("footprint", outline, trace.building)
    land = shapes.column(world.parcels["geometry"])
    for key, parcel in zip(world.parcels["parcel"], land, strict=True):
        trace.show("plot", parcel, int(key))
    if outline is None:
        trace.add("lacking_data", N_("The outline of the building is missing or cannot be measured."))
        return
    if not shapes.usable(land).any():
        trace.add("lacking_data", N_("The land of the property is not known."))
        return
    found, whole = beyond(world, np.array([row]))
    if not np.isfinite(float(finding["measured"])):
        if not whole[0]:
            trace.add("lacking_data", N_("A parcel of the property cannot be measured."))
        return
    trace.add("footprint", float(shapely.area(outline)), "m²")
    trace.add("measured", float(finding["measured"]), "m²")
    trace.add("within", trace.number("footprint") - trace.number("measured"), "m²")
    trace.add("limit", 0.0, "m²")
    trace.add("margin", float(finding["margin"]), "m²")
    trace.step("measured", "footprint − within")
    trace.show("part_outside", found.shape[0], trace.building)
    doubt = float(uncertainty(world, np.array([row]), np.array([outline], dtype=object))[0])
    if doubt > 0.0:
        trace.add("uncertainty", doubt, "m")


def words(trace: Trace, voice: Voice, title: str) -> Words:
    """Say it: whether all of the building stands on the property, and how much of it does not."""
    details: list[str] = []
    if trace.outcome == "pass":
        verdict = gettext("All of the building stands on the property.")
    elif trace.knows("measured"):
        verdict = say(
            trace,
            gettext("%(measured)s of the building's %(footprint)s stand outside the property."),
        )
        details.append(
            gettext(
                "Either the drawing lies wrong, or the boundary does, or somebody else's land is built on. That has "
                "to be settled first."
            )
        )
    elif trace.outcome == "needs_manual":
        verdict = gettext("Whether the building stands on the property cannot be answered.")
    else:
        verdict = gettext("The application adds nothing that is built.")
    if trace.knows("lacking_data"):
        details.append(gettext(str(trace.values["lacking_data"].value)))
    if "within_tolerance" in trace.flags and trace.knows("uncertainty"):
        details.append(say(trace, gettext("The positions are known to %(uncertainty)s only.")))
    details.extend(closing(trace))
    if voice == "applicant":
        return Words(title, verdict, tuple(details))
    law = gettext("No paragraph asks for it; an application is about the property that it is sent in for.")
    return Words(title, verdict, tuple(details), formula(trace), law)


EXPLANATION: Final = Explanation(rule="site.inside_parcel", trace=trace, words=words, unit="m²")
