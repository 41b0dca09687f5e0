"""Planes that rise from boundaries: where a roof comes nearest to, or goes through, ``k × distance``.

Every tested part of a roof is a plane facet, cut in 2D, with height = a·x + b·y + c. Against one straight
piece of boundary the spare room ``k·d - h`` is convex along a straight edge of the facet (distance to a convex
set is convex, height is affine), so its minimum is at an end of the edge, where the nearest point passes an end
of the boundary piece, where the two cross, or where the slope of the distance to such an end equals the slope of
the eaves. These seven places are evaluated truly; nothing is sampled. Inside a facet there is a minimum only on
the boundary piece itself, that is at ends of it that lie under the facet.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes

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
    lines: Lines
    factor: float
    room: Floats


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
    sides = shapes.segments(parts.shape)
    room = np.zeros(len(lines.xy)) if start_m is None else start_m
    rising = _Rising(lines, factor, room)
    tables = []
    if len(sides.row):
        owner_of_side = parts.owner[sides.row]
        height = _height(parts.plane[sides.row], sides.xy)
        group, line = _candidates(owner_of_side, sides.xy, height, owner_key, rising)
        first, second = shapes.pairs(group, owner_of_side)
        for start in range(0, len(first), _BLOCK):
            pick, side = first[start : start + _BLOCK], second[start : start + _BLOCK]
            tables.append(_along(sides.xy[side], height[side], group[pick], line[pick], rising))
        tables.append(_under(parts, group, line, rising))
    if not tables:
        none = np.zeros(0)
        tables = [_table(none, none, none, none, none.reshape(0, 2), none, lines=lines)]
    return _first(pd.concat(tables, ignore_index=True))


def _first(table: pd.DataFrame) -> pd.DataFrame:
    """The worst row per owner and certainty."""
    # Margins are rounded for the order only, so that float noise does not choose between equal places.
    order = np.lexsort(
        (
            table["edge"].to_numpy(),
            table["distance"].round(9).to_numpy(),
            table["margin"].round(9).to_numpy(),
            table["ambiguous"].to_numpy(),
            table["owner"].to_numpy(),
        )
    )
    ordered = table.iloc[order]
    return ordered[~ordered.duplicated(["owner", "ambiguous"])].reset_index(drop=True)


def _height(plane: Floats, xy: Floats) -> Floats:
    """Heights at both ends of segments, (n, 2)."""
    a, b, c = plane.T
    return np.stack([a * xy[:, 0] + b * xy[:, 1] + c, a * xy[:, 2] + b * xy[:, 3] + c], axis=1)


def _candidates(
    owner: Ints, xy: Floats, height: Floats, owner_key: Ints, rising: _Rising
) -> tuple[Ints, Ints]:
    """Pairs of owner and boundary piece that can hold the worst place, by boxes.

    A piece is left out when even the nearest corner of its box and the highest point of the owner have more to
    spare than some place of the owner is known to have.
    """
    lines, factor, room = rising
    size = len(owner_key)
    low = np.full((size, 2), np.inf)
    high = np.full((size, 2), -np.inf)
    top = np.full(size, -np.inf)
    for end in (xy[:, :2], xy[:, 2:]):
        np.minimum.at(low, owner, end)
        np.maximum.at(high, owner, end)
    np.maximum.at(top, owner, height.max(axis=1))
    some = np.zeros(size, dtype=np.int64)
    some[owner[::-1]] = np.arange(len(owner))[::-1]
    has = np.isfinite(top)
    i, j = shapes.pairs(np.where(has, owner_key, -2), lines.key)
    q = lines.xy[j]
    q_low, q_high = np.minimum(q[:, :2], q[:, 2:]), np.maximum(q[:, :2], q[:, 2:])
    gap = np.maximum(0.0, np.maximum(low[i] - q_high, q_low - high[i]))
    least = factor * np.hypot(gap[:, 0], gap[:, 1]) + room[j] - top[i]
    known = factor * _distance(xy[some[i], :2], q) + room[j] - height[some[i], 0]
    bound = np.full((size, 2), np.inf)
    kind = lines.ambiguous[j].astype(np.int64)
    np.minimum.at(bound, (i, kind), known)
    keep = least <= bound[i, kind] + 1e-6
    return i[keep], j[keep]


def _distance(p: Floats, q: Floats) -> Floats:
    """Distance of points to segments, row by row; further axes of ``p`` are places along one side."""
    start, along = q[:, :2], q[:, 2:] - q[:, :2]
    square = (along**2).sum(axis=1)
    if p.ndim == 3:
        start, along, square = start[:, None, :], along[:, None, :], square[:, None]
    offset = p - start
    share = np.clip((offset * along).sum(axis=-1) / square, 0.0, 1.0)
    rest = offset - share[..., None] * along
    return np.asarray(np.hypot(rest[..., 0], rest[..., 1]))


def _along(side: Floats, height: Floats, owner: Ints, line: Ints, rising: _Rising) -> pd.DataFrame:
    """The worst place along each side against each boundary piece."""
    lines, factor, room = rising
    q = lines.xy[line]
    p0, step = side[:, :2], side[:, 2:] - side[:, :2]
    length = np.hypot(step[:, 0], step[:, 1])
    rise = height[:, 1] - height[:, 0]
    along = q[:, 2:] - q[:, :2]
    reach = (along**2).sum(axis=1)
    offset = p0 - q[:, :2]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Place on the boundary piece's line (0 to 1), and signed distance from it, both affine along the side.
        foot0, foot1 = (offset * along).sum(axis=1) / reach, (step * along).sum(axis=1) / reach
        off0 = offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0]
        off1 = step[:, 0] * along[:, 1] - step[:, 1] * along[:, 0]
        places = [
            np.zeros(len(side)),
            np.ones(len(side)),
            -foot0 / foot1,
            (1.0 - foot0) / foot1,
            -off0 / off1,
        ]
        slope = rise / length
        steep = np.sqrt(np.where(np.abs(slope) < factor, factor**2 - slope**2, np.nan))
        for end in (q[:, :2], q[:, 2:]):
            to_end = end - p0
            nearest = (to_end * step).sum(axis=1) / length**2
            aside = np.abs(to_end[:, 0] * step[:, 1] - to_end[:, 1] * step[:, 0]) / length
            places.append(nearest + aside * slope / steep / length)
    t = np.clip(np.nan_to_num(np.stack(places, axis=1), nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    point = p0[:, None, :] + t[..., None] * step[:, None, :]
    distance = _distance(point, q)
    level = height[:, :1] + t * rise[:, None]
    margin = factor * distance + room[line][:, None] - level
    row = np.arange(len(side))
    best = np.round(margin, 12).argmin(axis=1)
    chosen = point[row, best]
    return _table(
        owner,
        margin[row, best],
        level[row, best],
        distance[row, best],
        chosen,
        line,
        lines=lines,
    )


def _under(parts: Parts, group: Ints, line: Ints, rising: _Rising) -> pd.DataFrame:
    """Ends of boundary pieces that lie under a facet: there is no distance at all."""
    lines, room = rising.lines, rising.room
    i, j = shapes.pairs(group, parts.owner)
    ends = lines.xy[line[i]]
    box = shapely.bounds(parts.shape)[j]
    tables = []
    for x, y in ((ends[:, 0], ends[:, 1]), (ends[:, 2], ends[:, 3])):
        near = np.flatnonzero((x >= box[:, 0]) & (x <= box[:, 2]) & (y >= box[:, 1]) & (y <= box[:, 3]))
        near = near[shapely.intersects_xy(parts.shape[j[near]], x[near], y[near])]
        a, b, c = parts.plane[j[near]].T
        level = a * x[near] + b * y[near] + c
        distance = np.zeros(len(near))
        tables.append(
            _table(
                group[i[near]],
                room[line[i[near]]] - level,
                level,
                distance,
                np.stack([x[near], y[near]], axis=1),
                line[i[near]],
                lines=lines,
            )
        )
    return pd.concat(tables, ignore_index=True)


def _table(
    owner: npt.NDArray[np.generic],
    margin: Floats,
    height: Floats,
    distance: Floats,
    place: Floats,
    line: npt.NDArray[np.generic],
    *,
    lines: Lines,
) -> pd.DataFrame:
    at = line.astype(np.int64)
    return pd.DataFrame(
        {
            "owner": owner.astype(np.int64),
            "ambiguous": lines.ambiguous[at],
            "margin": margin,
            "height": height,
            "distance": distance,
            "x": place[:, 0],
            "y": place[:, 1],
            "edge": lines.edge[at],
        }
    )


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
