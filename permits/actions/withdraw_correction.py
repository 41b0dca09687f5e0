"""Verb: take a corrected input back, and run the rules on the case again."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.actions.correct_input import CannotCorrect, in_order, lock_submitted
from permits.engine.assess import assess
from permits.models.corrections import Correction


def withdraw_correction(
    application: int,
    correction: int,
    *,
    acting_user: User | None,
    municipality: str,
    as_of: date,
    reason: str = "",
) -> Correction:
    """Withdraw a correction (fortryd rettelse) and assess the application again, all or nothing.

    Parameters
    ----------
    application, correction : ids.
    reason : why, may be empty.
    as_of : day as of which plans and registers are read.

    Returns
    -------
    The row that withdraws it. An older correction of the same value counts again, where there is one that was
    not withdrawn.

    Raises
    ------
    CannotCorrect : there is no such correction in this application, it has been withdrawn, or the reason is too long.
    geodata.ledger.action.Refused, django.core.exceptions.PermissionDenied : as for ``correct_input``.
    """
    with recorded(
        "permits.withdraw_correction",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: correction {correction}",
        application=application,
    ) as recorder:
        why = in_order(reason)
        lock_submitted(application)
        found = Correction.objects.filter(
            pk=correction, application_id=application, withdraws=None, withdrawal=None
        ).first()
        if found is None:
            raise CannotCorrect(_("There is no such correction, or it has been withdrawn already."))
        made = Correction.objects.create(
            application_id=application,
            municipality_id=municipality,
            table=found.table,
            column=found.column,
            target=found.target,
            place=found.place,
            value=found.original,
            word=found.original_word,
            original=found.value,
            original_word=found.word,
            reason=why,
            made_by=acting_user,
            withdraws=found,
        )
        run, _findings = assess([application], as_of=as_of)
        recorder.detail = {
            "application": application,
            "correction": found.pk,
            "withdrawn_by": made.pk,
            "input": f"{found.table}.{found.column}",
            "target": found.target,
            "run": run.pk,
        }
    return made
