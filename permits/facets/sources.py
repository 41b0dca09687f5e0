"""The facets of this room, loaded when they are first asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from geodata.registry import Facet, facets, later


def register() -> None:
    """Declare them; called once, when the app is ready."""
    cases = Facet("cases", _("Cases"), later("permits.facets.cases:answers"), contestable=False)
    facets.register(cases.id, cases)
    rules = Facet(
        "rules", _("What applies here"), later("permits.facets.rules:answers"), contestable=False, apart=True
    )
    facets.register(rules.id, rules)
