"""Runs and findings: keys and numbers only, so that they can be written by COPY without a policy."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What a rule answers, worst first."""

    FAIL = "fail", _("Not allowed")
    NEEDS_DISPENSATION = "needs_dispensation", _("Needs a dispensation")
    NEEDS_OTHER_CONSENT = "needs_other_consent", _("Needs another consent")
    NEEDS_MANUAL = "needs_manual", _("Needs a person")
    PASS = "pass", _("Complies")
    NOT_APPLICABLE = "not_applicable", _("Does not apply")


class Run(models.Model):
    """One run of the rules: with which engine, on which knowledge, for which day."""

    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    engine_version = models.CharField(max_length=40)
    revision = models.BigIntegerField()  # knowledge
    valid_on = models.DateField()  # validity
    rules = models.JSONField()  # ids asked
    rulesets = models.JSONField()  # names used

    def __str__(self) -> str:
        return f"run {self.pk}"


class Finding(models.Model):
    """One answer of one rule about one building (or about the site: building -1).

    ``application_id`` is a plain number: the application's own policy decides who may follow it.
    """

    # Looked at by triggers once a statement, not by a key once a row.
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="findings", db_constraint=False)
    application_id = models.BigIntegerField()
    latest = models.BooleanField(default=True)  # of the newest run of its application
    building = models.BigIntegerField()
    rule = models.CharField(max_length=60)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.CharField(max_length=20, default="", db_default="")
    flags = models.IntegerField(default=0, db_default=0)
    measured = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    margin = models.FloatField(null=True)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    edge = models.BigIntegerField(default=-1, db_default=-1)
    feature = models.BigIntegerField(default=-1, db_default=-1)
    area = models.BigIntegerField(default=-1, db_default=-1)

    class Meta:
        indexes = [
            models.Index(fields=["application_id"], condition=models.Q(latest=True), name="finding_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.outcome}"
