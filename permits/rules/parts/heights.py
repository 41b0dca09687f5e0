"""How high a part of a building is above its ground.

BR18 § 456: from natural terrain, or from a level plane (niveauplan) that the municipality has fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex, shapes
from geodata.convex import Outlines
from permits.rules.parts.roof import roofs

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


#: A facet that passes its walls by no more ends with them: so much is lost where drawings are kept as text.
_FLUSH_M: Final = 1e-6


@dataclass(frozen=True)
class Highest:
    """Highest part of pieces of buildings.

    Attributes
    ----------
    height_m : above the ground; NaN where it is not known.
    x, y : where, in grid metres; NaN where nothing is drawn.
    """

    height_m: Floats
    x: Floats
    y: Floats


@dataclass(frozen=True)
class _Ground:
    a: Floats
    b: Floats
    c: Floats

    def at(self, row: Ints, xy: Floats) -> Floats:
        return np.asarray(self.a[row] * xy[:, 0] + self.b[row] * xy[:, 1] + self.c[row])

    def planes(self, row: Ints) -> Floats:
        return np.stack([self.a[row], self.b[row], self.c[row]], axis=1)


def _ground(world: World) -> _Ground:
    """The level that absolute heights are measured from, per building: the datum, else the terrain."""
    row = world.rows_of("buildings", "site", "sites")

    def values(name: str) -> Floats:
        # The place behind the last stands for a site that is not there.
        return np.append(world.column("sites", name), np.nan)[row]

    datum = values("datum_m")
    level = np.isfinite(datum)
    planes = {name: np.where(level, 0.0, values(name)) for name in ("ground_a", "ground_b", "ground_c")}
    return _Ground(planes["ground_a"], planes["ground_b"], np.where(level, datum, planes["ground_c"]))


def highest(world: World, pieces: Ints) -> Highest:
    """Highest part of each piece of a building, in metres above its ground.

    Danish: bygningens højde; BR18 § 456.

    Parameters
    ----------
    world : World with pieces.
    pieces : rows of ``world.pieces``.

    Returns
    -------
    One height per row asked for. Where a roof is drawn over the piece it is cut there and its plane taken;
    otherwise the building is a box of its stated height.

    Notes
    -----
    Height and roof count as they stand unless they are absolute (kote); then the ground below each corner is
    taken off. A roof that leaves part of a piece uncovered is no better than the stated height there. Rules ask
    about different pieces of the same buildings, so all are measured at once.

    Examples
    --------
    A roof rising from 5 m to 8 m, cut in its middle: 6.5 m on the low half. Flat at 6 m: 6 m. No height and no
    roof, or an absolute height over unknown ground: NaN.
    """
    if "heights" not in world.derived:
        world.derived["heights"] = _highest(world)
    every: Highest = world.derived["heights"]
    return Highest(every.height_m[pieces], every.x[pieces], every.y[pieces])


def _highest(world: World) -> Highest:
    """Of every piece; see :func:`highest`."""
    shape = world.column("pieces", "geometry")
    owner = world.rows_of("pieces", "building", "buildings")
    ground = _ground(world)
    top, x, y, covered = _under_roof(world, shape, owner, ground)
    area, length = np.nan_to_num(shapely.area(shape)), np.nan_to_num(shapely.length(shape))
    bare = area - covered > np.maximum(shapes.OVERLAP_M2, shapes.OVERLAP_DEPTH_M * length / 2.0)
    box = np.flatnonzero((bare | np.isnan(top)) & ~world.column("pieces", "overhang"))
    box_top, box_x, box_y = _box(world, shape[box], owner[box], ground)
    # A stated height is the highest part of the whole building, so it bounds what no roof covers.
    higher = ~(box_top <= top[box])
    top[box[higher]], x[box[higher]], y[box[higher]] = box_top[higher], box_x[higher], box_y[higher]
    top[top < 0.0] = np.nan
    return Highest(top, x, y)


class _Tops(NamedTuple):
    """Highest corner (NaN = not known) and area of what of one facet lies over one piece each."""

    z: Floats
    x: Floats
    y: Floats
    area_m2: Floats


def _under_roof(
    world: World, shape: npt.NDArray[np.object_], owner: Ints, ground: _Ground
) -> tuple[Floats, Floats, Floats, Floats]:
    """Highest drawn roof over each piece, where, and how much of the piece (m²) has roof over it."""
    roof, size = roofs(world), len(shape)
    top, x, y = np.full((3, size), np.nan)
    plane = np.stack([world.column("facets", name) for name in ("a", "b", "c")], axis=1)
    good = np.flatnonzero(roof.good & np.isfinite(plane).all(axis=1))
    building = world.column("buildings", "building")[owner] if len(world.buildings) else owner
    i, j = shapes.pairs(building, world.column("facets", "building")[good])
    j = good[j]
    corners = convex.corners(shape)
    known = corners.row[i] >= 0
    how = convex.held(corners, i, roof.corners, j)
    # Most facets lie whole within their piece or beside it; only the others are cut.
    over = ~how.apart & ~shapely.is_missing(shape[i])
    i, j, known, within = i[over], j[over], known[over], how.beyond_m[over] <= _FLUSH_M
    plain = known & ~within & corners.is_convex()[i] & roof.corners.is_convex()[j]
    rest = np.flatnonzero(~within & ~plain)
    absolute = world.is_word("facets", "reference", "absolute")[j]
    level = np.where(absolute[:, None], ground.planes(owner[i]), 0.0)
    slope = plane[j] - level
    found = _Tops(*np.full((4, len(i)), np.nan))
    rows = np.flatnonzero(within)
    at = roof.corners.row[j[rows]]
    _put(found, rows, Outlines(roof.corners.at.x[:, at], roof.corners.at.y[:, at]), slope)
    rows = np.flatnonzero(plain)
    _put(found, rows, convex.cut(corners, i[rows], roof.corners, j[rows]).inner, slope)
    _put_any(found, rest, _common(roof.shape[j[rest]], shape[i[rest]]), slope)
    # A facet that only touches a piece (a line, a point) is not over it.
    real = found.area_m2 > 0.0
    i, found = i[real], _Tops._make(values[real] for values in found)
    covered: Floats = np.bincount(i, weights=found.area_m2, minlength=size).astype("float64")
    order = np.lexsort((-found.z, i))
    row, first = np.unique(i[order], return_index=True)
    pick = order[first]
    top[row], x[row], y[row] = found.z[pick], found.x[pick], found.y[pick]
    top[i[np.isnan(found.z)]] = np.nan
    return top, x, y, covered


def _common(facet: npt.NDArray[np.object_], piece: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    shapely.prepare(piece)
    beyond = ~shapely.covers(piece, facet)
    facet = facet.copy()
    facet[beyond] = shapes.common(facet[beyond], piece[beyond])
    return facet


def _put(found: _Tops, rows: Ints, at: Outlines, slope: Floats) -> None:
    """Enter what outlines say; ``slope`` is the plane above ground of every row of ``found``."""
    a, b, c = slope[rows].T
    z = a * at.x + b * at.y + c
    best = z.argmax(axis=0), np.arange(len(rows))
    for values, new in zip(found, (z[best], at.x[best], at.y[best], convex.area_m2(at)), strict=True):
        values[rows] = new


def _put_any(found: _Tops, rows: Ints, cut: npt.NDArray[np.object_], slope: Floats) -> None:
    """The same for shapes of any kind."""
    found.area_m2[rows] = shapely.area(cut)
    xy, row = shapely.get_coordinates(cut, return_index=True)
    a, b, c = slope[rows[row]].T
    z = a * xy[:, 0] + b * xy[:, 1] + c
    order = np.lexsort((-z, row))
    at, first = np.unique(row[order], return_index=True)
    pick = order[first]
    found.z[rows[at]], found.x[rows[at]], found.y[rows[at]] = z[pick], xy[pick, 0], xy[pick, 1]


def _box(
    world: World, shape: npt.NDArray[np.object_], owner: Ints, ground: _Ground
) -> tuple[Floats, Floats, Floats]:
    """Height of a box over each piece; absolute heights are taken over the lowest ground below it."""
    size = len(shape)
    height = world.column("buildings", "height_m")[owner].astype("float64")
    height[~np.isfinite(height)] = np.nan
    absolute = world.column("buildings", "levels_absolute")[owner]
    inner = shapely.point_on_surface(shape)
    x, y = shapely.get_x(inner), shapely.get_y(inner)
    xy, of = shapely.get_coordinates(shape, return_index=True)
    level = ground.at(owner[of], xy)
    order = np.lexsort((level, of))
    row, first = np.unique(of[order], return_index=True)
    low = np.full(size, np.nan)
    low[row] = level[order][first]
    moved = np.zeros(size, dtype=bool)
    moved[row] = absolute[row]
    x[row], y[row] = (
        np.where(moved[row], xy[order][first, 0], x[row]),
        np.where(moved[row], xy[order][first, 1], y[row]),
    )
    return np.where(absolute, height - low, height), x, y
