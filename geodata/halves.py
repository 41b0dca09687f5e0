"""Shapes cut in two by the only side of an area that comes near them: arithmetic instead of an overlay.

A plan is large and a house is small. Where the boundary of the plan runs across a house it is mostly one long
straight side, whatever the plan looks like elsewhere, and the house falls into what lies left and right of it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: A corner closer to the side than this is left to shapely, in metres; and so far is looked around a shape's box.
NEAR_M: Final = 1e-6
#: Shapes and areas of more corners than this are left to shapely.
MOST_SHAPE: Final = 32
MOST_AREA: Final = 2_000
#: Pairs of shape and side that are looked at together, so that what is in work stays small.
_BLOCK: Final = 1_000_000

_POLYGON: Final = 3


class Halves(NamedTuple):
    """Shapes that were cut.

    Attributes
    ----------
    row : which ones.
    inner, outer : what of each lies in its area and outside; one polygon each.
    """

    row: Ints
    inner: Shapes
    outer: Shapes


def halved(shape: Shapes, area: Shapes, of: Ints) -> Halves:
    """Cut shapes along the one side of their area that runs through their box.

    Parameters
    ----------
    shape : geometries, ``None`` allowed.
    area : sound geometries, ``None`` allowed.
    of : row of ``area`` that each shape is cut by.

    Returns
    -------
    :class:`Halves`. Left out is what this cannot say: other kinds than polygons, holes, many corners, shapes that
    no side or several sides come near, that a side crosses more than once, or with a corner on the side.
    """
    corners = convex.corners(shape, MOST_SHAPE)
    plain = (corners.row >= 0) & (shapely.get_num_interior_rings(shape) == 0)
    plain &= (_is_plain(area) & (shapely.get_num_coordinates(area) <= MOST_AREA))[of]
    rows = np.flatnonzero(plain)
    column = corners.row[rows]
    side, at = _only_side(corners.at, column, area, of[rows])
    rows, column = rows[at], column[at]
    outline = convex.Outlines(corners.at.x[:, column], corners.at.y[:, column])
    away = side.east * (outline.x - side.x) + side.north * (outline.y - side.y)
    # Repeated last corners are on one side, so they add no crossing.
    crossings = ((away > 0.0) != (np.roll(away, -1, axis=0) > 0.0)).sum(axis=0)
    cut = (crossings == 2) & (np.abs(away) > NEAR_M).all(axis=0)
    outline, away = convex.Outlines(outline.x[:, cut], outline.y[:, cut]), away[:, cut]
    return Halves(
        rows[cut],
        convex.polygons(convex.half(outline, away)),
        convex.polygons(convex.half(outline, -away)),
    )


def _is_plain(area: Shapes) -> Bools:
    plain = (shapely.get_type_id(area) == _POLYGON) & (shapely.get_num_interior_rings(area) == 0)
    return np.asarray(plain & ~shapely.is_empty(area), dtype=bool)


class _Side(NamedTuple):
    """Sides: their first corner and the unit normal outward of the area."""

    x: Floats
    y: Floats
    east: Floats
    north: Floats


def _only_side(at: convex.Outlines, column: Ints, area: Shapes, of: Ints) -> tuple[_Side, Ints]:
    """The side of each area that comes near the box of its shape, and the pairs for which there is exactly one."""
    used, which = np.unique(of, return_inverse=True)
    xy, owner = shapely.get_coordinates(area[used], return_index=True)
    start = np.searchsorted(owner, np.arange(len(used)))
    count = np.diff(np.append(start, len(owner))) - 1
    low = np.stack([at.x[:, column].min(axis=0), at.y[:, column].min(axis=0)], axis=1) - NEAR_M
    high = np.stack([at.x[:, column].max(axis=0), at.y[:, column].max(axis=0)], axis=1) + NEAR_M
    found_side, found_pair = [], []
    for block in _blocks(count[which]):
        number = count[which[block]]
        pair = np.repeat(block, number)
        side = np.arange(len(pair)) - np.repeat(np.cumsum(number) - number - start[which[block]], number)
        near = np.ones(len(pair), dtype=bool)
        for axis in (0, 1):
            first, second = xy[side, axis], xy[side + 1, axis]
            near &= (np.maximum(first, second) >= low[pair, axis]) & (
                np.minimum(first, second) <= high[pair, axis]
            )
        pair, side = pair[near], side[near]
        through = _through(xy[side], xy[side + 1], low[pair], high[pair])
        found_pair.append(pair[through])
        found_side.append(side[through])
    pair = np.concatenate([*found_pair, np.zeros(0, dtype=np.int64)])
    side = np.concatenate([*found_side, np.zeros(0, dtype=np.int64)])
    alone = np.bincount(pair, minlength=len(of))[pair] == 1
    pair, side = pair[alone], side[alone]
    first, along = xy[side], xy[side + 1] - xy[side]
    along /= np.hypot(*along.T)[:, None]
    turn = np.where(shapely.is_ccw(shapely.get_exterior_ring(area[used])), 1.0, -1.0)[which[pair]]
    return _Side(first[:, 0], first[:, 1], turn * along[:, 1], -turn * along[:, 0]), pair


def _blocks(count: Ints) -> list[Ints]:
    """Pairs in runs of which each has about ``_BLOCK`` sides."""
    run = np.cumsum(count) // _BLOCK
    cuts = np.flatnonzero(np.diff(run)) + 1
    return np.split(np.arange(len(count)), cuts) if len(count) else []


def _through(first: Floats, second: Floats, low: Floats, high: Floats) -> Bools:
    """Whether the line of each side passes through the box, or touches it."""
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    along = second - first
    off = along[:, 1] * (middle[:, 0] - first[:, 0]) - along[:, 0] * (middle[:, 1] - first[:, 1])
    reach = np.abs(along[:, 1]) * half[:, 0] + np.abs(along[:, 0]) * half[:, 1]
    return np.asarray(np.abs(off) <= reach, dtype=bool)
