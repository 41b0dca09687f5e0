"""``new_rule ID [--into DIR] [--law TEXT] [--da NAME] [--en NAME]``: a rule to begin with."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from permits.scaffolding import NO_LAW, CannotScaffold, in_package, in_project, values_of


class Command(BaseCommand):
    """Writes rule, words, number, cases and test; exits 0, or 2 when nothing was written."""

    help = "Write a new rule to begin with: rule, words, number, own cases and a test that passes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the rule is called, and where it goes."""
        parser.add_argument("id", metavar="ID", help="family.name, such as fjordby.parks")
        parser.add_argument(
            "--into",
            type=Path,
            metavar="DIR",
            help="a package of its own, new or there already; by default this project",
        )
        parser.add_argument(
            "--law", default=NO_LAW, help='paragraph, or "ingen paragraf: " and why there is none'
        )
        parser.add_argument("--da", default="", metavar="NAME", help="its Danish name")
        parser.add_argument("--en", default="", metavar="NAME", help="its English name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and tell what to do next."""
        into: Path | None = options["into"]
        try:
            values = values_of(options["id"], options["law"], options["da"], options["en"])
            made = in_project(values, Path(settings.BASE_DIR)) if into is None else in_package(values, into)
            written = made.write()
        except CannotScaffold as error:
            raise CommandError(str(error), returncode=2) from error
        for line in written:
            self.stdout.write(line)
        self.stdout.write("Next:")
        for step in made.steps:
            self.stdout.write(f"  {step}")
