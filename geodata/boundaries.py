"""Boundaries of many parcels at once: the pieces of each, what lies beyond them, and the lines that cover them.

The same as :func:`geodata.shapes.stretches` says parcel by parcel, for a whole map whose parcels mostly share their
nodes: a segment that several parcels have is looked at once, and only where a foreign node or line comes near its
inside is it reckoned out for each of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geodata.cells import near
from geodata.shapes import (
    SNAP_M,
    Bools,
    Floats,
    Ints,
    Segments,
    Shapes,
    boxes_of,
    cut_places,
    cut_segments,
    pairs,
    probes,
    segments,
    usable,
)

#: What is only looked at more closely is chosen with this much room (m), far above the noise of coordinates.
_ROOM_M: Final = 1e-6
#: Lines that keep this close to each other (m) cross wherever their noise has it.
_ALIKE_M: Final = 1e-3

_POLYGON: Final = 3


class Pieces(NamedTuple):
    """Straight pieces of boundary, in the order of the parcels asked about, then along their rings.

    Attributes
    ----------
    xy : x0, y0, x1, y1 in metres, the parcel on the left.
    parcel : row of the parcel.
    beyond : row of the parcel on the other side, -1 = none.
    """

    xy: Floats
    parcel: Ints
    beyond: Ints


def pieces(parcels: Shapes, rows: Ints) -> Pieces:
    """Boundaries of some parcels, split by what lies on the other side.

    Danish: skel.

    Parameters
    ----------
    parcels : (Multi)Polygons in grid metres, those asked about and all that adjoin them; unusable ones have no
        boundary and lie beyond none.
    rows : which of them are asked about.

    Returns
    -------
    :class:`Pieces`. A piece ends where a segment does, and where a neighbour's line begins, ends or crosses.

    Notes
    -----
    Nodes within 0.01 m of a boundary lie on it. Neighbours are parcels within 0.01 m; where several overlap beyond
    a piece, the first row is taken.
    """
    good = usable(parcels)
    known = np.flatnonzero(good)
    given = _sides(parcels, known)
    asked = rows[good[rows]]
    turned = _turned(parcels, asked)
    own = given if turned is parcels and np.array_equal(asked, known) else _sides(turned, asked)
    shared = _Shared(given, own)
    i, j = shared.meeting()
    piece = cut_segments(own, *cut_places(own.xy, given.xy, i, j))
    parcel = own.row[piece.row]
    found = Pieces(piece.xy, parcel, np.full(len(parcel), -1, dtype=np.int64))
    return found._replace(
        beyond=_beyond(found, shared.of_own[piece.row], shared.of_given, given, parcels, known)
    )


def _sides(parcels: Shapes, rows: Ints) -> Segments:
    """Segments of some areas, ordered by their place in ``rows``."""
    found = segments(parcels[rows])
    return Segments(found.xy, rows[found.row])


def _turned(parcels: Shapes, rows: Ints) -> Shapes:
    """The areas, some of them turned so that they lie on the left of their boundary."""
    chosen = parcels[rows]
    plain = (shapely.get_type_id(chosen) == _POLYGON) & (shapely.get_num_interior_rings(chosen) == 0)
    plain[plain] = _left(chosen[plain])
    wrong = rows[~plain]
    if not len(wrong):
        return parcels
    found = parcels.copy()
    found[wrong] = shapely.orient_polygons(shapely.force_2d(parcels[wrong]))
    return found


def _left(areas: Shapes) -> Bools:
    """Which areas, of one ring each, lie on the left of their boundary."""
    xy, row = shapely.get_coordinates(areas, return_index=True)
    if not len(xy):
        return np.zeros(len(areas), dtype=bool)
    start = np.searchsorted(row, np.arange(len(areas)))
    local = xy - xy[start][row]
    cross = np.zeros(len(xy))
    cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
    cross[:-1][row[1:] != row[:-1]] = 0.0
    return np.asarray(np.add.reduceat(cross, start) > 0.0)


class _Shared:
    """Segments of parcels, each once for all parcels and both directions.

    Attributes
    ----------
    of_given, of_own : number of each segment's one.
    """

    def __init__(self, given: Segments, own: Segments) -> None:
        self._given, self._own = given.xy, own.xy
        both = given.xy if own is given else np.concatenate([given.xy, own.xy])
        number, first = _numbered(both)
        self.of_given, self.of_own = number[: len(given.xy)], number[len(both) - len(own.xy) :]
        self.xy = both[first]

    def meeting(self) -> tuple[Ints, Ints]:
        """Own segments, and given ones that end near their inside or cross it."""
        asked = _those(self.of_own, len(self.xy))
        u, v = near(boxes_of(self.xy[asked]), boxes_of(self.xy), SNAP_M + _ROOM_M)
        u = asked[u]
        other = u != v
        u, v = u[other], v[other]
        meet = _meets(self.xy, u, v)
        u, v = u[meet], v[meet]
        at, i = pairs(u, self.of_own)
        which, j = pairs(v[at], self.of_given)
        return i[which], j


def _those(rows: Ints, size: int) -> Ints:
    """Each row once, in ascending order; faster than to sort them."""
    there = np.zeros(size, dtype=bool)
    there[rows] = True
    return np.flatnonzero(there)


def _numbered(xy: Floats) -> tuple[Ints, Ints]:
    """Number of each segment, the same for one and its reverse, and the row where each number comes first."""
    # Adding zero makes the zero below nothing that above it.
    node, nodes = pd.factorize((xy.reshape(-1, 2) + 0.0).view(np.complex128).ravel())
    start, end = node.reshape(-1, 2).T
    number, keys = pd.factorize(np.minimum(start, end) * len(nodes) + np.maximum(start, end))
    first = np.empty(len(keys), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    return np.asarray(number, dtype=np.int64), first


def _meets(xy: Floats, i: Ints, j: Ints) -> Bools:
    """Whether segment ``j`` may end within 0.01 m of the inside of ``i``, or cross it; some more than do."""
    x, y = xy[i, 0], xy[i, 1]
    east, north = xy[i, 2] - x, xy[i, 3] - y
    length = np.hypot(east, north)
    east /= length
    north /= length
    low, high = SNAP_M - _ROOM_M, length - SNAP_M + _ROOM_M
    ends = []
    for k in (0, 2):
        dx, dy = xy[j, k] - x, xy[j, k + 1] - y
        ends.append((dx * east + dy * north, dx * north - dy * east))
    (at0, off0), (at1, off1) = ends
    close = SNAP_M + _ROOM_M
    meet = (np.abs(off0) <= close) & (at0 > low) & (at0 < high)
    meet |= (np.abs(off1) <= close) & (at1 > low) & (at1 < high)
    apart = off0 - off1
    sides = (np.minimum(off0, off1) < _ROOM_M) & (np.maximum(off0, off1) > -_ROOM_M)
    alike = sides & (np.abs(apart) <= _ALIKE_M)
    meet |= alike & (np.maximum(at0, at1) > low) & (np.minimum(at0, at1) < high)
    place = at0 + np.divide(off0, apart, out=np.zeros_like(apart), where=apart != 0.0) * (at1 - at0)
    meet |= sides & ~alike & (place > low) & (place < high)
    return np.asarray(meet)


def _beyond(piece: Pieces, side: Ints, sides: Ints, given: Segments, parcels: Shapes, known: Ints) -> Ints:
    """Row of the parcel beyond each piece, -1 = none.

    ``side`` is the number of each piece's segment, ``sides`` that of each given one.
    """
    beyond = np.full(len(piece.parcel), -1, dtype=np.int64)
    probe = probes(piece.xy)
    i, j = near(np.hstack([probe, probe]), shapely.bounds(parcels[known]), 0.0)
    j = known[j]
    other = j != piece.parcel[i]
    i, j = i[other], j[other]
    shapely.prepare(parcels[_those(j, len(parcels))])
    hit = shapely.intersects_xy(parcels[j], probe[i, 0], probe[i, 1])
    i, j = i[hit], j[hit]
    # Who has the same segment adjoins; of all else it is asked.
    adjoins = pd.Index(side[i] * len(parcels) + j).isin(sides * len(parcels) + given.row)
    rest = np.flatnonzero(~adjoins)
    if len(rest):
        adjoins[rest] = shapely.dwithin(parcels[piece.parcel[i[rest]]], parcels[j[rest]], SNAP_M)
    i, j = i[adjoins], j[adjoins]
    order = np.lexsort((j, i))
    row, at = np.unique(i[order], return_index=True)
    beyond[row] = j[order][at]
    return beyond


def cut_at_nodes(piece: Segments, nodes: Floats) -> tuple[Ints, Floats]:
    """Where nodes of lines lie within 0.01 m of the inside of pieces.

    Parameters
    ----------
    piece : pieces of boundary, in metres.
    nodes : (n, 2) in metres.

    Returns
    -------
    Row of the piece and metres from its start, in this order; of places within 0.01 m of the one before none.
    """
    none = np.zeros(0, dtype=np.int64), np.zeros(0)
    if not len(nodes) or not len(piece.xy):
        return none
    number, first = _numbered(piece.xy)
    xy = piece.xy[first]
    nodes = nodes[~pd.DataFrame(nodes).duplicated().to_numpy()]
    u, node = near(boxes_of(xy), np.hstack([nodes, nodes]), SNAP_M + _ROOM_M)
    at, off, length = _along(xy[u], nodes[node])
    hot = (np.abs(off) <= SNAP_M + _ROOM_M) & (at > SNAP_M - _ROOM_M) & (at < length - SNAP_M + _ROOM_M)
    if not hot.any():
        return none
    which, row = pairs(u[hot], number)
    node = node[hot][which]
    drawn = shapely.linestrings(piece.xy[row].reshape(-1, 2, 2))
    on = shapely.dwithin(drawn, shapely.points(nodes[node]), SNAP_M)
    row, node = row[on], node[on]
    along, _, length = _along(piece.xy[row], nodes[node])
    within = (along > SNAP_M) & (along < length - SNAP_M)
    row, along = row[within], along[within]
    order = np.lexsort((along, row))
    row, along = row[order], along[order]
    fresh = np.ones(len(along), dtype=bool)
    fresh[1:] = (np.diff(row) > 0) | (np.diff(along) > SNAP_M)
    return row[fresh], along[fresh]


def _along(xy: Floats, points: Floats) -> tuple[Floats, Floats, Floats]:
    """How far along segments points lie and how far beside them, and how long the segments are, in metres."""
    way = xy[:, 2:] - xy[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    unit = way / length[:, None]
    off = points - xy[:, :2]
    return (off * unit).sum(axis=1), off[:, 0] * unit[:, 1] - off[:, 1] * unit[:, 0], length


def covering(xy: Floats, lines: Shapes, reach_m: float) -> Ints:
    """Row of the line that each piece lies on.

    Parameters
    ----------
    xy : pieces of boundary, rows of x0, y0, x1, y1 in metres.
    lines : LineStrings or MultiLineStrings in metres, ``None`` allowed.
    reach_m : both ends of a piece and its middle lie within this of the line.

    Returns
    -------
    -1 = none; of several the one nearest to the middle, then the first.
    """
    best = np.full(len(xy), -1, dtype=np.int64)
    if not len(lines) or not len(xy):
        return best
    drawn = segments(lines)
    number, first = _numbered(xy)
    once = xy[first]
    middle = (once[:, :2] + once[:, 2:]) / 2.0
    piece, at = near(np.hstack([middle, middle]), boxes_of(drawn.xy), reach_m + _ROOM_M)
    off = _distance(middle[piece], drawn.xy[at])
    close = off <= reach_m + _ROOM_M
    piece, at, off = piece[close], at[close], off[close]
    ends = np.maximum(_distance(once[piece, :2], drawn.xy[at]), _distance(once[piece, 2:], drawn.xy[at]))
    sure = np.maximum(off, ends) <= reach_m - _ROOM_M
    line = drawn.row[at]
    # A piece near one segment of one line has nothing to choose; all else is measured.
    alone = np.bincount(piece, minlength=len(once))[piece] == 1
    clear = alone & sure
    chosen = np.full(len(once), -1, dtype=np.int64)
    chosen[piece[clear]] = line[clear]
    rest = pd.DataFrame({"piece": piece[~clear], "line": line[~clear]}).drop_duplicates()
    if len(rest):
        piece, line = rest["piece"].to_numpy(), rest["line"].to_numpy()
        chosen[piece] = -1
        off = shapely.distance(shapely.points(middle[piece]), lines[line])
        on = off <= reach_m
        for end in (once[piece, :2], once[piece, 2:]):
            on &= shapely.distance(shapely.points(end), lines[line]) <= reach_m
        piece, line, off = piece[on], line[on], off[on]
        order = np.lexsort((line, off, piece))
        row, at = np.unique(piece[order], return_index=True)
        chosen[row] = line[order][at]
    best[:] = chosen[number]
    return best


def _distance(points: Floats, xy: Floats) -> Floats:
    """Distance in metres of points from segments."""
    way = xy[:, 2:] - xy[:, :2]
    off = points - xy[:, :2]
    share = (off * way).sum(axis=1) / (way * way).sum(axis=1)
    off -= np.clip(share, 0.0, 1.0)[:, None] * way
    return np.asarray(np.hypot(off[:, 0], off[:, 1]))
