"""What of a shape lies outside, or inside, several areas taken together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.shapes import Overlap

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


def outside(shape: Shapes, row: Ints, areas: Shapes) -> Overlap:
    """The part of each shape that lies in none of its areas.

    Parameters
    ----------
    shape : sound polygons.
    row : row of ``shape`` that each area is for.
    areas : sound polygons, ``None`` allowed.

    Returns
    -------
    Pieces that count, per shape; see :func:`geodata.shapes.counted`. Without any area all of it is outside.

    Notes
    -----
    Areas that touch, or lie apart by float noise, are one.
    """
    held = ~shapely.is_missing(areas)
    row, areas = row[held], areas[held]
    shapely.prepare(areas)
    covered = np.zeros(len(shape), dtype=bool)
    covered[row[shapely.covers(areas, shape[row])]] = True
    rest = np.array(shape, dtype=object)
    rest[covered] = None
    open_ = ~covered[row]
    row, areas = row[open_], areas[open_]
    at, union = _together(shape, row, areas)
    rest[at] = shapes.beyond(shape[at], union)
    return shapes.counted(rest)


def _together(shape: Shapes, row: Ints, areas: Shapes) -> tuple[Ints, Shapes]:
    """Rows of shapes that meet an area, and the union of all they meet; most meet one, which needs no union."""
    meets = shapely.intersects(areas, shape[row])
    row, areas = row[meets], areas[meets]
    single = np.bincount(row, minlength=len(shape))[row] == 1
    at, union = shapes.union_by(row[~single], areas[~single])
    return np.concatenate([row[single], at]), np.concatenate([areas[single], union])


def inside(shape: Shapes, row: Ints, areas: Shapes) -> Overlap:
    """The part of each shape that lies in any of its areas; parameters and answer as for :func:`outside`."""
    held = ~shapely.is_missing(areas)
    row, areas = row[held], areas[held]
    shapely.prepare(areas)
    common = shapes.nothing(len(shape))
    at, union = _together(shape, row, areas)
    common[at] = shapes.common(shape[at], union)
    return shapes.counted(common)


def worst_point(found: Overlap) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A point in the largest piece of each overlap; NaN where there is none."""
    parts, row = shapes.polygons(found.shape)
    order = np.lexsort((-shapely.area(parts), row))
    at, first = np.unique(row[order], return_index=True)
    point = shapes.nothing(len(found.shape))
    point[at] = shapely.point_on_surface(parts[order[first]])
    return shapely.get_x(point), shapely.get_y(point)
