"""Verb: give somebody something to do about a finding."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import as_it_is, finding_of, locked, said, worker
from permits.models.handling import Task


def make_task(
    application: int,
    finding: int,
    text: str,
    *,
    given_to: int | None = None,
    due_on: date | None = None,
    acting_user: User | None,
    municipality: str,
) -> Task:
    """Make a task (opgave) of a finding.

    Parameters
    ----------
    application, finding : ids; the finding is one of the newest check.
    text : what is to be done.
    given_to : id of somebody who works with cases there; None = whoever has the case.
    due_on : day by which it is to be done, or None.
    municipality : the tenant.

    Raises
    ------
    permits.handling.CannotHandle : no such finding, no text, a person who does not work there, or the case is not
        open.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.make_task",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: finding {finding}",
        application=application,
    ) as recorder:
        words = said(text, _("Write what is to be done."))
        locked(application)
        found = finding_of(application, finding)
        person = worker(given_to, municipality)
        made = Task.objects.create(
            application_id=application,
            municipality_id=municipality,
            text=words,
            given_to=person,
            due_on=due_on,
            made_by=acting_user,
            **as_it_is(found),
        )
        recorder.detail = {
            "application": application,
            "task": made.pk,
            "run": found.run_id,
            "finding": found.pk,
            "rule": found.rule,
            "given_to": person.pk if person else None,
            "due_on": due_on,
        }
    return made
