"""Verb: tell a draft of an application something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from geodata.accounts.models import User
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import Refused, recorded
from permits.models.drafts import Draft


@dataclass(frozen=True)
class Original:
    """The file that was sent, as it came."""

    name: str
    sha256: str
    content: bytes


def change_draft(
    draft: Draft,
    *,
    acting_user: User | None,
    step: str,
    answers: Mapping[str, Any],
    buildings: list[dict[str, Any]] | None = None,
    facets: list[dict[str, Any]] | None = None,
    original: Original | None = None,
    municipality: str | None = None,
    owner: User | None = None,
) -> Draft:
    """Keep what one step of a draft (kladde) was told, and answer the draft as it is then.

    Parameters
    ----------
    draft : as read by the caller; another change since is not lost, since only this step is written.
    step : name of the step.
    answers : what it was told; takes the place of what it was told before.
    buildings, facets : the drawing, where the step is about it (both or none).
    original : the file that the drawing was read from.
    municipality : the tenant that it moves to, because its land lies there.
    owner : who has signed in since it was begun, so that they find it in another browser; it has one owner only.

    Raises
    ------
    geodata.ledger.action.Refused : it was sent in already, or a guard says no.
    """
    home = draft.municipality_id
    with transaction.atomic():
        with recorded(
            "permits.change_draft",
            acting_user=acting_user,
            municipality=home,
            subject=str(draft.public_id),
        ) as recorder:
            recorder.detail = {"step": step}
            kept = Draft.objects.select_for_update().get(pk=draft.pk)
            if kept.application_id is not None:
                raise Refused(["The application has been sent in; a draft of it can no longer be changed."])
            kept.answers = {**kept.answers, step: dict(answers)}
            kept.owner = kept.owner or owner
            if buildings is not None:
                kept.buildings, kept.facets = buildings, facets or []
            if original is not None:
                kept.original_name = original.name[:255]
                kept.original_sha256, kept.original = original.sha256, original.content
            if municipality is None or municipality == home:
                kept.save()
                return kept
            # A row cannot be handed over: no session may write another municipality's.
            kept.delete()
        with tenant(municipality):
            kept.pk, kept.municipality_id = None, municipality
            kept._state.adding = True
            kept.save(force_insert=True)
    return kept
