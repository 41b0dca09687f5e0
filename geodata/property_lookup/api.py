"""The property look-up for programs, below ``/api/property/``: the same answers as the page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from geodata.crs import GRID
from geodata.problems import Fault, problem
from geodata.property_lookup.answers import Answer
from geodata.property_lookup.asking import asker_of, district_of, number_of, write_down
from geodata.property_lookup.find import find
from geodata.property_lookup.look import Look, look
from geodata.property_lookup.place import place_of
from geodata.registry import facets

_LANGUAGES: Final = ("da", "en")
_MOST: Final = 50


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Parcels that the words ``q`` may mean, best first: ``{"hits": […]}``; ``limit`` is 10 unless given."""
    faults = _unknown(request, {"q", "limit", "lang"}) + _language_faults(request)
    words, limit = request.GET.get("q", ""), request.GET.get("limit", "10")
    if len(words.strip()) < 2:
        faults.append(Fault("q", "too_short", "give at least two letters of a parcel or an address"))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4 and 1 <= int(limit) <= _MOST):
        faults.append(Fault("limit", "out_of_range", f"a whole number from 1 to {_MOST}"))
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    hits = [
        {
            "district": hit.district,
            "number": hit.number,
            "label": hit.label,
            "url": reverse("lookup:property", args=[hit.district, hit.number]),
            "api": reverse("property_api:property", args=[hit.district, hit.number]),
        }
        for hit in find(words, int(limit))
    ]
    return _private(JsonResponse({"hits": hits}))


@require_safe
def property_(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """Everything that is asked about one parcel; ``facets=parcel,edges`` picks some, ``lang=en`` the words."""
    faults = _unknown(request, {"facets", "lang"}) + _language_faults(request)
    code, parcel = district_of(district), number_of(number)
    if code is None:
        faults.append(
            Fault("district", "not_a_code", "the code of a cadastral district (ejerlavskode), a number")
        )
    if parcel is None:
        faults.append(Fault("number", "not_a_parcel_number", "a parcel number (matrikelnummer), such as 2l"))
    chosen = [name for name in request.GET.get("facets", "").split(",") if name]
    faults += [
        Fault("facets", "unknown_facet", f"{name!r} is none of {', '.join(facets)}")
        for name in chosen
        if name not in facets
    ]
    if faults or code is None or parcel is None:
        return problem(400, "The request cannot be understood.", faults)
    with translation.override(request.GET.get("lang") or translation.get_language()):
        place = place_of(code, parcel)
        if place is None:
            unknown = Fault("number", "unknown_parcel", "its cadastre may not have been read in here")
            return problem(404, "There is no such parcel here.", [unknown])
        asker = asker_of(request)
        looked = look(place, asker, only=chosen)
        write_down(asker, looked)
        return _private(JsonResponse(document(looked)))


def document(looked: Look) -> dict[str, Any]:
    """A look-up in plain values."""
    place = looked.place
    west, south, east, north = (round(v, 3) for v in place.geometry.bounds)
    return {
        "parcel": {
            "district": place.district,
            "district_name": place.district_name,
            "number": place.number,
            "municipality": place.municipality,
            "property_number": place.property_number,
            "bounds": {"crs": GRID, "west": west, "south": south, "east": east, "north": north},
            "url": reverse("lookup:property", args=[place.district, place.number]),
        },
        "facets": [
            {"id": told.id, "title": told.title, "answers": [_answer(a) for a in told.answers]}
            for told in looked.facets
        ],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "key": answer.key,
        "title": answer.title,
        "group": answer.group or None,
        "answer": answer.state.value,
        "code": answer.code or None,
        "value": answer.value,
        "unit": answer.unit or None,
        "text": answer.said or answer.label,
        "source": answer.source or None,
        "as_of": answer.as_of,
        "link": answer.link or None,
    }


def _unknown(request: HttpRequest, known: Collection[str]) -> list[Fault]:
    names = [name for name in request.GET if name not in known]
    return [
        Fault(name[:40], "unknown_parameter", f"known are {', '.join(sorted(known))}") for name in names[:20]
    ]


def _language_faults(request: HttpRequest) -> list[Fault]:
    said = request.GET.get("lang", "da")
    return [] if said in _LANGUAGES else [Fault("lang", "unknown_language", "da or en")]


def _private(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "private, no-store"
    return response


app_name = "property_api"
urlpatterns = [
    path("", search, name="search"),
    path("<str:district>/<str:number>/", property_, name="property"),
]
