"""``rulecases PATH… [--rules ID,ID] [--json]``: legal examples through the engine."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext

from permits.examples import CaseError, Result, check, read
from permits.rulebook import discover


class Command(BaseCommand):
    """Runs rule cases; exits 0 when all agree, 1 when any disagrees, 2 when a file cannot be used."""

    help = "Runs rule cases (YAML) through the engine. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, and which expectations to look at."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders of *.yaml")
        parser.add_argument("--rules", default="", metavar="ID,ID", help="look at these rules only")
        parser.add_argument("--json", action="store_true", help="answer for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and report."""
        rules = {name.strip() for name in options["rules"].split(",") if name.strip()}
        unknown = rules - set(discover())
        try:
            if unknown:
                raise CaseError(gettext("no such rule: %(names)s") % {"names": ", ".join(sorted(unknown))})
            results = check(read(options["paths"]), rules or None)
        except CaseError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": str(error)}, ensure_ascii=False))
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        failed = [result for result in results if result.disagreements]
        if options["json"]:
            self.stdout.write(json.dumps(_plain(results), ensure_ascii=False, indent=2))
        else:
            for result in failed:
                self.stdout.write(result.line())
            self.stdout.write(f"{len(results) - len(failed)} passed, {len(failed)} failed")
        if failed:
            raise SystemExit(1)


def _plain(results: list[Result]) -> dict[str, Any]:
    failed = sum(bool(result.disagreements) for result in results)
    return {
        "passed": len(results) - failed,
        "failed": failed,
        "cases": [
            {
                "file": result.case.file,
                "case": result.case.name,
                "disagreements": [
                    {"rule": d.rule, "expected": d.expected, "got": d.got} for d in result.disagreements
                ],
            }
            for result in results
        ],
    }
