"""Municipalities (the tenants), users and the roles they have in a municipality."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Municipality(models.Model):
    """A municipality (kommune), known by its four-digit code; the tenant of personal data."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{4}$"), name="municipality_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class User(AbstractUser):
    """Somebody who signs in; what they may do follows from their memberships."""

    display_name = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return self.display_name or self.username


class Role(models.TextChoices):
    """What somebody does in a municipality."""

    APPLICANT = "applicant", _("Applicant")
    ADVISER = "adviser", _("Adviser")
    CASE_WORKER = "case_worker", _("Case worker")
    PLANNER = "planner", _("Planner")
    LEAD = "lead", _("Team lead")
    REGISTER_CLERK = "register_clerk", _("Register clerk")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class Membership(models.Model):
    """A user has a role in a municipality."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "municipality", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.municipality_id} · {self.role}"
