"""Runs and findings: keys and numbers only, so that they can be written by COPY without a policy."""

from __future__ import annotations

from typing import Final, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from permits.models.rechecks import LookedAt


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
    # Between these keys its findings are; those of others may be there too.
    first_finding = models.BigIntegerField(default=0, db_default=0)
    last_finding = models.BigIntegerField(null=True)  # while it is under way

    def __str__(self) -> str:
        return f"run {self.pk}"


#: Joins, in SQL: ``f``, the findings of the newest check of each application, and ``k``, where it looked.
NEWEST: Final = (
    "permits_lookedat k JOIN permits_finding f ON f.id BETWEEN k.first_finding AND k.last_finding "
    "AND f.run_id = k.run_id AND f.application_id = k.application_id"
)


class Findings(models.QuerySet["Finding"]):
    """Findings, and which of them hold now: :class:`permits.models.rechecks.LookedAt` says where they stand."""

    def of_run(self, run: Run) -> Self:
        """Of one run."""
        found = self.filter(run=run, pk__gte=run.first_finding)
        return found if run.last_finding is None else found.filter(pk__lte=run.last_finding)

    def newest(self) -> Self:
        """Of the newest check of each application."""
        kept = LookedAt.objects.filter(
            application_id=models.OuterRef("application_id"), run_id=models.OuterRef("run_id")
        )
        return self.filter(models.Exists(kept))

    def newest_of(self, application: int) -> Self:
        """Of the newest check of one application."""
        kept = LookedAt.objects.filter(application_id=application)
        return self.filter(
            pk__gte=models.Subquery(kept.values("first_finding")),
            pk__lte=models.Subquery(kept.values("last_finding")),
            run_id=models.Subquery(kept.values("run_id")),
            application_id=application,
        )


class Finding(models.Model):
    """One answer of one rule about one building (or about the site: building -1).

    ``application_id`` is a plain number: the application's own policy decides who may follow it. There are fifteen
    of these to an application, so nothing is kept for each that can be kept once: between which keys the findings of
    a run or an application stand is said by ``Run`` and ``LookedAt``, and there is no index but that of keys.
    """

    # Looked at by triggers once a statement, not by a key once a row.
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="findings", db_constraint=False, db_index=False
    )
    application_id = models.BigIntegerField()
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

    objects = Findings.as_manager()

    def __str__(self) -> str:
        return f"{self.rule}: {self.outcome}"
