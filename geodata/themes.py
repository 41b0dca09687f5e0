"""The themes of this room."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from geodata.fkg.catalogue import shared_themes
from geodata.ledger.themes import Theme, themes
from geodata.models.addresses import AddressPoint, AddressPointVersion, HouseNumber, HouseNumberVersion
from geodata.models.buildings import Building, BuildingRecord, BuildingRecordVersion, BuildingVersion
from geodata.models.cadastre import BoundaryLine, BoundaryLineVersion, Parcel, ParcelVersion
from geodata.models.fkg import ThemeObject, ThemeVersion
from geodata.models.outlines import MunicipalityOutline, MunicipalityOutlineVersion
from geodata.registry import later

#: What is derived from themes of the shared tables, by code: the lines of taken-up roads are inner edges.
_HOOKS: Final = {"s51": (later("geodata.edges:after_roads"),)}


def register() -> None:
    """Declare them; called once, when the app is ready."""
    themes.register(
        "parcel",
        Theme(
            "parcel",
            "parcel",
            Parcel,
            ParcelVersion,
            title=_("Parcels"),
            rank={"matriklen/gml": 1, "matriklen/ewkb-csv": 2},
            after_open=(later("geodata.edges:after_parcels"),),
        ),
    )
    themes.register(
        "boundary_line",
        Theme(
            "boundary_line",
            "boundary_line",
            BoundaryLine,
            BoundaryLineVersion,
            title=_("Boundary lines"),
            after_open=(later("geodata.edges:after_lines"),),
        ),
    )
    themes.register(
        "building",
        Theme("building", "building", Building, BuildingVersion, title=_("Buildings on the map")),
    )
    themes.register(
        "building_record",
        Theme(
            "building_record",
            "building_record",
            BuildingRecord,
            BuildingRecordVersion,
            title=_("Buildings in BBR"),
            rank={"bbr/xml": 1, "bbr/csv": 2},
        ),
    )
    themes.register(
        "address_point",
        Theme("address_point", "address_point", AddressPoint, AddressPointVersion, title=_("Address points")),
    )
    themes.register(
        "house_number",
        Theme("house_number", "house_number", HouseNumber, HouseNumberVersion, title=_("House numbers")),
    )
    themes.register(
        "municipality_outline",
        Theme(
            "municipality_outline",
            "outline",
            MunicipalityOutline,
            MunicipalityOutlineVersion,
            title=_("Outlines of municipalities"),
            after_open=(later("geodata.ledger.whereabouts:name_municipalities"),),
        ),
    )
    for listed in shared_themes().values():
        themes.register(
            listed.id,
            Theme(
                listed.id,
                f"{'state' if listed.of_state else 'fkg'}{listed.code}",
                ThemeObject,
                ThemeVersion,
                title=listed.title,
                code=listed.code,
                packed=listed.packed,
                after_open=_HOOKS.get(listed.code, ()),
            ),
        )
