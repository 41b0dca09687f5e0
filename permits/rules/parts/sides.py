"""Sides of buildings, and which of them face a boundary close by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.columns import Columns, columns_of
from permits.rulebook import EQUAL
from permits.rules.parts.boundary import boundary_lines, outlines, plot_key
from permits.rules.parts.measured import measured_once

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Parts of a wall that turn by less than this (radians, a tenth of a degree) are one side.
_STRAIGHT: Final = np.radians(0.1)
#: A step shorter than this (metres) has no direction of its own: roofs are put together on a grid of a micrometre.
_STEP_M: Final = 1e-5
#: Float noise in an angle, radians.
_NOISE: Final = 1e-6


class Sides(NamedTuple):
    """Straight sides of outlines.

    Attributes
    ----------
    row : input row.
    xy : (n, 4) x0, y0, x1, y1, the building on its left.
    """

    row: Ints
    xy: Floats

    @property
    def length_m(self) -> Floats:
        """Length of each side."""
        return np.asarray(np.hypot(self.xy[:, 2] - self.xy[:, 0], self.xy[:, 3] - self.xy[:, 1]))


def sides(outline: npt.NDArray[np.object_]) -> Sides:
    """Straight sides of (Multi)Polygons; vertices on a straight wall do not divide it, courtyards have none.

    Parameters
    ----------
    outline : polygons that can be measured.
    """
    parts, of = shapes.polygons(outline)
    ring = shapely.get_exterior_ring(shapely.orient_polygons(parts))
    pieces = shapes.segments(np.asarray(ring, dtype=object))
    long = Sides(pieces.row, pieces.xy).length_m > _STEP_M
    xy, row = pieces.xy[long], pieces.row[long]
    if not len(row):
        return Sides(np.zeros(0, dtype=np.int64), np.zeros((0, 4)))
    turn = _heading(xy) - _heading(xy[_cyclic(row, -1)])
    turn = np.abs((turn + np.pi) % (2.0 * np.pi) - np.pi)
    corner = np.flatnonzero(turn > _STRAIGHT)
    following = corner[_cyclic(row[corner], 1)]
    joined = np.hstack([xy[corner, :2], xy[following, :2]])
    return Sides(np.asarray(of[row[corner]], dtype=np.int64), joined)


def _heading(xy: Floats) -> Floats:
    return np.asarray(np.arctan2(xy[:, 3] - xy[:, 1], xy[:, 2] - xy[:, 0]))


def _cyclic(group: Ints, step: int) -> Ints:
    """Position of the one before (-1) or after (+1) within each group of consecutive equal keys."""
    size = len(group)
    place = np.arange(size)
    first = np.searchsorted(group, group, side="left")
    count = np.searchsorted(group, group, side="right") - first
    return np.asarray(first + (place - first + step) % np.maximum(count, 1), dtype=np.int64)


@measured_once
def facing(world: World, rows: Ints, width_m: Floats, eaves_free_m: float, facing_deg: float) -> pd.DataFrame:
    """The longest side of each building that faces a neighbour boundary nearer than the width.

    Danish: længste side mod skel; BR18 § 181, nr. 2.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose outlines can be measured.
    width_m : per row; a boundary at exactly this distance is no longer near.
    eaves_free_m : overhang that is disregarded, the excess is taken off the distance.
    facing_deg : how far the normals of side and boundary may differ.

    Returns
    -------
    Columns ``row`` (in ``world.buildings``), ``ambiguous`` (of the boundary), ``length`` (m), ``x0``, ``y0``, ``x1``,
    ``y1``, ``edge`` (row in ``world.edges``); one row per building and certainty.

    Notes
    -----
    Sides and boundaries are judged as straight pieces, each against each, so a side counts where it faces the very
    piece that is near. A round building has only short sides.

    Examples
    --------
    A garage in a corner, 6 m along one boundary and 4 m along the other: 6 m. Its long side 9 m from the boundary
    that it faces and its short side at 1 m: the short side. No boundary near: no row.
    """
    outline, overhang = outlines(world)
    walls = sides(outline[rows])
    around = boundary_lines(world)
    i, j = shapes.pairs(plot_key(world.buildings)[rows][walls.row], around.key)
    cos = np.cos(_heading(walls.xy)[i] - _heading(around.xy)[j])
    turned = cos >= np.cos(np.radians(facing_deg) + _NOISE)
    i, j = i[turned], j[turned]
    near_m = (width_m + np.maximum(overhang[rows] - eaves_free_m, 0.0))[walls.row[i]] - EQUAL
    close = _boxes_near(walls.xy[i], around.xy[j], near_m)
    i, j, near_m = i[close], j[close], near_m[close]
    distance = shapely.distance(_lines(walls.xy[i]), _lines(around.xy[j]))
    close = distance < near_m
    i, j = i[close], j[close]
    length = walls.length_m[i]
    table = Columns(
        {
            "row": rows[walls.row[i]],
            "ambiguous": around.ambiguous[j],
            "length": length,
            "x0": walls.xy[i, 0],
            "y0": walls.xy[i, 1],
            "x1": walls.xy[i, 2],
            "y1": walls.xy[i, 3],
            "edge": around.edge[j],
        }
    )
    columns = columns_of(table)
    row, ambiguous = columns["row"], columns["ambiguous"]
    order = np.lexsort((columns["edge"], -length.round(9), ambiguous, row))
    row, ambiguous = row[order], ambiguous[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | (ambiguous[1:] != ambiguous[:-1])
    return Columns({name: values[order[fresh]] for name, values in columns.items()})


def _lines(xy: Floats) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.linestrings(xy.reshape(-1, 2, 2)), dtype=object)


def _boxes_near(a: Floats, b: Floats, margin: Floats) -> Bools:
    a_low, a_high = np.minimum(a[:, :2], a[:, 2:]), np.maximum(a[:, :2], a[:, 2:])
    b_low, b_high = np.minimum(b[:, :2], b[:, 2:]), np.maximum(b[:, :2], b[:, 2:])
    gap = np.maximum(np.maximum(a_low - b_high, b_low - a_high), 0.0)
    return np.asarray((gap <= margin[:, None]).all(axis=1))
