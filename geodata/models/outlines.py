"""Outlines of municipalities (DAGI)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from geodata.models.base import ObjectBase, VersionBase, space_index, version_constraints


class MunicipalityOutline(ObjectBase):
    """The area of a municipality (kommuneinddeling)."""


class MunicipalityOutlineVersion(VersionBase):
    """One outline, with how far off it may lie."""

    object = models.ForeignKey(
        MunicipalityOutline,
        on_delete=models.CASCADE,
        related_name="versions",
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField(max_length=100, null=True)
    tolerance_m = models.FloatField(null=True)  # DAGI 1:500,000 is some 50 m off
    geometry = gis.MultiPolygonField(srid=25832, spatial_index=False)

    class Meta:
        constraints = version_constraints("municipality_outline", "MULTIPOLYGON")
        indexes = [space_index("municipality_outline")]
