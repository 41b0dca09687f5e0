"""``manage.py check``: run the rules on applications, store the findings, print a summary.

Django's own system check is named ``check`` too; without arguments, or with its options, it runs as ever.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.check import Command as SystemCheck
from django.utils import translation
from django.utils.timezone import localdate

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from permits.actions.check_applications import check_applications
from permits.examples import CaseError
from permits.extensions import left_out
from permits.models.applications import Application
from permits.own_cases import refused
from permits.rulebook import declared, discover, worst


class Command(SystemCheck):
    """Check applications against the rules (or, without them, the project against Django's own checks)."""

    help = "Run the rules on applications, store the findings and print a summary."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--application", nargs="+", metavar="ID", help="numbers or ids of applications")
        parser.add_argument("--all", action="store_true", help="all applications")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="day to read plans as of"
        )

    def handle(self, *app_labels: Any, **options: Any) -> None:
        if not options["all"] and not options["application"]:
            super().handle(*app_labels, **options)
            return
        self._refuse_bad_rules()
        day = options["as_of"] or localdate()
        wanted = set(options["application"] or [])
        checked = 0
        counts: dict[str, dict[str, int]] = {}
        for municipality in Municipality.objects.values_list("code", flat=True):
            with tenant(municipality):
                rows = list(Application.objects.values_list("id", "number"))
            ids = [key for key, number in rows if options["all"] or number in wanted or str(key) in wanted]
            wanted -= {str(key) for key, _ in rows} | {number for _, number in rows}
            if not ids:
                continue
            check_applications(
                ids,
                acting_user=None,
                municipality=municipality,
                as_of=day,
                progress=self._progress,
                each=partial(_count, counts),
                keep=False,
            )
            checked += len(ids)
        if wanted:
            raise CommandError(f"no application is called {', '.join(sorted(wanted))}", returncode=2)
        self._summary(checked, counts)

    def _refuse_bad_rules(self) -> None:
        """A rulebook with faults checks nobody's house: all of them are told, and nothing is run.

        A package that is left out stops nobody, and is told each time.
        """
        for fault in left_out():
            self.stderr.write(f"left out: {fault}")
        try:
            told = refused(declared())
        except CaseError as error:
            raise CommandError(str(error), returncode=2) from error
        if told:
            raise CommandError("the rulebook refuses:\n" + "\n".join(told), returncode=2)

    def _progress(self, done: int, of: int) -> None:
        self.stderr.write(f"checked {done} of {of} applications")

    def _summary(self, checked: int, counts: dict[str, dict[str, int]]) -> None:
        names = discover()
        with translation.override("da"):
            for rule, outcomes in sorted(counts.items()):
                said = ", ".join(f"{outcome} {size}" for outcome, size in sorted(outcomes.items()))
                self.stdout.write(f"{rule} ({names[rule].name_da}): {said}")
        self.stdout.write(f"{checked} applications checked")


def _count(counts: dict[str, dict[str, int]], findings: pd.DataFrame) -> None:
    """Add the worst outcome of each rule on each application to the counts."""
    table = worst(findings)
    for rule, outcome in zip(table["rule"], table["outcome"], strict=True):
        outcomes = counts.setdefault(rule, {})
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
