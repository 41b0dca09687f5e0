"""Addresses (DAR, Danmarks Adresseregister)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Replace

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class AddressPoint(ObjectBase):
    """A point that an address leads to (adressepunkt)."""


class AddressPointVersion(VersionBase):
    """Where the register puts it, and how well it knows."""

    object = models.ForeignKey(
        AddressPoint, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    status_code = models.IntegerField(null=True)  # status: 6 prepared, 7 given up, 8 in use, 9 out of use
    accuracy_class = models.CharField(
        max_length=1, null=True
    )  # A at the building, B on the parcel, U unknown
    technical_standard = models.CharField(
        max_length=2, null=True
    )  # teknisk standard: TD door, TK building, TN …
    origin = models.CharField(max_length=40, null=True)  # oprindelse, kilde
    geometry = gis.PointField(srid=25832, spatial_index=False)

    class Meta:
        constraints = version_constraints("address_point", "POINT")
        indexes = [space_index("address_point")]


class HouseNumber(ObjectBase):
    """What an address is called (husnummer): a road, a number, a postcode."""


class HouseNumberVersion(VersionBase):
    """Its words as they stand on letters, and the address point that says where it is."""

    object = models.ForeignKey(
        HouseNumber, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    status_code = models.IntegerField(
        null=True
    )  # status: 2 preliminary, 3 in force, 4 closed down, 5 given up
    designation = models.CharField(max_length=255, null=True)  # adgangsadressebetegnelse
    address_point_id = models.CharField(max_length=120, null=True)  # adgangspunkt, its register id
    geometry = gis.PointField(srid=25832, null=True, spatial_index=False)

    class Meta:
        constraints = version_constraints("house_number", "POINT")
        indexes = [
            models.Index(fields=["address_point_id"], name="house_number_point"),
            # How people write it: in any case, with or without commas, from the beginning on.
            models.Index(
                OpClass(
                    Lower(Replace("designation", models.Value(","), models.Value(""))), "text_pattern_ops"
                ),
                name="house_number_words",
            ),
            space_index("house_number"),
        ]
