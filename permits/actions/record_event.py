"""Verb: put down what happened to a case, and set the clock of its service goal by it."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import CannotHandle, locked, said
from permits.models.handling import CaseEvent
from permits.service_goal import DAYS, Clock, Event, EventKind, clock


def record_event(
    application: int,
    kind: str,
    happened_on: date,
    *,
    category: str = "",
    reason: str = "",
    acting_user: User | None,
    municipality: str,
    as_of: date,
) -> CaseEvent:
    """Record an event (hændelse) of a case: fully informed, waiting for the applicant, answered, not covered.

    Danish: fuldt oplyst, afventer ansøger, ansøger har svaret, ikke omfattet af servicemål.

    Parameters
    ----------
    application : id.
    kind : one of :class:`permits.service_goal.EventKind` that touches the clock.
    happened_on : day of the event; not before the last one or the application, and not in the future.
    category : for ``informed``, which goal counts (:data:`permits.service_goal.DAYS`).
    reason : for ``exempt``, why.
    municipality : the tenant.
    as_of : today.

    Returns
    -------
    The event; the clock is worked out anew from all events and kept at the case.

    Raises
    ------
    permits.handling.CannotHandle : it cannot follow on what came before, or something is missing.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.record_event",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: {kind}"[:120],
        application=application,
    ) as recorder:
        wanted = _("Say why the goal does not cover the case.") if kind == EventKind.EXEMPT else ""
        why = said(reason, wanted)
        case = locked(application)
        before = [
            Event(*row)
            for row in CaseEvent.objects.filter(application_id=application)
            .exclude(kind=EventKind.ASSIGNED)
            .order_by("id")
            .values_list("kind", "happened_on", "category")
        ]
        _can_follow(kind, clock(before), category)
        earliest = max([case.applied_on, *(event.on for event in before)])
        if not earliest <= happened_on <= as_of:
            raise CannotHandle(
                _("The day has to lie between %(first)s and %(last)s.")
                % {"first": earliest.isoformat(), "last": as_of.isoformat()}
            )
        made = CaseEvent.objects.create(
            application_id=application,
            municipality_id=municipality,
            kind=kind,
            happened_on=happened_on,
            category=category if kind == EventKind.INFORMED else "",
            reason=why,
            made_by=acting_user,
        )
        now = clock([*before, Event(kind, happened_on, category)])
        case.clock, case.due_on, case.days_left = now.state, now.due_on, now.days_left
        case.save(update_fields=["clock", "due_on", "days_left"])
        recorder.detail = {
            "application": application,
            "event": made.pk,
            "kind": kind,
            "happened_on": happened_on,
            "due_on": now.due_on,
        }
    return made


def _can_follow(kind: str, now: Clock, category: str) -> None:
    if kind == EventKind.INFORMED:
        if now.state in ("running", "waiting"):
            raise CannotHandle(_("The case is fully informed already."))
        if category not in DAYS:
            raise CannotHandle(_("Say what kind of building the goal is for."))
    elif kind == EventKind.WAITING:
        if now.state != "running":
            raise CannotHandle(_("Only a case whose clock runs can wait for the applicant."))
    elif kind == EventKind.RESUMED:
        if now.state != "waiting":
            raise CannotHandle(_("The case does not wait for the applicant."))
    elif kind != EventKind.EXEMPT:
        raise CannotHandle(_("Choose one of the events offered."))
    elif now.state == "exempt":
        raise CannotHandle(_("The goal does not cover the case already."))
