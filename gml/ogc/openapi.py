"""The interface of ``/ogc/`` as an OpenAPI 3.0 document, made from the collections that there are."""

from __future__ import annotations

from typing import Any, Final

from gml.ogc.asked import LANGUAGES, MOST, USUAL
from gml.ogc.collection import GEOMETRY, Collection
from gml.ogc.crs import CRS84, SUPPORTED
from gml.ogc.features import collections
from gml.ogc.links import GEOJSON, JSON, OPENAPI, SCHEMA


def document(server: str, contact: str) -> dict[str, Any]:
    """All paths below ``server``."""
    paths: dict[str, Any] = {
        "/": _get("landing", "What there is"),
        "/conformance": _get("conformance", "What it conforms to"),
        "/api": _get("api", "This document", media=OPENAPI),
        "/collections": _get("collections", "Collections"),
    }
    for one in collections().values():
        base = f"/collections/{one.id}"
        paths[base] = _get(one.id, one.title_en)
        paths[f"{base}/queryables"] = _get(f"{one.id}_queryables", "What can be asked for", media=SCHEMA)
        paths[f"{base}/items"] = _get(f"{one.id}_items", one.title_en, _items(one), GEOJSON)
        key = {"name": "featureId", "in": "path", "required": True, "schema": {"type": one.id_type}}
        paths[f"{base}/items/{{featureId}}"] = _get(
            f"{one.id}_item", one.title_en, [key, _crs("crs")], GEOJSON
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": "Planværk: OGC API Features", "version": "1.0.0", "contact": {"email": contact}},
        "servers": [{"url": server.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": {"problem": {"type": "object", "required": ["title", "status"]}}},
    }


def _get(name: str, summary: str, parameters: Any = (), media: str = JSON) -> dict[str, Any]:
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


_TYPES: Final = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}


def _items(one: Collection) -> list[dict[str, Any]]:
    number = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    text = {"type": "string"}
    return [
        {"name": "limit", "in": "query",
         "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}},
        {"name": "after", "in": "query", "description": "Only features with a larger id; given by the link next",
         "schema": {"type": one.id_type}},
        {"name": "bbox", "in": "query", "style": "form", "explode": False, "schema": number},
        _crs("bbox-crs"),
        _crs("crs"),
        {"name": "datetime", "in": "query", "description": "A moment, or two with / between", "schema": text},
        {"name": "filter", "in": "query", "description": "CQL2; names stand under queryables", "schema": text},
        {"name": "filter-lang", "in": "query",
         "schema": {"type": "string", "enum": list(LANGUAGES), "default": "cql2-text"}},
        _crs("filter-crs"),
        *(
            {"name": name, "in": "query", "schema": _TYPES.get(type_, text)}
            for name, type_ in one.queryables.items()
            if type_ != GEOMETRY
        ),
    ]  # fmt: skip
