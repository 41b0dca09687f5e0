"""The terrain as rasters: GeoTIFF tiles of heights in EPSG:25832 and DVR90, 0.5 m up to 10,000 parcels, 5 m above."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.windows import Window

from permits.demo.ground import height_m
from permits.demo.town import Town

Singles = npt.NDArray[np.float32]

#: Rasters of half a metre are made up to this many parcels (wished).
FINE_UP_TO: Final = 10_000
_FINE_M: Final = 0.5
_COARSE_M: Final = 5.0
#: Cells of a tile along a side; heights are reckoned at every so many cells and drawn straight between.
_TILE: Final = 2000
_KNOT: Final = 20
#: Cells of a block along a side, and how far from land a block is still written (metres).
_BLOCK: Final = 512
_AROUND_M: Final = 25.0
NODATA: Final = -9999.0
_MADE: Final = "2026:01:15 00:00:00"


def write_terrain(town: Town, wished: int, folder: Path) -> list[Path]:
    """Write the tiles that land lies on; same town, same bytes.

    Parameters
    ----------
    wished : size of the demonstration, which decides the size of the cells.
    folder : made if it is not there.
    """
    cell = _FINE_M if wished <= FINE_UP_TO else _COARSE_M
    folder.mkdir(parents=True, exist_ok=True)
    side = cell * _TILE
    west, south, east, north = shapely.total_bounds(town.fabric.faces)
    tree = shapely.STRtree(town.fabric.faces)
    shapely.prepare(town.fabric.faces)
    lefts = np.arange(np.floor(west / side), np.ceil(east / side)) * side
    tops = np.arange(np.ceil(north / side), np.floor(south / side), -1) * side
    return [
        _tile(town, tree, folder, float(left), float(top), cell)
        for left in lefts
        for top in tops
        if len(tree.query(shapely.box(left, top - side, left + side, top), predicate="intersects"))
    ]


def _tile(town: Town, tree: shapely.STRtree, folder: Path, left: float, top: float, cell: float) -> Path:
    # Knots stand half a cell outside, so that the middles of all cells lie between two of them.
    step = cell * _KNOT
    number = _TILE // _KNOT + 1
    x = left + step * np.arange(number)
    y = top - step * np.arange(number)
    knots = height_m(town.plane, np.stack(np.meshgrid(x, y), axis=-1))
    # Heights to the centimetre, as the real model has them: they compress well and nobody misses the rest.
    heights = np.round(_between(knots.astype(np.float32)), 2)
    path = folder / f"dtm_{round(top / 1000 * 2)}_{round(left / 1000 * 2)}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=_TILE, height=_TILE, count=1, dtype="float32", crs="EPSG:25832",
        transform=rasterio.Affine(cell, 0.0, left, 0.0, -cell, top),
        nodata=NODATA, compress="deflate", zlevel=1, predictor=2,
        tiled=True, blockxsize=_BLOCK, blockysize=_BLOCK, sparse_ok=True,
    ) as raster:  # fmt: skip
        # Blocks of nothing but sea are left out; they read as missing.
        for row in range(0, _TILE, _BLOCK):
            for column in range(0, _TILE, _BLOCK):
                ground = shapely.box(
                    left + column * cell - _AROUND_M, top - (row + _BLOCK) * cell - _AROUND_M,
                    left + (column + _BLOCK) * cell + _AROUND_M, top - row * cell + _AROUND_M,
                )  # fmt: skip
                if len(tree.query(ground, predicate="intersects")):
                    part = heights[row : row + _BLOCK, column : column + _BLOCK]
                    raster.write(part, 1, window=Window(column, row, part.shape[1], part.shape[0]))
        raster.update_tags(TIFFTAG_DATETIME=_MADE)
    return path


def _between(knots: Singles) -> Singles:
    """Heights at the middles of the cells, straight between the knots in both directions."""
    share = ((np.arange(_KNOT) + 0.5) / _KNOT).astype(np.float32)
    across = knots[:, :-1, None] * (1 - share) + knots[:, 1:, None] * share
    across = across.reshape(len(knots), -1)
    down = across[:-1, None, :] * (1 - share)[:, None] + across[1:, None, :] * share[:, None]
    return np.asarray(down.reshape(-1, across.shape[1]))
