"""Repeated nodes: a node of an outline stands twice in a row."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults
from geodata.checks.nodes import rings_of

#: Nodes nearer to each other than this are one, m: the register's own resolution.
TOLERANCE_M: Final = 0.001


def repeated_nodes(shapes: Shapes, tolerance_m: float = TOLERANCE_M) -> Faults:
    """Pairs of neighbouring nodes that are one; measured is their distance in metres.

    Danish: gentagne knudepunkter.

    Parameters
    ----------
    shapes : (n,) (Multi)Polygons in metres.
    tolerance_m : how near to each other nodes are taken for one.

    Returns
    -------
    Faults with the node as a point.
    """
    rings = rings_of(shapes)
    pair = np.flatnonzero(~rings.last)
    step = np.hypot(*(rings.xy[pair + 1] - rings.xy[pair]).T)
    near = step < tolerance_m
    at = pair[near]
    return faults(rings.area[at], shapely.points(rings.xy[at]), step[near])


def _run(frames: Frames) -> Faults:
    return repeated_nodes(np.asarray(frames["parcel"].geometry.array, dtype=object))


CHECK: Final = Check(
    "repeated_nodes",
    N_("Repeated nodes"),
    N_("Remove one of the two nodes in the source; the outline stays the same."),
    ("parcel",),
    "m",
    _run,
)
