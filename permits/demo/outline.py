"""Outlines of buildings as arrays: a rectangle with notches at its corners and dents in its fronts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: How far a point that was measured on a wall lies beside it.
_BESIDE_M = 0.02


@dataclass
class Outlines:
    """Rectangles (x to the right, y inward) and what is taken off them, one row each.

    Attributes
    ----------
    wide, deep : sides of the box, metres.
    notch : (n, 4, 2) how far each corner is cut in, in x and y (0 = not), from the left one at the street against
        the clock.
    dent : (n, 2, 3) from, to and depth of a dent in the street and the garden front (0 = none).
    points : (n, 2) whether the right and the left wall have a point more than they need.
    """

    wide: Floats
    deep: Floats
    notch: Floats
    dent: Floats
    points: Mask

    @classmethod
    def plain(cls, wide: Floats, deep: Floats) -> Outlines:
        """Rectangles."""
        n = len(wide)
        return cls(wide, deep, np.zeros((n, 4, 2)), np.zeros((n, 2, 3)), np.zeros((n, 2), dtype=bool))

    def of(self, rows: Ints | Mask) -> Outlines:
        """Some of them."""
        return Outlines(
            self.wide[rows], self.deep[rows], self.notch[rows], self.dent[rows], self.points[rows]
        )

    def area(self) -> Floats:
        """Square metres."""
        less = self.notch.prod(axis=2).sum(axis=1) + (
            (self.dent[:, :, 1] - self.dent[:, :, 0]) * self.dent[:, :, 2]
        ).sum(axis=1)
        return np.asarray(self.wide * self.deep - less)

    def rings(self) -> tuple[Floats, Ints]:
        """Corners of all of them against the clock, (m, 2), and the row of each corner."""
        n = len(self.wide)
        w, d, zero = self.wide, self.deep, np.zeros(n)
        a, b = self.notch[:, :, 0], self.notch[:, :, 1]
        cut = (a > 0) & (b > 0)
        low, high = self.dent[:, 0], self.dent[:, 1]
        dl, dh = low[:, 2] > 0, high[:, 2] > 0
        yes = np.ones(n, dtype=bool)
        slots = [
            (zero, b[:, 0], cut[:, 0]), (a[:, 0], b[:, 0], yes), (a[:, 0], zero, cut[:, 0]),
            (low[:, 0], zero, dl), (low[:, 0], low[:, 2], dl), (low[:, 1], low[:, 2], dl), (low[:, 1], zero, dl),
            (w - a[:, 1], zero, cut[:, 1]), (w - a[:, 1], b[:, 1], yes), (w, b[:, 1], cut[:, 1]),
            (w - _BESIDE_M, 0.5 * d, self.points[:, 0]),
            (w, d - b[:, 2], cut[:, 2]), (w - a[:, 2], d - b[:, 2], yes), (w - a[:, 2], d, cut[:, 2]),
            (high[:, 1], d, dh), (high[:, 1], d - high[:, 2], dh), (high[:, 0], d - high[:, 2], dh),
            (high[:, 0], d, dh),
            (a[:, 3], d, cut[:, 3]), (a[:, 3], d - b[:, 3], yes), (zero, d - b[:, 3], cut[:, 3]),
            (zero + _BESIDE_M, 0.53 * d, self.points[:, 1]),
        ]  # fmt: skip
        x = np.stack([s[0] for s in slots], axis=1)
        y = np.stack([s[1] for s in slots], axis=1)
        there = np.stack([s[2] for s in slots], axis=1)
        row = np.repeat(np.arange(n), there.sum(axis=1))
        return np.column_stack([x[there], y[there]]), row


@dataclass
class Frames:
    """Frames on the ground, one row each: ``origin``, unit vectors ``x`` and ``y`` (n, 2)."""

    origin: Floats
    x: Floats
    y: Floats

    def of(self, rows: Ints | Mask) -> Frames:
        """Some of them."""
        return Frames(self.origin[rows], self.x[rows], self.y[rows])

    def out(self, local: Floats, row: Ints) -> Floats:
        """Points of frames on the grid."""
        return np.asarray(self.origin[row] + local[:, :1] * self.x[row] + local[:, 1:] * self.y[row])

    def back(self, grid: Floats, row: Ints) -> Floats:
        """Points of the grid in frames."""
        moved = grid - self.origin[row]
        return np.stack([(moved * self.x[row]).sum(axis=1), (moved * self.y[row]).sum(axis=1)], axis=1)


def polygons(xy: Floats, row: Ints, size: int) -> npt.NDArray[np.object_]:
    """Polygons of open rings on whole millimetres; ``row`` ascends from 0 to ``size`` - 1 without a gap."""
    count = np.bincount(row, minlength=size)
    start = np.concatenate([[0], np.cumsum(count)])
    xy = np.round(xy, 3)
    closed = np.insert(xy, start[1:], xy[start[:-1]], axis=0)
    rings = shapely.linearrings(closed, indices=np.repeat(np.arange(size), count + 1))
    return np.asarray(shapely.polygons(rings), dtype=object)


def boxes(frames: Frames, x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> npt.NDArray[np.object_]:
    """Rectangles of frames as polygons on the grid."""
    n = len(x0)
    local = np.stack(
        [np.stack([x0, y0], 1), np.stack([x1, y0], 1), np.stack([x1, y1], 1), np.stack([x0, y1], 1)], 1
    )
    row = np.repeat(np.arange(n), 4)
    return polygons(frames.out(local.reshape(-1, 2), row), row, n)
