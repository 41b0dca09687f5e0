"""From pieces drawn on a flat plane to a cadastral map: one net of points, bent as a whole.

Blocks and streets are drawn as plain rings in a plane where streets are straight, so that they tile it. Wherever a
corner of one ring lies on a side of another, that side gets the point too: then all rings share *one* net of points,
and every point of the net is moved, once. Neighbours thus share their points exactly, however crooked the streets
become: no gap and no overlap can arise. Nothing is overlaid, so that a town of a hundred thousand parcels is
woven in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Decimals of the plane's coordinates: rings that meet agree to the millimetre.
_DECIMALS: Final = 3
#: A corner lies on a side when it is this near to it (metres): what making corners one moves them.
_ON_M: Final = 0.023
#: Corners that lie this near to each other are one: where streets are cut out of plots, they come as near as chance
#: brings them.
_SAME_M: Final = 0.021
#: A side longer than this is divided, so that a bent street is round to the eye (metres on the plane); between
#: fields and woods, whose boundaries were paced out, at shorter steps.
_STEP_M: Final = 42.0
_RURAL_STEP_M: Final = 19.0
_RURAL: Final = ("field", "farm", "forest", "meadow")
#: Corners nearer to each other than this are not moved by chance.
_NEAR_M: Final = 3.0
#: What is left over of a piece when streets are cut out of it, and smaller than this, goes to no parcel of its own.
SMALLEST_M2: Final = 12.0


@dataclass
class Sheet:
    """Pieces of ground as drawn on the plane, column by column.

    ``rings`` are open and run against the clock; ``use`` says what for, ``street`` which road serves a piece,
    ``block`` the quarter it lies in (0 none), ``joins`` a property that it shares with others; ``corners`` are the
    left and right end of the front as seen from the street, then the right and left end of the back (NaN = none).
    """

    rings: list[Floats] = field(default_factory=list)
    use: list[str] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    corners: list[Floats] = field(default_factory=list)

    def add(
        self,
        ring: Floats,
        use: str,
        street: str,
        block: int = 0,
        joins: str = "",
        corners: Floats | None = None,
    ) -> None:
        """Add a piece; a ring that runs with the clock is turned."""
        x, y = ring[:, 0], ring[:, 1]
        # About its first corner, since the plane's coordinates are large.
        x, y = x - x[0], y - y[0]
        if float(x[:-1] @ y[1:] - y[:-1] @ x[1:]) < 0.0:
            ring = ring[::-1]
        self.rings.append(ring)
        self.use.append(use)
        self.street.append(street)
        self.block.append(block)
        self.joins.append(joins)
        self.corners.append(_NO_CORNERS if corners is None else corners)


_NO_CORNERS: Final = np.full((4, 2), np.nan)


@dataclass(frozen=True)
class Fabric:
    """The bent net.

    Attributes
    ----------
    faces : polygons in metres, on whole millimetres; they tile.
    segments : rows of x0, y0, x1, y1, each stretch between two points of the net once.
    left, right : face on either side of each segment, -1 outside.
    flat : middle of each segment on the plane it was drawn on.
    """

    faces: npt.NDArray[np.object_]
    segments: Floats
    left: Ints
    right: Ints
    flat: Floats


def carve(
    roads: Sequence[shapely.Polygon], others: Sequence[shapely.Polygon]
) -> list[tuple[int, shapely.Polygon]]:
    """Cut roads out of what they lie over, later roads out of earlier ones last.

    Returns
    -------
    Pairs of number (roads first) and piece; what is smaller than :data:`SMALLEST_M2` goes to the neighbour with
    the longest common side.
    """
    shapes = np.array([*roads, *others], dtype=object)
    tree = shapely.STRtree(np.array(roads, dtype=object)) if roads else None
    cut: list[tuple[int, shapely.Polygon]] = []
    small: list[shapely.Polygon] = []
    for number, shape in enumerate(shapes):
        taken = [] if tree is None else [int(i) for i in np.sort(tree.query(shape)) if int(i) < number]
        left = shape.difference(shapely.union_all(shapes[taken])) if taken else shape
        for part in shapely.get_parts(left):
            if isinstance(part, shapely.Polygon) and part.area > SMALLEST_M2:
                cut.append((number, part))
            elif isinstance(part, shapely.Polygon):
                small.append(part)
    for part in small:
        common = [float(piece.intersection(part).length) for _, piece in cut]
        home = int(np.argmax(common))
        cut[home] = (cut[home][0], cut[home][1].union(part))
    return cut


def weave(
    sheet: Sheet, bend: Callable[[Floats, Ints], Floats], rng: np.random.Generator, jitter_m: float = 0.22
) -> Fabric:
    """Make the net of all pieces and bend it.

    Parameters
    ----------
    sheet : pieces that cover their part of the plane without overlap.
    bend : moves points (n, 2) of the plane, each in a quarter (n,), to their place on the grid.
    rng : moves corners between plots by some decimetres, since no two plots are alike.
    """
    size = np.array([len(r) for r in sheet.rings])
    xy = np.round(np.concatenate(sheet.rings), _DECIMALS)
    points, index = _unique(np.asarray(xy, dtype=np.float64))
    face = np.repeat(np.arange(len(size)), size)
    # Where streets are cut out, two corners may fall on one millimetre.
    apart = index != _next(index, face)
    index, face = index[apart], face[apart]
    index, face = _with_corners(points, index, _next(index, face), face)
    rural = np.isin(np.array(sheet.use, dtype=object), _RURAL)
    points, index, face = _divided(points, index, _next(index, face), face, rural)
    count = np.bincount(face, minlength=len(size))
    start = np.concatenate([[0], np.cumsum(count)])

    road = np.array([u == "road" for u in sheet.use])
    fixed = np.zeros(len(points), dtype=bool)
    fixed[index[road[face]]] = True
    a, b = index, _next(index, face)
    low, high = np.minimum(a, b), np.maximum(a, b)
    key, first, inverse, uses = np.unique(
        low.astype(np.int64) * len(points) + high, return_index=True, return_inverse=True, return_counts=True
    )
    rim = uses == 1
    fixed[low[first[rim]]] = True
    fixed[high[first[rim]]] = True
    # Corners near to each other stay where they are, else one might pass the other.
    near = np.hypot(*(points[low[first]] - points[high[first]]).T) < _NEAR_M
    fixed[low[first[near]]] = True
    fixed[high[first[near]]] = True
    block = np.zeros(len(points), dtype=np.int64)
    of = np.array(sheet.block)[face]
    block[index[of > 0]] = of[of > 0]
    moved = points + np.where(fixed[:, None], 0.0, jitter_m * _waves(points, rng))
    placed = np.round(bend(moved, block), 3)

    closed = np.insert(placed[index], start[1:], placed[index[start[:-1]]], axis=0)
    rings = shapely.linearrings(closed, indices=np.repeat(np.arange(len(size)), count + 1))
    left = np.full(len(key), -1, dtype=np.int64)
    right = np.full(len(key), -1, dtype=np.int64)
    forward = a < b
    left[inverse[forward]] = face[forward]
    right[inverse[~forward]] = face[~forward]
    ends = np.hstack([placed[low[first]], placed[high[first]]])
    flat = (points[low[first]] + points[high[first]]) / 2
    return Fabric(np.asarray(shapely.polygons(rings), dtype=object), ends, left, right, flat)


def _unique(xy: Floats) -> tuple[Floats, Ints]:
    """Points without repetition, and where each one went."""
    whole = np.round(xy * 10**_DECIMALS).astype(np.int64)
    whole -= whole.min(axis=0)
    key = whole[:, 0] * (int(whole[:, 1].max()) + 1) + whole[:, 1]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    points = xy[first]
    one, two = shapely.STRtree(shapely.points(points)).query(
        shapely.points(points), predicate="dwithin", distance=_SAME_M
    )
    same = np.arange(len(points))
    np.minimum.at(same, one, two)
    kept, place = np.unique(same, return_inverse=True)
    return points[kept], np.asarray(place[inverse], dtype=np.int64)


def _next(index: Ints, face: Ints) -> Ints:
    """The point that follows each point in its ring."""
    count = np.bincount(face)
    start = np.concatenate([[0], np.cumsum(count)])
    after = np.arange(1, len(index) + 1)
    after[start[1:] - 1] = start[:-1]
    return np.asarray(index[after])


def _divided(
    points: Floats, a: Ints, b: Ints, face: Ints, rural: npt.NDArray[np.bool_]
) -> tuple[Floats, Ints, Ints]:
    """Long sides in parts, both faces alike."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    _, first, inverse = np.unique(
        low.astype(np.int64) * len(points) + high, return_index=True, return_inverse=True
    )
    p, q = points[low[first]], points[high[first]]
    town = np.zeros(len(first), dtype=bool)
    town[inverse[~rural[face]]] = True
    step = np.where(town, _STEP_M, _RURAL_STEP_M)
    more = np.maximum(np.ceil(np.hypot(*(q - p).T) / step).astype(np.int64) - 1, 0)
    side = np.repeat(np.arange(len(first)), more)
    place = np.arange(len(side)) - np.repeat(np.cumsum(more) - more, more)
    share = (place + 1.0) / (more[side] + 1.0)
    made = p[side] + (q - p)[side] * share[:, None]
    ends, of = _inserted(a, b, inverse, len(points) + np.arange(len(side)), more)
    return np.vstack([points, made]), ends, face[of]


def _inserted(a: Ints, b: Ints, side: Ints, point: Ints, number: Ints) -> tuple[Ints, Ints]:
    """Rings with points put into their sides, and the old place of each.

    Parameters
    ----------
    side : number of the side (of all faces) that each stretch of a ring is.
    point, number : points to be put in, side after side from its lower to its higher end, and how many a side.
    """
    begin = np.concatenate([[0], np.cumsum(number)])
    out = 1 + number[side]
    row = np.repeat(np.arange(len(a)), out)
    if not len(point):
        return a, row
    place = np.arange(len(row)) - np.repeat(np.cumsum(out) - out, out)
    of = side[row]
    at = np.where((a < b)[row], begin[of] + place - 1, begin[of] + number[of] - place)
    return np.where(place == 0, a[row], point[np.clip(at, 0, len(point) - 1)]), row


def _with_corners(points: Floats, a: Ints, b: Ints, face: Ints) -> tuple[Ints, Ints]:
    """Rings in which each side holds the corners of others that lie on it.

    Parameters
    ----------
    a, b : ends of each side, ring after ring.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    key, first, inverse = np.unique(
        low.astype(np.int64) * len(points) + high, return_index=True, return_inverse=True
    )
    p, q = low[first], high[first]
    lines = shapely.linestrings(np.stack([points[p], points[q]], axis=1))
    side, point = shapely.STRtree(shapely.points(points)).query(lines, predicate="dwithin", distance=_ON_M)
    way = points[q] - points[p]
    share = ((points[point] - points[p][side]) * way[side]).sum(axis=1) / (way[side] ** 2).sum(axis=1)
    inside = (point != p[side]) & (point != q[side]) & (share > 0.0) & (share < 1.0)
    used = np.zeros(len(points), dtype=bool)
    used[a] = True
    inside &= used[point]
    # A ring that has the point already does not pass it twice.
    one, two = np.empty(len(key), dtype=np.int64), np.empty(len(key), dtype=np.int64)
    one[inverse] = face
    two[inverse[::-1]] = face[::-1]
    held = face * len(points) + a
    for of in (one, two):
        inside &= ~np.isin(of[side] * len(points) + point, held)
    side, point, share = side[inside], point[inside], share[inside]
    merged = _in_a_corner(side, point, (one, two), (p, q))
    if merged:
        # A point that lies on two sides of one corner is that corner.
        to = np.arange(len(points))
        to[list(merged)] = list(merged.values())
        index = to[a]
        apart = index != _next(index, face)
        index, face = index[apart], face[apart]
        return _with_corners(points, index, _next(index, face), face)
    order = np.lexsort((share, side))
    side, point = side[order], point[order]
    made, row = _inserted(a, b, inverse, point, np.bincount(side, minlength=len(key)))
    return made, face[row]


def _in_a_corner(
    side: Ints, point: Ints, faces: tuple[Ints, Ints], ends: tuple[Ints, Ints]
) -> dict[int, int]:
    """Points that lie on two sides of one ring, and the corner between the two."""
    rows = np.unique(np.concatenate([np.stack([of[side], point, side], axis=1) for of in faces]), axis=0)
    twice = np.flatnonzero((rows[1:, :2] == rows[:-1, :2]).all(axis=1))
    found = {}
    for row in twice.tolist():
        one, two = rows[row, 2], rows[row + 1, 2]
        common = {int(ends[0][one]), int(ends[1][one])} & {int(ends[0][two]), int(ends[1][two])}
        if common:
            found[int(rows[row, 1])] = common.pop()
    return found


def _waves(points: Floats, rng: np.random.Generator) -> Floats:
    """Short waves of about 1 in both directions: near points move alike, so that no ring turns over."""
    moved = np.zeros(points.shape)
    for length in (19.0, 31.0, 47.0):
        angle, phase = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0, 2 * np.pi, 2)
        for k in (0, 1):
            way = points @ np.array([np.cos(angle[k]), np.sin(angle[k])])
            moved[:, k] += np.sin(2 * np.pi * way / length + phase[k])
    return moved
