"""Slivers: areas so narrow that they are left over from drawing and no piece of land."""

from __future__ import annotations

from typing import Final

import numpy as np
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults
from geodata.shapes import depth

#: Mean width below which an area is a sliver, m.
NARROWEST_M: Final = 0.1


def slivers(shapes: Shapes, narrowest_m: float = NARROWEST_M) -> Faults:
    """Areas narrower than ``narrowest_m``; measured is the mean width (2 × area / perimeter) in metres.

    Danish: flige. Parameters: (n,) (Multi)Polygons in metres. Returns the area itself as the place.
    """
    width = depth(shapes)
    at = np.flatnonzero(width < narrowest_m)
    return faults(at, shapes[at], width[at])


def _run(frames: Frames) -> Faults:
    return slivers(np.asarray(frames["parcel"].geometry.array, dtype=object))


CHECK: Final = Check(
    "slivers",
    N_("Sliver"),
    N_(
        "Check whether this is a parcel at all; if not, give its ground to the neighbour that it was cut from."
    ),
    ("parcel",),
    "m",
    _run,
)
