"""Strips along boundaries: everything closer to a line than a width, round at its ends and corners."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

#: Sides of a quarter circle; most shapes meet the straight rims of a strip alone.
_COARSE: Final = 8
#: Sides of a quarter circle where a shape meets a round rim: 0.4 micrometres off at 5 m.
_FINE: Final = 2048
#: A shape meets a round rim where the coarse strip leaves more than this of it inside, metres.
_SEEN: Final = 1e-8


def strips(shape: Shapes, group: Ints, lines: Shapes, width_m: Floats) -> Shapes:
    """Strips of a width along lines, exact to a micrometre wherever the given shapes meet them.

    Danish: bælte langs skel; BR18 §§ 181, 183.

    Parameters
    ----------
    shape : polygons that the strips are for.
    group : per shape, position of its line in ``lines``.
    lines, width_m : LineStrings or MultiLineStrings, and how far their strips reach, in metres.

    Returns
    -------
    One polygon per line.

    Notes
    -----
    A rim made of chords lies within the true one, so what the strip leaves of a shape shows whether it matters.
    """
    wide = _widened(lines, width_m, _COARSE)
    rest = shapely.difference(shape, wide[group])
    sides = shapes.segments(np.asarray(rest, dtype=object))
    middle = (sides.xy[:, :2] + sides.xy[:, 2:]) / 2.0
    at = group[np.concatenate([sides.row, sides.row])]
    place = shapely.points(np.concatenate([sides.xy[:, :2], middle]))
    fine = np.unique(at[shapely.distance(place, lines[at]) < width_m[at] - _SEEN])
    wide[fine] = _widened(lines[fine], width_m[fine], _FINE)
    return wide


def _widened(lines: Shapes, width_m: Floats, quad_segs: int) -> Shapes:
    """Strips, worked out around each line's own corner: in the millions GEOS rounds to hundredths of a millimetre."""
    corner = shapely.bounds(lines)[:, :2]
    near = _shifted(lines, -corner)
    wide = _shifted(np.asarray(shapely.buffer(near, width_m, quad_segs=quad_segs), dtype=object), corner)
    # Rounded to what the grid can tell apart, a rim may cross itself by a nanometre; taking off such a strip would
    # take off nothing.
    crossed = ~shapely.is_valid(wide)
    wide[crossed] = shapely.make_valid(wide[crossed], method="structure", keep_collapsed=False)
    return wide


def _shifted(shape: Shapes, by: Floats) -> Shapes:
    xy, row = shapely.get_coordinates(shape, return_index=True)
    return np.asarray(shapely.set_coordinates(shape.copy(), xy + by[row]), dtype=object)
