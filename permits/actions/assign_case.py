"""Verb: give a case to a case worker."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import CannotHandle, locked, worker
from permits.models.applications import Application
from permits.models.handling import CaseEvent
from permits.service_goal import EventKind


def assign_case(
    application: int, person: int | None, *, acting_user: User | None, municipality: str, as_of: date
) -> Application:
    """Assign a case (tildel sag) to somebody, or to nobody.

    Parameters
    ----------
    application : id.
    person : id of somebody who works with cases there; None = nobody has it.
    municipality : the tenant.
    as_of : day of the assignment.

    Raises
    ------
    permits.handling.CannotHandle : the person does not work there or has the case already, or the case is not open.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.assign_case",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}",
        application=application,
    ) as recorder:
        case = locked(application)
        new = worker(person, municipality)
        before = case.assigned_to_id
        if before == (new.pk if new else None):
            raise CannotHandle(_("The case is assigned so already."))
        case.assigned_to = new
        case.save(update_fields=["assigned_to"])
        CaseEvent.objects.create(
            application_id=application,
            municipality_id=municipality,
            kind=EventKind.ASSIGNED,
            happened_on=as_of,
            person=new,
            made_by=acting_user,
        )
        recorder.detail = {"application": application, "from": before, "to": new.pk if new else None}
    return case
