"""The first steps: what, where, and what applies there."""

from __future__ import annotations

from typing import Any, Final

import shapely
from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.models import Municipality, User
from geodata.accounts.whose import municipality_of
from geodata.property_lookup.answers import Answer, State
from geodata.property_lookup.asking import asker_of, district_of, number_of
from geodata.property_lookup.find import find
from geodata.property_lookup.look import Look, look
from geodata.property_lookup.pages.showing import SHOWN, outline
from geodata.property_lookup.place import Place, place_of
from geodata.registry import facets
from permits.actions.discard_draft import discard_draft
from permits.actions.start_draft import start_draft
from permits.models.applications import Work
from permits.models.drafts import Draft
from permits.portal.access import actor, forget, keep, kept_until, mine, opened
from permits.portal.pages.shown import (
    boxes,
    onward,
    or_lost,
    page,
    put_right,
    step,
    step_page,
    text,
    told,
    typed_before,
)
from permits.portal.steps import address, after, first_open

_HITS: Final = 12
#: Not asked here: cases are other people's data, and of the registers' themes the rules tell those that matter.
_NOT_SHOWN: Final = ("cases", "themes")
#: What is shown first: every rule with the figure that would matter.
_RULES: Final = "rules"
#: Work that a drawing of buildings can be answered for.
WORKS: Final = (Work.NEW, Work.EXTENSION, Work.CONVERSION)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What the way is, and the drafts that can be gone on with."""
    return _start(request)


def _start(request: HttpRequest, *, too_many: bool = False) -> HttpResponse:
    drafts = [(draft, address(draft, first_open(draft)), kept_until(draft)) for draft in mine(request)]
    context = {
        "drafts": drafts,
        "authority": _authority(municipality_of(request)),
        "too_many": too_many,
        "days": settings.DRAFT_DAYS,
    }
    response = page(request, "start", context, status=429 if too_many else 200)
    if too_many:
        response["Retry-After"] = "3600"
    return response


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a draft; not more of them in an hour than somebody needs who applies for others."""
    code = municipality_of(request)
    if code is None or not Municipality.objects.filter(code=code).exists():
        raise PermissionDenied(_("No municipality takes applications on this site yet."))
    owner = request.user if isinstance(request.user, User) else None
    if not request.session.session_key:
        request.session.create()
    visitor = f"user {owner.pk}" if owner else f"session {request.session.session_key}"
    if not ratelimit.consume(request, action="begin_draft", key=visitor):
        return _start(request, too_many=True)
    draft = start_draft(
        acting_user=actor(request, "permits.start_draft", code), municipality=code, owner=owner
    )
    keep(request, draft)
    return redirect(address(draft, "what"))


@require_POST
@or_lost
def discard(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Throw a draft away."""
    with opened(request, public_id) as draft:
        discard_draft(draft, acting_user=actor(request, "permits.discard_draft", draft.municipality_id))
        forget(request, draft)
    return redirect("portal:start")


@step("what")
def what(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What somebody wants to do, in a word and in their own words."""
    typed, errors = typed_before(request, draft, "what")
    given: dict[str, str] = draft.answers.get("what", {}) if typed is None else typed
    if request.method == "POST":
        given, errors = boxes(request.POST, "work", "title"), []
        if given["work"] not in WORKS:
            errors.append((f"work-{WORKS[0]}", _("Choose what you want to do.")))
        if not given["title"]:
            errors.append(("title", _("Say in a few words what it is, such as new house or garage.")))
        if not errors:
            return onward(request, told(request, draft, "what", given), after("what"))
        return put_right(request, draft, "what", errors)
    works = [(value.value, value.label) for value in WORKS]
    context = {"given": given, "works": works, "errors": errors}
    return step_page(request, draft, "what", context)


@step("where")
def where(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The property: found by words, chosen from what matches."""
    _typed, errors = typed_before(request, draft, "where")
    if request.method == "POST":
        errors = []
        found = _chosen(request)
        if found is None:
            errors.append(
                ("q", _("That parcel is not known here. Search for it and choose it from the list."))
            )
        elif not Municipality.objects.filter(code=found.municipality).exists():
            errors.append(("q", _("The municipality of that parcel does not take applications here.")))
        else:
            answers = {
                "district": found.district,
                "number": found.number,
                "label": found.label,
                # What the property was found by, where nobody has written another.
                "address": text(request.POST, "address", 200)
                or text(request.POST, f"address of {found.district} {found.number}", 200),
            }
            other = draft.answers.get("where", {}).get("label") not in (None, found.label)
            if other and draft.buildings and not _drawn_on(draft, found):
                # A drawing of another place is none of this one; that of a parcel that was merged since is.
                draft = told(request, draft, "where", answers, buildings=[], municipality=found.municipality)
            else:
                draft = told(request, draft, "where", answers, municipality=found.municipality)
            return onward(request, draft, after("where"))
        return put_right(request, draft, "where", errors)
    words = text(request.GET, "q", 100)
    hits = find(words, _HITS) if len(words) > 1 else []
    chosen = draft.answers.get("where", {})
    context = {"words": words, "hits": hits, "chosen": chosen, "errors": errors}
    return step_page(request, draft, "where", context)


def _drawn_on(draft: Draft, place: Place) -> bool:
    shapes = [shapely.from_wkt(row["wkt"]) for row in draft.buildings if row["wkt"]]
    return bool(shapes) and bool(shapely.intersects(shapes, place.geometry).any())


def _chosen(request: HttpRequest) -> Place | None:
    district, _gap, number = request.POST.get("parcel", "").partition(" ")
    code, parcel = district_of(district), number_of(number) if number else None
    return place_of(code, parcel) if code and parcel else None


@step("applies")
def applies(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What registers and plans say about the property, before anything is drawn."""
    chosen = draft.answers["where"]
    found = place_of(chosen["district"], chosen["number"])
    if found is None:
        return step_page(request, draft, "applies", {"gone": True})
    asked = [key for key, _facet in facets.items() if key not in _NOT_SHOWN]
    looked = look(found, asker_of(request), only=asked)
    sections = [
        (facet.title, facet.id, groups)
        for facet in looked.facets
        if (groups := _groups([a for a in facet.answers if a.state is State.YES]))
    ]
    sections.sort(key=lambda section: section[1] != _RULES)
    unanswered = _titles(looked, State.NOT_ANSWERED)
    context = {
        "parcel": found,
        "sections": sections,
        "unanswered": unanswered,
        "open": len(unanswered) <= SHOWN,
        "rest": [title for title in _titles(looked, State.NO) if title not in unanswered],
        "outline": outline(found),
        "next": address(draft, after("applies")),
    }
    return step_page(request, draft, "applies", context)


def _titles(looked: Look, state: State) -> list[str]:
    """Questions with one answer, each once, those about rules first."""
    facets_ = sorted(looked.facets, key=lambda facet: facet.id != _RULES)
    return list(dict.fromkeys(a.title for facet in facets_ for a in facet.answers if a.state is state))


def _groups(answers: list[Answer]) -> list[tuple[str, list[Answer]]]:
    grouped: dict[str, list[Answer]] = {}
    for each in answers:
        grouped.setdefault(each.group, []).append(each)
    return list(grouped.items())


def _authority(code: str | None) -> str:
    return Municipality.objects.filter(code=code).values_list("name", flat=True).first() or "" if code else ""
