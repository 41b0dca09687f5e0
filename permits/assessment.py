"""A drawing held against its land, as plain data: what the command ``assess`` and ``POST /api/assess`` answer.

Nothing is stored. Every answer says how it ends (``exit``): 0 complies, 1 a breach, 3 a person, a consent or data are
needed, 2 the drawing cannot be used.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import shapely
from django.utils import translation
from django.utils.timezone import localdate

from geodata.frames import read_sql
from geodata.property_lookup.answers import Answer, State
from permits.applies.everything import what_applies
from permits.drawings.drawing import Drawing, Fault
from permits.drawings.fit import ByCorners, ByPoints
from permits.drawings.messages import message
from permits.drawings.read import read_drawing
from permits.engine.from_drawing import Land, NoSuchLand, land_by_name, land_under, world_of_drawing
from permits.engine.run import run
from permits.engine.world import World
from permits.proofs.proof import prove
from permits.proofs.remedies.remedy import remedies
from permits.proofs.remedies.words import words
from permits.proofs.routes import Route, as_json
from permits.proofs.words import Language, Voice, not_checked
from permits.rulebook import FLAGS, worst

#: Exit codes of the public surface.
COMPLIES, BREACH, UNUSABLE, ASK = 0, 1, 2, 3
#: Outlines of municipalities are coarse (DAGI 1:500,000); so far outside is not yet outside.
_OUTLINE_TOLERANCE_M = 50.0


@dataclass(frozen=True)
class Asked:
    """What is asked about a drawing.

    Attributes
    ----------
    parcel : cadastral district and parcel number, such as ``60851 2l``; None = the land that lies under it.
    crs : system of its coordinates where it does not say it.
    settings : values stated beside it, by key (:mod:`permits.drawings.settings`).
    points, corners : what brings a drawing with its own origin to its place.
    work : kind of work; ``applied`` day sent in, ``as_of`` day as of which plans are read (today).
    rules : ids; None = all, and remedies only then.
    """

    parcel: str | None = None
    crs: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    points: ByPoints | None = None
    corners: str | None = None
    work: str = "new"
    applied: date | None = None
    as_of: date | None = None
    rules: Collection[str] | None = None


@dataclass(frozen=True)
class Assessed:
    """A drawing that could be used, its land, its World and all findings."""

    drawing: Drawing
    land: Land
    world: World
    findings: pd.DataFrame
    asked: Asked

    @property
    def exit(self) -> int:
        """How it ends."""
        return exit_code(self.findings)

    def rows(self) -> list[dict[str, Any]]:
        """The worst finding per rule and building."""
        table = worst(self.findings, ("site", "rule", "building"))
        return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]

    def remedies(self) -> list[Any]:
        """What can be changed, proved by all rules."""
        return list(remedies(self.world, None if self.asked.rules else self.findings))


def assess_drawing(source: Any, filename: str, asked: Asked) -> Assessed:
    """Read a drawing, find its land and run the rules; nothing is stored.

    Raises
    ------
    permits.drawings.drawing.DrawingError : the drawing cannot be used; every fault at once.
    NoSuchLand : the land is not known here.
    OSError : the file cannot be read.
    """
    named = land_by_name(asked.parcel) if asked.parcel else None
    drawing = read_drawing(
        source,
        filename=filename,
        crs=asked.crs,
        settings=asked.settings,
        near=named.outline if named else None,
        outline=_municipality(named) if named else None,
        placement=_placement(asked, named),
    )
    land = named or land_under(shapely.union_all(drawing.buildings.geometry.dropna().to_numpy()))
    world = world_of_drawing(
        drawing,
        land,
        work=asked.work,
        applied_on=asked.applied or localdate(),
        as_of=asked.as_of or localdate(),
    )
    return Assessed(drawing, land, world, run(world, rules=asked.rules), asked)


def _placement(asked: Asked, named: Land | None) -> ByPoints | ByCorners | None:
    if asked.points is not None or asked.corners is None:
        return asked.points
    if named is None:
        raise NoSuchLand("corners ask for the parcel whose corners are drawn: name it")
    return ByCorners(asked.corners, named.outline)


def _municipality(land: Land) -> Any:
    """Outline of the municipality that some land lies in, widened by how coarse it is; None = not known."""
    rows = read_sql(
        "SELECT ST_AsBinary(geometry) AS geometry FROM t_municipality_outline WHERE register_id = %s",
        [land.municipality],
    )
    return None if rows.empty else rows.geometry[0].buffer(_OUTLINE_TOLERANCE_M)


def exit_code(findings: pd.DataFrame) -> int:
    """How findings end: a breach, somebody to ask, or all is well."""
    outcomes = set(findings["outcome"])
    if outcomes & {"fail", "needs_dispensation"} or "overall_assessment" in set(findings["reason"]):
        return BREACH
    return ASK if outcomes & {"needs_other_consent", "needs_manual"} else COMPLIES


def as_document(found: Assessed, language: Language = "da", voice: Voice = "applicant") -> dict[str, Any]:
    """All of it as plain data, words in one language."""
    world, drawing = found.world, found.drawing
    names = world.buildings.set_index("building")["name"].to_dict()
    told = []
    for row in found.rows():
        proof = prove(world, row, voice, language)
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
                "route": _route(proof.route, language),
            }
        )
    return {
        "exit": found.exit,
        "property": found.land.label,
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
                "text": words(remedy, world, voice, language).text(),
            }
            for remedy in found.remedies()
        ],
        "not_checked": list(not_checked()),
    }


def refusal(faults: Sequence[Fault], why: str = "") -> dict[str, Any]:
    """Why a drawing cannot be used: every fault with its place and how to mend it, in the active language."""
    told = [
        {"code": f.code, "level": f.level, "where": dict(f.where), "text": str(message(f))} for f in faults
    ]
    return {"exit": UNUSABLE, "error": why, "faults": told}


def applying(asked: Asked) -> tuple[Land, list[Answer], int]:
    """What applies on land without a drawing, and how that ends: what is not answered asks for a person.

    Raises
    ------
    NoSuchLand : it is not known here.
    """
    land = land_by_name(asked.parcel or "")
    today = localdate()
    told = what_applies(
        land.parcels,
        land.municipality,
        asked.as_of or asked.applied or today,
        asked.applied or asked.as_of or today,
    )
    if asked.rules is not None:
        told = [one for one in told if one.key.removeprefix("rules.") in asked.rules]
    return land, told, ASK if any(one.state is State.NOT_ANSWERED for one in told) else COMPLIES


def applying_document(land: Land, told: Sequence[Answer], code: int) -> dict[str, Any]:
    """The same as plain data, words in the active language."""
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
    return {"exit": code, "property": land.label, "applies": rows, "not_checked": list(not_checked())}


def _placed(drawing: Drawing) -> dict[str, Any] | None:
    """How the drawing was brought to its place: metres in one unit, degrees turned, metres missed by each point."""
    if drawing.placed is None:
        return None
    return {
        "scale": round(drawing.placed.scale, 9),
        "turned_deg": round(drawing.placed.turned_deg, 6),
        "residuals_m": [round(residual, 4) for residual in drawing.placed.residuals_m],
    }


def _route(route: Route | None, language: Language) -> dict[str, Any] | None:
    with translation.override(language):
        return as_json(route)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)
