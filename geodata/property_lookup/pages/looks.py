"""The log of look-ups as a page, and as a table to take away."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.pages import sign_in
from geodata.accounts.permissions import allowed, require
from geodata.accounts.tenancy import tenant
from geodata.property_lookup.actions.export_looks import between
from geodata.property_lookup.actions.export_looks import export_looks as export
from geodata.property_lookup.models.looks import Look
from geodata.property_lookup.pages.showing import private, speaking_for

PAGE: Final = 50


@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at what, newest first; auditor, administrator and team lead only."""
    if (away := sign_in(request)) is not None:
        return away
    code = speaking_for(request)
    require(request.user, "lookup.read_log", code)
    since, until = _day(request.GET.get("since", "")), _day(request.GET.get("until", ""))
    after = request.GET.get("after", "")
    with tenant(code):
        rows = between(Look.objects.filter(municipality_id=code), since, until)
        if after.isascii() and after.isdigit() and len(after) < 19:
            rows = rows.filter(id__lt=int(after))
        found = list(rows.select_related("user").order_by("-id")[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "since": since,
        "until": until,
        "may_export": allowed(request.user, "lookup.export_looks", code),
    }
    return private(request, "lookup/looks.html", context, code)


@require_POST
def export_looks(request: HttpRequest) -> HttpResponse:
    """The same as a table for a spreadsheet; that it was taken is recorded."""
    if (away := sign_in(request)) is not None:
        return away
    code = speaking_for(request)
    require(request.user, "lookup.export_looks", code)
    text = export(
        acting_user=request.user,  # type: ignore[arg-type]
        municipality=code,
        since=_day(request.POST.get("since", "")),
        until=_day(request.POST.get("until", "")),
    )
    response = HttpResponse(text.encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="opslag-{code}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
