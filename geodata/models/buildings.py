"""Buildings: outlines from GeoDanmark and what BBR knows of them."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class Building(ObjectBase):
    """A building as GeoDanmark draws it (bygning)."""


class BuildingVersion(VersionBase):
    """An outline; GeoDanmark measures at the roof, so it is wider than the walls."""

    object = models.ForeignKey(
        Building, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    bbr_id = models.UUIDField(null=True)  # BBRUUID
    building_type = models.CharField(max_length=60, null=True)  # bygningstype
    basis = models.CharField(max_length=10, null=True)  # wall | roof | unknown
    roof_low_m = models.FloatField(null=True)  # lowest roof z, DVR90, sentinels left out
    roof_high_m = models.FloatField(null=True)
    geometry = gis.MultiPolygonField(srid=25832, spatial_index=False)

    class Meta:
        constraints = version_constraints("building", "MULTIPOLYGON")
        indexes = [models.Index(fields=["bbr_id"]), space_index("building")]


class BuildingRecord(ObjectBase):
    """A building as BBR (Bygnings- og Boligregistret) counts it."""


class BuildingRecordVersion(VersionBase):
    """What BBR says of a building."""

    object = models.ForeignKey(
        BuildingRecord, on_delete=models.CASCADE, related_name="versions", db_index=False, db_constraint=False
    )
    status_code = models.IntegerField(
        null=True
    )  # status: 6 stands, 2-3 planned or being built, 10 gone, 11 error
    use_code = models.IntegerField(null=True)  # byg021
    year = models.IntegerField(null=True)  # byg026
    floor_m2 = models.FloatField(null=True)  # byg038
    dwelling_m2 = models.FloatField(null=True)  # byg039
    business_m2 = models.FloatField(null=True)  # byg040
    built_m2 = models.FloatField(null=True)  # byg041
    garage_m2 = models.FloatField(null=True)  # byg042
    carport_m2 = models.FloatField(null=True)  # byg043
    storeys = models.FloatField(null=True)  # byg054
    listed_code = models.CharField(max_length=10, null=True)  # byg070
    parcel_register_id = models.CharField(max_length=40, null=True)  # jordstykke
    geometry = gis.PointField(srid=25832, null=True, spatial_index=False)

    class Meta:
        constraints = version_constraints("building_record", "POINT")
        indexes = [space_index("building_record")]
