"""Whose drafts a request may see: those that its session began, and those of the person who signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.accounts.permissions import allowed
from geodata.accounts.tenancy import tenant
from geodata.accounts.whose import municipalities
from permits.models.drafts import Draft

#: Where the session keeps its drafts: public id → municipality.
KEPT: Final = "drafts"


class NoDraft(Http404):
    """The request may see no such draft."""


def keep(request: HttpRequest, draft: Draft) -> None:
    """Let the session have a draft; by this alone a visitor comes back to it, for as long as the draft is kept."""
    request.session[KEPT] = {**request.session.get(KEPT, {}), str(draft.public_id): draft.municipality_id}
    if not request.user.is_authenticated:
        # Who signs in has a session that ends with the browser, and finds the draft by signing in.
        request.session.set_expiry(timedelta(days=settings.DRAFT_DAYS))


def kept_until(draft: Draft) -> datetime:
    """When a draft is thrown away if nobody changes it."""
    return draft.changed_at + timedelta(days=settings.DRAFT_DAYS)


def forget(request: HttpRequest, draft: Draft) -> None:
    """The session has the draft no more."""
    rest = {key: code for key, code in request.session.get(KEPT, {}).items() if key != str(draft.public_id)}
    request.session[KEPT] = rest


def actor(request: HttpRequest, verb: str, code: str) -> User | None:
    """Who tells a draft something: the person where they have a role that may, else a visitor like any other."""
    user = request.user
    return user if isinstance(user, User) and allowed(user, verb, code) else None


@contextmanager
def opened(request: HttpRequest, public_id: UUID) -> Iterator[Draft]:
    """A draft that the request may see, with its municipality opened.

    Raises
    ------
    NoDraft : there is none, or it is somebody else's; the two are not told apart.
    """
    code = request.session.get(KEPT, {}).get(str(public_id))
    codes = [code] if code else [m.code for m in municipalities(request)]
    for each in codes:
        with tenant(each):
            found = Draft.objects.filter(public_id=public_id).select_related("application").first()
            if found is None or not (code or found.owner_id == request.user.pk):
                continue
            yield found
            return
    raise NoDraft(
        _("There is no such draft here. It may belong to another browser, or have been thrown away.")
    )


def mine(request: HttpRequest) -> list[Draft]:
    """All drafts of the session, and of the person who signed in, newest first."""
    held: dict[UUID, Draft] = {}
    by_code: dict[str, list[str]] = {}
    for key, code in request.session.get(KEPT, {}).items():
        by_code.setdefault(code, []).append(key)
    for municipality in municipalities(request):
        by_code.setdefault(municipality.code, [])
    for code, keys in by_code.items():
        with tenant(code):
            found = list(Draft.objects.filter(public_id__in=keys).select_related("application"))
            if request.user.is_authenticated:
                found += Draft.objects.filter(owner=request.user.pk).select_related("application")
            held |= {draft.public_id: draft for draft in found}
    return sorted(held.values(), key=lambda draft: draft.changed_at, reverse=True)
