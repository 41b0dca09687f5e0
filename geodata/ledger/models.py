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
from django.utils.translation import gettext_lazy as _

from geodata.accounts.models import Municipality
from geodata.ledger.reasons import title
from geodata.ledger.themes import title_of


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
    """Who did what to which thing, and when (revisionsspor). Written in the transaction of the deed.

    The rows of one municipality are a chain: the database numbers them without holes and gives each the hash of
    itself and of the row before, whatever the writer says (:mod:`geodata.ledger.audit.chain` checks it).
    """

    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    verb = models.CharField(max_length=60)
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.CharField(max_length=120)
    change = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="audit")
    detail = models.JSONField(default=dict)
    sequence = models.BigIntegerField(db_default=0, editable=False)
    previous = models.CharField(max_length=64, db_default="", editable=False)
    hash = models.CharField(max_length=64, db_default="", editable=False)

    class Meta:
        indexes = [models.Index(fields=["municipality", "at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "sequence"], name="audit_number_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class AuditHead(models.Model):
    """The last row of each chain, so that it cannot vanish unseen; chain "" is that of no municipality."""

    chain = models.CharField(max_length=4, primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.chain} {self.sequence}"


class Statement(gis.Model):
    """What one source says of one object: its values, and a hash to see whether it says the same again.

    The object shows, column by column, the value of the best source (theme's rank) that speaks for it.
    """

    pk = models.CompositePrimaryKey("objekt_id", "source")
    theme = models.CharField(max_length=40)
    objekt_id = models.UUIDField()
    source = models.CharField(max_length=60)
    content_hash = models.UUIDField()
    columns = ArrayField(models.CharField(max_length=60))
    attributes = models.JSONField()
    geometry = gis.GeometryField(srid=25832, null=True, dim=2, spatial_index=False)
    as_of = models.DateField(null=True)
    # No key: it would look the same change up for every row, and changes are never deleted.
    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    def __str__(self) -> str:
        return f"{self.theme} {self.objekt_id} {self.source}"


class Job(models.Model):
    """A piece of background work: asked for by somebody, done by a worker, once, however often workers die."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    cancel_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    queue_id = models.BigIntegerField(null=True)  # id of the queue's own job
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"


class ImportState(models.TextChoices):
    """Where an import run is; each step can be taken up again after a crash."""

    QUEUED = "queued", _("Queued")
    READING = "reading", _("Reading")
    STAGING = "staging", _("Staging")
    MERGING = "merging", _("Merging")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


#: States in which nothing happens any more.
FINISHED = (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)


class ImportRun(models.Model):
    """Files of one source read once: how far that is, what they held and what became of it.

    ``source`` is the reader's name for runs that read files, else the source that a delivery names. ``records``
    and ``staged`` are the progress; ``revision`` is the last revision that the run knew when it was done.
    """

    source = models.CharField(max_length=60)
    theme = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    files = models.JSONField(default=list)  # path, name, sha256 and wrapping of each
    kept = models.BooleanField(
        default=False
    )  # the files were given to the site, which deletes them when done
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=120, blank=True)
    options = models.JSONField(default=dict)
    yes = models.BooleanField(default=False)  # may end more than the bound
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.QUEUED)
    cancel_asked = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="imports")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    as_of = models.DateField(null=True)
    records = models.PositiveIntegerField(default=0)
    staged = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)
    message = models.TextField(blank=True)
    same_as = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    change = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="runs")
    revision = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["source", "file_sha256"])]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"

    @property
    def finished(self) -> bool:
        """Nothing happens any more."""
        return self.state in FINISHED


class ImportPart(models.Model):
    """The records of one theme in a run: the delivery without its records, so that merging needs no file."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    theme = models.CharField(max_length=40)
    source = models.CharField(max_length=60)
    register = models.CharField(max_length=40)
    columns = ArrayField(models.CharField(max_length=60))  # envelope columns and those it speaks for
    speaks_for = ArrayField(models.CharField(max_length=60))
    has_geometry = models.BooleanField(default=True)
    as_of = models.DateField(null=True)
    #: Of all ids and values: a file that reads differently the second time is not the one that was begun.
    fingerprint = models.UUIDField()
    batch_size = models.PositiveIntegerField()
    records = models.PositiveIntegerField()
    staged = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)
    change = models.ForeignKey(Change, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_part_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number} {self.theme}"

    @property
    def theme_title(self) -> str:
        """What people call the theme."""
        return title_of(self.theme)


class StagedRecord(gis.Model):
    """A record on its way in. An ordinary table: what a batch has committed survives the server's death."""

    part = models.ForeignKey(ImportPart, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    batch = models.PositiveIntegerField()
    objekt_id = models.UUIDField()
    register_id = models.CharField(max_length=120)
    municipality = models.CharField(max_length=4, null=True)
    content_hash = models.UUIDField()
    attributes = models.JSONField()
    geometry = gis.GeometryField(srid=25832, null=True, dim=2, spatial_index=False)

    class Meta:
        indexes = [models.Index(fields=["part", "batch"], name="staged_part_batch")]

    def __str__(self) -> str:
        return self.register_id


class QuarantinedRecord(models.Model):
    """A record that was not stored, and why; nothing is dropped without a row here."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="quarantine")
    theme = models.CharField(max_length=40, blank=True)
    record = models.CharField(max_length=120)
    reason = models.CharField(max_length=60)
    explanation = models.TextField()
    place = models.CharField(max_length=200, blank=True)
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.record}: {self.reason}"

    @property
    def title(self) -> str:
        """What its reason means, in the language of the page."""
        return title(self.reason)


class ImportOriginal(models.Model):
    """The bytes of a quarantined record as delivered; may hold personal data, so tenants see only their own."""

    record = models.OneToOneField(QuarantinedRecord, on_delete=models.CASCADE, related_name="original")
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.record_id)


class AnswerState(models.TextChoices):
    """What a source has answered for a municipality; what did not answer is never taken as "nothing there"."""

    FOUND = "found", _("Found")
    ABSENT = "absent", _("Nothing there")
    NOT_ANSWERED = "not_answered", _("Not answered")


class SourceAnswer(models.Model):
    """The last answer of a source about a theme in a municipality (null: the whole country), and of which day."""

    source = models.CharField(max_length=60)
    theme = models.CharField(max_length=40)
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=AnswerState.choices)
    as_of = models.DateField(null=True)
    told_at = models.DateTimeField(db_default=Now())
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "theme", "municipality"], nulls_distinct=False, name="source_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.theme} {self.municipality_id} {self.state}"

    @property
    def theme_title(self) -> str:
        """What people call the theme, or the part of one."""
        return title_of(self.theme)
