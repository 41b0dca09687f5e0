"""Contested values: somebody says that a value on a property page is wrong, and gets an answer. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.accounts.models import Municipality
from geodata.models.cadastre import Parcel


class Contest(models.Model):
    """A contested value (indsigelse mod en oplysning); ``original`` is the answer as it was shown.

    The value itself is not changed by this: registers are corrected where they are kept.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="+")
    facet = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    original = models.JSONField()  # title, group, state, said, value, unit, source, as_of
    proposed = models.CharField(max_length=200, blank=True)  # what would be right, in the person's words
    reason = models.CharField(max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["municipality", "-id"])]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="contest_has_reason")]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.key}"


class Outcome(models.TextChoices):
    """How a contest ends."""

    UPHELD = "upheld", _("The value was wrong; it will be corrected at its source")
    REJECTED = "rejected", _("The value stands")


class ContestAnswer(models.Model):
    """The answer to a contested value; one each, which closes it."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    contest = models.OneToOneField(Contest, on_delete=models.PROTECT, related_name="answer")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    text = models.CharField(max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="contest_answer_has_text")]

    def __str__(self) -> str:
        return f"{self.contest_id} {self.outcome}"
