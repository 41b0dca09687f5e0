"""How high a part of a building is above its ground.

BR18 § 456: from natural terrain, or from a level plane (niveauplan) that the municipality has fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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


def _ground(world: World) -> _Ground:
    """The level that absolute heights are measured from, per building: the datum, else the terrain."""
    sites, buildings = world.sites, world.buildings
    row = sites.set_index("site").index.get_indexer(buildings["site"])
    datum = (
        np.where(row >= 0, sites["datum_m"].to_numpy()[row], np.nan)
        if len(sites)
        else np.full(len(row), np.nan)
    )
    level = np.isfinite(datum)
    planes = {}
    for name in ("ground_a", "ground_b", "ground_c"):
        values = sites[name].to_numpy()[row] if len(sites) else np.full(len(row), np.nan)
        planes[name] = np.where(level, 0.0, np.where(row >= 0, values, np.nan))
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
    taken off. A roof that leaves part of a piece uncovered is no better than the stated height there.

    Examples
    --------
    A roof rising from 5 m to 8 m, cut in its middle: 6.5 m on the low half. Flat at 6 m: 6 m. No height and no
    roof, or an absolute height over unknown ground: NaN.
    """
    table = world.pieces
    shape = np.array(table.geometry.array, dtype=object)[pieces]
    owner = world.buildings.set_index("building").index.get_indexer(table["building"].to_numpy()[pieces])
    ground = _ground(world)
    size = len(pieces)
    top, x, y, covered = _under_roof(world, shape, owner, ground, size)
    area, length = np.nan_to_num(shapely.area(shape)), np.nan_to_num(shapely.length(shape))
    bare = area - covered > np.maximum(shapes.OVERLAP_M2, shapes.OVERLAP_DEPTH_M * length / 2.0)
    overhang = table["overhang"].to_numpy()[pieces]
    box = np.flatnonzero((bare | np.isnan(top)) & ~overhang)
    box_top, box_x, box_y = _box(world, shape[box], owner[box], ground)
    # A stated height is the highest part of the whole building, so it bounds what no roof covers.
    higher = ~(box_top <= top[box])
    top[box[higher]], x[box[higher]], y[box[higher]] = box_top[higher], box_x[higher], box_y[higher]
    top[top < 0.0] = np.nan
    return Highest(top, x, y)


def _under_roof(
    world: World, shape: npt.NDArray[np.object_], owner: Ints, ground: _Ground, size: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Highest drawn roof over each piece, where, and how much of the piece (m²) has roof over it."""
    facets = world.facets
    top, x, y = np.full(size, -np.inf), np.full(size, np.nan), np.full(size, np.nan)
    roof = np.array(facets.geometry.array, dtype=object)
    plane = facets[["a", "b", "c"]].to_numpy(dtype="float64")
    good = np.flatnonzero(shapes.usable(roof) & np.isfinite(plane).all(axis=1))
    building = world.buildings["building"].to_numpy()[owner] if len(world.buildings) else owner
    i, j = shapes.pairs(building, facets["building"].to_numpy()[good])
    j = good[j]
    drawn = ~shapely.is_missing(shape[i])
    i, j = i[drawn], j[drawn]
    # Most facets lie whole within their piece; only the others are cut.
    cut, beyond = roof[j], ~shapely.covers(shape[i], roof[j])
    cut[beyond] = shapely.intersection(roof[j[beyond]], shape[i[beyond]])
    covered: Floats = np.bincount(i, weights=shapely.area(cut), minlength=size).astype("float64")
    xy, row = shapely.get_coordinates(cut, return_index=True)
    # A facet that only touches a piece (a line, a point) is not over it.
    flat = (shapely.area(cut) > 0.0)[row]
    xy, row = xy[flat], row[flat]
    of, by = i[row], j[row]
    z = plane[by, 0] * xy[:, 0] + plane[by, 1] * xy[:, 1] + plane[by, 2]
    absolute = (facets["reference"].to_numpy() == "absolute")[by]
    z = z - np.where(absolute, ground.at(owner[of], xy), 0.0)
    unknown = np.isnan(z)
    best = np.lexsort((-np.where(unknown, -np.inf, z), of))
    first = np.unique(of[best], return_index=True)
    win = best[first[1]]
    top[first[0]], x[first[0]], y[first[0]] = z[win], xy[win, 0], xy[win, 1]
    top[np.unique(of[unknown])] = np.nan
    top[np.isneginf(top)] = np.nan
    return top, x, y, covered


def _box(
    world: World, shape: npt.NDArray[np.object_], owner: Ints, ground: _Ground
) -> tuple[Floats, Floats, Floats]:
    """Height of a box over each piece; absolute heights are taken over the lowest ground below it."""
    size = len(shape)
    height = world.buildings["height_m"].to_numpy()[owner].astype("float64")
    height[~np.isfinite(height)] = np.nan
    absolute = world.buildings["levels_absolute"].to_numpy()[owner]
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
