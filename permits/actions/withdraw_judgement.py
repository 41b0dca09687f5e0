"""Verb: take back that a finding was accepted or overridden."""

from __future__ import annotations

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import CannotHandle, copied, locked, said
from permits.models.handling import Judgement


def withdraw_judgement(
    application: int, judgement: int, reason: str = "", *, acting_user: User | None, municipality: str
) -> Judgement:
    """Withdraw a judgement (fortryd vurdering); what the rules found stands again.

    Parameters
    ----------
    application, judgement : ids.
    reason : why, may be empty.
    municipality : the tenant.

    Returns
    -------
    The row that withdraws it.

    Raises
    ------
    permits.handling.CannotHandle : there is no such judgement in this case, or it has been withdrawn.
    geodata.ledger.action.Refused, django.core.exceptions.PermissionDenied : as for ``override_finding``.
    """
    with recorded(
        "permits.withdraw_judgement",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: judgement {judgement}",
        application=application,
    ) as recorder:
        words = said(reason)
        locked(application)
        found = Judgement.objects.filter(
            pk=judgement, application_id=application, withdraws=None, withdrawal=None
        ).first()
        if found is None:
            raise CannotHandle(_("There is no such judgement, or it has been withdrawn already."))
        made = Judgement.objects.create(
            application_id=application,
            municipality_id=municipality,
            kind=found.kind,
            instead=found.instead,
            reason=words,
            made_by=acting_user,
            withdraws=found,
            **copied(found),
        )
        recorder.detail = {
            "application": application,
            "judgement": found.pk,
            "withdrawn_by": made.pk,
            "rule": found.rule,
        }
    return made
