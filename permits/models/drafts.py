"""Drafts of applications: what an applicant has told so far. Personal data: under row-level security."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from geodata.accounts.models import Municipality
from permits.models.applications import Application


class Draft(models.Model):
    """An application (ansøgning) that is not sent in yet; kept by the visitor's session until somebody signs in.

    ``answers`` holds what each step was told, by the step's name; ``buildings`` and ``facets`` are the drawing as
    read and as corrected since (:mod:`permits.portal.contents`); ``original`` is the file as it came. When it is sent
    in, ``application`` is set and the rest is emptied: the application has it all.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="drafts"
    )
    answers = models.JSONField(default=dict)
    buildings = models.JSONField(default=list)
    facets = models.JSONField(default=list)
    original_name = models.CharField(max_length=255, blank=True)
    original_sha256 = models.CharField(max_length=64, blank=True)
    original = models.BinaryField(null=True)
    application = models.OneToOneField(
        Application, null=True, on_delete=models.SET_NULL, related_name="draft"
    )
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.public_id)
