"""Self-contact: an outline touches itself, so that it is not clear what lies inside."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults
from geodata.checks.nodes import rings_of

#: Nearer than this is a contact, m.
TOLERANCE_M: Final = 0.001


def self_contact(shapes: Shapes, tolerance_m: float = TOLERANCE_M) -> Faults:
    """Nodes that lie on a stretch of the same area's outline which does not end in them.

    Danish: selvberøring. Measured is the distance in metres.

    Parameters
    ----------
    shapes : (n,) (Multi)Polygons in metres.
    tolerance_m : how near counts as touching.

    Returns
    -------
    Faults with the node as a point, each place of an area once.
    """
    rings = rings_of(shapes)
    start = np.flatnonzero(~rings.last)
    start = start[np.hypot(*(rings.xy[start + 1] - rings.xy[start]).T) >= tolerance_m]
    lines = shapely.linestrings(np.stack([rings.xy[start], rings.xy[start + 1]], axis=1))
    points = shapely.points(rings.xy[start])
    node, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance_m)
    same = rings.area[start[node]] == rings.area[start[line]]
    node, line = node[same], line[same]
    # A stretch's own ends are no contact: the same node, be it numbered first or last in its ring.
    own = rings.ring[start[node]] == rings.ring[start[line]]
    here = rings.xy[start[node]]
    at_end = own & (
        (np.hypot(*(here - rings.xy[start[line]]).T) < tolerance_m)
        | (np.hypot(*(here - rings.xy[start[line] + 1]).T) < tolerance_m)
    )
    touching = ~at_end
    # A node that two stretches of its ring begin in is a contact as well, though each has it as its end.
    twice = _visited_again(rings.xy[start], rings.ring[start], tolerance_m)
    rows = np.concatenate([start[node[touching]], start[twice]])
    away = np.concatenate(
        [shapely.distance(points[node[touching]], lines[line[touching]]), np.zeros(len(twice))]
    )
    cell = np.round(rings.xy[rows] / max(tolerance_m, 1e-9)).astype(np.int64)
    _, first = np.unique(np.column_stack([rings.area[rows], cell]), axis=0, return_index=True)
    rows, away = rows[first], away[first]
    return faults(rings.area[rows], shapely.points(rings.xy[rows]), away)


def _visited_again(xy: np.ndarray, ring: np.ndarray, tolerance_m: float) -> np.ndarray:
    """Nodes that their ring has been in before."""
    cell = np.round(xy / max(tolerance_m, 1e-9)).astype(np.int64)
    _, first, inverse = np.unique(
        np.column_stack([ring, cell]), axis=0, return_index=True, return_inverse=True
    )
    return np.flatnonzero(first[inverse.ravel()] != np.arange(len(ring)))


def _run(frames: Frames) -> Faults:
    return self_contact(np.asarray(frames["parcel"].geometry.array, dtype=object))


CHECK: Final = Check(
    "self_contact",
    N_("Outline touches itself"),
    N_("Draw the outline so that it meets itself nowhere; a hole that touches the edge becomes part of it."),
    ("parcel",),
    "m",
    _run,
)
