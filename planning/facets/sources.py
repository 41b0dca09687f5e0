"""The facets of this room, each loaded when it is first asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from geodata.registry import Facet, facets, later


def register() -> None:
    """Declare them in the order of the page; called once, when the app is ready."""
    for facet in (
        Facet("zone", _("Zone"), later("planning.facets.zone:answers")),
        Facet("plans", _("Plans"), later("planning.facets.plans:answers")),
    ):
        facets.register(facet.id, facet)
