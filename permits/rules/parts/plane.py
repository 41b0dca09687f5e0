"""Planes that rise from boundaries: where a roof comes nearest to, or goes through, ``k × distance``.

Every tested part of a roof is a plane facet, cut in 2D, with height = a·x + b·y + c. Against one straight
piece of boundary the spare room ``k·d - h`` is convex along a straight edge of the facet (distance to a convex
set is convex, height is affine), so its minimum is at an end of the edge, where the nearest point passes an end
of the boundary piece, where the two cross, or where the slope of the distance to such an end equals the slope of
the eaves. These seven places are evaluated truly; nothing is sampled. Inside a facet there is a minimum only on
the boundary piece itself, that is at ends of it that lie under the facet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.columns import Columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Pairs worked on at a time, so that memory stays flat however large the batch is.
_BLOCK: Final = 400_000


class Parts(NamedTuple):
    """Parts of roofs to test.

    Attributes
    ----------
    owner : number of the group that the worst place is looked for in.
    shape : 2D polygon.
    plane : (n, 3) a, b, c of the height above ground.
    """

    owner: Ints
    shape: Shapes
    plane: Floats


class Lines(NamedTuple):
    """Straight pieces of boundary.

    Attributes
    ----------
    xy : (n, 4) x0, y0, x1, y1.
    key : plot.
    ambiguous : the kind could be another.
    edge : row of the stretch that the piece is from.
    """

    xy: Floats
    key: Ints
    ambiguous: Bools
    edge: Ints


class _Rising(NamedTuple):
    """A plane above every piece of boundary, the pieces column by column."""

    x: Floats
    y: Floats
    along_x: Floats
    along_y: Floats
    square: Floats
    factor: float
    room: Floats

    def reach(self, x: Floats, y: Floats, line: Ints) -> tuple[Floats, Floats]:
        """From the nearest point of a piece of boundary to a point, row by row."""
        along_x, along_y = self.along_x[line], self.along_y[line]
        off_x, off_y = x - self.x[line], y - self.y[line]
        share = np.clip((off_x * along_x + off_y * along_y) / self.square[line], 0.0, 1.0)
        return off_x - share * along_x, off_y - share * along_y


class _Places(NamedTuple):
    """Places of roofs, each held against one piece of boundary."""

    owner: Ints
    line: Ints
    margin: Floats
    height: Floats
    distance: Floats
    x: Floats
    y: Floats


class _Sides(NamedTuple):
    """Straight edges of parts, as start and step, with the height at the start and its rise."""

    owner: Ints
    x: Floats
    y: Floats
    step_x: Floats
    step_y: Floats
    height: Floats
    rise: Floats

    def of(self, rows: Ints) -> _Sides:
        """Some of them."""
        numbers = (column[rows] for column in self[1:])
        return _Sides(self.owner[rows], *(np.asarray(n, dtype=np.float64) for n in numbers))


def worst(
    parts: Parts, owner_key: Ints, lines: Lines, factor: float, start_m: Floats | None = None
) -> pd.DataFrame:
    """The place of smallest spare room ``factor × distance - height`` per owner and certainty of the boundary.

    Danish: skråt højdegrænseplan; BR18 § 177.

    Parameters
    ----------
    parts : facets; several may have one owner.
    owner_key : plot of each owner.
    lines : pieces of boundary of all plots.
    factor : slope of the plane.
    start_m : height of the plane above each piece of boundary; on the ground by default.

    Returns
    -------
    Columns ``owner``, ``ambiguous``, ``margin`` (m), ``height`` (m), ``distance`` (m), ``x``, ``y`` and ``edge``;
    no row for an owner without boundary or parts.

    Notes
    -----
    Exact but for float rounding. Among places of equal margin the one of the smallest distance is told, then
    the first boundary.

    Examples
    --------
    Complies: 3.50 m high at 2.50 m with factor 1.4 has margin 0. Breaches: 3.51 m there has -0.01. Unknown:
    no parts, no row.
    """
    found: list[_Places] = []
    sides = _sides(parts)
    if len(sides.owner):
        start, end = lines.xy[:, :2].T, lines.xy[:, 2:].T
        along = end - start
        room = np.zeros(len(lines.xy)) if start_m is None else start_m
        rising = _Rising(
            start[0].copy(), start[1].copy(), along[0], along[1], (along**2).sum(axis=0), factor, room
        )
        group, line = _candidates(sides, owner_key, lines, rising)
        first, second = shapes.pairs(group, sides.owner)
        for block in range(0, len(first), _BLOCK):
            pick, side = first[block : block + _BLOCK], second[block : block + _BLOCK]
            found.append(_along(sides.of(side), line[pick], rising))
        found.append(_under(parts, group, line, lines, rising))
    return _first(found, lines)


def _first(found: list[_Places], lines: Lines) -> pd.DataFrame:
    """The worst place per owner and certainty."""
    nothing = _Places(
        *(np.zeros(0, dtype=np.int64 if n in ("owner", "line") else float) for n in _Places._fields)
    )
    places = _Places(*(np.concatenate(columns) for columns in zip(nothing, *found, strict=True)))
    kind = places.owner * 2 + lines.ambiguous[places.line]
    # Margins are rounded for the order only, so that float noise does not choose between equal places.
    margin = np.round(places.margin, 9)
    least = np.full(int(kind.max()) + 1 if len(kind) else 0, np.inf)
    np.minimum.at(least, kind, margin)
    low = np.flatnonzero(margin == least[kind])
    edge = lines.edge[places.line[low]]
    low = low[np.lexsort((edge, np.round(places.distance[low], 9), kind[low]))]
    low = low[np.append(True, kind[low][1:] != kind[low][:-1])[: len(low)]]
    return Columns(
        {
            "owner": places.owner[low],
            "ambiguous": lines.ambiguous[places.line[low]],
            "margin": places.margin[low],
            "height": places.height[low],
            "distance": places.distance[low],
            "x": places.x[low],
            "y": places.y[low],
            "edge": lines.edge[places.line[low]],
        }
    )


def _sides(parts: Parts) -> _Sides:
    found = shapes.segments(parts.shape)
    x, y, end_x, end_y = (column.copy() for column in found.xy.T)
    a, b, c = (column[found.row] for column in parts.plane.T)
    height = a * x + b * y + c
    return _Sides(
        parts.owner[found.row], x, y, end_x - x, end_y - y, height, a * end_x + b * end_y + c - height
    )


def _candidates(sides: _Sides, owner_key: Ints, lines: Lines, rising: _Rising) -> tuple[Ints, Ints]:
    """Pairs of owner and boundary piece that can hold the worst place, by boxes.

    A piece is left out when even the nearest corner of its box and the highest point of the owner have more to
    spare than some place of the owner is known to have.
    """
    size, owner = len(owner_key), sides.owner
    top = np.full(size, -np.inf)
    np.maximum.at(top, owner, sides.height + np.maximum(sides.rise, 0.0))
    some = np.zeros(size, dtype=np.int64)
    some[owner[::-1]] = np.arange(len(owner))[::-1]
    i, j = shapes.pairs(np.where(np.isfinite(top), owner_key, -2), lines.key)
    square = np.zeros(len(i))
    for start, step, begin, along in (
        (sides.x, sides.step_x, rising.x, rising.along_x),
        (sides.y, sides.step_y, rising.y, rising.along_y),
    ):
        low, high = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(low, owner, start + np.minimum(step, 0.0))
        np.maximum.at(high, owner, start + np.maximum(step, 0.0))
        lowest, highest = begin + np.minimum(along, 0.0), begin + np.maximum(along, 0.0)
        square += np.maximum(0.0, np.maximum(low[i] - highest[j], lowest[j] - high[i])) ** 2
    least = rising.factor * np.sqrt(square) + rising.room[j] - top[i]
    one = some[i]
    known = rising.factor * np.hypot(*rising.reach(sides.x[one], sides.y[one], j))
    kind = i * 2 + lines.ambiguous[j]
    bound = np.full(2 * size, np.inf)
    np.minimum.at(bound, kind, known + rising.room[j] - sides.height[one])
    keep = least <= bound[kind] + 1e-6
    return i[keep], j[keep]


def _along(side: _Sides, line: Ints, rising: _Rising) -> _Places:
    """The worst place along each side against each boundary piece.

    The spare room is convex along the side. So where its slope at the start does not fall, the start is the
    worst place, and where it still falls at the end, the end is; only between those the other places are asked.
    """
    factor, room = rising.factor, rising.room[line]
    e0x, e0y = rising.reach(side.x, side.y, line)
    e1x, e1y = rising.reach(side.x + side.step_x, side.y + side.step_y, line)
    d0, d1 = np.hypot(e0x, e0y), np.hypot(e1x, e1y)
    m0 = factor * d0 + room - side.height
    m1 = factor * d1 + room - side.height - side.rise
    # Slopes times distances, so that nothing is divided; a place on the boundary itself has no slope.
    falls = factor * (e0x * side.step_x + e0y * side.step_y) < side.rise * d0
    rises = factor * (e1x * side.step_x + e1y * side.step_y) > side.rise * d1
    between = np.flatnonzero((falls & rises) | (d0 == 0.0) | (d1 == 0.0))
    at_end = np.round(m1, 12) < np.round(m0, 12)
    t = at_end.astype(np.float64)
    margin, distance = np.where(at_end, m1, m0), np.where(at_end, d1, d0)
    if len(between):
        t[between], margin[between], distance[between] = _between(side.of(between), line[between], rising)
    return _Places(
        side.owner,
        line,
        margin,
        side.height + t * side.rise,
        distance,
        side.x + t * side.step_x,
        side.y + t * side.step_y,
    )


def _between(side: _Sides, line: Ints, rising: _Rising) -> tuple[Floats, Floats, Floats]:
    """Place (0 to 1), margin and distance of the worst of the seven places of each side."""
    factor, x, y = rising.factor, rising.x[line], rising.y[line]
    along_x, along_y, square = rising.along_x[line], rising.along_y[line], rising.square[line]
    step_x, step_y = side.step_x, side.step_y
    length = np.hypot(step_x, step_y)
    off_x, off_y = side.x - x, side.y - y
    with np.errstate(divide="ignore", invalid="ignore"):
        # Place on the boundary piece's line (0 to 1), and signed distance from it, both affine along the side.
        foot0, foot1 = (
            (off_x * along_x + off_y * along_y) / square,
            (step_x * along_x + step_y * along_y) / square,
        )
        off0, off1 = off_x * along_y - off_y * along_x, step_x * along_y - step_y * along_x
        places = [np.zeros(len(x)), np.ones(len(x)), -foot0 / foot1, (1.0 - foot0) / foot1, -off0 / off1]
        slope = side.rise / length
        steep = np.sqrt(np.where(np.abs(slope) < factor, factor**2 - slope**2, np.nan))
        for to_x, to_y in ((-off_x, -off_y), (along_x - off_x, along_y - off_y)):
            nearest = (to_x * step_x + to_y * step_y) / length**2
            aside = np.abs(to_x * step_y - to_y * step_x) / length
            places.append(nearest + aside * slope / steep / length)
    t = np.clip(np.nan_to_num(np.stack(places), nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    distance = np.stack([np.hypot(*rising.reach(side.x + s * step_x, side.y + s * step_y, line)) for s in t])
    margin = factor * distance + rising.room[line] - side.height - t * side.rise
    best, row = np.round(margin, 12).argmin(axis=0), np.arange(len(x))
    return t[best, row], margin[best, row], distance[best, row]


def _under(parts: Parts, group: Ints, line: Ints, lines: Lines, rising: _Rising) -> _Places:
    """Ends of boundary pieces that lie under a facet: there is no distance at all."""
    i, j = shapes.pairs(group, parts.owner)
    left, bottom, right, top = shapely.bounds(parts.shape).T
    found = []
    for ends in (lines.xy[:, :2].T, lines.xy[:, 2:].T):
        x, y = (column[line[i]] for column in ends)
        near = np.flatnonzero((x >= left[j]) & (x <= right[j]) & (y >= bottom[j]) & (y <= top[j]))
        near = near[shapely.intersects_xy(parts.shape[j[near]], x[near], y[near])]
        a, b, c = parts.plane[j[near]].T
        level, at = a * x[near] + b * y[near] + c, line[i[near]]
        none = np.zeros(len(near))
        found.append(_Places(group[i[near]], at, rising.room[at] - level, level, none, x[near], y[near]))
    return _Places(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def above(
    parts: Parts, line: shapely.Geometry, factor: float, rings: int = 24, start_m: float = 0.0
) -> shapely.Geometry | None:
    """The part of some facets that lies above the plane from one boundary, for drawing.

    Parameters
    ----------
    parts : facets of one building.
    line : the boundary.
    factor : slope of the plane.
    rings : how many bands of equal distance the picture has; the verdict never looks at it.
    start_m : height of the plane above the boundary.

    Returns
    -------
    A polygon, or ``None`` where nothing lies above.
    """
    if not len(parts.shape):
        return None
    xy = shapely.get_coordinates(parts.shape)
    reach = float(shapely.distance(shapely.points(xy), line).max())
    width = reach / rings
    found = []
    for ring in range(rings):
        band = shapely.difference(line.buffer((ring + 1) * width), line.buffer(ring * width))
        level = start_m + factor * (ring + 0.5) * width
        for shape, (a, b, c) in zip(parts.shape, parts.plane, strict=True):
            piece = shapely.intersection(shape, band)
            if not piece.is_empty:
                found.append(_over(piece, a, b, c - level))
    whole = shapely.union_all([f for f in found if f is not None and not f.is_empty])
    return None if whole.is_empty else whole


def _over(shape: shapely.Geometry, a: float, b: float, c: float) -> shapely.Geometry | None:
    """The part of a shape where a·x + b·y + c > 0."""
    slope = float(np.hypot(a, b))
    x0, y0, x1, y1 = shape.bounds
    middle = np.array([(x0 + x1) / 2.0, (y0 + y1) / 2.0])
    value = float(a * middle[0] + b * middle[1] + c)
    if slope < 1e-9:
        return shape if value > 0.0 else None
    uphill = np.array([a, b]) / slope
    side = np.array([-uphill[1], uphill[0]])
    reach = 2.0 * float(np.hypot(x1 - x0, y1 - y0)) + 1.0
    start = middle - uphill * value / slope
    corners = [start - side * reach, start + side * reach]
    corners += [corners[1] + uphill * reach * 2.0, corners[0] + uphill * reach * 2.0]
    if abs(value) / slope > reach:
        return shape if value > 0.0 else None
    return shapely.intersection(shape, shapely.polygons(np.array(corners)))
