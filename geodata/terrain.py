"""Natural ground under shapes, out of terrain rasters (DHM/Terræn): a plane for each, fitted to the cells inside.

Shapes are taken together: a raster is opened once for all of them, and shapes that lie together are read by one
window, so that a hundred thousand sites cost a pass over the tiles they lie on and not a reading each.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from django.conf import settings
from pyproj import CRS
from rasterio.windows import Window

from geodata import shapes
from geodata.crs import GRID_SRID

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Cells that a plane takes at least; three would fit any ground without a residual to judge it by.
MIN_CELLS: Final = 6
#: Part of a shape that may lie on cells without a value (a hole, or beyond the rasters) before its ground is unknown.
MOST_LOST: Final = 0.05
#: Shapes whose windows begin in one square of this many cells are read together.
_SQUARE: Final = 2048
#: Cells looked at in one go: bounds the memory.
_AT_ONCE: Final = 4_000_000
#: Least spread of cells across their longest direction (variance, m²): two rows of 0.1 m have more.
_BROAD_M2: Final = 0.001
_SUFFIXES: Final = (".tif", ".tiff")


class CannotReadTerrain(ValueError):
    """A raster is not one of terrain in this grid; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Ground:
    """Ground under shapes, one row each; NaN where it is not known.

    Attributes
    ----------
    a, b, c : z = a·x + b·y + c in metres (DVR90) over grid metres, least squares over the cells inside.
    slope_pct : steepest slope of that plane, per cent.
    rough_m : root mean square of what the ground differs from the plane, metres.
    cells : number of cells with a value.
    """

    a: Floats
    b: Floats
    c: Floats
    slope_pct: Floats
    rough_m: Floats
    cells: Ints


@dataclass(frozen=True)
class Tile:
    """Where one raster lies: edges in grid metres, size of a cell, number of rows and columns."""

    path: str
    left: float
    top: float
    dx: float
    dy: float
    columns: int
    rows: int

    @property
    def box(self) -> Any:
        """Its outline."""
        return shapely.box(
            self.left, self.top - self.rows * self.dy, self.left + self.columns * self.dx, self.top
        )


@lru_cache(maxsize=100_000)
def _tile(path: str, _modified: int) -> Tile:
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            crs, transform = raster.crs, raster.transform
            found = (raster.width, raster.height, raster.count)
    except rasterio.errors.RasterioIOError as error:
        raise CannotReadTerrain(f"{path}: cannot be read as GeoTIFF ({error})") from None
    if crs is None or not _is_grid(crs.to_wkt()):
        raise CannotReadTerrain(f"{path}: expected EPSG:{GRID_SRID}, found {crs or 'no coordinate system'}")
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise CannotReadTerrain(f"{path}: expected north up, found a turned or mirrored raster")
    if found[2] != 1:
        raise CannotReadTerrain(f"{path}: expected one band of heights, found {found[2]}")
    return Tile(path, transform.c, transform.f, transform.a, -transform.e, found[0], found[1])


def _is_grid(wkt: str) -> bool:
    """Whether a system is the grid, alone or with a height beside it (EPSG:25832+5799)."""
    crs = CRS.from_wkt(wkt)
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    return bool(flat.to_epsg() == GRID_SRID)


def terrain_tiles(places: Sequence[str | Path] | None = None) -> list[Tile]:
    """The rasters below some files and folders, finest first; by default those of the setting ``TERRAIN``.

    Raises
    ------
    CannotReadTerrain : a place is not there, or a file is no terrain in this grid.
    """
    files: list[Path] = []
    for place in map(Path, settings.TERRAIN if places is None else places):
        if not place.exists():
            raise CannotReadTerrain(f"{place}: there is no such file or folder")
        inside = (
            sorted(p for p in place.rglob("*") if p.suffix.lower() in _SUFFIXES)
            if place.is_dir()
            else [place]
        )
        files.extend(inside)
    return sorted((_tile(str(f), f.stat().st_mtime_ns) for f in files), key=lambda t: (t.dx * t.dy, t.path))


def ground_under(outline: npt.NDArray[np.object_], tiles: Sequence[Tile]) -> Ground:
    """The plane of the natural ground under each shape.

    Danish: naturligt terræn; BR18 § 456.

    Parameters
    ----------
    outline : polygons in EPSG:25832; None, empty or invalid ones have no ground.
    tiles : rasters as :func:`terrain_tiles` finds them. Where several have a value for a place the finest counts.

    Returns
    -------
    :class:`Ground`, one row per shape. NaN where fewer than six cells lie inside, where these lie in one line, or
    where more than 5 per cent of the shape has no value.

    Notes
    -----
    A cell is inside when its middle is. A shape across the seam of two rasters takes its cells from both.

    Examples
    --------
    A house on a slope of 1 in 20: a plane of 5 per cent, roughness 0. A house half beyond the last raster: NaN.
    A shed of 10 m² on cells of 16 m: NaN, since no plane can be told from one cell.
    """
    size = len(outline)
    good = shapes.usable(outline)
    shape = outline.copy()
    shape[~good] = None
    shapely.prepare(shape)
    found = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 3))], [np.zeros(0, dtype=np.int64)]
    tree = shapely.STRtree(shape)
    for number, tile in enumerate(tiles):
        near = np.sort(tree.query(tile.box, predicate="intersects"))
        for row, cells in _cells(tile, shape, near):
            found[0].append(row)
            found[1].append(cells)
            found[2].append(np.full(len(row), number))
    row, cells = _once(np.concatenate(found[0]), np.concatenate(found[1]), np.concatenate(found[2]), tiles)
    known = np.isfinite(cells[:, 2])
    count = np.bincount(row[known], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        holes = 1.0 - count / np.bincount(row, minlength=size)
        beyond = 1.0 - _covered(shape, tiles) / shapely.area(shape)
        lost = holes + np.maximum(beyond, 0.0)
    fit = _planes(row[known], cells[known], size)
    bad = ~(good & (count >= MIN_CELLS) & (lost <= MOST_LOST))
    for values in fit:
        values[bad] = np.nan
    a, b, c, rough = fit
    return Ground(a, b, c, 100.0 * np.hypot(a, b), rough, count.astype(np.int64))


def _covered(shape: npt.NDArray[np.object_], tiles: Sequence[Tile]) -> Floats:
    """Square metres of each shape on any raster."""
    whole = shapely.union_all([tile.box for tile in tiles])
    shapely.prepare(whole)
    area = np.asarray(shapely.area(shape))
    across = ~shapely.covers(whole, shape)
    area[across] = shapely.area(shapely.intersection(shape[across], whole))
    return area


def _cells(tile: Tile, shape: npt.NDArray[np.object_], rows: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Row of the shape, and x, y, z of the cells of one raster that lie inside, square by square."""
    if not len(rows):
        return
    bounds = shapely.bounds(shape[rows])
    west = np.clip(np.floor((bounds[:, 0] - tile.left) / tile.dx), 0, tile.columns - 1).astype(np.int64)
    east = np.clip(np.ceil((bounds[:, 2] - tile.left) / tile.dx), west + 1, tile.columns).astype(np.int64)
    north = np.clip(np.floor((tile.top - bounds[:, 3]) / tile.dy), 0, tile.rows - 1).astype(np.int64)
    south = np.clip(np.ceil((tile.top - bounds[:, 1]) / tile.dy), north + 1, tile.rows).astype(np.int64)
    span = np.stack([west, east, north, south], axis=1)
    number = (east - west) * (south - north)
    square = (north // _SQUARE) * (tile.columns // _SQUARE + 1) + west // _SQUARE
    # Long or large shapes stand alone, the largest are looked at in every n-th cell: no window grows without bound.
    alone = (number > _AT_ONCE) | (np.maximum(east - west, south - north) > _SQUARE)
    square = np.where(alone, -1 - np.arange(len(rows)), square)
    with warnings.catch_warnings(), rasterio.open(tile.path, driver="GTiff") as raster:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        for each in np.unique(square):
            mine = np.flatnonzero(square == each)
            step = int(np.ceil(np.sqrt(number[mine].max() / _AT_ONCE))) if each < 0 else 1
            w, e, n, s = (
                span[mine, 0].min(), span[mine, 1].max(), span[mine, 2].min(), span[mine, 3].max(),
            )  # fmt: skip
            z = _read(raster, Window(w, n, e - w, s - n), step)
            for part in np.split(mine, np.flatnonzero(np.diff(np.cumsum(number[mine]) // _AT_ONCE)) + 1):
                yield _inside(tile, shape, rows[part], span[part], z, corner=(int(w), int(n)), step=step)


def _read(raster: Any, window: Window, step: int) -> Floats:
    """Heights of a window, NaN where there are none."""
    size = (-(-int(window.height) // step), -(-int(window.width) // step))
    band = raster.read(1, window=window, out_shape=size, masked=True)
    heights = np.ma.filled(band.astype(np.float64), np.nan)
    heights[~np.isfinite(heights)] = np.nan
    return np.asarray(heights * raster.scales[0] + raster.offsets[0])


def _inside(
    tile: Tile,
    shape: npt.NDArray[np.object_],
    rows: Ints,
    span: Ints,
    z: Floats,
    *,
    corner: tuple[int, int],
    step: int,
) -> tuple[Ints, Floats]:
    """The cells of a window that lie in some shapes."""
    first_column, first_row = (span[:, 0] - corner[0]) // step, (span[:, 2] - corner[1]) // step
    wide = np.minimum(-(-(span[:, 1] - corner[0]) // step), z.shape[1]) - first_column
    high = np.minimum(-(-(span[:, 3] - corner[1]) // step), z.shape[0]) - first_row
    number = wide * high
    of = np.repeat(np.arange(len(rows)), number)
    place = np.arange(len(of)) - np.repeat(np.cumsum(number) - number, number)
    column, row = first_column[of] + place % wide[of], first_row[of] + place // wide[of]
    x = tile.left + (corner[0] + (column + 0.5) * step) * tile.dx
    y = tile.top - (corner[1] + (row + 0.5) * step) * tile.dy
    within = shapely.contains_xy(shape[rows[of]], x, y)
    return rows[of[within]], np.stack([x, y, z[row, column]], axis=1)[within]


def _once(row: Ints, cells: Floats, tile: Ints, tiles: Sequence[Tile]) -> tuple[Ints, Floats]:
    """Each place once: where rasters overlap, the first that has a value."""
    if not len(row) or not (tile != tile[0]).any():
        return row, cells
    fine = tiles[0]
    column = np.floor((cells[:, 0] - fine.left) / fine.dx).astype(np.int64)
    line = np.floor((fine.top - cells[:, 1]) / fine.dy).astype(np.int64)
    order = np.lexsort((tile, np.isnan(cells[:, 2]), line, column, row))
    key = np.stack([row, column, line], axis=1)[order]
    first = np.concatenate([[True], (key[1:] != key[:-1]).any(axis=1)])
    return row[order[first]], cells[order[first]]


def _planes(row: Ints, cells: Floats, size: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Least squares of all shapes at once, about the middle of the cells of each; and the residual."""

    def mean(values: Floats) -> Floats:
        return np.bincount(row, weights=values, minlength=size) / count

    with np.errstate(invalid="ignore", divide="ignore"):
        count = np.bincount(row, minlength=size).astype(np.float64)
        middle = np.stack([mean(cells[:, k]) for k in range(3)], axis=1)
        x, y, z = (cells - middle[row]).T
        xx, xy, yy, xz, yz = mean(x * x), mean(x * y), mean(y * y), mean(x * z), mean(y * z)
        det = xx * yy - xy * xy
        flat = det > _BROAD_M2 * (xx + yy)  # cells in one line say nothing across it
        a = np.where(flat, (xz * yy - yz * xy) / det, np.nan)
        b = np.where(flat, (yz * xx - xz * xy) / det, np.nan)
        rough = np.sqrt(mean((z - a[row] * x - b[row] * y) ** 2))
    return a, b, middle[:, 2] - a * middle[:, 0] - b * middle[:, 1], rough
