"""Which municipality a request is about: that of the person who signed in, else the public demonstration."""

from __future__ import annotations

import os
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from geodata.accounts.models import Municipality, Role
from geodata.accounts.permissions import roles_of

#: Code of the demonstration municipality; no real municipality has it.
DEMONSTRATION: Final = "0999"
#: Where the session keeps the choice of somebody with several municipalities.
CHOICE: Final = "municipality"


def public_municipality() -> str | None:
    """Code of the municipality that visitors may look at, read-only (``PLANVAERK_PUBLIC_TENANT``); None = none."""
    named: str | None = getattr(settings, "PLANVAERK_PUBLIC_TENANT", None)
    code = os.environ.get("PLANVAERK_PUBLIC_TENANT", DEMONSTRATION) if named is None else named
    return code or None


def municipalities(request: HttpRequest) -> list[Municipality]:
    """The municipalities in which the person has a role, by code; read once a request."""
    kept: list[Municipality] | None = getattr(request, "_municipalities", None)
    if kept is None:
        user = getattr(request, "user", None)
        kept = (
            list(Municipality.objects.filter(memberships__user=user).distinct())
            if user is not None and user.is_authenticated
            else []
        )
        request._municipalities = kept  # type: ignore[attr-defined]
    return kept


def municipality_of(request: HttpRequest) -> str | None:
    """Code of the municipality that the request speaks for.

    The person's choice when it is one of theirs, else their first one; visitors and people without any role get
    the public demonstration, or nothing.
    """
    own = [m.code for m in municipalities(request)]
    if not own:
        return public_municipality()
    chosen = request.session.get(CHOICE)
    return chosen if chosen in own else own[0]


def roles_held(request: HttpRequest, code: str | None) -> frozenset[Role]:
    """Roles of the reader in a municipality, read once a request."""
    kept: dict[str | None, frozenset[Role]] = getattr(request, "_roles_held", {})
    if code not in kept:
        kept[code] = roles_of(getattr(request, "user", None), code)
        request._roles_held = kept  # type: ignore[attr-defined]
    return kept[code]
