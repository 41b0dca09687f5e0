"""``manage.py assess``: drawing in, findings out, nothing stored."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext

from permits.assessment import (
    UNUSABLE,
    Asked,
    Assessed,
    applying,
    applying_document,
    as_document,
    assess_drawing,
    refusal,
)
from permits.drawings.drawing import DrawingError, Fault
from permits.drawings.messages import message
from permits.drawings.settings import parse_points, parse_settings
from permits.engine.from_drawing import NoSuchLand
from permits.proofs.proof import prove
from permits.proofs.remedies.words import words
from permits.proofs.words import not_checked


class Command(BaseCommand):
    """Assess a drawing on its parcel."""

    help = "Hold a drawing against plans and building regulations; nothing is stored."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "drawing",
            type=Path,
            nargs="?",
            help="GeoJSON, GeoPackage, Shapefile (or zip), GML, DXF or IFC; without one: what applies on --parcel",
        )
        parser.add_argument("--parcel", metavar='"EJERLAV MATRNR"', help="parcel, like '60851 2l'")
        parser.add_argument(
            "--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", dest="settings_"
        )
        parser.add_argument(
            "--crs", help="coordinate system of a drawing that does not say it, like EPSG:25832"
        )
        parser.add_argument(
            "--place",
            nargs="+",
            action="extend",
            default=[],
            metavar="X,Y=E,N",
            help="points that bring a drawing with its own origin to its place: as drawn, and in EPSG:25832",
        )
        parser.add_argument(
            "--corners",
            metavar="LAYER",
            help="layer on which the parcel is drawn: its corners bring the drawing to its place (with --parcel)",
        )
        parser.add_argument("--work", default="new", help="new, extension, conversion …")
        parser.add_argument("--applied", type=date.fromisoformat, metavar="DATE", help="day sent in (today)")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="day to read plans as of"
        )
        parser.add_argument("--rules", help="only these rules, comma between")
        parser.add_argument("--language", choices=("da", "en"), default="da")
        parser.add_argument("--voice", choices=("applicant", "planner"), default="applicant")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            sys.exit(self._assess(options))

    def _assess(self, options: dict[str, Any]) -> int:
        try:
            asked = _asked(options)
            if options["drawing"] is None:
                return self._applies(asked, options)
            found = assess_drawing(options["drawing"], options["drawing"].name, asked)
        except DrawingError as error:
            return self._refuse(error.faults, options)
        except (NoSuchLand, OSError) as error:
            return self._refuse([], options, str(error))
        if options["as_json"]:
            document = as_document(found, options["language"], options["voice"])
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self._tell(found, options)
        return found.exit

    def _applies(self, asked: Asked, options: dict[str, Any]) -> int:
        """What applies on land without a drawing; what is not answered asks for a person."""
        if not asked.parcel:
            return self._refuse([], options, "give a drawing, or --parcel to learn what applies there")
        try:
            land, told, code = applying(asked)
        except NoSuchLand as error:
            return self._refuse([], options, str(error))
        if options["as_json"]:
            self.stdout.write(json.dumps(applying_document(land, told, code), ensure_ascii=False))
            return code
        self.stdout.write(gettext("Property: %(label)s") % {"label": land.label})
        for one in told:
            self.stdout.write(f"\n{one.key.removeprefix('rules.')}: {one.label.lower()} · {one.title}")
            if one.said:
                self.stdout.write(f"  {one.said}")
        self._tell_not_checked()
        return code

    def _refuse(self, faults: Sequence[Fault], options: dict[str, Any], why: str = "") -> int:
        if options["as_json"]:
            self.stdout.write(json.dumps(refusal(faults, why), ensure_ascii=False))
        for fault in faults:
            self.stderr.write(str(message(fault)))
        if why:
            self.stderr.write(why)
        return UNUSABLE

    def _tell(self, found: Assessed, options: dict[str, Any]) -> None:
        self.stdout.write(gettext("Property: %(label)s") % {"label": found.land.label})
        for note in found.drawing.notes:
            self.stdout.write(f"  ! {message(note)}")
        for row in found.rows():
            if row["outcome"] == "not_applicable" and not row["flags"]:
                continue
            proof = prove(found.world, row, options["voice"], options["language"])
            self.stdout.write(
                f"\n{row['rule']}: {row['outcome']}{' · ' + row['reason'] if row['reason'] else ''}"
            )
            for line in proof.words.text().splitlines():
                self.stdout.write(f"  {line}")
        self._tell_remedies(found, options)
        self._tell_not_checked()

    def _tell_not_checked(self) -> None:
        self.stdout.write("\n" + gettext("Not checked:"))
        for line in not_checked():
            self.stdout.write(f"  · {line}")

    def _tell_remedies(self, found: Assessed, options: dict[str, Any]) -> None:
        offered = found.remedies()
        if offered:
            self.stdout.write("\n" + gettext("What can be changed:"))
        for remedy in offered:
            told = words(remedy, found.world, options["voice"], options["language"]).text()
            first, *rest = told.splitlines()
            self.stdout.write(f"  · {first}")
            for line in rest:
                self.stdout.write(f"    {line}")


def _asked(options: dict[str, Any]) -> Asked:
    return Asked(
        parcel=options["parcel"],
        crs=options["crs"],
        settings=parse_settings(options["settings_"]),
        points=parse_points(options["place"]) if options["place"] else None,
        corners=options["corners"],
        work=options["work"],
        applied=options["applied"],
        as_of=options["as_of"],
        rules=options["rules"].split(",") if options["rules"] else None,
    )
