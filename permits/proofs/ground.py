"""Uneven ground in a proof: heights are measured from ground that a person may have to fix."""

from __future__ import annotations

from typing import Final

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.engine.inputs import HEIGHTS
from permits.engine.world import World
from permits.proofs.trace import Trace
from permits.proofs.words import say

#: Along a house of ten metres the ground then rises a metre: the wall above counts as that much lower than the one
#: below, and the municipality may want a niveauplan (BR18 § 456).
STEEP_PCT: Final = 10.0
#: Three times the accuracy of DHM (0.05 m): more than the raster's own noise, so the ground is no plane.
ROUGH_M: Final = 0.15

_STEEP: Final = N_(
    "The ground under the building slopes by %(ground_slope)s. The municipality may fix a level plane (niveauplan) "
    "to measure from."
)
_ROUGH: Final = N_(
    "The ground under the building is uneven: it lies %(ground_rough)s from a plane on the average. The municipality "
    "may fix a level plane (niveauplan) to measure from."
)


def put_ground(trace: Trace, world: World) -> tuple[str, ...]:
    """Say where a height hangs on ground that is steep or uneven, for rules that measure heights.

    Parameters
    ----------
    trace : of one finding; slope and roughness are put into it.
    world : World of its site. A level plane that is fixed leaves nothing to say.
    """
    if (
        trace.rule not in HEIGHTS
        or trace.outcome == "not_applicable"
        or np.isfinite(world.column("sites", "datum_m")[0])
    ):
        return ()
    lines = []
    slope, rough = (float(world.column("sites", name)[0]) for name in ("ground_slope_pct", "ground_rough_m"))
    if slope > STEEP_PCT:
        trace.add("ground_slope", slope, "%", source="terrain")
        lines.append(say(trace, gettext(_STEEP)))
    if rough > ROUGH_M:
        trace.add("ground_rough", rough, "m", source="terrain")
        lines.append(say(trace, gettext(_ROUGH)))
    return tuple(lines)
