"""``manage.py discard_drafts``: throw away drafts of applications that nobody has changed for a long time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from permits.actions.discard_draft import discard_draft
from permits.models.drafts import Draft


class Command(BaseCommand):
    """Discard what was not sent in and not changed for ``DRAFT_DAYS``, each with its row in the audit."""

    help = "Throw away drafts of applications that were not changed for PLANVAERK_DRAFT_DAYS (180) days."

    def handle(self, *args: Any, **options: Any) -> None:
        over = now() - timedelta(days=settings.DRAFT_DAYS)
        gone = 0
        for code in Municipality.objects.order_by("code").values_list("code", flat=True):
            with tenant(code):
                old = list(Draft.objects.filter(application=None, changed_at__lt=over).order_by("pk"))
            gone += sum(discard_draft(draft, acting_user=None, unchanged_since=over) for draft in old)
        self.stdout.write(f"{gone} drafts discarded")
