"""Verb: answer somebody who says that a value is wrong, and close the matter."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from geodata.property_lookup.actions.contest_value import CannotContest
from geodata.property_lookup.models.contests import Contest, ContestAnswer, Outcome

_LENGTH = 1000


def answer_contest(
    contest: int, outcome: str, text: str, *, acting_user: User, municipality: str
) -> ContestAnswer:
    """Answer a contested value (svar på indsigelse); the answer closes it for good.

    Parameters
    ----------
    contest : id.
    outcome : ``upheld`` (the value was wrong) or ``rejected``.
    text : the answer in words; the person who contested reads it.
    municipality : the tenant.

    Raises
    ------
    CannotContest : no such contest, answered already, or no words.
    geodata.ledger.action.Refused, django.core.exceptions.PermissionDenied : a guard says no.
    """
    with recorded(
        "lookup.answer_contest",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"contest {contest}",
    ) as recorder:
        said = " ".join(text.replace("\x00", "").split())
        if not said:
            raise CannotContest(_("Write an answer; the person who contested the value reads it."))
        if len(said) > _LENGTH:
            raise CannotContest(_("The text is too long."))
        if outcome not in Outcome.values:
            raise CannotContest(_("Say whether the value was wrong."))
        # One at a time: rows that are written once cannot be locked by those who may not update them.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lookup_contest'), %s)", [contest % 2**31])
        found = Contest.objects.filter(pk=contest, answer=None).first()
        if found is None:
            raise CannotContest(_("There is no such contested value, or it has been answered already."))
        made = ContestAnswer.objects.create(
            municipality_id=municipality,
            contest=found,
            outcome=outcome,
            text=said,
            made_by=acting_user,
        )
        recorder.subject = f"contest {contest}: {found.key}"
        recorder.detail = {"contest": contest, "answer": made.pk, "outcome": outcome}
    return made
