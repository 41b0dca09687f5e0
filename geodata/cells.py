"""Pairs of boxes that come near each other, found by a hash of square cells.

Boxes of about one size share cells of that size; a larger box meets smaller ones in cells of its own. Everything is
sorting and looking up, without a tree and without a shape: for small boxes that is several times faster.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Pairs looked at together, so that what is in work stays in the cache.
_BLOCK: Final = 1 << 18
#: So many cells in a row at most (as a power of two), which also leaves room for two numbers in one key.
_MOST: Final = 30


def near(a: Floats, b: Floats, margin: float) -> tuple[Ints, Ints]:
    """Pairs of boxes that come within ``margin`` of each other along both axes.

    Parameters
    ----------
    a, b : (n, 4) and (m, 4) boxes x0, y0, x1, y1 in metres; a point is a box without extent, and what is not finite
        is near nothing.
    margin : in metres, 0 or more.

    Returns
    -------
    Rows of ``a`` and of ``b``, each pair once, in no particular order.
    """
    at_a, at_b = (np.flatnonzero(np.isfinite(boxes).all(axis=1)) for boxes in (a, b))
    if not len(at_a) or not len(at_b):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    one = _Boxes(a[at_a] + np.array([-margin, -margin, margin, margin]))
    two = _Boxes(b[at_b])
    # What is smaller than most is put into cells of the middle size, so that there are few sizes of cells.
    least = int(max(np.median(one.level), np.median(two.level)))
    one.level, two.level = np.maximum(one.level, least), np.maximum(two.level, least)
    found = []
    for level in np.union1d(one.level, two.level).tolist():
        here, there = np.flatnonzero(one.level == level), np.flatnonzero(two.level <= level)
        found.append(_shared(one, here, two, there, level))
        here, there = np.flatnonzero(one.level < level), np.flatnonzero(two.level == level)
        found.append(_shared(one, here, two, there, level))
    i, j = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return at_a[i], at_b[j]


class _Boxes:
    """Boxes by their corners, and for each the power of two that is the size of its cells."""

    def __init__(self, boxes: Floats) -> None:
        self.x0, self.y0, self.x1, self.y1 = np.ascontiguousarray(boxes.T)
        size = np.maximum(self.x1 - self.x0, self.y1 - self.y0)
        far = np.abs(boxes).max(axis=1) * 2.0**-_MOST
        self.level = np.frexp(np.maximum(size, far))[1]

    def cells(self, rows: Ints, level: int) -> tuple[Ints, Ints]:
        """Key of each cell that boxes lie in, of which each has up to four, and the row of the box."""
        x0, y0, x1, y1 = (
            np.floor(np.ldexp(v[rows], -level)).astype(np.int64) for v in (self.x0, self.y0, self.x1, self.y1)
        )
        wide, high = x1 > x0, y1 > y0
        both = wide & high
        keys = [_key(x0, y0), _key(x1[wide], y0[wide]), _key(x0[high], y1[high]), _key(x1[both], y1[both])]
        return np.concatenate(keys), np.concatenate([rows, rows[wide], rows[high], rows[both]])


def _key(x: Ints, y: Ints) -> Ints:
    return (x << (_MOST + 2)) + y


def _shared(one: _Boxes, here: Ints, two: _Boxes, there: Ints, level: int) -> tuple[Ints, Ints]:
    """Pairs of boxes that meet, out of those that have a cell of one size in common."""
    none = np.zeros(0, dtype=np.int64)
    if not len(here) or not len(there):
        return none, none
    key_a, row_a = one.cells(here, level)
    key_b, row_b = two.cells(there, level)
    order = np.argsort(key_b)
    key_b, row_b = key_b[order], row_b[order]
    # Keys in their order are looked up several times faster than at random.
    order = np.argsort(key_a)
    key_a, row_a = key_a[order], row_a[order]
    first = np.searchsorted(key_b, key_a, side="left")
    count = np.searchsorted(key_b, key_a, side="right") - first
    kept = np.flatnonzero(count)
    key_a, row_a, first, count = key_a[kept], row_a[kept], first[kept], count[kept]
    upto = np.cumsum(count)
    found = []
    start = 0
    while start < len(count):
        done = upto[start] - count[start]
        end = max(start + 1, int(np.searchsorted(upto, done + _BLOCK, side="right")))
        part = slice(start, end)
        within = np.arange(upto[end - 1] - done) - np.repeat(upto[part] - count[part] - done, count[part])
        i = np.repeat(row_a[part], count[part])
        j = row_b[np.repeat(first[part], count[part]) + within]
        left, low = np.maximum(one.x0[i], two.x0[j]), np.maximum(one.y0[i], two.y0[j])
        meet = (left <= one.x1[i]) & (left <= two.x1[j]) & (low <= one.y1[i]) & (low <= two.y1[j])
        # Of several cells that both lie in, the pair is counted in the one that holds the corner of their overlap.
        corner = (np.floor(np.ldexp(v, -level)).astype(np.int64) for v in (left, low))
        meet &= _key(*corner) == np.repeat(key_a[part], count[part])
        found.append((i[meet], j[meet]))
        start = end
    if not found:
        return none, none
    i, j = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return i, j
