"""``check_rules``: does the rulebook take every rule, and do the rules' own cases agree?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from permits.examples import CaseError, check
from permits.extensions import left_out
from permits.own_cases import own_cases, refused
from permits.rulebook import declared


class Command(BaseCommand):
    """Tells every fault of every rule at once; exits 0 without any, 1 with some, 2 when a file cannot be used."""

    help = "Check the rules themselves: ids, laws, own cases. Needs no database."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and tell."""
        rules = declared()
        try:
            told = [*left_out(), *refused(rules)]
            # Where two rules share an id nothing can be run.
            cases = own_cases(rules) if len({rule.id for rule in rules}) == len(rules) else []
            told += [result.line() for result in check(cases) if result.disagreements]
        except CaseError as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        for line in told:
            self.stdout.write(line)
        self.stdout.write(f"{len(rules)} rules, {len(cases)} own cases, {len(told)} faults")
        if told:
            raise SystemExit(1)
