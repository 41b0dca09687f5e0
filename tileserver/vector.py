"""Vector tiles straight from the tables, by ``ST_AsMVT``.

The tile's box is brought into the grid, not the geometries into the tile's system, so that the index on the
EPSG:25832 column finds the rows; only those are transformed. The tile and the revision that it shows are
read by one statement and therefore belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from pyproj import Transformer

from geodata.crs import GRID_SRID
from geodata.registry import Layer

#: Layer of areas → first zoom at which its tiles carry a point for the label. An area is cut at the tile's border
#: and would be labelled in each tile; its point lies in one.
LABELLED: Final = {
    "municipalities": 7,
    "parcels": 16,
    "frameworks": 12,
    "local_plans": 12,
    "sub_areas": 14,
    "building_fields": 17,
}
#: Half the width of the web mercator square, m.
_HALF: Final = math.pi * 6_378_137.0
#: Units of a tile, and how far geometry reaches beyond its border, so that lines do not end visibly there.
EXTENT: Final = 4096
BUFFER: Final = 96
#: From this zoom on geometry is drawn as it is; below, corners within half a unit of a straight line are left out
#: before anything is transformed: an outline of a municipality has tens of thousands, of which some hundred show.
EXACT_FROM: Final = 13


@dataclass(frozen=True)
class Tile:
    """One tile: MVT bytes, the revision that it shows, and whether the cap left something out."""

    body: bytes
    revision: int
    truncated: bool


@lru_cache(maxsize=1)
def to_grid() -> Transformer:
    """From the tiles' system (EPSG:3857) to the grid."""
    return Transformer.from_crs(3857, GRID_SRID, always_xy=True)


def exists(z: int, x: int, y: int) -> bool:
    """Whether the address is a tile at all."""
    return 0 <= z <= 24 and 0 <= x < 2**z and 0 <= y < 2**z


def web_box(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in EPSG:3857, m."""
    size = 2 * _HALF / 2**z
    west, north = -_HALF + x * size, _HALF - y * size
    return west, north - size, west + size, north


def grid_box(z: int, x: int, y: int) -> tuple[float, float, float, float] | None:
    """Box in EPSG:25832 that holds the tile with its border, m; None far outside the grid's zone.

    The sides of a tile are curves in the grid: they are followed at 21 points each.
    """
    west, south, east, north = web_box(z, x, y)
    border = (east - west) * BUFFER / EXTENT
    # Beyond these the projection is of no use; Denmark with its surroundings lies well inside.
    lon = 111_319.49
    low_x, high_x, low_y, high_y = -10 * lon, 30 * lon, 5_000_000.0, 12_000_000.0
    west, east = max(west - border, low_x), min(east + border, high_x)
    south, north = max(south - border, low_y), min(north + border, high_y)
    if west >= east or south >= north:
        return None
    left, bottom, right, top = to_grid().transform_bounds(west, south, east, north, densify_pts=21)
    return left - 1.0, bottom - 1.0, right + 1.0, top + 1.0


def unit_m(z: int) -> float:
    """Length of a tile's unit on Danish ground, m."""
    return float(2 * _HALF / 2**z / EXTENT * math.cos(math.radians(56.0)))


def source(layer: Layer, z: int) -> str:
    """The layer's SQL at a zoom: a rough copy where one is declared."""
    for up_to, sql in sorted(layer.generalised):
        if z <= up_to:
            return sql
    return layer.sql


#: Newest revision of any of some themes, and number of the running epoch, in SQL.
REVISION: Final = (
    "coalesce((SELECT revision FROM ledger_change WHERE themes && %s::varchar[] AND revision IS NOT NULL "
    "ORDER BY revision DESC LIMIT 1), 0)"
)
EPOCH: Final = "(SELECT coalesce(max(number), 0) FROM ledger_epoch)"


def revisions(layers: list[Layer]) -> dict[str, int]:
    """Per layer the newest revision of any of its themes; 0 = never changed."""
    if not layers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([REVISION] * len(layers))}", [list(layer.themes) for layer in layers]
        )
        row = cursor.fetchone()
    return {layer.id: int(value) for layer, value in zip(layers, row, strict=True)}


def revision_of(themes: tuple[str, ...]) -> int:
    """The newest revision of any of some themes; 0 = never changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {REVISION}", [list(themes)])
        return int(cursor.fetchone()[0])


def epoch() -> int:
    """Number of the running epoch; a restore starts a new one."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {EPOCH}")
        return int(cursor.fetchone()[0])


def draw(layer: Layer, z: int, x: int, y: int) -> Tile:
    """Compute one tile.

    Parameters
    ----------
    layer : what to draw; a layer that is not public needs an open tenant.
    z, x, y : the tile (:func:`exists`).

    Returns
    -------
    The tile with one MVT layer named as ``layer.id``: its columns as properties, ``id`` as feature id. Where
    more rows than the cap lie in the box, the first by id are drawn and each says ``truncated``. Areas that are
    labelled at this zoom (:data:`LABELLED`) have a second layer ``<id>-label`` with points.

    Notes
    -----
    Geometry snaps to 1/4096 of the tile: 15 cm at zoom 15 and 2 cm at zoom 18 in Denmark. Below zoom
    :data:`EXACT_FROM` lines and areas are simplified by half as much, which does not show.
    """
    if z < LABELLED.get(layer.id, 99) and (tile := _whole(layer, z, x, y)) is not None:
        return tile
    return _capped(layer, z, x, y)


def _asked(layer: Layer, z: int, x: int, y: int) -> tuple[str, list[Any]]:
    """FROM and WHERE of a layer's rows in a tile, as ``f``, with their parameters."""
    box = grid_box(z, x, y)
    # An empty box selects nothing and still answers the revision.
    west, south, east, north = box or (0.0, 0.0, -1.0, -1.0)
    # The layer's own SQL takes no parameter: a per cent sign in it stands for itself.
    own = source(layer, z).replace("%", "%%")
    rows = f"FROM ({own}) f WHERE %s AND f.geom && ST_MakeEnvelope(%s, %s, %s, %s, %s)"
    return rows, [box is not None, west, south, east, north, GRID_SRID]


def _shape(layer: Layer, z: int) -> str:
    """Geometry as it is drawn at a zoom, before it is transformed."""
    if z < EXACT_FROM and layer.geometry != "point":
        # What is smaller than that is kept here; the tile itself leaves out what has no extent in it.
        return f"coalesce(ST_Simplify(f.geom, {unit_m(z) / 2:.4f}, true), f.geom)"
    return "f.geom"


def _whole(layer: Layer, z: int, x: int, y: int) -> Tile | None:
    """The tile with all that lies in it; None where that is, or by the planner's estimate may be, more than the cap.

    Nothing has to be sorted or kept for the cap then: the server may spread the tile over its processors, as it does
    with the plainest query.
    """
    cap = layer.feature_cap
    rows, values = _asked(layer, z, x, y)
    columns = "".join(f", f.{name}" for name in layer.columns)
    box = "ST_MakeEnvelope(%s, %s, %s, %s, 3857)"
    drawn = f"ST_AsMVTGeom(ST_Transform({_shape(layer, z)}, 3857), {box}, %s, %s, true)"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 {rows}", values)
        if cursor.fetchone()[0][0]["Plan"]["Plan Rows"] > cap / 2:
            return None
        cursor.execute(
            f"SELECT coalesce(ST_AsMVT(d, %s, %s, 'geom', 'id'), ''), count(*), {REVISION} "
            f"FROM (SELECT f.id{columns}, {drawn} AS geom {rows}) d",
            [layer.id, EXTENT, list(layer.themes), *web_box(z, x, y), EXTENT, BUFFER, *values],
        )
        body, count, revision = cursor.fetchone()
    return None if count > cap else Tile(bytes(body), int(revision), truncated=False)


def _capped(layer: Layer, z: int, x: int, y: int) -> Tile:
    """The tile with the first rows up to the cap, and its labels."""
    columns = "".join(f", f.{name}" for name in layer.columns)
    plain = "".join(f", {name}" for name in layer.columns)
    rows, values = _asked(layer, z, x, y)
    cap, web = layer.feature_cap, web_box(z, x, y)
    labels = ""
    if z >= LABELLED.get(layer.id, 99):
        labels = (
            " || (SELECT coalesce(ST_AsMVT(l, %s, %s, 'geom', 'id'), '') FROM ("
            f"SELECT id{plain}, ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(geom), 3857), "
            "ST_MakeEnvelope(%s, %s, %s, %s, 3857), %s, 0, true) AS geom FROM found WHERE place <= %s OFFSET 0) l "
            "WHERE l.geom IS NOT NULL)"
        )
    sql = (
        # Numbered in the order of the one sort, so that the cap needs no second one over the shapes.
        f"WITH found AS MATERIALIZED (SELECT f.id, f.geom{columns}, row_number() OVER (ORDER BY f.id) AS place "
        f"{rows} ORDER BY f.id LIMIT %s), "
        "counted AS (SELECT count(*) > %s AS over FROM found), "
        f"drawn AS (SELECT id{plain}, CASE WHEN over THEN true END AS truncated, "
        f"ST_AsMVTGeom(ST_Transform({_shape(layer, z)}, 3857), ST_MakeEnvelope(%s, %s, %s, %s, 3857), %s, %s, true) "
        # The offset keeps the planner from working out each shape once more for the condition on it.
        "AS geom FROM found f, counted WHERE place <= %s OFFSET 0) "
        "SELECT (SELECT coalesce(ST_AsMVT(d, %s, %s, 'geom', 'id'), '') FROM drawn d WHERE d.geom IS NOT NULL)"
        f"{labels}, (SELECT over FROM counted), {REVISION}"
    )
    values += [cap + 1, cap, *web, EXTENT, BUFFER, cap, layer.id, EXTENT]
    if labels:
        values += [f"{layer.id}-label", EXTENT, *web, EXTENT, cap]
    values.append(list(layer.themes))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        body, truncated, revision = cursor.fetchone()
    return Tile(bytes(body or b""), int(revision), bool(truncated))
