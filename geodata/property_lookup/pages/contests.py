"""Contested values as pages: the form to contest one, and the case workers' list with its answers."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geodata.accounts.pages import sign_in
from geodata.accounts.permissions import require
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import Refused
from geodata.models.cadastre import ParcelVersion
from geodata.property_lookup.actions.answer_contest import answer_contest
from geodata.property_lookup.actions.contest_value import CannotContest, contest_value
from geodata.property_lookup.answers import Asker
from geodata.property_lookup.look import look
from geodata.property_lookup.models.contests import Contest, Outcome
from geodata.property_lookup.pages.showing import place_or_404, private, speaking_for

PAGE: Final = 25


@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, district: str, number: str) -> HttpResponse:
    """The form by which somebody contests one value; the value stands beside it."""
    if (away := sign_in(request)) is not None:
        return away
    place = place_or_404(district, number)
    require(request.user, "lookup.contest_value", place.municipality)
    said = request.POST if request.method == "POST" else request.GET
    key = said.get("value", "")
    found = look(place, Asker(user=request.user)).answer(key)
    if found is None or not found[0].contestable:
        raise Http404(_("There is no such value on this property."))
    error = ""
    if request.method == "POST":
        try:
            contest_value(
                place,
                key,
                said.get("reason", ""),
                proposed=said.get("proposed", ""),
                acting_user=request.user,  # type: ignore[arg-type]
            )
        except (CannotContest, Refused) as refused:
            error = str(refused)
        else:
            messages.success(request, _("Your objection is kept. A case worker answers it here."))
            return redirect("lookup:property", place.district, place.number)
    context = {"place": place, "answer": found[1], "key": key, "said": said, "error": error}
    response = render(request, "lookup/contest.html", context, status=400 if error else 200)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def contests(request: HttpRequest) -> HttpResponse:
    """All contested values of the municipality, open ones first."""
    if (away := sign_in(request)) is not None:
        return away
    code = speaking_for(request)
    require(request.user, "lookup.answer_contest", code)
    known = ParcelVersion.objects.filter(object_id=OuterRef("parcel_id"), change_to=None)
    with tenant(code):
        rows = (
            Contest.objects.filter(municipality_id=code)
            .select_related("made_by", "answer", "answer__made_by")
            .annotate(
                district=Subquery(known.values("cadastral_district")[:1]),  # type: ignore[misc]  # base class
                number=Subquery(known.values("parcel_number")[:1]),  # type: ignore[misc]
            )
            .order_by(F("answer__id").asc(nulls_first=True), "-id")
        )
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        page.object_list = list(page.object_list)
    return private(request, "lookup/contests.html", {"page": page, "outcomes": Outcome.choices}, code)


@require_POST
def answer(request: HttpRequest, contest: int) -> HttpResponse:
    """Answer one, which closes it."""
    if (away := sign_in(request)) is not None:
        return away
    code = speaking_for(request)
    require(request.user, "lookup.answer_contest", code)
    try:
        answer_contest(
            contest,
            request.POST.get("outcome", ""),
            request.POST.get("text", ""),
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=code,
        )
    except (CannotContest, Refused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The answer is kept, and the matter is closed."))
    return redirect(reverse("lookup:contests"))
