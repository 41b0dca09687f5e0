"""A collection of features: a query with typed columns, whatever room or table it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

from geodata.registry import Layer

#: The name of the geometry among what can be asked for.
GEOMETRY: Final = "geometry"


@dataclass(frozen=True)
class Collection:
    """What is handed out under one id.

    Attributes
    ----------
    about : English sentence, to be translated.
    sql : selects ``id``, ``geom`` (EPSG:25832) and the columns; with ``kind`` also ``properties`` (jsonb), which is
        what a feature shows.
    columns : name → string, integer, number, boolean, date, date-time, strings (jsonb list), objects (not asked for).
    id_type : integer, or string in the order of its bytes.
    geometry : polygon, line or point; None = features have no place.
    times : columns of the first and the last day that a feature holds for; None = no time.
    kind : feature type of INSPIRE, empty for others.
    """

    id: str
    title_da: str
    title_en: str
    sql: str
    columns: Mapping[str, str]
    about: str = ""
    id_type: str = "integer"
    geometry: str | None = "polygon"
    times: tuple[str, str] | None = None
    kind: str = ""

    @property
    def queryables(self) -> dict[str, str]:
        """Name → type of whatever can stand in a filter."""
        found = {name: type_ for name, type_ in self.columns.items() if type_ != "objects"}
        return found | ({GEOMETRY: GEOMETRY} if self.geometry else {})


#: Type number of PostgreSQL → type; every other is text.
_TYPES: Final = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "number", 701: "number", 1700: "number",
    1082: "date", 1184: "date-time",
}  # fmt: skip
_known: dict[str, Collection] = {}


def of_layer(layer: Layer) -> Collection:
    """A public layer of the map as a collection; the database says once what its columns are."""
    found = _known.get(layer.id)
    if found is None or found.sql != layer.sql:
        names = ", ".join(f'f."{name}"' for name in layer.columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names or 'NULL'} FROM ({layer.sql}) f LIMIT 0")
            types = [_TYPES.get(column.type_code, "string") for column in cursor.description]
        columns = dict(zip(layer.columns, types, strict=False))
        found = Collection(
            layer.id, layer.title_da, layer.title_en, layer.sql, columns, geometry=layer.geometry
        )
        _known[layer.id] = found
    return found
