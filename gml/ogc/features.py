"""Features of public layers as GeoJSON, straight from the tables that the map is drawn from."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from geodata.registry import Layer, layers
from gml.ogc.asked import Asked
from gml.ogc.crs import STORAGE, Crs


def collections() -> dict[str, Layer]:
    """Public layers by id, in the order of the map."""
    return {key: layer for key, layer in layers.items() if layer.public}


def page(layer: Layer, asked: Asked) -> tuple[list[dict[str, Any]], bool]:
    """Features in order of their ids, and whether more follow."""
    conditions: list[str] = ["true"]
    values: list[Any] = []
    if asked.after is not None:
        conditions.append("f.id > %s")
        values.append(asked.after)
    if asked.box is not None:
        # The box is brought into the grid, whose index answers; what is met is decided in the system asked in.
        conditions.append(
            "f.geom && ST_Transform(ST_Segmentize(ST_MakeEnvelope(%s, %s, %s, %s, %s), %s), 25832) AND "
            "ST_Intersects(ST_Transform(f.geom, %s), ST_MakeEnvelope(%s, %s, %s, %s, %s))"
        )
        srid = asked.box_crs.srid
        step = max(asked.box[2] - asked.box[0], asked.box[3] - asked.box[1]) / 20 or 1.0
        values += [*asked.box, srid, step, srid, *asked.box, srid]
    for name, value in asked.equals.items():
        conditions.append(f'f."{name}"::text = %s')
        values.append(value)
    rows = _rows(layer, asked.crs, " AND ".join(conditions), values, asked.limit + 1)
    return rows[: asked.limit], len(rows) > asked.limit


def one(layer: Layer, number: int, crs: Crs) -> dict[str, Any] | None:
    """One feature; None = there is none."""
    found = _rows(layer, crs, "f.id = %s", [number], 1)
    return found[0] if found else None


def _rows(layer: Layer, crs: Crs, where: str, values: list[Any], limit: int) -> list[dict[str, Any]]:
    geom = "f.geom" if crs.srid == STORAGE.srid else f"ST_Transform(f.geom, {crs.srid})"
    if crs.north_first:
        geom = f"ST_FlipCoordinates({geom})"
    columns = "".join(f', f."{name}"' for name in layer.columns)
    with connection.cursor() as cursor:
        cursor.execute(
            # No option of ST_AsGeoJSON: the system is named by the answer's header, not by each geometry.
            f"SELECT f.id, ST_AsGeoJSON({geom}, {crs.decimals}, 0){columns} FROM ({layer.sql}) f "
            f"WHERE {where} ORDER BY f.id LIMIT %s",
            [*values, limit],
        )
        return [
            {
                "type": "Feature",
                "id": row[0],
                "geometry": json.loads(row[1]) if row[1] else None,
                "properties": dict(zip(layer.columns, map(_plain, row[2:]), strict=True)),
            }
            for row in cursor.fetchall()
        ]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
