"""Whose applications a request may see: the one place where that is decided.

Visitors see the public demonstration municipality, whose people and cases are invented (``PLANVAERK_PUBLIC_TENANT``,
default 0999; empty = nobody sees an application). Who has signed in sees the applications of the municipality they
speak for when their role there reads applications. Every page, panel and tile with applications asks here, and here
only. Row-level security still stands behind it.
"""

from __future__ import annotations

from django.http import HttpRequest

from geodata.accounts.models import Municipality
from geodata.accounts.permissions import MAY
from geodata.accounts.whose import municipalities, municipality_of, public_municipality, roles_held

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
    return code if roles_held(request, code) & MAY[READ] else None


def may(request: HttpRequest, verb: str) -> bool:
    """Whether the reader may do a thing in the municipality that the request is about; for what a page offers.

    What is done asks for itself (:func:`geodata.accounts.permissions.require`).
    """
    code = open_municipality(request)
    return code is not None and bool(roles_held(request, code) & MAY[verb])


def authority_name(request: HttpRequest, code: str | None) -> str:
    """Name of the responsible authority as the page shows it; empty when there is none."""
    if code is None:
        return ""
    for own in municipalities(request):  # read already, for who has signed in
        if own.code == code:
            return own.name
    return Municipality.objects.filter(code=code).values_list("name", flat=True).first() or ""
