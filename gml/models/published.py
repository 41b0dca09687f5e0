"""What the register feed hands on: each plan as the file it was published as, and up to which revision."""

from __future__ import annotations

from django.db import models


class PublishedPlan(models.Model):
    """A plan with its parts as one file, or the news that it is gone (tombstone); never changed afterwards.

    ``content`` is the GML, gzipped without a time in it; None for a tombstone. ``sha256`` and ``size`` are those of
    the plain bytes.
    """

    plan = models.UUIDField()  # objekt_id
    epoch = models.PositiveIntegerField()
    revision = models.BigIntegerField()
    municipality = models.CharField(max_length=4, blank=True)
    number = models.CharField(max_length=60, blank=True)
    title = models.TextField(blank=True)
    gone = models.BooleanField(default=False)
    latest = models.BooleanField(default=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    features = models.IntegerField(default=0)
    content = models.BinaryField(null=True)
    recorded_at = models.DateTimeField()  # of the revision

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "epoch", "revision"], name="published_once"),
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(latest=True), name="published_latest_once"
            ),
        ]
        indexes = [models.Index(fields=["epoch", "revision", "plan"], name="published_in_order")]

    def __str__(self) -> str:
        return f"{self.plan} r{self.revision}"


class PublishedState(models.Model):
    """The last revision that is published whole; one row."""

    epoch = models.PositiveIntegerField()
    revision = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="published_state_once", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.epoch}.{self.revision}"


class PublishedBulk(models.Model):
    """A file of all plans of a municipality, of those of none, or of ``all``; its bytes lie in a folder.

    ``digest`` is that of its plans, as of the manifest; at ``revision`` it was what is published.
    """

    scope = models.CharField(max_length=4, unique=True)
    epoch = models.PositiveIntegerField()
    revision = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    plans = models.IntegerField()
    recorded_at = models.DateTimeField()  # of the revision that it was written at

    def __str__(self) -> str:
        return f"{self.scope} r{self.revision}"
