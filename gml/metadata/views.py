"""``/register/metadata/…`` and ``/register/catalogue.jsonld``: what the data set and its services are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from gml.feed.views import not_yet, up_to_date
from gml.metadata import dcat, iso19139
from gml.metadata.about import About, about
from gml.ogc import features, plu


def _answer(request: HttpRequest, make: Callable[[About, About], HttpResponse]) -> HttpResponse:
    now = up_to_date()
    if now is None:
        return not_yet()
    with suppress(features.NotYet):  # where the plans lie is then told as it was
        features.prepare(next(iter(plu.COLLECTIONS.values())))
    response = make(about(request, now, "da"), about(request, now, "en"))
    response["Cache-Control"] = "public, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@require_safe
def data_record(request: HttpRequest) -> HttpResponse:
    """The data set as ISO 19139."""
    return _answer(request, lambda danish, _english: _xml(iso19139.data_set(danish)))


@require_safe
def service_record(request: HttpRequest) -> HttpResponse:
    """The download service as ISO 19139."""
    return _answer(request, lambda danish, _english: _xml(iso19139.service(danish)))


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The register as DCAT-AP."""

    def made(danish: About, english: About) -> HttpResponse:
        told = dcat.catalogue(danish, english)
        plain = {"ensure_ascii": False}
        return JsonResponse(told, content_type="application/ld+json", json_dumps_params=plain)

    return _answer(request, made)
