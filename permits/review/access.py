"""Whose applications a request may see: the one place where that is decided.

Visitors see the public demonstration municipality, whose people and cases are invented (``PLANVAERK_PUBLIC_TENANT``,
default 0999; empty = nobody sees an application). Who has signed in sees the applications of the municipality they
speak for when their role there reads applications. Every page, panel and tile with applications asks here, and here
only. Row-level security still stands behind it.
"""

from __future__ import annotations

from django.http import HttpRequest

from geodata.accounts.models import Municipality, Role
from geodata.accounts.permissions import MAY, roles_of
from geodata.accounts.whose import municipality_of, public_municipality

READ = "permits.read_applications"


def open_municipality(request: HttpRequest) -> str | None:
    """Code of the municipality whose applications this request may read; None = of nobody.

    Returns
    -------
    A four-digit code to give to :func:`geodata.accounts.tenancy.tenant`.
    """
    code = municipality_of(request)
    if code is None or code == public_municipality():
        return code
    return code if _held(request, code) & MAY[READ] else None


def may(request: HttpRequest, verb: str) -> bool:
    """Whether the reader may do a thing in the municipality that the request is about; for what a page offers.

    What is done asks for itself (:func:`geodata.accounts.permissions.require`).
    """
    code = open_municipality(request)
    return code is not None and bool(_held(request, code) & MAY[verb])


def _held(request: HttpRequest, code: str) -> frozenset[Role]:
    """Roles of the reader there, read once a request."""
    kept: dict[str, frozenset[Role]] = getattr(request, "_roles_held", {})
    if code not in kept:
        kept[code] = roles_of(getattr(request, "user", None), code)
        request._roles_held = kept  # type: ignore[attr-defined]
    return kept[code]


def authority_name(code: str | None) -> str:
    """Name of the responsible authority as the page shows it; empty when there is none."""
    if code is None:
        return ""
    return Municipality.objects.filter(code=code).values_list("name", flat=True).first() or ""
