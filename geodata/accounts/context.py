"""What the header of every page knows: who has signed in, and for which municipality the page speaks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from geodata.accounts.adapter import signup_open
from geodata.accounts.permissions import Rights
from geodata.accounts.whose import municipalities, municipality_of, roles_held
from geodata.registry import MenuEntry, menu


def accounts(request: HttpRequest) -> dict[str, Any]:
    """Variables of the header; each is read when a template asks for it, so a part of a page costs nothing."""

    def choices() -> list[Any]:
        return municipalities(request)

    def rights() -> Rights:
        code = municipality_of(request)
        return Rights(getattr(request, "user", None), code, lambda: roles_held(request, code))

    held = SimpleLazyObject(rights)

    def entries() -> list[MenuEntry]:
        return [entry for _, entry in menu.items() if held.may(entry.verb)]

    return {
        "own_municipalities": SimpleLazyObject(choices),
        "own_municipality": SimpleLazyObject(lambda: municipality_of(request) or ""),
        "may_audit": SimpleLazyObject(lambda: held.may("ledger.read_audit")),
        "menu": SimpleLazyObject(entries),
        "signup_open": signup_open,
    }
