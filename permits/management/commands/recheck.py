"""``manage.py recheck``: run the rules again on the applications that something has changed for, and on no other."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localdate

from geodata.accounts.models import Municipality
from permits.actions.check_applications import check_applications
from permits.actions.mark_affected import mark_affected
from permits.recheck.waiting import waiting


class Command(BaseCommand):
    """Mark what is affected, then check it."""

    help = (
        "Run the rules again where a plan, a register, a rule set or the day has changed what they look at."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="day to read plans as of"
        )
        parser.add_argument("--mark-only", action="store_true", help="mark, and leave the checks for later")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["as_of"] or localdate()
        marked = mark_affected(acting_user=None, as_of=day)
        why = ", ".join(f"{count} by {reason}" for reason, count in marked.reasons.items())
        self.stdout.write(f"{marked.applications} applications affected{f' ({why})' if why else ''}")
        if options["mark_only"]:
            return
        checked = 0
        for code in Municipality.objects.values_list("code", flat=True):
            if ids := waiting(code):
                check_applications(ids, acting_user=None, municipality=code, as_of=day, keep=False)
                checked += len(ids)
        self.stdout.write(f"{checked} applications checked")
