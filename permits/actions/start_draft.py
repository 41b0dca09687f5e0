"""Verb: begin a draft of an application."""

from __future__ import annotations

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.models.drafts import Draft


def start_draft(*, acting_user: User | None, municipality: str, owner: User | None = None) -> Draft:
    """Begin a draft (kladde) of an application and answer it.

    Parameters
    ----------
    acting_user : who does it; None = a visitor.
    municipality : the tenant that it belongs to; its parcel may move it to another (:func:`change_draft`).
    owner : whose it is when somebody has signed in.

    Raises
    ------
    geodata.ledger.action.Refused : a guard says no.
    """
    with recorded("permits.start_draft", acting_user=acting_user, municipality=municipality) as recorder:
        draft = Draft.objects.create(municipality_id=municipality, owner=owner)
        recorder.subject = str(draft.public_id)
    return draft
