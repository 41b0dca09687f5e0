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
from geodata.property_lookup.answers import State
from permits.applies.everything import what_applies
from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.fit import ByCorners, ByPoints
from permits.drawings.messages import message
from permits.drawings.read import read_drawing
from permits.drawings.settings import parse_points, parse_settings
from permits.engine.from_drawing import Land, NoSuchLand, land_by_name, land_under, world_of_drawing
from permits.engine.run import run
from permits.engine.world import World
from permits.proofs.proof import prove
from permits.proofs.remedies.remedy import remedies
from permits.proofs.remedies.words import words
from permits.proofs.routes import Route, as_json
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
        if options["drawing"] is None:
            return self._applies(options)
        try:
            named = land_by_name(options["parcel"]) if options["parcel"] else None
            drawing = read_drawing(
                options["drawing"],
                filename=options["drawing"].name,
                crs=options["crs"],
                settings=parse_settings(options["settings_"]),
                near=named.outline if named else None,
                outline=_municipality(named) if named else None,
                placement=_placement(options, named),
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

    def _applies(self, options: dict[str, Any]) -> int:
        """What applies on land without a drawing; what is not answered asks for a person."""
        if not options["parcel"]:
            return self._refuse([], options, "give a drawing, or --parcel to learn what applies there")
        try:
            land = land_by_name(options["parcel"])
        except NoSuchLand as error:
            return self._refuse([], options, str(error))
        day = options["applied"] or options["as_of"] or localdate()
        told = what_applies(land.parcels, land.municipality, day)
        if options["rules"]:
            asked = set(options["rules"].split(","))
            told = [one for one in told if one.key.removeprefix("rules.") in asked]
        code = ASK if any(one.state is State.NOT_ANSWERED for one in told) else COMPLIES
        if options["as_json"]:
            rows = [
                {
                    "rule": one.key.removeprefix("rules."),
                    "state": one.state.value,
                    "title": one.title,
                    "text": one.said,
                    "value": one.value,
                    "unit": one.unit or None,
                    "as_of": one.as_of.isoformat() if one.as_of else None,
                    "document": one.link or None,
                }
                for one in told
            ]
            document = {
                "exit": code,
                "property": land.label,
                "applies": rows,
                "not_checked": list(not_checked()),
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return code
        self.stdout.write(gettext("Property: %(label)s") % {"label": land.label})
        for one in told:
            self.stdout.write(f"\n{one.key.removeprefix('rules.')}: {one.label.lower()} · {one.title}")
            if one.said:
                self.stdout.write(f"  {one.said}")
        self.stdout.write("\n" + gettext("Not checked:"))
        for line in not_checked():
            self.stdout.write(f"  · {line}")
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


def _placement(options: dict[str, Any], named: Land | None) -> ByPoints | ByCorners | None:
    if options["place"]:
        return parse_points(options["place"])
    if options["corners"] is None:
        return None
    if named is None:
        raise NoSuchLand("--corners asks for the parcel whose corners are drawn: name it with --parcel")
    return ByCorners(options["corners"], named.outline)


def _placed(drawing: Drawing) -> dict[str, Any] | None:
    """How the drawing was brought to its place: metres in one unit, degrees turned, metres missed by each point."""
    if drawing.placed is None:
        return None
    return {
        "scale": round(drawing.placed.scale, 9),
        "turned_deg": round(drawing.placed.turned_deg, 6),
        "residuals_m": [round(residual, 4) for residual in drawing.placed.residuals_m],
    }


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
                "route": _route(proof.route, options["language"]),
            }
        )
    return {
        "exit": code,
        "property": land.label,
        "drawing": {
            "sha256": drawing.sha256,
            "crs": drawing.crs,
            "placed": _placed(drawing),
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


def _route(route: Route | None, language: str) -> dict[str, Any] | None:
    with translation.override(language):
        return as_json(route)


def _rows(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """The worst finding per rule and building."""
    table = worst(findings, ("site", "rule", "building"))
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)
