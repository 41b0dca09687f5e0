"""What this room declares of the interface for programs (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, Final

from geodata.registry import interfaces

_TEXT: Final = {"type": "string"}
_LANGUAGE: Final = {"name": "lang", "in": "query", "schema": {"type": "string", "enum": ["da", "en"]}}


def _get(name: str, summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {
                    "description": "The answer",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                **{status: {"$ref": "#/components/responses/problem"} for status in ("400", "404")},
            },
        }
    }


def _in_path(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def register() -> None:
    """Declare them; called once, when the app is ready."""
    interfaces.register(
        "/api/property/",
        _get(
            "find_property",
            "Parcels that some words may mean, best first",
            {"name": "q", "in": "query", "required": True, "schema": _TEXT},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
            _LANGUAGE,
        ),
    )
    interfaces.register(
        "/api/property/{district}/{number}/",
        _get(
            "property",
            "Everything that registers and plans say about a parcel; facets picks some",
            _in_path("district", "integer"),
            _in_path("number"),
            {"name": "facets", "in": "query", "schema": _TEXT},
            _LANGUAGE,
        ),
    )
