"""The terrain tiles that were registered (``import_geodata dhm``), as far as they lie under some shapes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db import connection

from geodata.terrain import CannotReadTerrain, Tile, terrain_tiles

Boxes = npt.NDArray[np.float64]

_VIEW: Final = "s60_terraen_flise"
#: Ground around a shape that is read with it (m).
_AROUND_M: Final = 2.0
_log = logging.getLogger(__name__)


def tiles_under(boxes: Boxes, known: int | None = None) -> list[Tile]:
    """Rasters for some places, finest first: those of the setting ``TERRAIN`` and the registered ones beneath.

    Parameters
    ----------
    boxes : (n, 4) x0, y0, x1, y1 in EPSG:25832.
    known : revision of knowledge; None = the last one.

    Notes
    -----
    A registered tile whose file is gone or broken is left out and logged: the ground there is then unknown, which is
    not an answer and never a zero.
    """
    tiles = {tile.path: tile for tile in terrain_tiles()}
    for path in _paths(boxes, known):
        try:
            tiles.update((tile.path, tile) for tile in terrain_tiles([path]))
        except (CannotReadTerrain, OSError) as error:
            _log.warning("a registered terrain tile cannot be read: %s", error)
    return sorted(tiles.values(), key=lambda tile: (tile.dx * tile.dy, tile.path))


def _paths(boxes: Boxes, known: int | None) -> list[Path]:
    held = (
        f"t_{_VIEW} v WHERE true"
        if known is None
        else f"hist_t_{_VIEW} v WHERE revision_from <= %(known)s AND (revision_to IS NULL OR revision_to > %(known)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT v.path FROM {held} AND EXISTS (SELECT FROM "
            "unnest(%(x0)s::float8[], %(y0)s::float8[], %(x1)s::float8[], %(y1)s::float8[]) AS b(x0, y0, x1, y1) "
            f"WHERE v.geometri && ST_Expand(ST_MakeEnvelope(b.x0, b.y0, b.x1, b.y1, 25832), {_AROUND_M})) ORDER BY 1",
            {
                "known": known,
                **{name: boxes[:, at].tolist() for at, name in enumerate(("x0", "y0", "x1", "y1"))},
            },
        )
        return [Path(row[0]) for row in cursor.fetchall()]
