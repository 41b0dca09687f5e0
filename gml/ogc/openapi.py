"""The interface of ``/ogc/`` as an OpenAPI 3.0 document, made from the collections that there are."""

from __future__ import annotations

from typing import Any

from geodata.registry import Layer
from gml.ogc.asked import MOST, USUAL
from gml.ogc.crs import CRS84, SUPPORTED
from gml.ogc.features import collections

_JSON = "application/json"
_GEOJSON = "application/geo+json"


def document(server: str, contact: str) -> dict[str, Any]:
    """All paths below ``server``."""
    paths: dict[str, Any] = {
        "/": _get("landing", "What there is"),
        "/conformance": _get("conformance", "What it conforms to"),
        "/api": _get("api", "This document", media="application/vnd.oai.openapi+json;version=3.0"),
        "/collections": _get("collections", "Collections"),
    }
    for layer in collections().values():
        base = f"/collections/{layer.id}"
        paths[base] = _get(layer.id, layer.title_en)
        paths[f"{base}/items"] = _get(f"{layer.id}_items", layer.title_en, _items(layer), _GEOJSON)
        one = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "integer"}}
        paths[f"{base}/items/{{featureId}}"] = _get(
            f"{layer.id}_item", layer.title_en, [one, _crs("crs")], _GEOJSON
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": "Planværk: OGC API Features", "version": "1.0.0", "contact": {"email": contact}},
        "servers": [{"url": server.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": {"problem": {"type": "object", "required": ["title", "status"]}}},
    }


def _get(name: str, summary: str, parameters: Any = (), media: str = _JSON) -> dict[str, Any]:
    wrong = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": "The answer", "content": {media: {"schema": {"type": "object"}}}},
                "400": {"description": "Not understood; every fault is told", "content": wrong},
                "404": {"description": "Not there", "content": wrong},
            },
        }
    }


def _crs(name: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "uri", "enum": list(SUPPORTED), "default": CRS84.uri}
    return {"name": name, "in": "query", "schema": schema}


def _items(layer: Layer) -> list[dict[str, Any]]:
    number = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    return [
        {"name": "limit", "in": "query",
         "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}},
        {"name": "after", "in": "query", "description": "Only features with a larger id; given by the link next",
         "schema": {"type": "integer", "minimum": 0}},
        {"name": "bbox", "in": "query", "style": "form", "explode": False, "schema": number},
        _crs("bbox-crs"),
        _crs("crs"),
        {"name": "datetime", "in": "query", "schema": {"type": "string"}},
        *({"name": name, "in": "query", "schema": {"type": "string"}} for name in layer.columns),
    ]  # fmt: skip
