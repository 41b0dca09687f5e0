"""Whether areas fill another one without a gap or an overlap, told from their sides alone.

Turn every area so that it lies to the left of its sides. Where two neighbours share a side they run along it in
opposite directions, and it cancels out of the sum of all sides; what is left is the outline of what they fill
together. Leaves the sum exactly the sides of an extent, then the areas fill it, each place of it once: how often a
place is covered is how often the sides wind around it.

To compare sums, every side gets a number that changes its sign with the direction. Numbers of 64 bits, made of the
coordinates, add up to the same by chance as good as never, and nothing has to be sorted or cut.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

#: Odd numbers without a pattern (fractional digits of the golden ratio and of square roots).
_X, _Y, _FIRST, _SECOND = (
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B)
)
_HALF: Final = np.uint64(32)

Numbers = npt.NDArray[np.uint64]


def outlines(shapes: npt.NDArray[np.object_]) -> Numbers:
    """A number for the sides of each area.

    Parameters
    ----------
    shapes : valid Polygons and MultiPolygons, none missing.

    Returns
    -------
    One number each, wherever its rings begin and whichever way they run; numbers of areas that lie side by side, node
    by node, add up (modulo 2⁶⁴) to that of their union.
    """
    parts, row = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = (xy + 0.0).view(np.uint64).T  # minus zero is zero
    one = _mixed(x * _X + y * _Y, _FIRST)
    other = _mixed(one, _SECOND)
    side = one[:-1] * other[1:] - one[1:] * other[:-1]
    side[ring[1:] != ring[:-1]] = 0
    first = np.searchsorted(ring, np.arange(len(rings)))
    of_ring = np.add.reduceat(np.append(side, np.uint64(0)), first)
    shell = np.append(True, part[1:] != part[:-1])
    backwards = shapely.is_ccw(rings) != shell
    of_ring[backwards] = np.uint64(0) - of_ring[backwards]
    found: Any = np.zeros(len(shapes), dtype=np.uint64)
    np.add.at(found, row[part], of_ring)
    return np.asarray(found, dtype=np.uint64)


def _mixed(numbers: Numbers, by: np.uint64) -> Numbers:
    numbers = (numbers ^ (numbers >> _HALF)) * by
    return np.asarray(numbers ^ (numbers >> _HALF), dtype=np.uint64)
