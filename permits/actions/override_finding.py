"""Verb: decide something else than a finding says, with a reason."""

from __future__ import annotations

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.handling import INSTEAD, CannotHandle, as_it_is, finding_of, locked, not_judged_yet, said
from permits.models.handling import Judgement, JudgementKind
from permits.outcomes import answer_of


def override_finding(
    application: int,
    finding: int,
    instead: str,
    reason: str,
    *,
    acting_user: User | None,
    municipality: str,
) -> Judgement:
    """Override a finding (tilsidesæt vurdering); the finding itself stays as the rules gave it.

    Danish: forvaltningsloven § 24 asks for the reasons of a decision, so there is none without a reason here.

    Parameters
    ----------
    application, finding : ids; the finding is one of the newest check.
    instead : what is decided in its place, one of :data:`permits.handling.INSTEAD`.
    reason : why, in words.
    municipality : the tenant.

    Returns
    -------
    The judgement; it stands until it is withdrawn, and is outdated once a later check finds something else.

    Raises
    ------
    permits.handling.CannotHandle : no such finding, no reason, the same answer, it is judged already, or the case
        is not open.
    geodata.ledger.action.Refused : a guard says no.
    django.core.exceptions.PermissionDenied : no role that may do this.
    """
    with recorded(
        "permits.override_finding",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"application {application}: finding {finding}",
        application=application,
    ) as recorder:
        why = said(reason, _("Say why; the reason stands in the case."))
        if instead not in INSTEAD:
            raise CannotHandle(_("Choose one of the answers offered."))
        locked(application)
        found = finding_of(application, finding)
        not_judged_yet(found)
        if answer_of(found.outcome, found.reason) == instead:
            raise CannotHandle(_("That is what was found. Accept the finding instead."))
        made = Judgement.objects.create(
            application_id=application,
            municipality_id=municipality,
            kind=JudgementKind.OVERRIDDEN,
            instead=instead,
            reason=why,
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
            "instead": instead,
        }
    return made
