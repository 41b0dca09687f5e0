"""Terrain as shaded relief: PNG tiles out of the registered rasters of heights (DHM/Terræn).

Rasters are brought onto one lattice that covers the whole grid, whatever tile is asked for: a lattice cell is the
mean of the cells that lie in it, of all rasters of that size. So neither the seam of two rasters nor that of two
tiles shows. The ground is shaded on the lattice, once, and only the shade is drawn into the tile's own system.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import rasterio
from django.db import connection
from pyproj import Transformer
from rasterio.windows import Window

from geodata.crs import GRID_SRID
from geodata.fkg.catalogue import state_theme
from geodata.terrain import CannotReadTerrain, Tile, terrain_tiles
from geodata.terrain_register import tiles_under
from tileserver import vector
from tileserver.cache import Stored, once

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

#: Name of the layer in addresses, in the cache and in the style.
ID: Final = "hillshade"
#: Pixels of a tile along a side.
SIZE: Final = 256
#: A tile of the lowest zoom lies on 7 km² of ground: 47 million cells of the national model, some seconds of work.
MIN_ZOOM: Final = 13
MAX_ZOOM: Final = 17
#: Width of a pixel at zoom 0 in the middle of Denmark (m); the lattice must not depend on where a tile lies.
_PIXEL_M: Final = 2 * np.pi * 6_378_137.0 / SIZE * np.cos(np.radians(56.0))
#: Denmark is flat: heights are drawn three times as high.
_EXAGGERATION: Final = 3.0
#: Towards the light: from the north-west, half-way up (east, north, up).
_LIGHT: Final = (-0.5, 0.5, np.sqrt(0.5))
#: Darkest shadow and brightest light, as opacity.
_DARK: Final = 0.85
_BRIGHT: Final = 0.6
#: Lattice cells around a tile that are read with it: one for the slope, one between which is drawn straight.
_AROUND: Final = 3
#: Cells that are looked at in one go: bounds the memory.
_AT_ONCE: Final = 4_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Lattice:
    """Shade of the ground on lattice cells, NaN where nothing is known; row 0 is the northernmost."""

    shade: Floats
    column: int
    row: int
    dx: float
    dy: float

    def at(self, x: Floats, y: Floats) -> Floats:
        """Shade at places, drawn straight between the cells around; NaN where the cell itself is not known."""
        u, v = x / self.dx - self.column - 0.5, -y / self.dy - self.row - 0.5
        known = np.isfinite(self.shade)
        filled = np.where(known, self.shade, 0.0)
        west, north = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        total, weight = np.zeros_like(u), np.zeros_like(u)
        for right in (0, 1):
            for down in (0, 1):
                share = np.abs(1 - right - (u - west)) * np.abs(1 - down - (v - north))
                share = share * known[north + down, west + right]
                total += share * filled[north + down, west + right]
                weight += share
        here = known[np.floor(v + 0.5).astype(np.int64), np.floor(u + 0.5).astype(np.int64)]
        return np.where(here & (weight > 0), total / np.maximum(weight, 1e-12), np.nan)


def themes() -> tuple[str, ...]:
    """Themes whose revision makes a tile stale."""
    return (state_theme("terraen_flise").id,)


def edition() -> str:
    """Epoch, way of drawing, and the rasters of the setting ``TERRAIN``, which no revision knows of."""
    named = [(tile.path, Path(tile.path).stat().st_mtime_ns) for tile in terrain_tiles()]
    said = repr((SIZE, _EXAGGERATION, _LIGHT, _DARK, _BRIGHT, named))
    return f"{vector.epoch()}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def bounds() -> list[float] | None:
    """West, south, east, north in degrees of all terrain there is; None = there is none, or it cannot be read."""
    try:
        boxes = [tile.box.bounds for tile in terrain_tiles()]
    except (CannotReadTerrain, OSError) as error:
        _log.warning("no relief: %s", error)
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) "
            "FROM (SELECT ST_Extent(geometri) AS e FROM t_s60_terraen_flise) held WHERE e IS NOT NULL"
        )
        boxes += cursor.fetchall()
    if not boxes:
        return None
    corners = np.array(boxes, dtype=np.float64)
    west, south = corners[:, :2].min(axis=0)
    east, north = corners[:, 2:].max(axis=0)
    to_degrees = Transformer.from_crs(GRID_SRID, 4326, always_xy=True)
    return [round(float(d), 6) for d in to_degrees.transform_bounds(west, south, east, north)]


def fetch(z: int, x: int, y: int, known_edition: str, revision: int) -> Stored:
    """A tile of shaded relief, from the cache or computed and kept; an empty body = no ground is known there.

    Parameters
    ----------
    z, x, y : which tile.
    known_edition : :func:`edition`.
    revision : of the terrain register; the tile shows what was known then.
    """

    def make() -> Stored:
        return Stored(draw(z, x, y, revision), revision, truncated=False)

    return once(ID, (z, x, y), known_edition, revision, make)


def draw(z: int, x: int, y: int, revision: int | None = None) -> bytes:
    """Compute one tile: shaded relief (skyggekort) of the natural ground.

    Parameters
    ----------
    z, x, y : the tile; it must lie in the grid's surroundings (else nothing is found).
    revision : of knowledge; None = the last one.

    Returns
    -------
    PNG of :data:`SIZE` pixels, grey with opacity: black where the ground turns away from the light, white where it
    turns to it, all but clear where it is level. Opacity 0 = the ground is not known. Empty = it is known nowhere.

    Notes
    -----
    Where rasters of different cell sizes have a value, the finest counts.
    """
    box = vector.grid_box(z, x, y)
    if box is None:
        return b""
    tiles = [
        tile for tile in tiles_under(np.array([box]), revision) if _meet(tile.box.bounds, box)
    ]  # those of the setting come wherever they lie
    across, down = _pixels(z, x, y)
    shade = np.full((SIZE, SIZE), np.nan)
    for (dx, dy), group in groupby(tiles, key=lambda tile: (tile.dx, tile.dy)):
        open_ = np.isnan(shade)
        if not open_.any():
            break
        lattice = _lattice(list(group), (across.min(), down.min(), across.max(), down.max()), dx, dy, z)
        shade[open_] = lattice.at(across[open_], down[open_])
    return b"" if np.isnan(shade).all() else png(*_ink(shade))


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _pixels(z: int, x: int, y: int) -> tuple[Floats, Floats]:
    """Middles of the pixels in the grid (m), row by row from the north."""
    west, south, east, north = vector.web_box(z, x, y)
    middle = (np.arange(SIZE) + 0.5) / SIZE
    across, down = np.meshgrid(west + (east - west) * middle, north + (south - north) * middle)
    return vector.to_grid().transform(across, down)


def _lattice(tiles: Sequence[Tile], box: Box, dx: float, dy: float, z: int) -> _Lattice:
    """Shade on lattice cells of ``dx`` times ``dy`` or a power of two of it, as wide as a pixel at most."""
    step = 2 ** max(0, int(np.floor(np.log2(_PIXEL_M / 2**z / max(dx, dy)))))
    wide, high = dx * step, dy * step
    column, row = int(np.floor(box[0] / wide)) - _AROUND, int(np.floor(-box[3] / high)) - _AROUND
    shape = (
        int(np.floor(-box[1] / high)) + _AROUND + 1 - row,
        int(np.floor(box[2] / wide)) + _AROUND + 1 - column,
    )
    total, count = np.zeros(shape), np.zeros(shape)
    for tile in tiles:
        _add(tile, total, count, _Place(column, row, wide, high))
    with np.errstate(invalid="ignore"):
        heights = total / np.where(count > 0, count, np.nan)
    return _Lattice(_shade(heights, wide, high), column, row, wide, high)


@dataclass(frozen=True)
class _Place:
    """Number of the first column and row of a part of the lattice, and the size of its cells (m)."""

    column: int
    row: int
    wide: float
    high: float


def _add(tile: Tile, total: Floats, count: Floats, place: _Place) -> None:
    """Add the cells of one raster to those lattice cells that their middles lie in."""
    east = tile.left + (np.arange(tile.columns) + 0.5) * tile.dx
    south = -tile.top + (np.arange(tile.rows) + 0.5) * tile.dy
    across = np.floor(east / place.wide).astype(np.int64) - place.column
    down = np.floor(south / place.high).astype(np.int64) - place.row
    columns = np.flatnonzero((across >= 0) & (across < total.shape[1]))
    rows = np.flatnonzero((down >= 0) & (down < total.shape[0]))
    if not len(columns) or not len(rows):
        return
    across = across[columns]
    new_column = np.flatnonzero(np.diff(across, prepend=across[0] - 1))
    with rasterio.open(tile.path, driver="GTiff") as raster:
        for part in np.array_split(rows, -(-len(rows) * len(columns) // _AT_ONCE)):
            window = Window(columns[0], part[0], len(columns), len(part))
            heights = _heights(raster, window)
            known = np.isfinite(heights)
            lines = down[part]
            new_row = np.flatnonzero(np.diff(lines, prepend=lines[0] - 1))
            where = np.ix_(lines[new_row], across[new_column])
            for sums, values in ((total, np.where(known, heights, 0.0)), (count, known.astype(np.float64))):
                by_column = np.add.reduceat(values, new_column, axis=1)
                sums[where] += np.add.reduceat(by_column, new_row, axis=0)


def _heights(raster: Any, window: Window) -> Floats:
    band = raster.read(1, window=window, masked=True)
    heights = np.ma.filled(band.astype(np.float64), np.nan)
    return np.asarray(heights * raster.scales[0] + raster.offsets[0])


def _shade(heights: Floats, wide: float, high: float) -> Floats:
    """How much light falls on each cell, level ground = 1; NaN where the height is not known."""
    east, south = _slope(heights, 1) / wide, _slope(heights, 0) / high
    a, b = -_EXAGGERATION * east, _EXAGGERATION * south
    light = (a * _LIGHT[0] + b * _LIGHT[1] + _LIGHT[2]) / np.sqrt(a * a + b * b + 1.0)
    return np.where(np.isfinite(heights), light / _LIGHT[2], np.nan)


def _slope(heights: Floats, axis: int) -> Floats:
    """Rise from one cell to the next, the mean of both sides or of the side that is known; 0 where none is."""
    rise = np.diff(heights, axis=axis)
    rim = np.full_like(np.take(heights, [0], axis=axis), np.nan)
    sides = np.stack([np.concatenate([rim, rise], axis=axis), np.concatenate([rise, rim], axis=axis)])
    known = np.isfinite(sides)
    total = np.where(known, sides, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _ink(shade: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Grey and opacity; ground that is known is never quite clear, so that the two can be told apart."""
    known = np.isfinite(shade)
    over = np.where(known, shade, 1.0) - 1.0
    brightest = 1.0 / _LIGHT[2] - 1.0
    opacity = np.where(over < 0, np.minimum(-over, 1.0) * _DARK, over / brightest * _BRIGHT)
    ink = np.clip(np.rint(opacity * 255.0), 1, 255)
    return np.where(over > 0, 255, 0).astype(np.uint8), np.where(known, ink, 0).astype(np.uint8)


def png(grey: npt.NDArray[np.uint8], opacity: npt.NDArray[np.uint8]) -> bytes:
    """A picture of grey and opacity, (n, m) each, as PNG; the same bytes for the same picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    high, wide = grey.shape
    lines = np.zeros((high, 1 + 2 * wide), dtype=np.uint8)  # each line begins with its filter: none
    lines[:, 1::2], lines[:, 2::2] = grey, opacity
    head = struct.pack(">IIBBBBB", wide, high, 8, 4, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 6))
        + chunk(b"IEND", b"")
    )
