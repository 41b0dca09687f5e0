"""Whose applications a request may see: the one place where that is decided.

Until people sign in and have roles, the site shows one municipality to everybody, read-only: the demonstration
municipality, whose people and cases are invented (``PLANVAERK_PUBLIC_TENANT``, default 0999; empty = nobody
sees an application). Every page, panel and tile with applications asks here, and here only, so that real
permissions replace this function and nothing else. Row-level security still stands behind it.
"""

from __future__ import annotations

import os
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from geodata.accounts.models import Municipality

#: Code of the demonstration municipality; no real municipality has it.
DEMONSTRATION: Final = "0999"


def open_municipality(request: HttpRequest) -> str | None:
    """Code of the municipality whose applications this request may read; None = of nobody.

    Parameters
    ----------
    request : the request; who signed in does not matter yet.

    Returns
    -------
    A four-digit code to give to :func:`geodata.accounts.tenancy.tenant`.
    """
    named: str | None = getattr(settings, "PLANVAERK_PUBLIC_TENANT", None)
    code = os.environ.get("PLANVAERK_PUBLIC_TENANT", DEMONSTRATION) if named is None else named
    return code or None


def authority_name(code: str | None) -> str:
    """Name of the responsible authority as the page shows it; empty when there is none."""
    if code is None:
        return ""
    return Municipality.objects.filter(code=code).values_list("name", flat=True).first() or ""
