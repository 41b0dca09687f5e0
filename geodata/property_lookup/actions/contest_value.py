"""Verb: say that a value on the page of a property is wrong."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from geodata.property_lookup.answers import Answer, Asker
from geodata.property_lookup.look import look
from geodata.property_lookup.models.contests import Contest
from geodata.property_lookup.place import Place

_REASON_LENGTH = 1000
_PROPOSED_LENGTH = 200


class CannotContest(ValueError):
    """The objection makes no sense; the message, in the person's language, says why. Nothing is stored."""


def contest_value(place: Place, key: str, reason: str, *, proposed: str = "", acting_user: User) -> Contest:
    """Contest a value (gør indsigelse mod en oplysning): the value as shown is kept beside the reason.

    Danish: databeskyttelsesforordningens artikel 16 for oplysninger om personer; else good administration.

    Parameters
    ----------
    place : the parcel; its municipality gets the objection and becomes the tenant.
    key : key of the answer, as the look-up gives it.
    reason : why the value is wrong.
    proposed : what would be right, may be empty.

    Raises
    ------
    CannotContest : no such value, or no reason.
    geodata.ledger.action.Refused, django.core.exceptions.PermissionDenied : a guard says no.
    """
    with recorded(
        "lookup.contest_value",
        acting_user=acting_user,
        municipality=place.municipality,
        subject=f"parcel {place.district} {place.number}: {key}",
    ) as recorder:
        if place.municipality is None:
            raise CannotContest(_("It is not known which municipality the property lies in."))
        why, better = _line(reason), _line(proposed)
        if not why:
            raise CannotContest(_("Say why the value is wrong."))
        if len(why) > _REASON_LENGTH or len(better) > _PROPOSED_LENGTH:
            raise CannotContest(_("The text is too long."))
        found = look(place, Asker(user=acting_user)).answer(key)
        if found is None or not found[0].contestable:
            raise CannotContest(_("There is no such value on this property."))
        facet, answer = found
        made = Contest.objects.create(
            municipality_id=place.municipality,
            parcel_id=place.parcel,
            facet=facet.id,
            key=key,
            original=kept(answer),
            proposed=better,
            reason=why,
            made_by=acting_user,
        )
        recorder.detail = {"contest": made.pk, "key": key, "original": made.original["said"]}
    return made


def kept(answer: Answer) -> dict[str, object]:
    """An answer as it is kept with an objection."""
    said = asdict(answer)
    return {name: _plain(value) for name, value in said.items() if name not in ("key", "link_title")}


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())
