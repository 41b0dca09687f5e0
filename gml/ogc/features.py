"""Features of public collections as GeoJSON, straight from the tables that they stand in."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from geodata.registry import layers
from gml.feed.views import up_to_date
from gml.ogc import plu
from gml.ogc.asked import Asked
from gml.ogc.collection import Collection, of_layer
from gml.ogc.crs import STORAGE, Crs

#: What a page may take; a filter that needs longer is refused.
_SECONDS: Final = 20
_SET: Final = "SELECT set_config('statement_timeout', %s, true)"


class NotYet(Exception):
    """The plans are being published; they can be asked for in a minute."""


class TooLong(Exception):
    """What was asked takes too long to find."""


def collections() -> dict[str, Collection]:
    """Collections by id: plans as INSPIRE has them, then the public layers in the order of the map."""
    return plu.COLLECTIONS | {key: of_layer(layer) for key, layer in layers.items() if layer.public}


def collection(key: str) -> Collection | None:
    """The collection of that id; None = there is none."""
    if (found := plu.COLLECTIONS.get(key)) is not None:
        return found
    layer = layers.get(key)
    return of_layer(layer) if layer is not None and layer.public else None


def prepare(collection: Collection) -> None:
    """Bring the features up to what is published; NotYet where that is for the command."""
    if collection.kind:
        now = up_to_date()
        if now is None or not plu.refresh(now):
            raise NotYet


def page(collection: Collection, asked: Asked) -> tuple[list[dict[str, Any]], bool]:
    """Features in order of their ids, and whether more follow.

    Raises
    ------
    TooLong : the filter takes too long.
    """
    conditions = ["true", *(condition for condition, _ in asked.conditions)]
    values = [value for _, own in asked.conditions for value in own]
    if asked.after is not None:
        conditions.append("f.id > %s")
        values.append(asked.after)
    rows = _rows(collection, asked.crs, " AND ".join(conditions), values, asked.limit + 1)
    return rows[: asked.limit], len(rows) > asked.limit


def one(collection: Collection, key: str, crs: Crs) -> dict[str, Any] | None:
    """One feature; None = there is none."""
    value: int | str = key
    if collection.id_type == "integer":
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        value = int(key)
    elif "\x00" in key:
        return None
    found = _rows(collection, crs, "f.id = %s", [value], 1)
    return found[0] if found else None


def _rows(
    collection: Collection, crs: Crs, where: str, values: list[Any], limit: int
) -> list[dict[str, Any]]:
    geom = "f.geom" if crs.srid == STORAGE.srid else f"ST_Transform(f.geom, {crs.srid})"
    if crs.north_first:
        geom = f"ST_FlipCoordinates({geom})"
    names = tuple(collection.columns)
    shown = (
        ", f.properties::text, f.of_plan" if collection.kind else "".join(f', f."{name}"' for name in names)
    )
    query = (
        # No option of ST_AsGeoJSON: the system is named by the answer's header, not by each geometry.
        f"SELECT f.id, ST_AsGeoJSON({geom}, {crs.decimals}, 0){shown} FROM ({collection.sql}) f "
        f"WHERE {where} ORDER BY f.id LIMIT %s"
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SET, [f"{_SECONDS}s"])
            cursor.execute(query, [*values, limit])
            rows = cursor.fetchall()
            cursor.execute(_SET, ["0"])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):  # the words are in the server's language
            raise
        raise TooLong from error
    return [
        {
            "type": "Feature",
            "id": row[0],
            "geometry": json.loads(row[1]) if row[1] else None,
            "properties": (
                json.loads(row[2]) if collection.kind else dict(zip(names, map(_plain, row[2:]), strict=True))
            ),
        }
        | ({"plan": row[3]} if collection.kind else {})
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
