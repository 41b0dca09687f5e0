"""``/api/openapi.json``: the interface for programs, put together from what each room declares."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from geodata.registry import interfaces

_PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("parameter", "code", "detail")},
            },
        },
    },
}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1; OGC API Features below ``/ogc/`` describes itself at ``/ogc/api``."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Planværk",
            "version": "1.0.0",
            "summary": "Plans and building permits of Danish municipalities",
            "contact": {"email": settings.REGISTER_CONTACT},
        },
        "servers": [{"url": request.build_absolute_uri("/").rstrip("/")}],
        "paths": dict(interfaces.items()),
        "components": {
            "responses": {
                "problem": {
                    "description": "A problem document (RFC 9457) with every fault",
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}
                    },
                }
            },
            "schemas": {"problem": _PROBLEM},
        },
    }
    response = JsonResponse(document, content_type="application/vnd.oai.openapi+json;version=3.1")
    response["Access-Control-Allow-Origin"] = "*"
    return response
