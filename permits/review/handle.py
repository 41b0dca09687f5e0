"""What a case worker does on the case page beside correcting: judge findings, make tasks, assign, set the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geodata.accounts.models import User
from geodata.ledger.action import Refused
from permits.actions.accept_finding import accept_finding
from permits.actions.assign_case import assign_case
from permits.actions.finish_task import finish_task
from permits.actions.make_task import make_task
from permits.actions.override_finding import override_finding
from permits.actions.record_event import record_event
from permits.actions.withdraw_judgement import withdraw_judgement
from permits.handling import CannotHandle
from permits.review.access import may
from permits.review.corrections import opened


def may_handle(request: HttpRequest) -> bool:
    """Whether the reader may judge findings of the municipality that the request is about."""
    return may(request, "permits.override_finding")


def day_of(text: str) -> date | None:
    """A day as a form sends it; None for none.

    Raises
    ------
    CannotHandle : it is no day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise CannotHandle(_("Write the day as in 2026-03-02.")) from None


def person_of(text: str) -> int | None:
    """Id of a person as a form sends it; None for nobody.

    Raises
    ------
    CannotHandle : it is no id.
    """
    if not text.strip():
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise CannotHandle(_("This person does not work with cases here."))
    return int(text)


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _done(
    request: HttpRequest, public_id: UUID, verb: str, act: Callable[[str, int], object], told: str, place: str
) -> HttpResponse:
    """Do it, say how it went, and lead back to the place on the page where it was done."""
    code, application = opened(request, public_id, verb)
    try:
        act(code, application)
    except (CannotHandle, Refused) as error:
        messages.error(request, str(error), extra_tags=place)
    else:
        messages.success(request, told, extra_tags=place)
    return redirect(reverse("review:application", args=[public_id]) + f"#{place}")


@require_POST
def accept(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Accept a finding."""

    def act(code: str, application: int) -> object:
        note = request.POST.get("note", "")
        return accept_finding(application, finding, note, acting_user=_user(request), municipality=code)

    return _done(
        request, public_id, "permits.accept_finding", act, _("The finding is accepted."), f"finding-{finding}"
    )


@require_POST
def override(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Override a finding, with a reason."""
    said = request.POST

    def act(code: str, application: int) -> object:
        return override_finding(
            application,
            finding,
            said.get("instead", ""),
            said.get("reason", ""),
            acting_user=_user(request),
            municipality=code,
        )

    return _done(
        request,
        public_id,
        "permits.override_finding",
        act,
        _("The finding is overridden; what the rules found stays visible."),
        f"finding-{finding}",
    )


@require_POST
def withdraw(request: HttpRequest, public_id: UUID, judgement: int) -> HttpResponse:
    """Take a judgement back."""

    def act(code: str, application: int) -> object:
        reason = request.POST.get("reason", "")
        return withdraw_judgement(
            application, judgement, reason, acting_user=_user(request), municipality=code
        )

    place = _place(request)
    return _done(request, public_id, "permits.withdraw_judgement", act, _("The judgement is undone."), place)


def _place(request: HttpRequest) -> str:
    finding = request.POST.get("finding", "")
    return f"finding-{finding}" if finding.isascii() and finding.isdigit() else "history"


@require_POST
def task(request: HttpRequest, public_id: UUID, finding: int) -> HttpResponse:
    """Make a task of a finding."""
    said = request.POST

    def act(code: str, application: int) -> object:
        return make_task(
            application,
            finding,
            said.get("text", ""),
            given_to=person_of(said.get("given_to", "")),
            due_on=day_of(said.get("due_on", "")),
            acting_user=_user(request),
            municipality=code,
        )

    return _done(request, public_id, "permits.make_task", act, _("The task is made."), f"finding-{finding}")


@require_POST
def finish(request: HttpRequest, public_id: UUID, task: int) -> HttpResponse:
    """Say that a task is done."""

    def act(code: str, application: int) -> object:
        return finish_task(application, task, acting_user=_user(request), municipality=code)

    return _done(request, public_id, "permits.finish_task", act, _("The task is done."), _place(request))


@require_POST
def assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the case to somebody."""

    def act(code: str, application: int) -> object:
        person = person_of(request.POST.get("person", ""))
        return assign_case(
            application, person, acting_user=_user(request), municipality=code, as_of=localdate()
        )

    return _done(request, public_id, "permits.assign_case", act, _("The case is assigned."), "handling")


@require_POST
def event(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put down what happened, and set the clock by it."""
    said = request.POST

    def act(code: str, application: int) -> object:
        return record_event(
            application,
            said.get("kind", ""),
            day_of(said.get("happened_on", "")) or localdate(),
            category=said.get("category", ""),
            reason=said.get("reason", ""),
            acting_user=_user(request),
            municipality=code,
            as_of=localdate(),
        )

    return _done(request, public_id, "permits.record_event", act, _("Put down."), "handling")
