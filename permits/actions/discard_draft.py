"""Verb: throw a draft of an application away."""

from __future__ import annotations

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.models.drafts import Draft


def discard_draft(draft: Draft, *, acting_user: User | None) -> None:
    """Remove a draft (kladde) with all it was told; an application that was sent in stays.

    Raises
    ------
    geodata.ledger.action.Refused : a guard says no.
    """
    with recorded(
        "permits.discard_draft",
        acting_user=acting_user,
        municipality=draft.municipality_id,
        subject=str(draft.public_id),
    ):
        Draft.objects.filter(pk=draft.pk).delete()
