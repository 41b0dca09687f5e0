"""Strips along boundaries: everything closer to a line than a width, round at its ends and corners."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex, shapes
from geodata.convex import Corners, Outlines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Sides of a quarter circle; most shapes meet the straight rims of a strip alone.
_COARSE: Final = 8
#: Sides of a quarter circle where a shape meets a round rim: 0.4 micrometres off at 5 m.
_FINE: Final = 2048
#: A shape meets a round rim where the coarse strip leaves more than this of it inside, metres.
_SEEN: Final = 1e-8
#: Float noise of coordinates in the millions, with room to spare.
_NOISE_M: Final = 1e-6


def without_strips(shape: Shapes, of: Ints, line: Shapes, width_m: Floats) -> tuple[Shapes, Ints]:
    """What strips along lines leave of shapes: polygons that are more than touching, and the row of each.

    Danish: det, der ligger uden for bæltet langs skel; BR18 § 181.

    Parameters
    ----------
    shape : polygons that can be measured, in grid metres.
    of : row of the shape that each strip is taken off, ascending; rows that do not stand there are left out.
    line, width_m : LineStrings or MultiLineStrings, and how far their strips reach, in metres; of the lines of one
        shape all reach equally far.
    """
    rows, at = np.unique(of, return_inverse=True)
    rest = shape[rows]
    corners = convex.corners(rest)
    plain = corners.is_convex()
    # A piece without length has no side to cut along: around it all is round.
    plain[at[(shapely.get_num_coordinates(line) != 2) | (shapely.length(line) == 0.0)]] = False
    pair = np.flatnonzero(plain[at])
    beside = _beside(rest, corners, at[pair], line[pair], width_m[pair])
    plain[at[pair[~beside.straight]]] = False
    cut = np.flatnonzero(plain[at[pair]] & beside.near)
    column = corners.row[plain]
    outlines = Outlines(corners.at.x[:, column], corners.at.y[:, column])
    place = np.cumsum(plain) - 1
    rims = convex.Lines(*(values[cut] for values in beside.rim))
    rest[plain] = convex.polygons(convex.trimmed(outlines, place[at[pair[cut]]], rims))
    other = np.flatnonzero(~plain[at])
    other = other[shapely.distance(rest[at[other]], line[other]) < width_m[other]]
    if len(other):
        some, first, place = np.unique(at[other], return_index=True, return_inverse=True)
        around = shapes.nothing(len(some))
        around[:] = shapely.geometrycollections(line[other], indices=place)
        strip = strips(rest[some], np.arange(len(some)), around, width_m[other[first]])
        rest[some] = shapes.beyond(rest[some], strip)
    left, place = shapes.polygons(rest)
    real = shapes.depth(left) > shapes.TOUCH_M
    return left[real], rows[place[real]]


class _Beside(NamedTuple):
    """How convex shapes lie to straight pieces of boundary, pair by pair.

    Attributes
    ----------
    near : the shape comes closer than the width.
    straight : if it does, then what the piece, and those that it meets, leave of the shape has a straight rim.
    rim : line at the width from the piece, the shape on its inner side.
    """

    near: Bools
    straight: Bools
    rim: convex.Lines


def _beside(shape: Shapes, corners: Corners, at: Ints, line: Shapes, width_m: Floats) -> _Beside:
    """See :class:`_Beside`; decided by corners, since what lies beside a straight piece is convex.

    Where a shape reaches past the end of a piece the rim is round, unless the next piece goes on there and turns to
    the side of the shape, as at the corner of a plot: what lies past the end is then no farther from the next one.
    """
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
    column = corners.row[at]
    x, y = corners.at.x[:, column], corners.at.y[:, column]
    start, along = ends[:, 0].T, (ends[:, 1] - ends[:, 0]).T
    length = np.hypot(*along)
    east, north = along[1] / length, -along[0] / length
    side = np.where((east * (x - start[0]) + north * (y - start[1])).sum(axis=0) < 0.0, -1.0, 1.0)
    east, north = side * east, side * north
    off = (east * (x - start[0]) + north * (y - start[1])).min(axis=0)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length**2
    past = np.stack([share.min(axis=0) < 0.0, share.max(axis=0) > 1.0])
    near = off < width_m
    unsure = np.flatnonzero(near & past.any(axis=0))
    near[unsure] = shapely.distance(shape[at[unsure]], line[unsure]) < width_m[unsure]
    # A shape that crosses the piece must leave nothing on its far side, and nothing past its ends.
    one_side = ~near | (off >= -_NOISE_M) | ((off > -width_m) & ~past.any(axis=0))
    straight = one_side.copy()
    there = np.flatnonzero(near)
    for number, passed in enumerate(past):
        mine = np.flatnonzero(near & passed)
        end, other_end = ends[mine, number], ends[mine, 1 - number]
        i, j = shapes.pairs(at[mine], at[there])
        j = there[j]
        meets = (end[i, None] == ends[j]).all(axis=2).any(axis=1) & (mine[i] != j) & one_side[j]
        back = other_end[i] - ends[j, 0]
        meets &= east[j] * back[:, 0] + north[j] * back[:, 1] >= -_NOISE_M
        straight[np.setdiff1d(mine, mine[i[meets]])] = False
    rim = convex.Lines(start[0] + width_m * east, start[1] + width_m * north, -east, -north)
    return _Beside(near, straight, rim)


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
