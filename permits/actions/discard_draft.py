"""Verb: throw a draft of an application away."""

from __future__ import annotations

from datetime import datetime

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.models.drafts import Draft


def discard_draft(draft: Draft, *, acting_user: User | None, unchanged_since: datetime | None = None) -> bool:
    """Remove a draft (kladde) with all it was told; an application that was sent in stays.

    Parameters
    ----------
    acting_user : who does it; None = a visitor, or the system where its time is over.
    unchanged_since : its time is over if it was not changed since then, and not sent in; else it stays.

    Returns
    -------
    Whether there is one less.

    Raises
    ------
    geodata.ledger.action.Refused : a guard says no.
    """
    with recorded(
        "permits.discard_draft",
        acting_user=acting_user,
        municipality=draft.municipality_id,
        subject=str(draft.public_id),
    ) as recorder:
        gone = Draft.objects.filter(pk=draft.pk)
        if unchanged_since is not None:
            # Read again: somebody may have gone on with it since it was listed.
            gone = gone.filter(changed_at__lt=unchanged_since, application=None)
            recorder.detail = {"unchanged_since": unchanged_since.isoformat()}
        count, _by_model = gone.delete()
        recorder.detail["gone"] = bool(count)
    return bool(count)
