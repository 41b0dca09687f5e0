"""What changed, when it became known, who did it, and what each source said.

A *change* is one writing transaction. It gets its revision number and its time at its very end, under one
advisory lock (:mod:`geodata.ledger.revisions`); those times are ``systid_fra`` and ``systid_til`` of every
version that it opens or closes. A change without a revision is not visible to anybody.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from geodata.accounts.models import Municipality


class Epoch(models.Model):
    """A restore starts a new epoch: cursors of an older one are answered with 410."""

    number = models.PositiveIntegerField(primary_key=True)
    started_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.number)


class Change(models.Model):
    """One writing transaction; visible from its revision on."""

    verb = models.CharField(max_length=60)
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    themes = ArrayField(models.CharField(max_length=40), default=list)
    started_at = models.DateTimeField(db_default=Now())
    epoch = models.ForeignKey(Epoch, null=True, on_delete=models.PROTECT, related_name="+")
    revision = models.BigIntegerField(null=True, unique=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="change_finished_whole",
                condition=(
                    models.Q(revision__isnull=True, recorded_at__isnull=True, epoch__isnull=True)
                    | models.Q(revision__isnull=False, recorded_at__isnull=False, epoch__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} r{self.revision}"


class AuditRow(models.Model):
    """Who did what to which thing, and when (revisionsspor). Written in the transaction of the deed."""

    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    verb = models.CharField(max_length=60)
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.CharField(max_length=120)
    change = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="audit")
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["municipality", "at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class Statement(gis.Model):
    """What one source says of one object: its values, and a hash to see whether it says the same again.

    The object shows, column by column, the value of the best source (theme's rank) that speaks for it.
    """

    theme = models.CharField(max_length=40)
    objekt_id = models.UUIDField()
    source = models.CharField(max_length=60)
    content_hash = models.UUIDField()
    columns = ArrayField(models.CharField(max_length=60))
    attributes = models.JSONField()
    geometry = gis.GeometryField(srid=25832, null=True, dim=2, spatial_index=False)
    as_of = models.DateField(null=True)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objekt_id", "source"], name="statement_once_per_source"),
        ]

    def __str__(self) -> str:
        return f"{self.theme} {self.objekt_id} {self.source}"


class ImportState(models.TextChoices):
    """Where an import run is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportRun(models.Model):
    """One delivery read once: what it held and what became of it."""

    source = models.CharField(max_length=60)
    theme = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    as_of = models.DateField(null=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)
    change = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="runs")

    class Meta:
        indexes = [models.Index(fields=["source", "file_sha256"])]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"


class QuarantinedRecord(models.Model):
    """A record that was not stored, and why; nothing is dropped without a row here."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="quarantine")
    record = models.CharField(max_length=120)
    reason = models.CharField(max_length=60)
    explanation = models.TextField()
    place = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.record}: {self.reason}"


class ImportOriginal(models.Model):
    """The bytes of a quarantined record as delivered; may hold personal data, so tenants see only their own."""

    record = models.OneToOneField(QuarantinedRecord, on_delete=models.CASCADE, related_name="original")
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.record_id)
