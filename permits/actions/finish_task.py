"""Verb: say that a task is done."""

from __future__ import annotations

from django.utils.timezone import now
from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import CannotHandle, locked
from permits.models.handling import Task


def finish_task(application: int, task: int, *, acting_user: User | None, municipality: str) -> Task:
    """Finish a task (afslut opgave).

    Parameters
    ----------
    application, task : ids.
    municipality : the tenant.

    Raises
    ------
    permits.handling.CannotHandle : there is no such task in this case, or it is done already.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.finish_task",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: task {task}",
        application=application,
    ) as recorder:
        locked(application)
        found = Task.objects.filter(pk=task, application_id=application, done_at=None).first()
        if found is None:
            raise CannotHandle(_("There is no such task, or it is done already."))
        found.done_at, found.done_by = now(), acting_user
        found.save(update_fields=["done_at", "done_by"])
        recorder.detail = {"application": application, "task": found.pk}
    return found
