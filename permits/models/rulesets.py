"""Who has signed which numbers, and what exactly was signed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from geodata.accounts.models import Municipality


class RulesetSignature(models.Model):
    """A person has signed (underskrevet) a rule set of their municipality, file as it stood.

    The newest one of a name counts: it is for the content with this hash and for no other. ``content`` keeps what
    was signed, also when the file is changed or gone.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    content = models.TextField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["municipality", "name", "-id"], name="ruleset_signed")]

    def __str__(self) -> str:
        return f"{self.municipality_id} {self.name} {self.sha256[:12]}"
