"""Edges parcel by parcel, by spatial joins and shapes: slow, and what the fast way is compared with."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.crs import GRID
from geodata.edges import COVER_M, SIGMA_UNKNOWN_M, _lines, _width, kinds_of_lines
from geodata.shapes import SNAP_M, Floats, Ints, Segments, Shapes, segments, stretches


def edges_of(
    parcels: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    focus: npt.NDArray[np.bool_] | None = None,
) -> gpd.GeoDataFrame:
    """See :func:`geodata.edges.edges_of`, but for taken-up roads."""
    shapes = np.asarray(parcels.geometry.array, dtype=object)
    rows = np.arange(len(parcels)) if focus is None else np.flatnonzero(focus)
    own, other = shapely.STRtree(shapes).query(shapes[rows], predicate="dwithin", distance=SNAP_M)
    distinct = rows[own] != other
    own, other = own[distinct], other[distinct]
    order = np.lexsort((other, own))  # where neighbours overlap, the first one counts
    own, other = own[order], other[order]
    found = stretches(shapes[rows], np.arange(len(rows)), shapes[other], own.astype(np.int64))
    line_shapes = np.asarray(lines.geometry.array, dtype=object)
    piece = _cut(segments(found.line), line_shapes)
    line = _covering(piece.xy, line_shapes)

    mine = rows[found.parcel[piece.row]]
    beyond = np.where(found.neighbour >= 0, np.append(other, -1)[found.neighbour], -1)[piece.row]
    is_road = parcels["is_road"].fillna(False).to_numpy(dtype=bool)
    property_number = parcels["property_number"].to_numpy(dtype="float64", na_value=np.nan)
    line_kind = np.append(kinds_of_lines(lines["line_class"]), "")[line]
    has, road_there = beyond >= 0, (beyond >= 0) & is_road[beyond]
    # The road of a road line is this parcel itself when the other side is an ordinary one.
    told = (line_kind != "") & ~((line_kind == "road") & is_road[mine] & has & ~road_there)
    kind = np.select([told, road_there, has], [line_kind, "road", "parcel"], "unknown").astype(object)
    source = np.select([told, has], ["cadastral_line", "neighbour"], "none").astype(object)
    sigma = np.append(lines["sigma_m"].to_numpy(dtype="float64", na_value=np.nan), np.nan)[line]
    sigma = np.where(np.isfinite(sigma), sigma, SIGMA_UNKNOWN_M)
    inner = has & (property_number[mine] == property_number[beyond])

    run, first = _runs(piece, kind, source, sigma)
    geometry = _lines(piece.xy, run, first)
    width = _width(piece.xy, run, np.where(road_there, beyond, -1), shapes, int(first.sum()))
    key = parcels["parcel"].to_numpy(dtype=np.int64)
    return gpd.GeoDataFrame(
        {
            "parcel": key[mine[first]],
            "kind": kind[first],
            "kind_src": source[first],
            "sigma_m": sigma[first],
            "neighbour": np.where(has, key[beyond], -1)[first],
            "width_across_m": width,
            "inner": inner[first],
            "ambiguous": kind[first] == "unknown",
        },
        geometry=gpd.GeoSeries(geometry, crs=GRID),
    )


def _cut(own: Segments, lines: Shapes) -> Segments:
    """Segments cut where a cadastral line has a node; ``row`` stays the row of the stretch."""
    length = np.hypot(*(own.xy[:, 2:] - own.xy[:, :2]).T)
    nodes = shapely.get_coordinates(lines)
    if len(nodes) and len(own.xy):
        drawn = shapely.linestrings(own.xy.reshape(-1, 2, 2))
        at_segment, node = shapely.STRtree(shapely.points(nodes)).query(
            drawn, predicate="dwithin", distance=SNAP_M
        )
        start, unit = (
            own.xy[at_segment, :2],
            (own.xy[:, 2:] - own.xy[:, :2])[at_segment] / length[at_segment][:, None],
        )
        along = ((nodes[node] - start) * unit).sum(axis=1)
        within = (along > SNAP_M) & (along < length[at_segment] - SNAP_M)
        at_segment, along = at_segment[within], along[within]
    else:
        at_segment, along = np.zeros(0, dtype=np.int64), np.zeros(0)
    order = np.lexsort((along, at_segment))
    at_segment, along = at_segment[order], along[order]
    fresh = np.ones(len(along), dtype=bool)
    fresh[1:] = (np.diff(at_segment) > 0) | (np.diff(along) > SNAP_M)
    at_segment, along = at_segment[fresh], along[fresh]
    # Each piece begins at a segment's start or at a cut; it ends where the next one begins.
    owner = np.concatenate([np.arange(len(own.xy)), at_segment])
    begin = np.concatenate([np.zeros(len(own.xy)), along])
    order = np.lexsort((begin, owner))
    owner, begin = owner[order], begin[order]
    unit = (own.xy[:, 2:] - own.xy[:, :2]) / length[:, None]
    points = own.xy[owner, :2] + unit[owner] * begin[:, None]
    last = np.append(owner[1:] != owner[:-1], True)[: len(owner)]
    ends = np.where(last[:, None], own.xy[owner, 2:], np.roll(points, -1, axis=0))
    return Segments(np.hstack([points, ends]), own.row[owner])


def _covering(xy: Floats, lines: Shapes) -> Ints:
    """Row of the cadastral line that each piece lies on, -1 = none; the nearest one, then the first."""
    best = np.full(len(xy), -1, dtype=np.int64)
    if not len(lines) or not len(xy):
        return best
    ends = (shapely.points(xy[:, :2]), shapely.points(xy[:, 2:]))
    middle = shapely.points((xy[:, :2] + xy[:, 2:]) / 2.0)
    piece, line = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=COVER_M)
    off = shapely.distance(middle[piece], lines[line])
    on = np.ones(len(piece), dtype=bool)
    for end in ends:
        on &= shapely.distance(end[piece], lines[line]) <= COVER_M
    piece, line, off = piece[on], line[on], off[on]
    order = np.lexsort((line, off, piece))
    row, at = np.unique(piece[order], return_index=True)
    best[row] = line[order][at]
    return best


def _runs(piece: Segments, kind: Shapes, source: Shapes, sigma: Floats) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Number of the edge that each piece belongs to, and which pieces begin one."""
    if not len(piece.xy):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    same = (piece.row[1:] == piece.row[:-1]) & (kind[1:] == kind[:-1]) & (source[1:] == source[:-1])
    same &= (sigma[1:] == sigma[:-1]) & (piece.xy[1:, :2] == piece.xy[:-1, 2:]).all(axis=1)
    first = np.concatenate([[True], ~same])
    return np.cumsum(first) - 1, first
