"""``validate_plans``: is this file what the state will take?"""

from __future__ import annotations

import json
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from gml.validate import words
from gml.validate.as_json import as_json
from gml.validate.fault import Fault, Report
from gml.validate.profiles import PROFILES
from gml.validate.validator import Given, profile_of, validate

_INVALID: Final = 1
_UNREADABLE: Final = 2


class Command(BaseCommand):
    help = (
        "Say of GML files of plans what is wrong with them: rule, object, line, place and remedy of every fault. "
        "Exit 0: no error; 1: a file has an error; 2: a file cannot be read. Without a folder of schemas "
        "(PLANVAERK_SCHEMAS) that stage is not run, and nothing is called valid."
    )
    requires_system_checks = ()  # they load every page of the site, and none is served

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--profile",
            choices=sorted(PROFILES),
            help="inspire-plu: schema, European test suite and data specification; planvaerk: our checks of plans "
            "as well. Default: planvaerk for files whose ids are in our own name space",
        )
        shape = parser.add_mutually_exclusive_group()
        shape.add_argument("--json", action="store_true", help="the report as JSON on standard output")
        shape.add_argument("--html", action="store_true", help="the report as a page on standard output")
        parser.add_argument("--places", metavar="FILE", help="write the places of the faults as GeoJSON")
        parser.add_argument("--language", choices=("da", "en"), help="default: en, for a page da")
        parser.add_argument(
            "--warnings", action=BooleanOptionalAction, default=True, help="list warnings too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files = [Given.at(Path(name)) for name in options["files"]]
        try:
            report = validate(
                files,
                profile=options["profile"] or profile_of(files, settings.REGISTER_NAMESPACE),
                schemas=settings.SCHEMAS,
                today=timezone.localdate(),
            )
            with translation.override(options["language"] or ("da" if options["html"] else "en")):
                self._answer(report, options)
        except OSError as error:
            raise CommandError(
                f"{error.filename}: {error.strerror or error}", returncode=_UNREADABLE
            ) from error
        if report.errors:
            raise SystemExit(_INVALID)

    def _answer(self, report: Report, options: dict[str, Any]) -> None:
        # Coordinate systems and templates take longer to load than a plan to look through, and are seldom asked for.
        if options["places"]:
            from gml.validate.as_geojson import as_geojson

            Path(options["places"]).write_text(json.dumps(as_geojson(report), ensure_ascii=False))
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False, indent=1))
        elif options["html"]:
            from gml.validate.as_html import as_html

            self.stdout.write(as_html(report))
        else:
            self._tell(report, warnings=options["warnings"])

    def _tell(self, report: Report, *, warnings: bool) -> None:
        for fault in report.faults:
            if warnings or fault.severity == "error":
                self.stdout.write(_line(report, fault))
        if report.not_listed:
            self.stdout.write(f"{report.not_listed} more faults are not listed")
        for file in report.files:
            for stage in file.stages.values():
                if stage.ran != "run":
                    self.stdout.write(
                        f"{file.name}: {words.stage_title(stage.name)}: {words.stage_state(stage)}"
                    )
            if file.not_followed:
                self.stdout.write(
                    f"{file.name}: {file.not_followed} references to other servers were not followed"
                )
            self.stdout.write(f"{file.name}: {words.summary(file)}")


def _line(report: Report, fault: Fault) -> str:
    where = f" [{fault.object}]" if fault.object else ""
    place = f" at {at}" if (at := words.position(fault)) else ""
    return (
        f"{report.files[fault.file].name}:{fault.line}: {fault.severity} {fault.rule}{where}: "
        f"{words.sentence(fault)}{place} {words.remedy(fault)}"
    )
