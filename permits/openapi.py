"""What this room declares of the interface for programs (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, Final

from geodata.registry import interfaces
from permits.handling import INSTEAD

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

_CASE: Final[dict[str, Any]] = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_FINDING: Final[dict[str, Any]] = {
    "name": "finding",
    "in": "path",
    "required": True,
    "schema": {"type": "integer"},
    "description": "a finding of the newest check",
}
_CASES: Final[dict[str, Any]] = {
    "summary": "Cases of the municipality that the session may read, a page at a time",
    "operationId": "cases",
    "parameters": [
        {"name": "q", "in": "query", "schema": _TEXT, "description": "words in address, number or title"},
        {
            "name": "outcome",
            "in": "query",
            "schema": {"type": "array", "items": _TEXT},
            "description": "worst answers, any of which",
        },
        {"name": "assigned", "in": "query", "schema": _TEXT, "description": "id of a person, or nobody"},
        {
            "name": "goal",
            "in": "query",
            "schema": {"type": "string", "enum": ["late", "soon", "running", "waiting", "unknown"]},
        },
        {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["newest", "due"]}},
        {
            "name": "after",
            "in": "query",
            "schema": _TEXT,
            "description": "as `next` of the page before has it",
        },
        {"name": "lang", "in": "query", "schema": _LANGUAGE},
    ],
    "responses": {
        "200": {
            "description": "`total`, `cases`, and `next`: the address of the next page, or null",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "400": {"$ref": "#/components/responses/problem"},
    },
}
_ONE_CASE: Final[dict[str, Any]] = {
    "summary": "One case: findings in words with evidence, what has been made of them, clock and history",
    "operationId": "case",
    "parameters": [_CASE, {"name": "lang", "in": "query", "schema": _LANGUAGE}],
    "responses": {
        "200": {"description": "The case", "content": {"application/json": {"schema": {"type": "object"}}}},
        **{status: {"$ref": "#/components/responses/problem"} for status in ("400", "404")},
    },
}


def _verb(
    operation: str, summary: str, properties: dict[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "summary": f"{summary}; wants the session of a case worker and the header X-CSRFToken",
        "operationId": operation,
        "parameters": [_CASE, _FINDING, {"name": "lang", "in": "query", "schema": _LANGUAGE}],
        "requestBody": {
            "required": bool(required),
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": properties,
                        "required": list(required),
                    }
                }
            },
        },
        "responses": {
            "201": {
                "description": "Done: id of what was made, and the check and finding that it is about",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **{
                status: {"$ref": "#/components/responses/problem"}
                for status in ("400", "403", "404", "409", "422")
            },
        },
    }


def register() -> None:
    """Declare them; called once, when the app is ready."""
    interfaces.register("/api/assess", {"post": _ASSESS})
    interfaces.register("/api/applies", {"get": _APPLIES})
    interfaces.register("/api/cases/", {"get": _CASES})
    interfaces.register("/api/cases/{id}", {"get": _ONE_CASE})
    below = "/api/cases/{id}/findings/{finding}"
    interfaces.register(
        f"{below}/accept", {"post": _verb("acceptFinding", "Accept a finding", {"note": _TEXT})}
    )
    answers = {"type": "string", "enum": list(INSTEAD)}
    said = {"instead": answers, "reason": _TEXT}
    overridden = _verb("overrideFinding", "Decide something else, with a reason", said, ("instead", "reason"))
    interfaces.register(f"{below}/override", {"post": overridden})
    said = {"text": _TEXT, "given_to": {**_TEXT, "description": "id of a person"}, "due_on": _DAY}
    interfaces.register(
        f"{below}/task", {"post": _verb("makeTask", "Make a task of a finding", said, ("text",))}
    )
