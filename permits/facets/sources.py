"""The facet of this room, loaded when it is first asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from geodata.registry import Facet, facets, later


def register() -> None:
    """Declare it; called once, when the app is ready."""
    cases = Facet("cases", _("Cases"), later("permits.facets.cases:answers"), contestable=False)
    facets.register(cases.id, cases)
