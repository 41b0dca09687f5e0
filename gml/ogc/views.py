"""``/ogc/``: OGC API Features, parts 1 (core, GeoJSON, OpenAPI 3.0), 2 (coordinate systems) and 3 (filters)."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.problems import Fault, problem
from gml.feed import bulk
from gml.feed.views import not_yet, up_to_date
from gml.ogc import features, plu, queryables
from gml.ogc.asked import read_item, read_items
from gml.ogc.collection import Collection
from gml.ogc.crs import CRS84, STORAGE, SUPPORTED
from gml.ogc.links import GEOJSON, GML, JSON, OPENAPI, SCHEMA, answer, link, title, unknown
from gml.ogc.openapi import document

_FEATURES: Final = "http://www.opengis.net/spec/ogcapi-features-"
_CQL2: Final = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS: Final = (
    f"{_FEATURES}1/1.0/conf/core",
    f"{_FEATURES}1/1.0/conf/geojson",
    f"{_FEATURES}1/1.0/conf/oas30",
    f"{_FEATURES}2/1.0/conf/crs",
    f"{_FEATURES}3/1.0/conf/queryables",
    f"{_FEATURES}3/1.0/conf/queryables-query-parameters",
    f"{_FEATURES}3/1.0/conf/filter",
    f"{_FEATURES}3/1.0/conf/features-filter",
    f"{_CQL2}cql2-text",
    f"{_CQL2}cql2-json",
    f"{_CQL2}basic-cql2",
    f"{_CQL2}advanced-comparison-operators",
    f"{_CQL2}case-insensitive-comparison",
    f"{_CQL2}basic-spatial-functions",
    f"{_CQL2}basic-spatial-functions-plus",
    f"{_CQL2}spatial-functions",
    f"{_CQL2}array-functions",
    f"{_CQL2}property-property",
)


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What there is."""
    return unknown(request) or answer(
        {
            "title": "Planværk",
            "description": _("Plans and public geodata of Danish municipalities."),
            "links": [
                link(request, "landing", "self", JSON, _("This document")),
                link(request, "api", "service-desc", OPENAPI, _("The interface")),
                link(request, "conformance", "conformance", JSON, _("What it conforms to")),
                link(request, "collections", "data", JSON, _("Collections")),
                link(request, "register:service_record", "describedby", "application/xml", _("Metadata")),
                link(request, "register:catalogue", "describedby", "application/ld+json", _("Catalogue")),
                link(request, "register:index", "related", "text/html", _("Plans as GML, and their changes")),
            ],
        }
    )


@require_safe
def conformance(request: HttpRequest) -> HttpResponse:
    """Classes of the standards that hold."""
    return unknown(request) or answer({"conformsTo": list(CONFORMS)})


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """The interface in OpenAPI 3.0."""
    return unknown(request) or answer(
        document(request.build_absolute_uri(reverse("ogc:landing")), settings.REGISTER_CONTACT), OPENAPI
    )


class _Plans:
    """What collections of plans tell beside themselves: asked for once an answer, and only where one is told."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def extents(self) -> dict[str, dict[str, Any]]:
        return plu.extents()

    @cached_property
    def enclosures(self) -> list[dict[str, Any]]:
        return _enclosures(self._request)


def _described(request: HttpRequest, collection: Collection, plans: _Plans) -> dict[str, Any]:
    own = title(collection)
    links = [
        link(request, "collection", "self", JSON, own, collection.id),
        link(request, "items", "items", GEOJSON, own, collection.id),
        link(request, "queryables", f"{_REL}queryables", SCHEMA, _("What can be asked for"), collection.id),
    ]
    described: dict[str, Any] = {
        "id": collection.id,
        "title": own,
        "itemType": "feature",
        "crs": list(SUPPORTED),
        "storageCrs": STORAGE.uri,
    }
    if collection.about:
        described["description"] = _(collection.about)
    if collection.kind:
        if extent := _extent(plans.extents.get(collection.kind, {})):
            described["extent"] = extent
        described["links"] = [
            *links,
            link(request, "register:data_record", "describedby", "application/xml", _("Metadata")),
            {
                "href": f"http://inspire.ec.europa.eu/featureconcept/{collection.kind}",
                "rel": "tag",
                "title": collection.kind,
            },
            *plans.enclosures,
        ]
    else:
        described["links"] = links
    return described


_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"


def _extent(known: dict[str, Any]) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if known.get("bbox"):
        extent["spatial"] = {"bbox": [known["bbox"]], "crs": CRS84.uri}
    if known.get("interval", [None])[0]:
        # An end of one plan is none of the collection, which goes on.
        extent["temporal"] = {"interval": [[f"{known['interval'][0]}T00:00:00Z", None]]}
    return extent


def _enclosures(request: HttpRequest) -> list[dict[str, Any]]:
    """The feed's bulk files: all plans as GML in one document, and those of each municipality."""
    now = up_to_date()
    found = []
    for row in bulk.current(now) if now is not None else ():
        if row.scope == bulk.ALL:
            told = _("All plans as GML")
        elif row.scope == bulk.NONE:
            told = _("Plans of no known municipality, as GML")
        else:
            told = _("Plans of municipality %(code)s as GML") % {"code": row.scope}
        found.append(
            {**link(request, "register:bulk", "enclosure", GML, told, row.scope), "length": row.size}
        )
    return found


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """All collections."""
    if (wrong := unknown(request)) is not None:
        return wrong
    _prepared()
    plans = _Plans(request)
    return answer(
        {
            "links": [link(request, "collections", "self", JSON, _("Collections"))],
            "crs": list(SUPPORTED),
            "collections": [_described(request, one, plans) for one in features.collections().values()],
        }
    )


def _prepared() -> None:
    """Bring what is told of the plans up to date; where that is for the command, what is known is told."""
    try:
        features.prepare(next(iter(plu.COLLECTIONS.values())))
    except features.NotYet:
        return


def _no_collection(key: str) -> HttpResponse:
    known = ", ".join(features.collections())
    fault = Fault("collection", "unknown", f"{key!r} is none of {known}")
    return problem(404, "There is no such collection.", [fault])


@require_safe
def collection(request: HttpRequest, key: str) -> HttpResponse:
    """One collection."""
    found = features.collection(key)
    if found is None:
        return _no_collection(key)
    if (wrong := unknown(request)) is not None:
        return wrong
    _prepared()
    return answer(_described(request, found, _Plans(request)))


@require_safe
def asked_for(request: HttpRequest, key: str) -> HttpResponse:
    """What can stand in a filter of a collection."""
    found = features.collection(key)
    if found is None:
        return _no_collection(key)
    own = request.build_absolute_uri(reverse("ogc:queryables", args=[key]))
    return unknown(request) or answer(queryables.schema(found, own, title(found)), SCHEMA)


@require_safe
def items(request: HttpRequest, key: str) -> HttpResponse:
    """A page of features; ``next`` leads to the one that follows."""
    collection = features.collection(key)
    if collection is None:
        return _no_collection(key)
    query = request.GET.dict()
    asked, faults = read_items(collection, query)
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    try:
        features.prepare(collection)
        found, more = features.page(collection, asked)
    except features.NotYet:
        return not_yet()
    except features.TooLong:
        return problem(
            400,
            "The request takes too long.",
            [Fault("filter", "too_long", "ask for less: a smaller box, a pattern that begins with letters")],
        )
    for one in found:
        one.pop("plan", None)
    own = link(request, "items", "self", GEOJSON, _("This page"), key)
    links = [{**own, "href": request.build_absolute_uri()}]
    links.append(link(request, "collection", "collection", JSON, _("The collection"), key))
    if more:
        following = urlencode({**query, "after": found[-1]["id"]})
        links.append(
            {**own, "rel": "next", "title": _("The next page"), "href": f"{own['href']}?{following}"}
        )
    response = answer(
        {"type": "FeatureCollection", "features": found, "numberReturned": len(found), "links": links},
        GEOJSON,
    )
    response["Content-Crs"] = f"<{asked.crs.uri}>"
    return response


@require_safe
def item(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One feature."""
    collection = features.collection(key)
    if collection is None:
        return _no_collection(key)
    crs, faults = read_item(request.GET.dict())
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    try:
        features.prepare(collection)
    except features.NotYet:
        return not_yet()
    found = features.one(collection, name, crs)
    if found is None:
        return problem(404, "There is no such feature.")
    found["links"] = [
        link(request, "item", "self", GEOJSON, _("This feature"), key, name),
        link(request, "collection", "collection", JSON, _("The collection"), key),
    ]
    if (plan := found.pop("plan", None)) is not None:
        found["links"].append(link(request, "register:plan", "enclosure", GML, _("The plan as GML"), plan))
    response = answer(found, GEOJSON)
    response["Content-Crs"] = f"<{crs.uri}>"
    return response
