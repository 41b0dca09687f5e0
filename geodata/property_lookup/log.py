"""Writing down that somebody was shown personal data, and what for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest

from geodata.accounts.permissions import Person
from geodata.property_lookup.models.looks import Look, PurposeSource

#: Where the session keeps what personal data are looked at for: municipality → purpose.
PURPOSE: Final = "lookup_purpose"
LONGEST: Final = 200


def note(
    user: Person | None,
    municipality: str | None,
    *,
    what: str,
    subject: str,
    seen: Sequence[str],
    purpose: str,
    src: PurposeSource = PurposeSource.SESSION,
) -> None:
    """Add one row to the log of look-ups (opslagslog).

    Parameters
    ----------
    user : who looked; a visitor, who can only see the invented people of the public demonstration, leaves no row.
    municipality : whose data they are; its tenant is open.
    what : kind of data, ``cases``.
    subject : the parcel or case looked at.
    seen : what of it was shown.
    purpose : what for; never empty.
    """
    if user is None or not user.is_authenticated or municipality is None:
        return
    Look.objects.create(
        user_id=user.pk,
        municipality_id=municipality,
        what=what,
        subject=subject[:120],
        seen=list(seen),
        purpose=purpose[:LONGEST],
        purpose_src=src,
    )


def purpose_of(request: HttpRequest, municipality: str | None) -> str:
    """What the person has said that they look at this municipality's personal data for; empty = not said."""
    kept = request.session.get(PURPOSE, {})
    return str(kept.get(municipality or "", "")) if isinstance(kept, dict) else ""


def keep_purpose(request: HttpRequest, municipality: str, purpose: str) -> None:
    """Keep the purpose for this session; it ends with the session."""
    kept = request.session.get(PURPOSE, {})
    request.session[PURPOSE] = {**(kept if isinstance(kept, dict) else {}), municipality: purpose[:LONGEST]}
