"""Corrected inputs: what a case worker puts in place of what a register or a drawing says. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models.functions import Now

from geodata.accounts.models import Municipality
from permits.models.applications import Application


class Correction(models.Model):
    """A corrected input (rettet oplysning) of one application, or the withdrawal of one.

    Rows are added and never changed: a second correction of the same value takes the place of the first, and a
    withdrawal is a row of its own that names what it ``withdraws``. ``target`` says which row of the World's frame is
    meant, by what stays the same: ``site``, ``p`` and the parcel, ``e`` and the stretch of boundary, ``b`` and the
    proposed building, ``s`` and the name of a standing building. Stretches of boundary are worked out anew when the
    cadastre changes; ``place`` finds them again.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="corrections")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(max_length=20)
    column = models.CharField(max_length=20)
    target = models.CharField(max_length=130)
    place = gis.PointField(srid=25832, null=True, spatial_index=False)
    value = models.FloatField(null=True)
    word = models.CharField(max_length=30, blank=True)
    original = models.FloatField(null=True)  # as register or drawing said when it was corrected
    original_word = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())
    withdraws = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="withdrawal"
    )  # unique: nothing is withdrawn twice

    class Meta:
        indexes = [models.Index(fields=["application", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdraws__isnull=False) | ~models.Q(reason=""),
                name="correction_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.table}.{self.column} {self.target}"
