"""Cases for programs, below ``/api/cases``: the list, one case, and what a case worker makes of its findings.

The session of somebody who has signed in is asked, as on the pages; what changes something wants the site's CSRF
token in the header ``X-CSRFToken`` too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.models import User
from geodata.ledger.action import Refused
from geodata.problems import Fault, problem
from permits.actions.accept_finding import accept_finding
from permits.actions.make_task import make_task
from permits.actions.override_finding import override_finding
from permits.handling import INSTEAD, CannotHandle
from permits.models.handling import Judgement, Task
from permits.review import cases, handle, views
from permits.review.corrections import opened
from permits.review.handled import Judged, ToDo
from permits.service_goal import days_left

_LIST: Final = frozenset({"q", "outcome", "assigned", "goal", "sort", "after", "lang"})
_MOST_BYTES: Final = 20_000
_HALF: Final = re.compile("[\ud800-\udfff]")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Cases of the municipality that the request may read: the filters of the page, a page at a time by ``after``."""
    faults = _unknown(request, _LIST)
    faults += [
        Fault(name, "not_understood", f"expected: {said}")
        for name, said in cases.not_understood(request.GET).items()
    ]
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    today = localdate()
    with _language(request), views.opened(request):
        page = cases.page(views.filters_of(request), today)
        named = handle.may_handle(request)
        rows = [_row(row, named) for row in page.rows]
    here = reverse("cases_api:cases")
    spoken = f"&lang={request.GET['lang']}" if "lang" in request.GET else ""
    more = f"{here}?{page.more}{spoken}" if page.more else None
    document = {"total": page.total, "cases": rows, "next": more}
    return _private(document)


@require_safe
def case(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One case: its findings in words, what has been made of them, its clock and its history."""
    faults = _unknown(request, frozenset({"lang"}))
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    with _language(request), views.opened(request) as code:
        try:
            found = views.application_of(public_id)
        except Http404:
            return _nowhere()
        views.looked_at(request, found, code)
        told = views.context(request, found, code)
        document = {
            "id": str(found.public_id),
            "number": found.number,
            "title": found.title,
            "address": found.address,
            "work": found.work,
            "applied_on": found.applied_on,
            "url": reverse("review:application", args=[found.public_id]),
            "checked": not told["unchecked"],
            "affected": told["affected"],
            "assigned_to": str(found.assigned_to) if told["named"] and found.assigned_to else None,
            "service_goal": {
                "state": found.clock or "not_known",
                "due_on": found.due_on,
                "days_left": days_left(found.due_on, found.days_left, told["today"]),
                "text": told["goal"],
            },
            "findings": [_finding(card) for card in told["cards"]],
            "no_longer_found": [
                _judged(one) if isinstance(one, Judged) else _task(one) for one in told["handled"].left_over
            ],
            "history": [
                {"at": line.at, "by": line.by or None, "what": line.what, "why": line.why or None}
                for line in told["handled"].history
            ],
            "not_checked": list(told["panel"].not_checked),
        }
    return _private(document)


@require_POST
def accept(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Accept a finding: ``{"note": "…"}``, which may be left out."""

    def act(said: dict[str, str], code: str, application: int) -> Judgement:
        return accept_finding(
            application, finding, said.get("note", ""), acting_user=_user(request), municipality=code
        )

    return _act(request, public_id, "permits.accept_finding", frozenset({"note"}), act)


@require_POST
def override(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Override a finding: ``{"instead": "pass", "reason": "…"}``."""

    def act(said: dict[str, str], code: str, application: int) -> Judgement:
        return override_finding(
            application,
            finding,
            said.get("instead", ""),
            said.get("reason", ""),
            acting_user=_user(request),
            municipality=code,
        )

    return _act(request, public_id, "permits.override_finding", frozenset({"instead", "reason"}), act)


@require_POST
def task(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Make a task of a finding: ``{"text": "…", "given_to": "7", "due_on": "2026-03-09"}``."""

    def act(said: dict[str, str], code: str, application: int) -> Task:
        return make_task(
            application,
            finding,
            said.get("text", ""),
            given_to=handle.person_of(said.get("given_to", "")),
            due_on=handle.day_of(said.get("due_on", "")),
            acting_user=_user(request),
            municipality=code,
        )

    return _act(request, public_id, "permits.make_task", frozenset({"text", "given_to", "due_on"}), act)


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _act(
    request: HttpRequest,
    public_id: UUID,
    verb: str,
    known: frozenset[str],
    act: Callable[[dict[str, str], str, int], Judgement | Task],
) -> HttpResponse:
    said, faults = _body(request, known)
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    with _language(request):
        try:
            code, application = opened(request, public_id, verb)
            made = act(said, code, application)
        except Http404:
            return _nowhere()
        except PermissionDenied as error:
            return problem(403, "You may not do this.", detail=str(error))
        except CannotHandle as error:
            return problem(422, "This cannot be done.", [Fault("body", "refused", str(error))])
        except Refused as error:
            return problem(
                409, "This is refused.", [Fault("body", "refused", reason) for reason in error.reasons]
            )
    here = reverse("cases_api:case", args=[public_id])
    response = _private({"id": made.pk, "run": made.run_id, "finding": made.finding_id, "case": here})
    response.status_code = 201
    return response


def _body(request: HttpRequest, known: frozenset[str]) -> tuple[dict[str, str], list[Fault]]:
    """The body as words by name, and all that is wrong with it."""
    raw = request.body
    if len(raw) > _MOST_BYTES:
        return {}, [Fault("body", "too_large", f"at most {_MOST_BYTES} bytes")]
    try:
        said = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return {}, [Fault("body", "no_json", "send one JSON object")]
    if not isinstance(said, dict):
        return {}, [Fault("body", "no_object", "send one JSON object")]
    faults = _unknown(request, frozenset({"lang"}))
    faults += [
        Fault(name[:40], "unknown_parameter", f"known are {', '.join(sorted(known))}")
        for name in said
        if name not in known
    ]
    faults += [
        Fault(name, "no_text", "a text")
        for name, value in said.items()
        if name in known and not _is_text(value)
    ]
    if "instead" in known and said.get("instead") not in INSTEAD:
        faults.append(Fault("instead", "unknown_word", f"one of {', '.join(INSTEAD)}"))
    return said, faults


def _is_text(value: object) -> bool:
    """Words that can be kept; half of a character, which JSON can name, cannot."""
    return isinstance(value, str) and not _HALF.search(value)


def _unknown(request: HttpRequest, known: frozenset[str]) -> list[Fault]:
    faults = [
        Fault(name[:40], "unknown_parameter", f"known are {', '.join(sorted(known))}")
        for name in request.GET
        if name not in known
    ]
    if request.GET.get("lang", "da") not in ("da", "en"):
        faults.append(Fault("lang", "unknown_language", "da or en"))
    return faults


def _language(request: HttpRequest) -> translation.override:
    return translation.override(request.GET.get("lang") or translation.get_language())


def _nowhere() -> HttpResponse:
    return problem(404, "There is no such case, or you may not see it.")


def _row(row: cases.Row, named: bool) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "number": row.number,
        "title": row.title,
        "address": row.address,
        "applied_on": row.applied_on,
        "outcome": row.outcome,
        "outcome_text": row.label,
        "breaches": row.breaches,
        "affected": row.affected,
        "service_goal": {
            "state": row.clock or "not_known",
            "due_on": row.due_on,
            "days_left": row.left,
            "text": row.goal,
        },
        "assigned_to": row.person or None if named else None,
        "url": reverse("review:application", args=[row.public_id]),
        "api": reverse("cases_api:case", args=[row.public_id]),
    }


def _finding(card: views.Card) -> dict[str, Any]:
    found = card.finding
    return {
        "id": found.id,
        "rule": found.rule,
        "title": found.title,
        "building": found.building or None,
        "outcome": found.outcome,
        "outcome_text": found.label,
        "measured": found.measured or None,
        "limit": found.limit or None,
        "text": [found.plain.verdict, *found.plain.details] if found.plain else [],
        "reckoning": list(found.expert.formula) if found.expert else [],
        "law": (found.expert.law or None) if found.expert else None,
        "evidence": {"type": "FeatureCollection", "features": list(found.evidence)},
        "judgement": _judged(card.judged) if card.judged else None,
        "tasks": [_task(task) for task in card.tasks],
    }


def _judged(one: Judged) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "answer": one.answer,
        "reason": one.reason or None,
        "by": one.by or None,
        "at": one.at,
        "outdated": one.outdated,
        "about": {"run": one.run, "finding": one.finding, "text": one.then},
    }


def _task(one: ToDo) -> dict[str, Any]:
    due: date | None = one.due_on
    return {
        "id": one.id,
        "text": one.text,
        "given_to": one.given_to or None,
        "due_on": due,
        "made_by": one.by or None,
        "made_at": one.at,
        "done_at": one.done_at,
        "outdated": one.outdated,
        "about": {"run": one.run, "finding": one.finding, "text": one.then},
    }


def _private(document: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(document)
    response["Cache-Control"] = "private, no-store"
    return response


app_name = "cases_api"
urlpatterns = [
    path("", listed, name="cases"),
    path("<uuid:public_id>", case, name="case"),
    path("<uuid:public_id>/findings/<int:finding>/accept", accept, name="accept"),
    path("<uuid:public_id>/findings/<int:finding>/override", override, name="override"),
    path("<uuid:public_id>/findings/<int:finding>/task", task, name="task"),
]
