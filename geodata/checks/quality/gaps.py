"""Gaps: narrow strips between parcels that belong to nobody."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from django.utils.translation import gettext_noop as N_

from geodata.checks.fault import Check, Faults, Frames, Shapes, faults
from geodata.shapes import polygons

#: A strip wider than this is ground without a parcel (a road, a lake) and no gap, m.
WIDEST_M: Final = 0.5
#: Smaller strips come from rounding, m².
TOLERANCE_M2: Final = 0.01


def gaps(shapes: Shapes, widest_m: float = WIDEST_M, tolerance_m2: float = TOLERANCE_M2) -> Faults:
    """Strips between areas, narrower than ``widest_m`` and larger than ``tolerance_m2``; measured in m².

    Danish: huller mellem jordstykker.

    Parameters
    ----------
    shapes : (n,) valid (Multi)Polygons in metres, of one tiling.
    widest_m : what is wider lies there on purpose.
    tolerance_m2 : what is smaller is rounding.

    Returns
    -------
    Faults with the strip as the place; row and other are two areas beside it.

    Notes
    -----
    Also finds strips that are open to the outside, but there only between two edges that face each other.
    """
    edges = shapely.coverage_invalid_edges(shapes, gap_width=widest_m)
    facing = ~shapely.is_missing(edges) & ~shapely.is_empty(edges)
    if not facing.any():
        return faults([], [], [])
    strip = shapely.union_all(shapely.buffer(edges[facing], widest_m, cap_style="flat", quad_segs=2))
    around = shapes[np.unique(shapely.STRtree(shapes).query(strip, predicate="intersects"))]
    # Closing what is narrow and taking away what is land leaves the strips themselves.
    land = shapely.union_all(around)
    closed = shapely.buffer(
        shapely.buffer(land, widest_m / 2, join_style="mitre"), -widest_m / 2, join_style="mitre"
    )
    open_ground = shapely.intersection(shapely.difference(closed, land), strip)
    pieces, _ = polygons(np.array([open_ground], dtype=object))
    area = shapely.area(pieces)
    pieces, area = pieces[area > tolerance_m2], area[area > tolerance_m2]
    piece, beside = shapely.STRtree(shapes).query(pieces, predicate="dwithin", distance=0.001)
    low, high = np.full(len(pieces), len(shapes)), np.full(len(pieces), -1)
    np.minimum.at(low, piece, beside)
    np.maximum.at(high, piece, beside)
    between = (high >= 0) & (high != low)
    return faults(low[between], pieces[between], area[between], high[between])


def _run(frames: Frames) -> Faults:
    return gaps(np.asarray(frames["parcel"].geometry.array, dtype=object))


CHECK: Final = Check(
    "gaps",
    N_("Gap between parcels"),
    N_(
        "Ask the cadastral authority whose ground this is; the common boundary is drawn differently on its two sides."
    ),
    ("parcel",),
    "m2",
    _run,
)
