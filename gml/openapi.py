"""What this room declares of the interface for programs (OpenAPI 3.1); ``/ogc/`` describes itself."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from geodata.registry import interfaces

_PLAN: Final = {
    "name": "plan",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_REVISION: Final = {"name": "revision", "in": "path", "required": True, "schema": {"type": "integer"}}
_LIST: Final = {"name": "list", "in": "path", "required": True, "schema": {"type": "string"}}
_VALUE: Final = {"name": "value", "in": "path", "required": True, "schema": {"type": "string"}}
_CHANGES: Final = (
    {
        "name": "since",
        "in": "query",
        "schema": {"type": "string"},
        "description": "cursor; without one from zero",
    },
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
)


#: Forms in which a list or a value answers beside JSON, as the asker takes them.
_FORMS: Final = ("application/rdf+xml", "text/html")


def _get(
    name: str, summary: str, *parameters: Any, media: str = "application/json", other: tuple[str, ...] = ()
) -> dict[str, Any]:
    wrong = {status: {"$ref": "#/components/responses/problem"} for status in ("400", "404", "410", "503")}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": "The answer", "content": {one: {} for one in (media, *other)}},
                **wrong,
            },
        }
    }


def register() -> None:
    """Declare them; called once, when the app is ready."""
    gml = "application/gml+xml"
    interfaces.register(
        "/register/manifest.json", _get("manifest", "What stands now, with the digest of all plans")
    )
    interfaces.register(
        "/register/metadata/data.xml",
        _get("data_record", "The data set as ISO 19139", media="application/xml"),
    )
    interfaces.register(
        "/register/metadata/service.xml",
        _get("service_record", "The download service as ISO 19139", media="application/xml"),
    )
    interfaces.register(
        "/register/catalogue.jsonld",
        _get("catalogue", "The register as DCAT-AP", media="application/ld+json"),
    )
    interfaces.register("/register/changes", _get("changes", "New versions and withdrawn plans", *_CHANGES))
    interfaces.register("/register/plans/{plan}.gml", _get("plan", "A plan as it stands", _PLAN, media=gml))
    interfaces.register(
        "/register/plans/{plan}/{revision}.gml",
        _get("plan_version", "A plan as one revision published it", _PLAN, _REVISION, media=gml),
    )
    # Lists and their values answer where the name space of ids says; .json, .xml and .html name the form.
    space = urlsplit(settings.REGISTER_NAMESPACE).path.rstrip("/")
    interfaces.register(
        f"{space}/codelist/{{list}}", _get("code_list", "A list of our values", _LIST, other=_FORMS)
    )
    interfaces.register(
        f"{space}/codelist/{{list}}/{{value}}",
        _get("code", "A value of one of our lists", _LIST, _VALUE, other=_FORMS),
    )
