"""Zones (planloven § 34): byzone, landzone and sommerhusområde as the zone map shows them."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class ZoneCode(models.IntegerChoices):
    """Plandata's ``zonestatus``; composite codes 4-7 never stand on a zone map."""

    URBAN = 1, "Byzone"
    RURAL = 2, "Landzone"
    SUMMER_HOUSE = 3, "Sommerhusområde"


class Zone(ObjectBase):
    """A part of the zone map (zonekort)."""


class ZoneVersion(VersionBase):
    """One zone and where it lies."""

    object = models.ForeignKey(
        Zone, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    zone_code = models.IntegerField(choices=ZoneCode.choices)
    geometry = gis.MultiPolygonField(srid=25832, spatial_index=False)

    class Meta:
        constraints = [
            *version_constraints("zone", "MULTIPOLYGON"),
            models.CheckConstraint(condition=models.Q(zone_code__in=ZoneCode.values), name="zone_code"),
        ]
        indexes = [space_index("zone")]
