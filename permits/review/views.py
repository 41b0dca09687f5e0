"""The reviewer's pages: applications beside the map, and what was found about one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.accounts.tenancy import tenant
from geodata.property_lookup.log import note
from geodata.property_lookup.models.looks import PurposeSource
from permits.models.applications import Application, ApplicationState
from permits.outcomes import is_unchecked
from permits.review import cases, check_again, corrections, proofs
from permits.review.access import authority_name, open_municipality
from permits.review.labels import LABELS


@dataclass(frozen=True)
class Choice:
    """One outcome to filter by."""

    value: str
    label: str
    count: int
    chosen: bool


def _choices(page: cases.Page) -> list[Choice]:
    return [
        Choice(value, str(label), page.counts.get(value, 0), value in page.filters.outcomes)
        for value, label in LABELS.items()
        if page.counts.get(value) or value in page.filters.outcomes
    ]


def _wants_part(request: HttpRequest) -> bool:
    """Whether the page asks for a part of itself; going back in the browser's history wants it whole."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


@contextmanager
def _opened(request: HttpRequest) -> Iterator[str | None]:
    code = open_municipality(request)
    with tenant(code):
        yield code


def _answer(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a part or the whole page; with personal data, so no cache may keep it."""
    template = f"review/{name}.html" if _wants_part(request) else "review/page.html"
    context["part"] = f"review/{name}.html"
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["HX-Request", "Cookie", "Accept-Language"])
    return response


@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """The map with the list of applications; filters and page stand in the address."""
    with _opened(request) as code:
        page = cases.page(cases.Filters.of(request.GET))
        context = {
            "page": page,
            "choices": _choices(page),
            "authority": authority_name(code),
            "closed": code is None,
        }
        part = "rows" if page.filters.after and _wants_part(request) else "list"
        return _answer(request, part, context)


def _application(public_id: UUID) -> Application:
    try:
        return Application.objects.exclude(state=ApplicationState.DRAFT).get(public_id=public_id)
    except Application.DoesNotExist:
        raise Http404(_("There is no such application, or you may not see it.")) from None


def _looked_at(request: HttpRequest, found: Application, code: str | None) -> None:
    """Put down who was shown the case; what for follows from the case itself."""
    note(
        request.user,
        code,
        what="cases",
        subject=found.number,
        seen=[found.number],
        purpose=found.number,
        src=PurposeSource.CASE,
    )


@require_safe
def application(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One application: its findings in words, and how they were reckoned."""
    with _opened(request) as code:
        found = _application(public_id)
        _looked_at(request, found, code)
        shown = proofs.panel(found)
        back = cases.Filters.of(request.GET).query()
        context = {
            "application": found,
            "panel": shown,
            "unchecked": is_unchecked(found.pk),
            "affected": check_again.is_affected(found.pk),
            "may_check": check_again.may_check(request),
            "breaches": sum(f.breach for f in shown.findings),
            "evidence": proofs.evidence(found, shown),
            "back": back,
            "corrections": corrections.corrections(
                found, shown.world, may_correct=corrections.may_correct(request)
            ),
            "authority": authority_name(code),
        }
        return _answer(request, "application", context)


@require_safe
def evidence(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Evidence of one application as GeoJSON: degrees to draw, grid metres (EPSG:25832) in the properties."""
    with _opened(request) as code:
        found = _application(public_id)
        _looked_at(request, found, code)
        body = proofs.evidence(found, proofs.panel(found))
    response = JsonResponse(body, content_type="application/geo+json")
    response["Cache-Control"] = "private, no-store"
    return response
