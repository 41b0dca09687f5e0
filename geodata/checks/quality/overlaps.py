"""Overlaps: ground that belongs to two parcels."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults

#: Common ground up to this comes from the accuracy of points, m².
TOLERANCE_M2: Final = 1.0


def overlaps(shapes: Shapes, tolerance_m2: float = TOLERANCE_M2) -> Faults:
    """Pairs of areas with more common ground than the tolerance; measured in square metres.

    Danish: overlap mellem jordstykker.

    Parameters
    ----------
    shapes : (n,) valid (Multi)Polygons in metres, of one tiling.
    tolerance_m2 : common ground that is no fault.

    Returns
    -------
    Faults with the common ground as the place, each pair once, the lower row first.
    """
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    common = shapely.intersection(shapes[first], shapes[second])
    area = shapely.area(common)
    over = area > tolerance_m2
    return faults(first[over], common[over], area[over], second[over])


def _run(frames: Frames) -> Faults:
    return overlaps(np.asarray(frames["parcel"].geometry.array, dtype=object))


CHECK: Final = Check(
    "overlaps",
    N_("Parcels overlap"),
    N_("Ask the cadastral authority which outline is right; until then both parcels claim this ground."),
    ("parcel",),
    "m2",
    _run,
)
