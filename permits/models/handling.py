"""What the case workers make of findings and of a case (sagsbehandling). Personal data: under row-level security."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.accounts.models import Municipality
from permits.models.applications import Application
from permits.service_goal import Category, EventKind


class JudgementKind(models.TextChoices):
    """What a case worker says of a finding."""

    ACCEPTED = "accepted", _("Accepted")
    OVERRIDDEN = "overridden", _("Overridden")


class About(models.Model):
    """The finding that something is about, as it was: findings get new ids with every check.

    ``run_id`` and ``finding_id`` name it; rule, building, plan and protected thing find it again, and the answer of
    then tells whether a later check has found something else.
    """

    run_id = models.BigIntegerField()
    finding_id = models.BigIntegerField()
    rule = models.CharField(max_length=60)
    building = models.BigIntegerField()
    area = models.BigIntegerField(default=-1)
    feature = models.BigIntegerField(default=-1)
    outcome = models.CharField(max_length=20)
    outcome_reason = models.CharField(max_length=20, blank=True)
    measured = models.FloatField(null=True)
    limit = models.FloatField(null=True)

    class Meta:
        abstract = True


class Judgement(About):
    """A finding accepted or overridden by a case worker (vurdering), or the withdrawal of that. Append-only.

    ``instead`` is the answer that an overridden finding gets; the finding itself stays as the rules gave it.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="judgements")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=JudgementKind.choices)
    instead = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())
    withdraws = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="withdrawal"
    )  # unique: nothing is withdrawn twice

    class Meta:
        indexes = [models.Index(fields=["application", "id"], name="judgement_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="accepted", instead="")
                | (models.Q(kind="overridden") & ~models.Q(instead="")),
                name="judgement_instead",
            ),
            models.CheckConstraint(
                condition=models.Q(withdraws__isnull=False)
                | models.Q(kind="accepted")
                | ~models.Q(reason=""),
                name="judgement_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.rule}: {self.kind}"


class Task(About):
    """Something that somebody has to do about a finding (opgave)."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="tasks")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # None = whoever has the case
    due_on = models.DateField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["application", "id"], name="task_of")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="task_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.text[:40]}"


class CaseEvent(models.Model):
    """What happened to a case on which day; the clock of the service goal is worked out from these. Append-only."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    happened_on = models.DateField()
    category = models.CharField(max_length=15, choices=Category.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # to whom it was assigned; None = to nobody
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["application", "id"], name="case_event_of")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind} {self.happened_on}"
