"""``manage.py assess``: drawing in, findings out, nothing stored."""

from __future__ import annotations

import argparse
import json
import math
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext

from geodata.frames import read_sql
from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.messages import message
from permits.drawings.read import read_drawing
from permits.drawings.settings import parse_settings
from permits.engine.from_drawing import Land, NoSuchLand, land_by_name, land_under, world_of_drawing
from permits.engine.run import run
from permits.engine.world import World
from permits.proofs.proof import prove
from permits.proofs.remedies.remedy import remedies
from permits.proofs.remedies.words import words
from permits.proofs.words import not_checked
from permits.rulebook import FLAGS, worst

#: Exit codes of the public surface.
COMPLIES, BREACH, UNUSABLE, ASK = 0, 1, 2, 3
#: Outlines of municipalities are coarse (DAGI 1:500,000); so far outside is not yet outside.
_OUTLINE_TOLERANCE_M = 50.0


class Command(BaseCommand):
    """Assess a drawing on its parcel."""

    help = "Hold a drawing against plans and building regulations; nothing is stored."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("drawing", type=Path, help="GeoJSON or DXF")
        parser.add_argument("--parcel", metavar='"EJERLAV MATRNR"', help="parcel, like '60851 2l'")
        parser.add_argument(
            "--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", dest="settings_"
        )
        parser.add_argument(
            "--crs", help="coordinate system of a drawing that does not say it, like EPSG:25832"
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
            named = land_by_name(options["parcel"]) if options["parcel"] else None
            drawing = read_drawing(
                options["drawing"],
                filename=options["drawing"].name,
                crs=options["crs"],
                settings=parse_settings(options["settings_"]),
                near=named.outline if named else None,
                outline=_municipality(named) if named else None,
            )
            land = named or land_under(shapely.union_all(drawing.buildings.geometry.dropna().to_numpy()))
        except DrawingError as error:
            return self._refuse(error.faults, options)
        except (NoSuchLand, OSError) as error:
            return self._refuse([], options, str(error))
        day = options["applied"] or localdate()
        world = world_of_drawing(
            drawing, land, work=options["work"], applied_on=day, as_of=options["as_of"] or localdate()
        )
        findings = run(world, rules=options["rules"].split(",") if options["rules"] else None)
        code = _exit_code(findings)
        if options["as_json"]:
            self.stdout.write(
                json.dumps(_as_json(world, drawing, land, findings, code, options), ensure_ascii=False)
            )
        else:
            self._tell(world, drawing, land, findings, options)
        return code

    def _refuse(self, faults: list[Fault], options: dict[str, Any], why: str = "") -> int:
        if options["as_json"]:
            told = [
                {"code": f.code, "level": f.level, "where": dict(f.where), "text": str(message(f))}
                for f in faults
            ]
            self.stdout.write(
                json.dumps({"exit": UNUSABLE, "error": why, "faults": told}, ensure_ascii=False)
            )
        for fault in faults:
            self.stderr.write(str(message(fault)))
        if why:
            self.stderr.write(why)
        return UNUSABLE

    def _tell(
        self, world: World, drawing: Drawing, land: Land, findings: pd.DataFrame, options: dict[str, Any]
    ) -> None:
        self.stdout.write(gettext("Property: %(label)s") % {"label": land.label})
        for note in drawing.notes:
            self.stdout.write(f"  ! {message(note)}")
        for row in _rows(findings):
            if row["outcome"] == "not_applicable" and not row["flags"]:
                continue
            proof = prove(world, row, options["voice"], options["language"])
            self.stdout.write(
                f"\n{row['rule']}: {row['outcome']}{' · ' + row['reason'] if row['reason'] else ''}"
            )
            for line in proof.words.text().splitlines():
                self.stdout.write(f"  {line}")
        self._tell_remedies(world, findings, options)
        self.stdout.write("\n" + gettext("Not checked:"))
        for line in not_checked():
            self.stdout.write(f"  · {line}")

    def _tell_remedies(self, world: World, findings: pd.DataFrame, options: dict[str, Any]) -> None:
        offered = remedies(world, None if options["rules"] else findings)
        if offered:
            self.stdout.write("\n" + gettext("What can be changed:"))
        for remedy in offered:
            first, *rest = words(remedy, world, options["voice"], options["language"]).text().splitlines()
            self.stdout.write(f"  · {first}")
            for line in rest:
                self.stdout.write(f"    {line}")


def _municipality(land: Land) -> Any:
    """Outline of the municipality that some land lies in, widened by how coarse it is; None = not known."""
    rows = read_sql(
        "SELECT ST_AsBinary(geometry) AS geometry FROM t_municipality_outline WHERE register_id = %s",
        [land.municipality],
    )
    return None if rows.empty else rows.geometry[0].buffer(_OUTLINE_TOLERANCE_M)


def _exit_code(findings: pd.DataFrame) -> int:
    outcomes = set(findings["outcome"])
    if outcomes & {"fail", "needs_dispensation"} or "overall_assessment" in set(findings["reason"]):
        return BREACH
    return ASK if outcomes & {"needs_other_consent", "needs_manual"} else COMPLIES


def _as_json(
    world: World, drawing: Drawing, land: Land, findings: pd.DataFrame, code: int, options: dict[str, Any]
) -> dict[str, Any]:
    names = world.buildings.set_index("building")["name"].to_dict()
    told = []
    for row in _rows(findings):
        proof = prove(world, row, options["voice"], options["language"])
        told.append(
            {
                "rule": row["rule"],
                "building": names.get(row["building"]),
                "outcome": row["outcome"],
                "reason": row["reason"] or None,
                "flags": [flag for flag, bit in FLAGS.items() if row["flags"] & bit],
                **{name: _number(row[name]) for name in ("measured", "limit", "margin", "x", "y")},
                "title": proof.words.title,
                "text": proof.words.text(),
            }
        )
    return {
        "exit": code,
        "property": land.label,
        "drawing": {
            "sha256": drawing.sha256,
            "crs": drawing.crs,
            "notes": [str(message(note)) for note in drawing.notes],
        },
        "findings": told,
        "remedies": [
            {
                **remedy.as_dict(names),
                "text": words(remedy, world, options["voice"], options["language"]).text(),
            }
            for remedy in remedies(world, None if options["rules"] else findings)
        ],
        "not_checked": list(not_checked()),
    }


def _rows(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """The worst finding per rule and building."""
    table = worst(findings, ("site", "rule", "building"))
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)
