"""The reviewer's pages: applications beside the map, and what was found about one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from geodata.accounts.middleware import tenant_of_page
from geodata.property_lookup.log import note
from geodata.property_lookup.models.looks import PurposeSource
from permits.handling import INSTEAD, workers
from permits.models.applications import Application, ApplicationState
from permits.review import cases, check_again, corrections, handle, proofs
from permits.review.access import authority_name, open_municipality
from permits.review.handled import Handled, Judged, ToDo, goal_of, handled
from permits.review.labels import LABELS, label
from permits.service_goal import DAYS, Category, EventKind, category_of


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


@dataclass(frozen=True)
class Option:
    """One word to choose."""

    value: str
    label: str


_GOALS: Final = {
    "late": _lazy("past the goal"),
    "soon": _lazy("7 days or less"),
    "running": _lazy("the clock runs"),
    "waiting": _lazy("waiting for the applicant"),
    "unknown": _lazy("not known"),
}


@dataclass(frozen=True)
class Card:
    """A finding on the page, and what has been made of it."""

    finding: proofs.Shown
    judged: Judged | None
    tasks: tuple[ToDo, ...]
    instead: SafeString  # what may be decided in its place, as options of a form
    forms: str = ""  # by which it is handled; none where the reader may not

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"finding-{self.finding.id}"


def cards(panel: proofs.Panel, done: Handled) -> list[Card]:
    """The findings as cards, in the same order."""
    offered = {
        outcome: options((answer, label(answer)) for answer in INSTEAD if answer != outcome)
        for outcome in {finding.outcome for finding in panel.findings}
    }
    return [
        Card(one, done.judged.get(one.id), tuple(done.tasks.get(one.id, ())), offered[one.outcome])
        for one in panel.findings
    ]


#: Stand in the forms for the finding's number and its title: nothing else in them differs from card to card.
_ANY: Final = 987_654_321_012_345_678
_TITLE: Final = "a-title-that-no-rule-has"


def with_forms(listed: list[Card], told: dict[str, Any], request: HttpRequest) -> list[Card]:
    """The cards with their forms, which are rendered once for all cards that are handled alike."""
    made: dict[tuple[str, bool], str] = {}
    found = []
    for card in listed:
        open_ = card.judged is None or card.judged.outdated
        kind = card.finding.outcome, open_
        if kind not in made:
            any_one = replace(card.finding, id=_ANY, title=_TITLE)
            made[kind] = render_to_string(
                "review/handle.html", {**told, "card": card, "finding": any_one, "open": open_}, request
            )
        text = made[kind].replace(str(_ANY), str(card.finding.id)).replace(_TITLE, escape(card.finding.title))
        found.append(replace(card, forms=mark_safe(text)))  # noqa: S308  # rendered above, the title escaped
    return found


def options(pairs: Iterable[tuple[object, object]]) -> SafeString:
    """Options of a form, made once for all findings of a page."""
    return format_html_join("", '<option value="{}">{}</option>', pairs)


def _wants_part(request: HttpRequest) -> bool:
    """Whether the page asks for a part of itself; going back in the browser's history wants it whole."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


@contextmanager
def opened(request: HttpRequest) -> Iterator[str | None]:
    """Open the tenant whose applications the request may read; gives its code."""
    code = open_municipality(request)
    with tenant_of_page(request, code):
        yield code


def _answer(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a part or the whole page; with personal data, so no cache may keep it."""
    template = f"review/{name}.html" if _wants_part(request) else "review/page.html"
    context["part"] = f"review/{name}.html"
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["HX-Request", "Cookie", "Accept-Language"])
    return response


def filters_of(request: HttpRequest) -> cases.Filters:
    """What the address asks for; whose a case is, is nothing for visitors."""
    filters = cases.Filters.of(request.GET)
    return filters if handle.may_handle(request) else replace(filters, person="")


@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """The map with the list of applications; filters and page stand in the address."""
    with opened(request) as code:
        named = handle.may_handle(request)
        filters = filters_of(request)
        more = bool(filters.after) and _wants_part(request)
        page = cases.page(filters, localdate(), counted=not more)
        if more:
            return _answer(request, "rows", {"page": page, "named": named})
        told = {
            "page": page,
            "choices": _choices(page),
            "named": named,
            "workers": workers(str(code)) if named else (),
            "goals": [Option(value, str(_GOALS[value])) for value in cases.GOALS],
            "authority": authority_name(request, code),
            "closed": code is None,
        }
        return _answer(request, "list", told)


def application_of(public_id: UUID) -> Application:
    """The application of an address, where the reader may see it; the tenant is open."""
    try:
        return (
            Application.objects.exclude(state=ApplicationState.DRAFT)
            .select_related("assigned_to")
            .prefetch_related("buildings")
            .get(public_id=public_id)
        )
    except Application.DoesNotExist:
        raise Http404(_("There is no such application, or you may not see it.")) from None


def looked_at(request: HttpRequest, found: Application, code: str | None) -> None:
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
    with opened(request) as code:
        found = application_of(public_id)
        looked_at(request, found, code)
        return _answer(request, "application", context(request, found, code))


def context(request: HttpRequest, found: Application, code: str | None) -> dict[str, Any]:
    """All that the page of a case is made of; the tenant is open."""
    shown = proofs.panel(found)
    named, today = handle.may_handle(request), localdate()
    corrected = corrections.corrections(found, shown.world, may_correct=corrections.may_correct(request))
    done = handled(found, shown.stored, corrected.rows, named=named, today=today)
    listed = cards(shown, done)
    open_ = named and found.state == ApplicationState.SUBMITTED
    staff = list(workers(str(code))) if open_ else []
    if open_:
        about = {"application": found, "worker_options": options((person.pk, person) for person in staff)}
        listed = with_forms(listed, about, request)
    affected = check_again.affected(found.pk)
    suggested = category_of([b.kind for b in found.buildings.all() if not b.demolished])
    return {
        "application": found,
        "panel": shown,
        "cards": listed,
        "met": [card for card in listed if card.finding.outcome == "pass"],
        "handled": done,
        "overridden": sum(card.judged is not None and card.judged.kind == "overridden" for card in listed),
        "may_handle": open_,
        "workers": staff,
        "named": named,
        "today": today,
        "goal": goal_of(found, today),
        "events": _EVENTS[found.clock] if open_ else (),
        "categories": [(value, text, DAYS[value], value == suggested) for value, text in Category.choices],
        "unchecked": affected is None,
        "affected": bool(affected),
        "may_check": check_again.may_check(request),
        "breaches": sum(f.breach for f in shown.findings),
        "evidence": proofs.evidence(found, shown),
        "back": cases.Filters.of(request.GET).query(),
        "corrections": corrected,
        "authority": authority_name(request, code),
    }


#: State of the clock → what may happen next.
_EVENTS: Final = {
    "": (EventKind.INFORMED, EventKind.EXEMPT),
    "running": (EventKind.WAITING, EventKind.EXEMPT),
    "waiting": (EventKind.RESUMED, EventKind.EXEMPT),
    "exempt": (EventKind.INFORMED,),
}


@require_safe
def evidence(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Evidence of one application as GeoJSON: degrees to draw, grid metres (EPSG:25832) in the properties."""
    with opened(request) as code:
        found = application_of(public_id)
        looked_at(request, found, code)
        body = proofs.evidence(found, proofs.panel(found))
    response = JsonResponse(body, content_type="application/geo+json")
    response["Cache-Control"] = "private, no-store"
    return response
