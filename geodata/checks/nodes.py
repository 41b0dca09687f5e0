"""Nodes and stretches of areas as arrays, with the ring and the area that each belongs to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from geodata.checks.fault import Floats, Ints, Shapes


class Rings(NamedTuple):
    """Nodes of all rings, one after the other, the closing node of each ring included.

    Attributes
    ----------
    xy : (n, 2) metres.
    ring : (n,) number of the ring.
    area : (n,) row of the area that the ring belongs to.
    last : (n,) bool, the closing node of its ring.
    """

    xy: Floats
    ring: Ints
    area: Ints
    last: np.ndarray


def rings_of(shapes: Shapes) -> Rings:
    """Rings of (Multi)Polygons; other kinds and missing shapes have none."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, part = shapely.get_rings(parts[polygon], return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ring = ring.astype(np.int64)
    last = np.ones(len(ring), dtype=bool)
    last[:-1] = ring[1:] != ring[:-1]
    return Rings(xy, ring, row[polygon][part][ring].astype(np.int64), last)
