"""Faults that the quality checks have found in what is stored."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models.functions import Now

from geodata.accounts.models import Municipality


class Fault(models.Model):
    """A fault of register data: which check, which object, where, and how much.

    A check's faults of a municipality are replaced when it is run again. ``object_id`` and ``other_id`` are keys
    of the objects of the check's first theme and of its second (or of the first, where it has one).
    """

    kind = models.CharField(max_length=40)  # id of the check
    theme = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    other_id = models.BigIntegerField(null=True)
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=200)
    measured = models.FloatField(null=True)
    public = models.BooleanField(default=True)  # both objects are visible for everybody
    found_at = models.DateTimeField(db_default=Now())
    geometry = gis.GeometryField(srid=25832, null=True, dim=2)

    class Meta:
        indexes = [models.Index(fields=["municipality", "kind"], name="fault_of_municipality")]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"
