"""``/ogc/``: OGC API Features, parts 1 (core, GeoJSON, OpenAPI 3.0) and 2 (coordinate systems)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.problems import Fault, problem
from geodata.registry import Layer
from gml.ogc import features
from gml.ogc.asked import read_item, read_items
from gml.ogc.crs import STORAGE, SUPPORTED
from gml.ogc.openapi import document

CONFORMS: Final = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
_OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
_GEOJSON: Final = "application/geo+json"


def _link(request: HttpRequest, name: str, rel: str, media: str, title: str, *args: object) -> dict[str, str]:
    address = request.build_absolute_uri(reverse(f"ogc:{name}", args=args))
    return {"href": address, "rel": rel, "type": media, "title": title}


def _answer(document: dict[str, Any], media: str = "application/json") -> HttpResponse:
    response = JsonResponse(document, content_type=media)
    response["Cache-Control"] = "public, no-cache"
    # Whoever draws a map in a browser may ask from another place; everything here is public.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _unknown(request: HttpRequest) -> HttpResponse | None:
    faults = [Fault(name, "unknown_parameter", "known is f") for name in request.GET if name != "f"]
    return problem(400, "The request cannot be understood.", faults) if faults else None


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What there is."""
    if (wrong := _unknown(request)) is not None:
        return wrong
    json = "application/json"
    return _answer(
        {
            "title": "Planværk",
            "description": _("Plans and public geodata of Danish municipalities."),
            "links": [
                _link(request, "landing", "self", json, _("This document")),
                _link(request, "api", "service-desc", _OPENAPI, _("The interface")),
                _link(request, "conformance", "conformance", json, _("What it conforms to")),
                _link(request, "collections", "data", json, _("Collections")),
                {
                    "href": request.build_absolute_uri(reverse("register:index")),
                    "rel": "related",
                    "type": "text/html",
                    "title": _("Plans as GML, and their changes"),
                },
            ],
        }
    )


@require_safe
def conformance(request: HttpRequest) -> HttpResponse:
    """Classes of the standard that hold."""
    return _unknown(request) or _answer({"conformsTo": list(CONFORMS)})


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """The interface in OpenAPI 3.0."""
    return _unknown(request) or _answer(
        document(request.build_absolute_uri(reverse("ogc:landing")), settings.REGISTER_CONTACT), _OPENAPI
    )


def _described(request: HttpRequest, layer: Layer) -> dict[str, Any]:
    title = layer.title_da if (get_language() or "da").startswith("da") else layer.title_en
    return {
        "id": layer.id,
        "title": title,
        "itemType": "feature",
        "crs": list(SUPPORTED),
        "storageCrs": STORAGE.uri,
        "links": [
            _link(request, "collection", "self", "application/json", title, layer.id),
            _link(request, "items", "items", _GEOJSON, title, layer.id),
        ],
    }


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """All collections."""
    return _unknown(request) or _answer(
        {
            "links": [_link(request, "collections", "self", "application/json", _("Collections"))],
            "crs": list(SUPPORTED),
            "collections": [_described(request, layer) for layer in features.collections().values()],
        }
    )


def _no_collection(key: str) -> HttpResponse:
    known = ", ".join(features.collections())
    fault = Fault("collection", "unknown", f"{key!r} is none of {known}")
    return problem(404, "There is no such collection.", [fault])


@require_safe
def collection(request: HttpRequest, key: str) -> HttpResponse:
    """One collection."""
    layer = features.collections().get(key)
    if layer is None:
        return _no_collection(key)
    return _unknown(request) or _answer(_described(request, layer))


@require_safe
def items(request: HttpRequest, key: str) -> HttpResponse:
    """A page of features; ``next`` leads to the one that follows."""
    layer = features.collections().get(key)
    if layer is None:
        return _no_collection(key)
    asked, faults = read_items(layer, request.GET.dict())
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    found, more = features.page(layer, asked)
    own = _link(request, "items", "self", _GEOJSON, _("This page"), key)
    query = request.GET.dict()
    links = [{**own, "href": request.build_absolute_uri()}]
    links.append(_link(request, "collection", "collection", "application/json", _("The collection"), key))
    if more:
        following = urlencode({**query, "after": found[-1]["id"]})
        links.append(
            {**own, "rel": "next", "title": _("The next page"), "href": f"{own['href']}?{following}"}
        )
    response = _answer(
        {"type": "FeatureCollection", "features": found, "numberReturned": len(found), "links": links},
        _GEOJSON,
    )
    response["Content-Crs"] = f"<{asked.crs.uri}>"
    return response


@require_safe
def item(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One feature."""
    layer = features.collections().get(key)
    if layer is None:
        return _no_collection(key)
    crs, faults = read_item(request.GET.dict())
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    found = features.one(layer, number, crs)
    if found is None:
        return problem(404, "There is no such feature.")
    found["links"] = [
        _link(request, "item", "self", _GEOJSON, _("This feature"), key, number),
        _link(request, "collection", "collection", "application/json", _("The collection"), key),
    ]
    response = _answer(found, _GEOJSON)
    response["Content-Crs"] = f"<{crs.uri}>"
    return response
