"""Where a building may be moved to, drawn as the set of all moves: the arithmetic of the smallest move.

A building may not meet an obstacle. The moves that make it meet one are the Minkowski sum of the obstacle and the
building turned around; what is left of all moves is free, and its point nearest to "no move" is the smallest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodata import shapes

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

#: Nothing is moved farther than this (m): a house that has to go farther is another project.
REACH_M: Final = 20.0
#: Sides of a quarter circle. Drawn around the circle, so that what is free keeps its distance.
_QUARTER: Final = 32
_AROUND: Final = 1.0 / math.cos(math.pi / (4 * _QUARTER))
#: Sectors in which a second-best move is looked for.
_SECTORS: Final = 8


def widened(line: BaseGeometry | Shapes, by_m: float) -> BaseGeometry:
    """Lines widened to both sides by a distance in metres; never less than it."""
    return shapely.buffer(line, by_m * _AROUND, quad_segs=_QUARTER)


def meets(outline: BaseGeometry, obstacles: Shapes) -> BaseGeometry:
    """The moves (m east, m north) by which a building comes to share ground with one of some areas.

    Parameters
    ----------
    outline : polygon of the building.
    obstacles : polygons.
    """
    return _sums(_triangles(np.array([outline], dtype=object)), _triangles(obstacles))


def too_near(outline: BaseGeometry, lines: Shapes, distance_m: float) -> BaseGeometry:
    """The moves by which a building comes nearer than a distance to one of some lines."""
    pieces = shapes.segments(lines).xy
    ends = pieces.reshape(len(pieces), 2, 2)
    return widened(_sums(_triangles(np.array([outline], dtype=object)), ends), distance_m)


def too_near_spots(spots: Floats, distance_m: Floats, lines: Shapes) -> BaseGeometry:
    """The moves by which one of some spots (n, 2) comes nearer than its own distance to one of some lines."""
    whole = shapely.union_all(lines)
    found = []
    for distance in np.unique(distance_m):
        wide = widened(whole, float(distance))
        found += [
            shapely.transform(wide, lambda xy, s=spot: xy - s) for spot in spots[distance_m == distance]
        ]
    return shapely.union_all(found)


def nearest(blocked: Iterable[BaseGeometry]) -> list[tuple[float, float]]:
    """Smallest moves that are not blocked: the smallest of all first, then that of each sector.

    Returns
    -------
    Moves (m east, m north); none where all within reach are blocked, or none is needed.
    """
    circle = shapely.buffer(shapely.Point(0.0, 0.0), REACH_M, quad_segs=_QUARTER)
    free = shapely.difference(circle, shapely.union_all(list(blocked)))
    still = shapely.Point(0.0, 0.0)
    found: list[tuple[float, float]] = []
    for part in (free, *(shapely.intersection(free, wedge) for wedge in _wedges())):
        if part.is_empty:
            continue
        end = shapely.get_coordinates(shapely.shortest_line(still, part))[-1]
        if float(np.hypot(*end)) > 1e-9 and not any(np.hypot(*(end - f)) < 1e-6 for f in found):
            found.append((float(end[0]), float(end[1])))
    return found


def _wedges() -> list[BaseGeometry]:
    turns = np.arange(_SECTORS + 1) * 2 * np.pi / _SECTORS + np.pi / _SECTORS
    far = 2 * REACH_M * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return [shapely.Polygon([(0.0, 0.0), a, b]) for a, b in pairwise(far)]


def _triangles(areas: Shapes) -> Floats:
    """Corners (n, 3, 2) of triangles that areas are made of."""
    parts = shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.force_2d(areas)))
    parts = parts[shapely.area(parts) > 0.0]
    return np.asarray(shapely.get_coordinates(parts).reshape(len(parts), 4, 2)[:, :3])


def _sums(building: Floats, others: Floats) -> BaseGeometry:
    """Union of the sums of every part of the others with every part of the building turned around."""
    if not len(building) or not len(others):
        return shapely.Polygon()
    sums = others[:, None, :, None, :] - building[None, :, None, :, :]
    spots = sums.reshape(len(others) * len(building), -1, 2)
    each = np.repeat(np.arange(len(spots)), spots.shape[1])
    hulls = shapely.convex_hull(shapely.multipoints(spots.reshape(-1, 2), indices=each))
    return shapely.union_all(hulls)
