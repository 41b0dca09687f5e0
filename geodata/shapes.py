"""Array helpers for shapes: overlaps that count, stretches of boundary, segments, planes.

Everything works on arrays of shapes in grid metres and knows numpy and shapely only. The numbers for overlaps
are those of the rule cases: a connected piece counts when it is larger than 0.01 m² and deeper than 0.05 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex
from geodata.convex import Corners

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: An overlap counts when it is larger (m²) and deeper (m) than this; shallower than ``TOUCH_M`` is mere touching.
OVERLAP_M2: Final = 0.01
OVERLAP_DEPTH_M: Final = 0.05
TOUCH_M: Final = 0.0005
#: So close to where a piece begins to count, float noise of the coordinates decides (metres).
TURN_M: Final = 2e-6
#: Boundaries of neighbours that lie this close are one and the same line.
SNAP_M: Final = 0.01
#: Of coordinates in the millions, ten times what a float can tell apart.
_GRID_M: Final = 1e-8
#: Grid on which shapes are united, metres.
UNION_GRID_M: Final = 1e-6
#: How far outside a boundary one looks for what lies there; a little more than the snap.
_PROBE_M: Final = 0.015

#: So many shapes are asked one by one.
_FEW: Final = 50

_LINE: Final = 1
_RING: Final = 2
_POLYGON: Final = 3
_MULTIPOLYGON: Final = 6


def usable(shapes: Shapes, corners: Corners | None = None) -> Bools:
    """Which shapes are areas that can be measured.

    Parameters
    ----------
    shapes : array of shapely geometries or ``None``.
    corners : of these shapes, where they are known already: what is convex is valid.

    Returns
    -------
    True for a valid, non-empty Polygon or MultiPolygon with finite coordinates and an area above zero.
    """
    kind = shapely.get_type_id(shapes)
    good = ((kind == _POLYGON) | (kind == _MULTIPOLYGON)) & ~shapely.is_empty(shapes)
    good &= np.isfinite(shapely.bounds(shapes)).all(axis=-1)
    # To look for convex ones among a few costs more than to ask of each.
    few = corners is None and len(shapes) <= _FEW
    asked = good if few else good & ~(corners or convex.corners(shapes)).is_convex()
    good[asked] = shapely.is_valid(shapes[asked])
    # Areas of what is endless are no numbers, and nobody asks for them.
    with np.errstate(invalid="ignore"):
        good &= shapely.area(shapes) > 0.0
    return np.asarray(good, dtype=bool)


def column(geometry: Any) -> Shapes:
    """A geometry column as a new object array of shapes, missing ones as ``None``."""
    return np.array(geometry.array, dtype=object)


def flat(shapes: Shapes) -> Shapes:
    """The shapes without z; where none has any they are handed back as they are."""
    return np.asarray(shapely.force_2d(shapes), dtype=object) if shapely.has_z(shapes).any() else shapes


def depth(shapes: Shapes) -> Floats:
    """Depth in metres: 2 × area / perimeter, inner rings included; 0 for empty and missing shapes."""
    perimeter = np.nan_to_num(shapely.length(shapes))
    area = np.nan_to_num(shapely.area(shapes))
    found = np.divide(2.0 * area, perimeter, out=np.zeros_like(area), where=perimeter > 0.0)
    return np.asarray(found, dtype=np.float64)


def polygons(shapes: Shapes) -> tuple[Shapes, Ints]:
    """The connected polygons of each shape, whatever collection they sit in, and the row that each is from."""
    kind = shapely.get_type_id(shapes)
    single = kind == _POLYGON
    if (single | (kind < 0)).all():
        rows = np.flatnonzero(single & ~shapely.is_empty(shapes))
        return shapes[rows], rows
    parts, rows = shapely.get_parts(shapes, return_index=True)
    if (single | (kind == _MULTIPOLYGON) | (kind < 0)).all():
        keep = ~shapely.is_empty(parts)
        return parts[keep], np.asarray(rows[keep], dtype=np.int64)
    parts, inner = shapely.get_parts(parts, return_index=True)
    keep = shapely.get_type_id(parts) == _POLYGON
    return parts[keep], np.asarray(rows[inner][keep], dtype=np.int64)


def same_nodes(a: Any, b: Any) -> bool:
    """Whether two areas are the same node by node, wherever their rings begin; costs far less than to cut."""
    found = [shapely.normalize(shapely.multipolygons(shapely.get_parts(shape))) for shape in (a, b)
             if shape is not None and shapely.get_type_id(shape) in (_POLYGON, _MULTIPOLYGON)]  # fmt: skip
    return len(found) > 1 and bool(shapely.equals_exact(*found, 0.0))


class Overlap(NamedTuple):
    """What arrays of shapes have in common, row by row.

    Attributes
    ----------
    area_m2 : sum of the pieces that count, 0 where none does.
    depth_m : depth of the deepest piece that counts.
    near : something overlaps by more than touching, but nothing of it counts.
    shape : the pieces that count, ``None`` where none does.
    turning : a piece would count, or not, if its rim lay two micrometres elsewhere.
    """

    area_m2: Floats
    depth_m: Floats
    near: Bools
    shape: Shapes
    turning: Bools


def counted(common: Shapes) -> Overlap:
    """Which pieces of intersections (or differences) count.

    Parameters
    ----------
    common : array of geometries of any type, ``None`` allowed: what two things have in common.

    Returns
    -------
    Overlap, one row per input row.

    Notes
    -----
    Connected pieces are judged one by one and those that do not count are not added up. "Near" begins at
    0.0005 m of depth.
    """
    size = len(common)
    parts, rows = polygons(common)
    deep = depth(parts)
    area = shapely.area(parts)
    counts = (area > OVERLAP_M2) & (deep > OVERLAP_DEPTH_M)
    total = np.bincount(rows[counts], weights=area[counts], minlength=size)
    deepest = np.zeros(size)
    np.maximum.at(deepest, rows[counts], deep[counts])
    near = np.zeros(size, dtype=bool)
    near[rows[~counts & (deep >= TOUCH_M)]] = True
    near &= total == 0.0
    rim = TURN_M * shapely.length(parts)
    perhaps = (area > OVERLAP_M2 - rim) & (deep > OVERLAP_DEPTH_M - TURN_M)
    surely = (area > OVERLAP_M2 + rim) & (deep > OVERLAP_DEPTH_M + TURN_M)
    turning = np.zeros(size, dtype=bool)
    turning[rows[perhaps & ~surely]] = True
    shape = np.full(size, None, dtype=object)
    kept, kept_rows = parts[counts], rows[counts]
    if len(kept):
        found, first = np.unique(kept_rows, return_index=True)
        shape[found] = kept[first]
        several = np.flatnonzero(np.bincount(kept_rows, minlength=size) > 1)
        if len(several):
            mask = np.isin(kept_rows, several)
            _, position = np.unique(kept_rows[mask], return_inverse=True)
            shape[several] = shapely.multipolygons(kept[mask], indices=position)
    return Overlap(np.asarray(total, dtype=np.float64), deepest, near, shape, turning)


def common(a: Shapes, b: Shapes) -> Shapes:
    """What row ``a`` and row ``b`` have in common, also where they share a side but for float noise.

    GEOS then answers two points, or nothing, of areas that lie over each other: what has no area in common is asked
    for once more on a grid of 10 nanometres.
    """
    found = np.asarray(shapely.intersection(a, b), dtype=object)
    lost = np.flatnonzero((shapely.area(found) == 0.0) & ~shapely.is_missing(found))
    if len(lost):
        found[lost] = shapely.intersection(a[lost], b[lost], grid_size=_GRID_M)
    return found


def beyond(a: Shapes, b: Shapes) -> Shapes:
    """What of row ``a`` lies outside row ``b``, also where they share a side but for float noise.

    GEOS then leaves spurs, a nanometre wide and as long as the side: they bring corners to where nothing is, and
    make deep pieces look shallow. What has one is asked for once more on a grid of a micrometre, which is that of
    unions (:func:`union_by`).
    """
    found = np.asarray(shapely.difference(a, b), dtype=object)
    spurred = np.flatnonzero(shapely.minimum_clearance(found) < 2.0 * UNION_GRID_M)
    if len(spurred):
        found[spurred] = shapely.difference(a[spurred], b[spurred], grid_size=UNION_GRID_M)
    return found


def overlap(a: Shapes, b: Shapes) -> Overlap:
    """Pieces that row ``a`` and row ``b`` have in common and that count; see :func:`counted`.

    Notes
    -----
    Unusable shapes overlap nothing; ask :func:`usable` first.
    """
    good = usable(a) & usable(b)
    shared = np.full(len(a), None, dtype=object)
    shared[good] = common(a[good], b[good])
    return counted(shared)


class Segments(NamedTuple):
    """Straight segments: rows of x0, y0, x1, y1 in metres, and the input row that each is from."""

    xy: Floats
    row: Ints


def segments(lines: Shapes) -> Segments:
    """Explode lines and polygon boundaries into straight segments; those of no length are left out.

    Parameters
    ----------
    lines : LineString, LinearRing, Polygon, multi or collections of them, ``None`` allowed.
    """
    parts, rows = _single_lines(lines)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    joined = np.hstack([xy[:-1], xy[1:]])[same]
    owner = rows[part[1:][same]]
    long = (joined[:, :2] != joined[:, 2:]).any(axis=1) & np.isfinite(joined).all(axis=1)
    joined, owner = joined[long], owner[long]
    if (owner[1:] < owner[:-1]).any():
        order = np.argsort(owner, kind="stable")
        joined, owner = joined[order], owner[order]
    return Segments(np.asarray(joined), np.asarray(owner, dtype=np.int64))


def _single_lines(lines: Shapes) -> tuple[Shapes, Ints]:
    """Things that have one list of coordinates each: lines, rings, areas without holes; and their rows."""
    kind = shapely.get_type_id(lines)
    plain = np.isin(kind, (_LINE, _RING)) | (
        (kind == _POLYGON) & (shapely.get_num_interior_rings(lines) == 0)
    )
    simple = np.flatnonzero(plain)
    if len(simple) == len(lines):
        return lines, simple
    rest = np.flatnonzero(~plain)
    parts, rows = shapely.get_parts(lines[rest], return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    rows = rest[rows[inner]]
    area = shapely.get_type_id(parts) == _POLYGON
    if area.any():
        rings, of = shapely.get_rings(parts[area], return_index=True)
        parts = np.concatenate([parts[~area], rings])
        rows = np.concatenate([rows[~area], rows[area][of]])
    return np.concatenate([lines[simple], parts]), np.concatenate([simple, rows])


def planes(rings: Shapes) -> tuple[Floats, Shapes]:
    """Planes through 3D polygons, and the polygons in 2D.

    Parameters
    ----------
    rings : Polygon Z, one per roof facet, ``None`` allowed.

    Returns
    -------
    Array (n, 3) of a, b, c with z = a·x + b·y + c, least squares over all vertices; NaN where a polygon is
    missing, has no z, or stands upright. And the 2D polygons.

    Notes
    -----
    Solved around each polygon's own centre, so that coordinates in the millions cost no precision.
    """
    xyz, row = shapely.get_coordinates(rings, include_z=True, return_index=True)
    size = len(rings)
    count = np.bincount(row, minlength=size).astype(np.float64)
    count[count == 0] = np.nan
    centre = np.stack([np.bincount(row, weights=xyz[:, k], minlength=size) / count for k in range(3)], axis=1)
    x, y, z = (xyz - centre[row]).T

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(row, weights=values, minlength=size), dtype=np.float64)

    xx, xy, yy, xz, yz = total(x * x), total(x * y), total(y * y), total(x * z), total(y * z)
    determinant = xx * yy - xy * xy
    flat = determinant > 1e-9 * np.maximum(xx + yy, 1e-12) ** 2
    safe = np.where(flat, determinant, np.nan)
    a = (xz * yy - yz * xy) / safe
    b = (yz * xx - xz * xy) / safe
    c = centre[:, 2] - a * centre[:, 0] - b * centre[:, 1]
    return np.stack([a, b, c], axis=1), np.asarray(shapely.force_2d(rings), dtype=object)


@dataclass(frozen=True)
class Stretches:
    """Stretches of boundary, each with one and the same thing on its other side.

    Attributes
    ----------
    parcel : row of the parcel that the stretch bounds.
    neighbour : row of the neighbour on the other side, -1 where nothing is recorded.
    line : LineString.
    plot : for each *parcel*, its group of adjoining parcels within the site, from 1.
    """

    parcel: Ints
    neighbour: Ints
    line: Shapes
    plot: Ints


def stretches(
    parcels: Shapes,
    site: Ints,
    neighbours: Shapes,
    neighbour_site: Ints,
    rank: Ints | None = None,
) -> Stretches:
    """Split parcel boundaries by what lies on the other side.

    Danish: skel. A stretch ends exactly where that neighbour ends; lines between adjoining parcels of one site
    are no boundary, edges of holes are.

    Parameters
    ----------
    parcels : (Multi)Polygons of the sites' own parcels; unusable ones have no stretches.
    site : site of each; parcels see only what has the same site.
    neighbours : (Multi)Polygons around them.
    neighbour_site : site that each neighbour was looked up for.
    rank : where neighbours overlap, the one of the smallest rank counts; by default the first.

    Returns
    -------
    Stretches, ordered by parcel, then along its rings.

    Notes
    -----
    Vertices of neighbours that lie within 0.01 m of the boundary are taken to lie on it, so T-junctions and
    slightly offset drawings do no harm; gaps and overlaps along the line of up to 0.01 m belong to the
    stretch before.
    """
    own_good = usable(parcels)
    oriented = np.array(parcels, dtype=object)
    if own_good.any():
        oriented[own_good] = shapely.orient_polygons(shapely.force_2d(parcels[own_good]))
    oriented[~own_good] = None
    beside = np.array(neighbours, dtype=object)
    beside[~usable(neighbours)] = None
    around = np.concatenate([oriented, beside])
    around_site = np.concatenate([site, neighbour_site]).astype(np.int64)
    own = segments(oriented)
    cuts = _cuts(own, site[own.row], segments(around), around_site)
    piece = cut_segments(own, *cuts)
    parcel = own.row[piece.row]
    ranks = np.zeros(len(neighbours), dtype=np.int64) if rank is None else rank
    beyond = _beyond(
        probes(piece.xy), parcel, site[parcel], around, around_site, np.concatenate([site * 0 - 1, ranks])
    )
    inner = (beyond >= 0) & (beyond < len(parcels))
    plot = _groups(len(parcels), parcel[inner], beyond[inner])
    return _runs(piece.xy, parcel, beyond, ~inner, len(parcels), _within(plot, site))


def _pairs(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """All pairs of rows with the same key, by sorting instead of looping."""
    order = np.argsort(right, kind="stable")
    keys = right[order]
    start = np.searchsorted(keys, left, side="left")
    count = np.searchsorted(keys, left, side="right") - start
    first = np.repeat(np.arange(len(left)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first, order[np.repeat(start, count) + offset]


def pairs(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """All pairs of rows whose keys are equal, ordered by the left row.

    Parameters
    ----------
    left, right : int64 keys.

    Returns
    -------
    Two arrays of row numbers, into ``left`` and into ``right``.
    """
    first, second = _pairs(np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64))
    return np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)


def _near_pairs(a: Floats, a_key: Ints, b: Floats, b_key: Ints, margin: float) -> tuple[Ints, Ints]:
    """Pairs of boxes (x0, y0, x1, y1) of one key that come within ``margin``.

    With few keys and many boxes a spatial index finds them, else sorting by key does.
    """
    if len(a) * len(b) > 4_000_000 * max(1, len(np.unique(b_key))):
        tree = shapely.STRtree(shapely.box(*b.T))
        grown = a + np.array([-margin, -margin, margin, margin])
        i, j = tree.query(shapely.box(*grown.T))
        same = a_key[i] == b_key[j]
        return np.asarray(i[same], dtype=np.int64), np.asarray(j[same], dtype=np.int64)
    i, j = pairs(a_key, b_key)
    p, q = a[i], b[j]
    close = (
        (p[:, 0] - margin <= q[:, 2])
        & (q[:, 0] - margin <= p[:, 2])
        & (p[:, 1] - margin <= q[:, 3])
        & (q[:, 1] - margin <= p[:, 3])
    )
    return i[close], j[close]


def boxes_of(xy: Floats) -> Floats:
    """Box of each segment: x0, y0, x1, y1, the smaller ones first."""
    return np.hstack([np.minimum(xy[:, :2], xy[:, 2:]), np.maximum(xy[:, :2], xy[:, 2:])])


def _cuts(own: Segments, own_key: Ints, other: Segments, other_site: Ints) -> tuple[Ints, Floats]:
    """Where along own segments (m from their start) a neighbour's line begins, ends or crosses."""
    i, j = _near_pairs(boxes_of(own.xy), own_key, boxes_of(other.xy), other_site[other.row], SNAP_M)
    return cut_places(own.xy, other.xy, i, j)


def cut_places(own: Floats, other: Floats, i: Ints, j: Ints) -> tuple[Ints, Floats]:
    """Where other segments begin, end or cross, along the inside of segments.

    Parameters
    ----------
    own, other : segments, rows of x0, y0, x1, y1 in metres.
    i, j : the pairs of rows that are looked at.

    Returns
    -------
    Row of the own segment and metres from its start, in this order; of places within 0.01 m the first.
    """
    start, end = own[i, :2], own[i, 2:]
    length = np.hypot(*(end - start).T)
    ux, uy = (end - start).T / length
    found_row, found_at = [], []
    offsets = []
    for corner in (other[j, :2], other[j, 2:]):
        dx, dy = (corner - start).T
        at, off = dx * ux + dy * uy, dx * uy - dy * ux
        offsets.append((at, off))
        hit = np.abs(off) <= SNAP_M
        found_row.append(i[hit])
        found_at.append(at[hit])
    (at0, off0), (at1, off1) = offsets
    crossing = off0 * off1 < 0.0
    share = np.divide(off0, off0 - off1, out=np.zeros_like(off0), where=crossing)
    found_row.append(i[crossing])
    found_at.append((at0 + share * (at1 - at0))[crossing])
    row, at = np.concatenate(found_row), np.concatenate(found_at)
    inside = (at > SNAP_M) & (at < np.hypot(*(own[row, 2:] - own[row, :2]).T) - SNAP_M)
    row, at = row[inside], at[inside]
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | (at[1:] - at[:-1] > SNAP_M)
    return np.asarray(row[fresh], dtype=np.int64), at[fresh]


def cut_segments(own: Segments, row: Ints, at: Floats) -> Segments:
    """Segments cut at places as :func:`cut_places` gives them, in their old order; ``row`` is that of the segment."""
    every = np.arange(len(own.xy))
    if not len(row):
        return Segments(own.xy, every)
    length = np.hypot(*(own.xy[:, 2:] - own.xy[:, :2]).T)
    all_rows = np.concatenate([every, row])
    starts = np.concatenate([np.zeros(len(every)), at])
    order = np.lexsort((starts, all_rows))
    all_rows, starts = all_rows[order], starts[order]
    ends = np.append(starts[1:], 0.0)
    last = np.append(all_rows[1:] != all_rows[:-1], True)
    ends[last] = length[all_rows[last]]
    base = own.xy[all_rows]
    direction = (base[:, 2:] - base[:, :2]) / length[all_rows][:, None]
    begin = base[:, :2] + direction * starts[:, None]
    finish = np.where(last[:, None], base[:, 2:], base[:, :2] + direction * ends[:, None])
    return Segments(np.hstack([begin, finish]), np.asarray(all_rows, dtype=np.int64))


def probes(xy: Floats) -> Floats:
    """Points a little outside the middle of pieces of boundary, which have their area on the left."""
    along = xy[:, 2:] - xy[:, :2]
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    middle = (xy[:, :2] + xy[:, 2:]) / 2.0
    return np.asarray(middle + np.stack([along[:, 1], -along[:, 0]], axis=1) * _PROBE_M)


def _beyond(probe: Floats, parcel: Ints, key: Ints, around: Shapes, around_site: Ints, rank: Ints) -> Ints:
    """Row of what lies at each probe, -1 for nothing; the probe's own parcel does not count."""
    boxes = shapely.bounds(around)
    boxes = np.where(np.isfinite(boxes), boxes, np.inf)
    known = np.flatnonzero(np.isfinite(boxes[:, 0]))
    i, j = _near_pairs(np.hstack([probe, probe]), key, boxes[known], around_site[known], 0.0)
    j = known[j]
    other = j != parcel[i]
    i, j = i[other], j[other]
    shapely.prepare(around[np.unique(j)])
    hit = shapely.intersects_xy(around[j], probe[i, 0], probe[i, 1])
    i, j = i[hit], j[hit]
    order = np.lexsort((j, rank[j], i))
    beyond = np.full(len(probe), -1, dtype=np.int64)
    first = np.unique(i[order], return_index=True)
    beyond[first[0]] = j[order][first[1]]
    return beyond


def _groups(size: int, a: Ints, b: Ints) -> Ints:
    """Connected components over ``size`` nodes: the smallest node of each one's group."""
    label = np.arange(size)
    while True:
        new = label.copy()
        np.minimum.at(new, a, label[b])
        np.minimum.at(new, b, label[a])
        new = new[new]
        if (new == label).all():
            return label
        label = new


def _within(group: Ints, site: Ints) -> Ints:
    """Groups numbered from 1 within each site, in the order of their first member."""
    if not len(group):
        return group
    leader, at = np.unique(group, return_inverse=True)
    order = np.lexsort((leader, site[leader]))
    ordered = site[leader][order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    begin = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - begin + 1
    return number[at]


def _runs(xy: Floats, parcel: Ints, beyond: Ints, kept: Bools, own: int, plot: Ints) -> Stretches:
    """Join pieces that follow each other and have the same on their other side."""
    xy, parcel, beyond = xy[kept], parcel[kept], beyond[kept]
    if not len(xy):
        none = np.zeros(0, dtype=np.int64)
        return Stretches(none, none, np.zeros(0, dtype=object), plot)
    joined = (
        (parcel[1:] == parcel[:-1]) & (beyond[1:] == beyond[:-1]) & (xy[1:, :2] == xy[:-1, 2:]).all(axis=1)
    )
    run = np.concatenate([[0], np.cumsum(~joined)])
    first = np.concatenate([[True], ~joined])
    points = np.empty((len(xy) + int(first.sum()), 2))
    index = np.empty(len(points), dtype=np.int64)
    place = np.arange(len(xy)) + run + 1
    points[place], index[place] = xy[:, 2:], run
    points[place[first] - 1], index[place[first] - 1] = xy[first, :2], run[first]
    lines = shapely.linestrings(points, indices=index)
    neighbour = np.where(beyond[first] < 0, -1, beyond[first] - own)
    return Stretches(
        parcel=np.asarray(parcel[first], dtype=np.int64),
        neighbour=np.asarray(neighbour, dtype=np.int64),
        line=np.asarray(lines, dtype=object),
        plot=plot,
    )


def most(part: Shapes, whole_row: Ints, of: Shapes, of_row: Ints, size: int) -> tuple[Ints, Floats]:
    """Which of several areas each shape lies on most.

    Parameters
    ----------
    part : shapes, e.g. footprints, already paired with ``of``.
    whole_row : row of the shape that each pair is about, below ``size``.
    of : the area of each pair.
    of_row : row that names the area.
    size : number of shapes.

    Returns
    -------
    For each shape the row of the area with the largest overlap that counts (-1 = none), and that overlap in m².
    """
    found = overlap(part, of)
    order = np.lexsort((of_row, -found.area_m2, whole_row))
    order = order[found.area_m2[order] > 0.0]
    best = np.full(size, -1, dtype=np.int64)
    area = np.zeros(size)
    row, first = np.unique(whole_row[order], return_index=True)
    best[row] = of_row[order][first]
    area[row] = found.area_m2[order][first]
    return best, area


def nothing(size: int) -> Any:
    """An array of ``size`` missing shapes."""
    return np.full(size, None, dtype=object)


def width_across(lines: Shapes, areas: Shapes, reach_m: float = 200.0) -> Floats:
    """Width in metres of the area beyond a stretch, straight across from the middle of its longest side.

    Parameters
    ----------
    lines : stretches as :func:`stretches` gives them, what they bound on their left.
    areas : the area beyond each, ``None`` allowed.
    reach_m : how far one looks.

    Returns
    -------
    Widths; NaN where the area is missing or does not lie there.
    """
    width = np.full(len(lines), np.nan)
    rows = np.flatnonzero(usable(areas))
    if not len(rows):
        return width
    sides = segments(lines[rows])
    length = np.hypot(*(sides.xy[:, 2:] - sides.xy[:, :2]).T)
    order = np.lexsort((-length, sides.row))
    row, first = np.unique(sides.row[order], return_index=True)
    pick = order[first]
    start, end = sides.xy[pick, :2], sides.xy[pick, 2:]
    along = (end - start) / length[pick][:, None]
    out = np.stack([along[:, 1], -along[:, 0]], axis=1)
    middle = (start + end) / 2.0
    rays = shapely.linestrings(np.stack([middle, middle + out * reach_m], axis=1))
    hits, of = shapely.get_parts(shapely.intersection(rays, areas[rows[row]]), return_index=True)
    origin = shapely.points(middle[of])
    near = (shapely.distance(hits, origin) <= _PROBE_M) & (shapely.length(hits) > 0.0)
    width[rows[row[of[near]]]] = shapely.length(hits[near]) + shapely.distance(hits[near], origin[near])
    return width


def union_by(keys: Ints, shapes: Shapes) -> tuple[Ints, Shapes]:
    """Union of the shapes of each key.

    Parameters
    ----------
    keys : int64, one per shape.
    shapes : polygons, none missing.

    Returns
    -------
    The keys in ascending order, each once, and one union for each; put together on a grid of a micrometre, so
    that neighbours with float noise between them become one.
    """
    order = np.argsort(keys, kind="stable")
    found, row = np.unique(keys[order], return_inverse=True)
    if not len(found):
        return found, nothing(0)
    gathered = shapely.geometrycollections(shapes[order], indices=row)
    return found, np.asarray(
        shapely.union_all(gathered[:, None], axis=1, grid_size=UNION_GRID_M), dtype=object
    )


def mended(areas: Shapes) -> Shapes:
    """Areas that can be cut with: as they are where they are sound, put right where they cross themselves.

    ``None`` where nothing is left of an area.
    """
    made = np.array(areas, dtype=object)
    raised = shapely.has_z(made)
    made[raised] = shapely.force_2d(made[raised])
    bad = np.flatnonzero(~usable(made))
    there = bad[np.isfinite(shapely.bounds(made[bad])).all(axis=-1)] if len(bad) else bad
    made[bad] = None
    if len(there):
        parts, row = polygons(shapely.make_valid(shapely.force_2d(areas[there])))
        kept = shapely.area(parts) > 0.0
        row, whole = union_by(row[kept], parts[kept])
        made[there[row]] = whole
    return made
