"""The facets and finders of this room, each loaded when it is first asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from geodata.registry import Facet, Finder, facets, finders, later


def register() -> None:
    """Declare them in the order of the page; called once, when the app is ready."""
    here = "geodata.property_lookup.facets"
    for facet in (
        Facet("parcel", _("Parcel"), later(f"{here}.parcel:answers")),
        Facet("property", _("Property"), later(f"{here}.property:answers")),
        Facet("edges", _("Boundaries"), later(f"{here}.edges:answers")),
        Facet("buildings", _("Buildings"), later(f"{here}.buildings:answers")),
        Facet("addresses", _("Addresses"), later(f"{here}.addresses:answers")),
        Facet("themes", _("Protection and other themes"), later(f"{here}.themes:answers")),
    ):
        facets.register(facet.id, facet)
    for finder in (
        Finder("parcel", later("geodata.property_lookup.find:parcels")),
        Finder("address", later("geodata.property_lookup.find:addresses")),
        Finder("address_point", later("geodata.property_lookup.find:address_points")),
    ):
        finders.register(finder.id, finder)
