"""The terrain tiles that were registered (``import_geodata dhm``), as far as they lie under some shapes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.db import connection

from geodata.terrain import CannotReadTerrain, Tile, terrain_tiles

_VIEW: Final = "s60_terraen_flise"
#: Ground around a shape that is read with it (m).
_AROUND_M: Final = 2.0
_log = logging.getLogger(__name__)


def tiles_under(shapes: Sequence[bytes], known: int | None = None) -> list[Tile]:
    """Rasters for some shapes, finest first: those of the setting ``TERRAIN`` and the registered ones beneath.

    Parameters
    ----------
    shapes : WKB in EPSG:25832.
    known : revision of knowledge; None = the last one.

    Notes
    -----
    A registered tile whose file is gone or broken is left out and logged: the ground there is then unknown, which is
    not an answer and never a zero.
    """
    tiles = {tile.path: tile for tile in terrain_tiles()}
    for path in _paths(shapes, known):
        try:
            tiles.update((tile.path, tile) for tile in terrain_tiles([path]))
        except (CannotReadTerrain, OSError) as error:
            _log.warning("a registered terrain tile cannot be read: %s", error)
    return sorted(tiles.values(), key=lambda tile: (tile.dx * tile.dy, tile.path))


def _paths(shapes: Sequence[bytes], known: int | None) -> list[Path]:
    held = (
        f"t_{_VIEW} v WHERE true"
        if known is None
        else f"hist_t_{_VIEW} v WHERE revision_from <= %(known)s AND (revision_to IS NULL OR revision_to > %(known)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT v.path FROM {held} AND EXISTS (SELECT FROM unnest(%(shapes)s::bytea[]) AS s(shape) "
            f"WHERE v.geometri && ST_Expand(ST_GeomFromWKB(s.shape, 25832), {_AROUND_M})) ORDER BY 1",
            {"known": known, "shapes": list(shapes)},
        )
        return [Path(row[0]) for row in cursor.fetchall()]
