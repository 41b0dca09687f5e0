"""The log of look-ups: who looked at what data about people, when, and for which purpose. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.accounts.models import Municipality


class PurposeSource(models.TextChoices):
    """Where the purpose comes from."""

    SESSION = "session", _("stated by the person")
    CASE = "case", _("follows from the case")


class Look(models.Model):
    """Somebody was shown personal data (opslag i personoplysninger); under row-level security too."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=40)  # kind of data: cases
    subject = models.CharField(max_length=120)  # the parcel or case that was looked at
    seen = models.JSONField(default=list)  # what was shown of it: numbers of cases
    purpose = models.CharField(max_length=200)
    purpose_src = models.CharField(max_length=10, choices=PurposeSource.choices)

    class Meta:
        indexes = [models.Index(fields=["municipality", "-id"])]
        constraints = [
            models.CheckConstraint(condition=~models.Q(purpose=""), name="look_has_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"
