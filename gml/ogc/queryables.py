"""What can stand in a filter of a collection, as a JSON schema (OGC API Features, part 3)."""

from __future__ import annotations

from typing import Any, Final

from gml.ogc.collection import Collection

_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "strings": {"type": "array", "items": {"type": "string"}},
}
_PLACES: Final = {"polygon": "geometry-any", "line": "geometry-any", "point": "geometry-any"}


def schema(collection: Collection, address: str, title: str) -> dict[str, Any]:
    """The schema; ``address`` is its own."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": title,
        "properties": {
            name: dict(_SCHEMAS[type_])
            if type_ in _SCHEMAS
            else {"format": _PLACES[collection.geometry or ""]}
            for name, type_ in collection.queryables.items()
        },
        "additionalProperties": False,
    }
