"""Findings of one application as the panel shows them: two voices, numbers as people read them, and evidence.

Everything that is said comes from the proof, which is made on demand from what the registers say now. Where it
cannot be made the finding is still shown with its own numbers, and the panel says that the words are missing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.crs import GRID, to_degrees
from permits.engine.from_database import world_of
from permits.engine.prepare import prepare
from permits.engine.world import World
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.outcomes import ANSWERS, BREACHES, answer_of
from permits.proofs.proof import Proof, Prover, unit_of
from permits.proofs.words import Words, not_checked, number
from permits.review.labels import label, language, title_of
from permits.rulebook import FINDING_COLUMNS

log = logging.getLogger(__name__)

#: Roles whose length is the distance that was measured.
_DIMENSIONED = ("shortest_line",)


@dataclass(frozen=True)
class Shown:
    """One finding in the panel."""

    id: int
    rule: str
    outcome: str
    label: str
    breach: bool
    title: str
    building: str
    plain: Words | None
    expert: Words | None
    measured: str
    limit: str
    plan: PlanLink | None
    evidence: tuple[dict[str, Any], ...]

    @property
    def expert_only(self) -> tuple[str, ...]:
        """What the planner hears beyond the applicant's words."""
        if self.expert is None:
            return ()
        heard = {self.plain.verdict, *self.plain.details} if self.plain else set()
        return tuple(line for line in (self.expert.verdict, *self.expert.details) if line not in heard)


@dataclass(frozen=True)
class PlanLink:
    """A plan that applies on the site, and its PDF, which prevails over the fields."""

    key: int
    number: str
    title: str
    level: str
    proposal: bool
    document: str


@dataclass(frozen=True)
class Panel:
    """All that is shown of one application."""

    findings: tuple[Shown, ...]
    plans: tuple[PlanLink, ...]
    not_checked: tuple[str, ...]
    incomplete: bool  # some words could not be made
    world: World  # what the words were made from
    stored: tuple[Finding, ...] = ()  # the findings as they are kept, in the same order

    @property
    def passes(self) -> tuple[Shown, ...]:
        """Findings that the building complies with."""
        return tuple(f for f in self.findings if f.outcome == "pass")


def _web_address(text: str) -> str:
    """An address that may stand behind a link: http or https, else nothing."""
    try:
        return text if urlsplit(text).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _plans(world: World) -> tuple[PlanLink, ...]:
    """Plans of the site, those in force first; by columns, since pandas sorts a table longer than we read it."""
    names = ("proposal", "level", "number", "plan", "title", "document")
    rows = zip(*(world.column("areas", name).tolist() for name in names), strict=True)
    return tuple(
        PlanLink(int(plan), str(number), str(title), str(level), bool(proposal), _web_address(document))
        for proposal, level, number, plan, title, document in sorted(rows, key=lambda row: row[:3])
    )


def _row(finding: Finding, plan_areas: Mapping[int, int]) -> dict[str, Any]:
    """A stored finding in the shape that the engine made it in."""
    row: dict[str, Any] = {}
    for name, dtype in FINDING_COLUMNS.items():
        value = finding.application_id if name == "site" else getattr(finding, name)
        row[name] = math.nan if value is None and dtype == "float64" else value
    row["area"] = plan_areas.get(finding.area, -1)
    return row


def _said(value: float | None, unit: str) -> str:
    return "" if value is None or math.isnan(value) else number(value, unit)


def _proofs(prover: Prover | None, row: Mapping[str, Any]) -> tuple[Proof | None, Proof | None]:
    """What the applicant and the planner are told."""
    if prover is None:
        return None, None
    try:
        plain, expert = prover.prove(row, ("applicant", "planner"), language())
    except Exception:  # the registers may have moved on since the run; the finding still stands
        log.exception("no proof of %s for application %s", row["rule"], row["site"])
        return None, None
    return plain, expert


def _prover(world: World, application: int) -> Prover | None:
    try:
        return Prover(world, application)
    except Exception:  # the same
        log.exception("nothing of application %s can be proved", application)
        return None


def panel(application: Application) -> Panel:
    """The newest findings of an application, worst first, with words and evidence.

    The caller has opened the tenant. ``not_applicable`` is not shown: it says nothing about the building.
    """
    stored = [f for f in Finding.objects.newest_of(application.pk) if f.outcome != "not_applicable"]
    stored.sort(
        key=lambda f: (
            ANSWERS.index(answer_of(f.outcome, f.reason)),
            math.inf if f.margin is None else f.margin,
            f.rule,
            f.pk,
        )
    )
    world = prepare(world_of([application.pk]))
    plans = _plans(world)
    area_of = dict(
        zip(world.column("areas", "plan").tolist(), world.column("areas", "area").tolist(), strict=True)
    )
    by_key = {plan.key: plan for plan in plans}
    names = {building.pk: building.name for building in application.buildings.all()}
    prover = _prover(world, application.pk)
    shown = []
    for finding in stored:
        row = _row(finding, area_of)
        proof, expert = _proofs(prover, row)
        unit = unit_of(finding.rule)
        answer = answer_of(finding.outcome, finding.reason)
        shown.append(
            Shown(
                id=finding.pk,
                rule=finding.rule,
                outcome=answer,
                label=label(answer),
                breach=answer in BREACHES,
                title=title_of(finding.rule),
                building=names.get(finding.building, "") if len(names) > 1 else "",
                plain=proof.words if proof else None,
                expert=expert.words if expert else None,
                measured=_said(finding.measured, unit),
                limit=_said(finding.limit, unit),
                plan=by_key.get(finding.area),
                evidence=tuple(evidence_features(finding, proof)),
            )
        )
    return Panel(
        findings=tuple(shown),
        plans=plans,
        not_checked=not_checked(),
        incomplete=any(s.plain is None for s in shown),
        world=world,
        stored=tuple(stored),
    )


def feature(geometry: shapely.Geometry, **properties: Any) -> dict[str, Any]:
    """GeoJSON feature in degrees (RFC 7946) with its grid metres kept in the properties."""
    return features([geometry], [properties])[0]


def features(
    geometries: Sequence[shapely.Geometry], properties: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """:func:`feature` of some geometries, which are transformed together."""
    shapes = np.array([*geometries, None], dtype=object)[:-1]
    metres = shapely.set_precision(shapes, 0.001, mode="pointwise")
    return [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(there),
            "properties": {
                **said,
                "grid_crs": GRID,
                "grid_coordinates": shapely.geometry.mapping(here).get("coordinates"),
            },
        }
        for there, here, said in zip(to_degrees(shapes), metres, properties, strict=True)
    ]


def evidence_features(finding: Finding, proof: Proof | None) -> list[dict[str, Any]]:
    """Evidence of a finding as features; without a proof, the worst point that the finding itself has."""
    about = {
        "finding": finding.pk,
        "rule": finding.rule,
        "outcome": answer_of(finding.outcome, finding.reason),
    }
    if proof is None:
        if finding.x is None or finding.y is None:
            return []
        return [feature(shapely.Point(finding.x, finding.y), role="worst_point", label="", **about)]
    return features(
        [e.geometry for e in proof.evidence],
        [
            {
                "role": e.role,
                "label": number(e.geometry.length, "m") if e.role in _DIMENSIONED else "",
                "length_m": round(e.geometry.length, 6) if e.role in _DIMENSIONED else None,
                **about,
            }
            for e in proof.evidence
        ],
    )


def _of_proposed(world: World) -> npt.NDArray[np.bool_]:
    """Which facets are parts of what somebody wants to build."""
    proposed = world.column("buildings", "building")[world.column("buildings", "proposed")]
    return np.isin(world.column("facets", "building"), proposed)


def evidence(application: Application, shown: Panel) -> dict[str, Any]:
    """Everything to draw of an application: what it wants to build, then what the findings are about."""
    features = [
        feature(
            shapely.from_wkb(bytes(b.footprint.wkb)), role="proposed", finding=None, label=b.name, outcome=""
        )
        for b in sorted(application.buildings.all(), key=lambda b: b.pk)
        if b.footprint is not None
    ]
    features += [
        feature(part, role="roof", finding=None, label="", outcome="")
        for part in shown.world.facets.geometry[_of_proposed(shown.world)]
        if part is not None and not part.is_empty
    ]
    features += [f for finding in shown.findings for f in finding.evidence]
    if not features:
        plots = [g for g in shown.world.parcels.geometry if g is not None and not pd.isna(g)]
        features = [feature(g, role="plot", finding=None, label="", outcome="") for g in plots]
    return {"type": "FeatureCollection", "features": features}
