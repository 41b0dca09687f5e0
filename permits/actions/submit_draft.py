"""Verb: send in a draft as an application, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.actions.check_applications import check_applications
from permits.actions.submit_application import DrawingFile, Submission, submit_application
from permits.models.applications import Application
from permits.models.drafts import Draft


def submit_draft(
    draft: Draft,
    *,
    acting_user: User | None,
    title: str,
    address: str,
    work: str,
    applied_on: date,
    parcels: list[int],
    drawings: list[DrawingFile],
    said: Mapping[str, Any] | None = None,
) -> Application:
    """Send in a draft (indsend ansøgning): one application, however often it is asked for.

    Parameters
    ----------
    draft : as read by the caller.
    acting_user : who applies; has to have a role that may.
    title, address, work, applied_on, parcels, drawings : as :class:`~permits.actions.submit_application.Submission`.
    said : what was answered to it, plain data, kept for the receipt.

    Returns
    -------
    The application; that of the first time where the draft was sent in before.

    Raises
    ------
    PermissionDenied : the person has no role that may apply in this municipality.
    geodata.ledger.action.Refused : a guard says no; the draft stays as it is.

    Notes
    -----
    The rules are run on it at once, by the system. What the draft held is emptied: the application has it.
    """
    municipality = draft.municipality_id
    with recorded(
        "permits.submit_draft",
        acting_user=acting_user,
        municipality=municipality,
        subject=str(draft.public_id),
    ) as recorder:
        # The second of two clicks waits here until the first is done, and finds the application.
        kept = Draft.objects.select_for_update().get(pk=draft.pk)
        if kept.application is not None:
            recorder.detail = {"application": kept.application.pk, "again": True}
            return kept.application
        key = submit_application(
            Submission(
                number=f"{applied_on.year}-A{kept.pk:06}",
                title=title,
                work=work,
                address=address,
                applied_on=applied_on,
                parcels=parcels,
                drawings=drawings,
                applicant=acting_user,
            ),
            acting_user=acting_user,
            municipality=municipality,
        )
        check_applications([key], acting_user=None, municipality=municipality, as_of=applied_on)
        kept.application = Application.objects.get(pk=key)
        kept.owner = acting_user
        told = {
            "parcel": kept.answers.get("where", {}).get("label", ""),
            "parties": kept.answers.get("parties", {}),
        }
        kept.answers = {"sent": {"title": title, "address": address, **told, "said": dict(said or {})}}
        kept.buildings, kept.facets, kept.original = [], [], None
        kept.save()
        recorder.detail = {"application": key}
    return kept.application
