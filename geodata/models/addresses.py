"""Addresses (DAR, Danmarks Adresseregister)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

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
