"""What this room declares of the interface for programs (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, Final

from geodata.registry import interfaces

_TEXT: Final = {"type": "string"}
_DAY: Final = {"type": "string", "format": "date"}
_LANGUAGE: Final = {"type": "string", "enum": ["da", "en"], "default": "da"}
_ASSESS: Final[dict[str, Any]] = {
    "summary": "Hold a drawing against its land: findings, remedies, what was not checked. Nothing is stored.",
    "operationId": "assess",
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["drawing"],
                    "additionalProperties": False,
                    "properties": {
                        "drawing": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "parcel": {
                            **_TEXT,
                            "description": "cadastral district and parcel number, such as 60851 2l",
                        },
                        "crs": _TEXT,
                        "set": {"type": "array", "items": _TEXT, "description": "values such as height=5.2"},
                        "place": {"type": "array", "items": _TEXT, "description": "points as X,Y=E,N"},
                        "corners": _TEXT,
                        "work": _TEXT,
                        "applied": _DAY,
                        "as_of": _DAY,
                        "rules": {**_TEXT, "description": "ids with commas between"},
                        "lang": _LANGUAGE,
                        "voice": {"type": "string", "enum": ["applicant", "planner"]},
                    },
                }
            }
        },
    },
    "responses": {
        "200": {"description": "Findings", "content": {"application/json": {"schema": {"type": "object"}}}},
        **{status: {"$ref": "#/components/responses/problem"} for status in ("400", "404", "413", "422")},
    },
}
_APPLIES: Final[dict[str, Any]] = {
    "summary": "What applies on a property without a drawing: every rule with yes, no or not answered",
    "operationId": "applies",
    "parameters": [
        {"name": "parcel", "in": "query", "required": True, "schema": _TEXT},
        {"name": "applied", "in": "query", "schema": _DAY},
        {"name": "as_of", "in": "query", "schema": _DAY},
        {"name": "rules", "in": "query", "schema": _TEXT},
        {"name": "lang", "in": "query", "schema": _LANGUAGE},
    ],
    "responses": {
        "200": {"description": "Answers", "content": {"application/json": {"schema": {"type": "object"}}}},
        **{status: {"$ref": "#/components/responses/problem"} for status in ("400", "404")},
    },
}


def register() -> None:
    """Declare them; called once, when the app is ready."""
    interfaces.register("/api/assess", {"post": _ASSESS})
    interfaces.register("/api/applies", {"get": _APPLIES})
