"""Features of the published plans, one row each, as ``/ogc/`` hands them out and filters them."""

from __future__ import annotations

from django.contrib.gis.db import models


class PluFeature(models.Model):
    """A feature of INSPIRE Planned Land Use as the register feed published it.

    ``properties`` is what its file says (see :mod:`gml.profiles.plu_json`); ``geometry`` is None for documents.
    """

    kind = models.CharField(max_length=30)
    # In the order of bytes, by which pages follow each other.
    local_id = models.CharField(max_length=80, db_collation="C")
    plan = models.UUIDField(db_index=True)
    properties = models.JSONField()
    geometry = models.GeometryField(srid=25832, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "local_id"], name="plu_feature_once")]

    def __str__(self) -> str:
        return f"{self.kind}.{self.local_id}"


class PluState(models.Model):
    """Up to which publication the features go, and what there is of each kind; one row."""

    epoch = models.PositiveIntegerField()
    revision = models.BigIntegerField()
    #: Kind → count, box (west, south, east, north in degrees) and first and last day.
    extents = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(name="plu_state_once", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.epoch}.{self.revision}"
