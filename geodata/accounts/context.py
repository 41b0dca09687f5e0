"""What the header of every page knows: who has signed in, and for which municipality the page speaks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from geodata.accounts.adapter import signup_open
from geodata.accounts.permissions import allowed
from geodata.accounts.whose import municipalities, municipality_of
from geodata.registry import MenuEntry, menu


def accounts(request: HttpRequest) -> dict[str, Any]:
    """Variables of the header; each is read when a template asks for it, so a part of a page costs nothing."""

    def choices() -> list[Any]:
        return municipalities(request)

    def may(verb: str) -> Any:
        return SimpleLazyObject(
            lambda: allowed(getattr(request, "user", None), verb, municipality_of(request))
        )

    def entries() -> list[MenuEntry]:
        user, code = getattr(request, "user", None), municipality_of(request)
        return [entry for _, entry in menu.items() if allowed(user, entry.verb, code)]

    return {
        "own_municipalities": SimpleLazyObject(choices),
        "own_municipality": SimpleLazyObject(lambda: municipality_of(request) or ""),
        "may_audit": may("ledger.read_audit"),
        "menu": SimpleLazyObject(entries),
        "signup_open": signup_open,
    }
