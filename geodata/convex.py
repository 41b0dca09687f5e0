"""Convex outlines as arrays of corners: what lies within or apart is seen, and cut, without an overlay.

Footprints, roof facets and many plan areas are convex polygons of few corners. For those a handful of signed
distances says what a topological predicate says, and a cut is arithmetic. What is not convex, has holes or many
corners is left to shapely by whoever asks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Corners closer to a line than this lie on it, in metres: a few steps of a double at grid coordinates.
ON_LINE_M: Final = 1e-8
#: More corners than this are left to shapely.
MOST: Final = 12
#: Pairs looked at together, so that what is in work stays in the cache.
_BLOCK: Final = 16_384
#: Corners sharper than 12° would reach too far when lines are taken to be as wide as ``ON_LINE_M``.
_SHARPEST: Final = float(np.cos(np.radians(168.0)))
#: Sine below which two sides are one straight line.
_STRAIGHT: Final = 1e-12

_POLYGON: Final = 3


class Outlines(NamedTuple):
    """Corners of one outline a column, counter-clockwise; the last one is repeated where there are fewer.

    Attributes
    ----------
    x, y : (k, n) grid metres.
    """

    x: Floats
    y: Floats


class Corners(NamedTuple):
    """Outer corners of polygons with few of them.

    Attributes
    ----------
    row : per shape given, its column in the other arrays; -1 = not here (other kinds, many corners, missing).
    at : (k, n) corners.
    number : how many there are.
    out : (k, n) unit normal outward of the side from each corner to the next; 0 where that has no length.
    convex : no hole, and every corner turns left or goes straight on, once around.
    """

    row: Ints
    at: Outlines
    number: Ints
    out: Outlines
    convex: Bools

    def is_convex(self) -> Bools:
        """Per shape given: it is here, and convex."""
        found = np.zeros(len(self.row), dtype=bool)
        here = self.row >= 0
        found[here] = self.convex[self.row[here]]
        return found


def corners(shapes: Shapes, most: int = MOST) -> Corners:
    """Outer corners of every polygon that has at most ``most``.

    Parameters
    ----------
    shapes : geometries of any type, ``None`` allowed; coordinates in metres.
    most : polygons of more corners are left out.
    """
    number = shapely.get_num_coordinates(shapes)
    holed = shapely.get_num_interior_rings(shapes) > 0
    few = (shapely.get_type_id(shapes) == _POLYGON) & (number >= 4)
    outer = np.array(shapes, dtype=object)
    if holed.any():
        outer[holed] = shapely.polygons(shapely.get_exterior_ring(shapes[holed]))
        number = np.where(holed, shapely.get_num_coordinates(outer), number)
    few &= number <= most + 1
    few[few] = np.isfinite(shapely.bounds(shapes[few])).all(axis=-1)
    rows = np.flatnonzero(few)
    row = np.full(len(shapes), -1, dtype=np.int64)
    row[rows] = np.arange(len(rows))
    count = number[rows].astype(np.int64) - 1
    x, y = np.ascontiguousarray(shapely.get_coordinates(outer[rows]).T)
    wide = int(count.max()) if len(count) else 3
    start = np.cumsum(count + 1) - count - 1
    place = np.minimum(np.arange(wide)[:, None], count - 1)
    index = start + place
    at = Outlines(x[index], y[index])
    twice = _twice(at)
    clockwise = np.flatnonzero(twice < 0.0)
    if len(clockwise):
        index = start[clockwise] + count[clockwise] - 1 - place[:, clockwise]
        at.x[:, clockwise], at.y[:, clockwise] = x[index], y[index]
    east, north = _next(at.x) - at.x, _next(at.y) - at.y
    length = np.hypot(east, north)
    inverse = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0.0)
    east *= inverse
    north *= inverse
    convex = _turns_once(east, north, length > 0.0, count) & ~holed[rows] & (twice != 0.0)
    return Corners(row, at, count, Outlines(north, -east), convex)


def _next(values: Floats) -> Floats:
    return np.concatenate([values[1:], values[:1]])


def _twice(at: Outlines) -> Floats:
    """Twice the signed area."""
    x, y = at.x - at.x[0], at.y - at.y[0]
    return np.asarray((x[:-1] * y[1:] - y[:-1] * x[1:]).sum(axis=0))


def _turns_once(east: Floats, north: Floats, long: Bools, count: Ints) -> Bools:
    """Whether sides (directions, in their order, repeated corners without length) go around a convex outline."""
    wide, size = east.shape
    # The sides are the first count - 1 and the last one; between these the last corner is repeated.
    column = np.arange(size)
    before_east = np.concatenate([east[-1:], east[:-1]])
    before_north = np.concatenate([north[-1:], north[:-1]])
    last = np.maximum(count - 2, 0)
    before_east[-1], before_north[-1] = east[last, column], north[last, column]
    real = np.arange(wide)[:, None] < count - 1
    real[-1] = True
    sine = before_east * north - before_north * east
    cosine = before_east * east + before_north * north
    good = (((sine >= -_STRAIGHT) & (cosine > _SHARPEST) & long) | ~real).all(axis=0)
    # Directions that only turn left pass from below the horizon to above it once a round.
    above = (north > 0.0) | ((north == 0.0) & (east > 0.0))
    was_above = (before_north > 0.0) | ((before_north == 0.0) & (before_east > 0.0))
    return np.asarray(good & ((real & above & ~was_above).sum(axis=0) == 1), dtype=bool)


class Held(NamedTuple):
    """How shapes lie to convex areas, pair by pair; NaN where that was not looked at.

    Attributes
    ----------
    beyond_m : how far the shape reaches beyond the line that it crosses farthest; not positive = lies inside, by
        that or more.
    apart_m : the largest distance of all of the shape from one line of the area, outward, or less of it; negative =
        no line of the area parts the two.
    """

    beyond_m: Floats
    apart_m: Floats

    @property
    def within(self) -> Bools:
        """The area covers the shape, but for float noise."""
        return np.asarray(self.beyond_m <= ON_LINE_M, dtype=bool)

    @property
    def apart(self) -> Bools:
        """They have nothing in common but a line, a point or float noise."""
        return np.asarray(self.apart_m >= -ON_LINE_M, dtype=bool)


def held(area: Corners, at: Ints, shape: Corners, of: Ints) -> Held:
    """How shapes lie to areas.

    Parameters
    ----------
    area, at : corners of areas, and per pair the row of the area *as given to* :func:`corners`.
    shape, of : the same for shapes; these need not be convex.

    Returns
    -------
    :class:`Held`, one row per pair; NaN where the area is not convex or either has many corners.
    """
    beyond, apart = np.full(len(at), np.nan), np.full(len(at), np.nan)
    one, two = area.row[at], shape.row[of]
    known = np.flatnonzero((one >= 0) & (two >= 0))
    known = known[area.convex[one[known]]]
    boxes = _Boxes.around(shape.at)
    for block in _blocks(len(known)):
        rows = known[block]
        # Most lie far inside or far off, and so do their boxes, which takes one distance instead of one a corner.
        beyond[rows], apart[rows] = boxes.sides(area, one[rows], two[rows])
        close = rows[(beyond[rows] > ON_LINE_M) & (apart[rows] <= ON_LINE_M)]
        beyond[close], apart[close], _ = _sides(area, one[close], shape, two[close])
    return Held(beyond, apart)


class _Boxes(NamedTuple):
    """Boxes around shapes: their middle, and half their size."""

    x: Floats
    y: Floats
    half_x: Floats
    half_y: Floats

    @classmethod
    def around(cls, at: Outlines) -> _Boxes:
        """The boxes of outlines."""
        low, high = [v.min(axis=0) for v in at], [v.max(axis=0) for v in at]
        return cls(*((a + b) / 2.0 for a, b in zip(low, high, strict=True)),
                   *((b - a) / 2.0 for a, b in zip(low, high, strict=True)))  # fmt: skip

    def sides(self, area: Corners, one: Ints, two: Ints) -> tuple[Floats, Floats]:
        """Farthest of the box beyond any side, and nearest of all of it beyond one side."""
        east, north = area.out.x[:, one], area.out.y[:, one]
        off = east * (self.x[two] - area.at.x[:, one]) + north * (self.y[two] - area.at.y[:, one])
        off[(east == 0.0) & (north == 0.0)] = -np.inf
        reach = np.abs(east) * self.half_x[two] + np.abs(north) * self.half_y[two]
        return (off + reach).max(axis=0), (off - reach).max(axis=0)


def _blocks(size: int) -> list[slice]:
    return [slice(first, first + _BLOCK) for first in range(0, size, _BLOCK)]


def _sides(area: Corners, one: Ints, shape: Corners, two: Ints) -> tuple[Floats, Floats, Floats]:
    """Farthest of all corners beyond any side, nearest of all beyond one side, and the farthest per side."""
    east, north = area.out.x[:, one], area.out.y[:, one]
    corner_x, corner_y = area.at.x[:, one], area.at.y[:, one]
    x, y = shape.at.x[:, two], shape.at.y[:, two]
    none = (east == 0.0) & (north == 0.0)
    farthest, nearest = np.empty_like(east), np.empty_like(east)
    for side in range(len(east)):
        signed = east[side] * (x - corner_x[side]) + north[side] * (y - corner_y[side])
        farthest[side], nearest[side] = signed.max(axis=0), signed.min(axis=0)
    farthest[none] = nearest[none] = -np.inf
    return farthest.max(axis=0), nearest.max(axis=0), farthest


class Cut(NamedTuple):
    """Convex shapes cut by convex areas, pair by pair.

    Attributes
    ----------
    inner : what they have in common.
    outer : what lies outside, where ``straight``.
    straight : a single line of the area cuts, so that what lies outside is convex too.
    """

    inner: Outlines
    outer: Outlines
    straight: Bools


def cut(area: Corners, at: Ints, shape: Corners, of: Ints) -> Cut:
    """Cut shapes by areas; both convex, see ``Corners.convex``.

    Parameters
    ----------
    area, at, shape, of : see :func:`held`; every row must be there and convex.
    """
    one, two = area.row[at], shape.row[of]
    cuts = np.zeros((len(area.at.x), len(at)), dtype=bool)
    for block in _blocks(len(at)):
        cuts[:, block] = _sides(area, one[block], shape, two[block])[2] > ON_LINE_M
    whole = Outlines(shape.at.x[:, two], shape.at.y[:, two])
    straight = cuts.sum(axis=0) == 1
    pair, side = np.nonzero(cuts.T)

    def lines(rows: Ints) -> Lines:
        line = side[rows], one[pair[rows]]
        return Lines(area.at.x[line], area.at.y[line], area.out.x[line], area.out.y[line])

    every, single = np.arange(len(pair)), np.flatnonzero(straight[pair])
    outer = _replaced(whole, pair[single], half(*_held_against(whole, pair[single], lines(single), -1.0)))
    return Cut(trimmed(whole, pair, lines(every)), outer, straight)


class Lines(NamedTuple):
    """Straight lines without ends: a point of each, and its unit normal outward, in grid metres."""

    x: Floats
    y: Floats
    east: Floats
    north: Floats


def trimmed(whole: Outlines, of: Ints, lines: Lines) -> Outlines:
    """What of convex outlines lies on the inner side of all of their lines.

    Parameters
    ----------
    whole : outlines.
    of : outline (column) that each line cuts, ascending.
    lines : the lines.
    """
    turn = np.arange(len(of)) - np.searchsorted(of, of)
    # The loop runs over the first, second, … line of every outline at once.
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        mine = np.flatnonzero(turn == number)
        cutting = Lines(*(values[mine] for values in lines))
        whole = _replaced(whole, of[mine], half(*_held_against(whole, of[mine], cutting)))
    return whole


def _held_against(whole: Outlines, of: Ints, lines: Lines, way: float = 1.0) -> tuple[Outlines, Floats]:
    """Some outlines, and how far each corner lies beyond the line of its outline; ``way`` -1 turns the lines."""
    here = Outlines(whole.x[:, of], whole.y[:, of])
    return here, way * (lines.east * (here.x - lines.x) + lines.north * (here.y - lines.y))


def _widened(at: Outlines, wide: int) -> Outlines:
    more = wide - len(at.x)
    if more <= 0:
        return Outlines(at.x.copy(), at.y.copy())
    return Outlines(*(np.concatenate([v, np.repeat(v[-1:], more, axis=0)]) for v in at))


def _replaced(whole: Outlines, rows: Ints, new: Outlines) -> Outlines:
    wide = max(len(whole.x), len(new.x))
    found, put = _widened(whole, wide), _widened(new, wide)
    found.x[:, rows], found.y[:, rows] = put.x, put.y
    return found


def half(at: Outlines, away: Floats) -> Outlines:
    """The part of outlines on the inner side of a line each; nothing left is one corner repeated.

    Parameters
    ----------
    at : outlines; convex, or crossed by their line no more than twice.
    away : (k, n) distance of each corner from the line, outward.
    """
    following = _next(away)
    crosses = ((away > 0.0) & (following < 0.0)) | ((away < 0.0) & (following > 0.0))
    share = np.divide(away, away - following, out=np.zeros_like(away), where=crosses)
    wide, size = away.shape
    stays = np.empty((2 * wide, size), dtype=bool)
    stays[0::2], stays[1::2] = away <= 0.0, crosses
    place = np.cumsum(stays, axis=0) - 1
    count = place[-1] + 1
    found = []
    for values in at:
        every = np.empty((2 * wide, size))
        every[0::2], every[1::2] = values, values + share * (_next(values) - values)
        kept = np.tile(values[0], (max(int(count.max()), 1) if size else 1, 1))
        row, column = np.nonzero(stays)
        kept[place[row, column], column] = every[row, column]
        index = np.minimum(np.arange(len(kept))[:, None], np.maximum(count - 1, 0))
        found.append(np.take_along_axis(kept, index, axis=0))
    return Outlines(*found)


def area_m2(at: Outlines) -> Floats:
    """Areas in m²."""
    return _twice(at) / 2.0


def polygons(at: Outlines) -> Shapes:
    """Outlines as polygons; ``None`` where nothing is left."""
    fresh = np.ones(at.x.shape, dtype=bool)
    fresh[1:] = (at.x[1:] != at.x[:-1]) | (at.y[1:] != at.y[:-1])
    fresh[1:] &= (at.x[1:] != at.x[0]) | (at.y[1:] != at.y[0])
    some = np.flatnonzero((_twice(at) > 0.0) & (fresh.sum(axis=0) > 2))
    found = np.full(at.x.shape[1], None, dtype=object)
    if len(some):
        kept = fresh[:, some].T
        xy = np.stack([at.x[:, some].T[kept], at.y[:, some].T[kept]], axis=1)
        rings = shapely.linearrings(xy, indices=np.nonzero(kept)[0])
        found[some] = shapely.polygons(rings)
    return found
