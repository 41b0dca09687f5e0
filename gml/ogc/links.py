"""Links and answers that all pages of ``/ogc/`` have in common."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language

from geodata.problems import Fault, problem
from gml.ogc.collection import Collection

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA: Final = "application/schema+json"
GML: Final = "application/gml+xml"


def link(request: HttpRequest, name: str, rel: str, media: str, title: str, *args: object) -> dict[str, str]:
    """A link to a page of this interface, or of another one by its full name."""
    full = name if ":" in name else f"ogc:{name}"
    address = request.build_absolute_uri(reverse(full, args=args))
    return {"href": address, "rel": rel, "type": media, "title": title}


def answer(document: dict[str, Any], media: str = JSON) -> HttpResponse:
    """A document that everybody may read, a browser's page of another site too."""
    response = JsonResponse(document, content_type=media)
    response["Cache-Control"] = "public, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def unknown(request: HttpRequest) -> HttpResponse | None:
    """What is answered where a page is asked something it does not know; None = nothing was."""
    faults = [Fault(name, "unknown_parameter", "known is f") for name in request.GET if name != "f"]
    return problem(400, "The request cannot be understood.", faults) if faults else None


def title(collection: Collection) -> str:
    """What a collection is called in the language of the page."""
    danish = (get_language() or "da").startswith("da")
    return collection.title_da if danish else collection.title_en
