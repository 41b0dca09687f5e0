"""The property look-up as pages: the search, one parcel with all its answers, and the purpose of looking."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import shapely
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.models import Municipality
from geodata.accounts.whose import municipalities, municipality_of
from geodata.crs import to_degrees
from geodata.property_lookup.answers import Answer, State
from geodata.property_lookup.asking import asker_of, district_of, number_of, write_down
from geodata.property_lookup.find import find
from geodata.property_lookup.log import LONGEST, keep_purpose
from geodata.property_lookup.look import Told, look
from geodata.property_lookup.marks import Mark, marks_of
from geodata.property_lookup.place import Place, place_of
from geodata.registry import facets

HITS: Final = 20


@dataclass(frozen=True)
class Row:
    """An answer with what has been said against it."""

    answer: Answer
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Group:
    """Answers under one heading; an empty heading is the parcel itself."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Section:
    """A facet as the page shows it: what applies first; where there are many, then what is not answered, then "no".

    Attributes
    ----------
    groups : answers that are shown.
    silent : questions that were not answered, apart where there are many questions.
    open : whether those stand open.
    folded : answers "no", folded where there are many questions.
    """

    id: str
    title: str
    contestable: bool
    groups: tuple[Group, ...]
    silent: tuple[Row, ...]
    open: bool
    folded: tuple[Row, ...]


#: As many answers of the same kind are shown; more of "no" or "not answered" are folded.
SHOWN: Final = 12


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find a property by parcel or address; one hit alone is opened at once."""
    words = request.GET.get("q", "")[:100]
    hits = find(words, HITS) if words.strip() else []
    if len(hits) == 1:
        return redirect("lookup:property", hits[0].district, hits[0].number)
    context = {"words": words, "hits": hits, "authority": _authority(municipality_of(request))}
    return render(request, "lookup/search.html", context)


def place_or_404(district: str, number: str) -> Place:
    """The parcel of an address.

    Raises
    ------
    Http404 : the address names no parcel that is known here.
    """
    code, parcel = district_of(district), number_of(number)
    found = place_of(code, parcel) if code and parcel else None
    if found is None:
        raise Http404(_("There is no such parcel here; its cadastre may not have been read in."))
    return found


@require_safe
def page(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """Everything that is asked about one parcel, with the map beside it.

    ``facet`` asks one facet alone; with ``part`` as well its section comes without the page around it.
    """
    place = place_or_404(district, number)
    asker = asker_of(request)
    alone = request.GET.get("facet", "")
    if alone and alone not in facets:
        raise Http404(_("There is no such question."))
    looked = look(place, asker, only=[alone] if alone else [])
    write_down(asker, looked)
    marks = marks_of(place, asker)
    context = {
        "place": place,
        "sections": [_section(told, marks) for told in looked.facets],
        "outline": outline(place),
        "alone": alone,
        "apart": [
            {"id": key, "title": facet.title, "address": f"{request.path}?facet={key}"}
            for key, facet in facets.items()
            if facet.apart and not alone
        ],
        "may_contest": asker.may("lookup.contest_value", place.municipality),
        "purpose": asker.purpose,
        "ask_purpose": any(a.code == "purpose_needed" for told in looked.facets for a in told.answers),
        "authority": _authority(asker.tenant),
    }
    part = bool(alone) and "part" in request.GET
    response = render(request, "lookup/sections.html" if part else "lookup/property.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _section(told: Told, marks: dict[str, tuple[Mark, ...]]) -> Section:
    rows = [Row(answer, marks.get(answer.key, ())) for answer in told.answers]
    plain = [row for row in rows if row.answer.state is not State.YES and not row.answer.group]
    apart = plain if len(plain) > SHOWN else []
    silent = tuple(row for row in apart if row.answer.state is State.NOT_ANSWERED)
    folded = tuple(row for row in apart if row.answer.state is State.NO)
    shown = [row for row in rows if row not in apart] if apart else rows
    groups = tuple(
        Group(title, tuple(found)) for title, found in groupby(shown, key=lambda row: row.answer.group)
    )
    return Section(told.id, told.title, told.contestable, groups, silent, len(silent) <= SHOWN, folded)


def outline(place: Place) -> dict[str, Any]:
    """The parcel as GeoJSON in degrees, for the map beside the page."""
    parcel = {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(to_degrees(place.geometry)),
        "properties": {"role": "plot", "finding": None, "label": "", "outcome": ""},
    }
    return {"type": "FeatureCollection", "features": [parcel]}


@require_POST
def state_purpose(request: HttpRequest) -> HttpResponse:
    """Keep for this session what personal data are looked at for."""
    code = municipality_of(request)
    if code is None or code not in {m.code for m in municipalities(request)}:
        raise PermissionDenied(_("You have no role in that municipality."))
    purpose = " ".join(request.POST.get("purpose", "").replace("\x00", "").split())[:LONGEST]
    if purpose:
        keep_purpose(request, code, purpose)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("lookup:search")
    return redirect(back)


def speaking_for(request: HttpRequest) -> str:
    """The municipality that a signed-in person speaks for.

    Raises
    ------
    PermissionDenied : they have no role anywhere.
    """
    code = municipality_of(request)
    if code is None or not municipalities(request):
        raise PermissionDenied(_("You have no role in any municipality."))
    return code


def _authority(code: str | None) -> str:
    return Municipality.objects.filter(code=code).values_list("name", flat=True).first() or "" if code else ""


def private(request: HttpRequest, template: str, context: dict[str, Any], code: str) -> HttpResponse:
    """A page with personal data, which no cache may keep."""
    response = render(request, template, {**context, "authority": _authority(code)})
    response["Cache-Control"] = "private, no-store"
    return response
