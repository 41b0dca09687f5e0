"""Verb: say that a finding is right."""

from __future__ import annotations

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import as_it_is, finding_of, locked, not_judged_yet, said
from permits.models.handling import Judgement, JudgementKind


def accept_finding(
    application: int, finding: int, note: str = "", *, acting_user: User | None, municipality: str
) -> Judgement:
    """Accept a finding (tiltræd vurdering): a person has looked and agrees.

    Parameters
    ----------
    application, finding : ids; the finding is one of the newest check.
    note : may be empty.
    municipality : the tenant.

    Returns
    -------
    The judgement; it stands until it is withdrawn, and is outdated once a later check finds something else.

    Raises
    ------
    permits.handling.CannotHandle : no such finding, it is judged already, or the case is not open.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.accept_finding",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: finding {finding}",
        application=application,
    ) as recorder:
        words = said(note)
        locked(application)
        found = finding_of(application, finding)
        not_judged_yet(found)
        made = Judgement.objects.create(
            application_id=application,
            municipality_id=municipality,
            kind=JudgementKind.ACCEPTED,
            reason=words,
            made_by=acting_user,
            **as_it_is(found),
        )
        recorder.detail = {
            "application": application,
            "judgement": made.pk,
            "run": found.run_id,
            "finding": found.pk,
            "rule": found.rule,
            "outcome": found.outcome,
        }
    return made
