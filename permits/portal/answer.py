"""What the rules say to a draft: findings in words, evidence, remedies, and what has changed since last time."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd
import shapely
from django.utils.translation import gettext as _

from permits.engine.from_drawing import Land, land_by_name, world_of_drawing
from permits.engine.prepare import prepare
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.version import ENGINE_VERSION
from permits.engine.world import World
from permits.models.drafts import Draft
from permits.outcomes import ANSWERS, BREACHES, answer_of
from permits.portal.contents import drawing_of
from permits.proofs.proof import prove
from permits.proofs.remedies.compare import Key, boxed, summed
from permits.proofs.remedies.remedy import Remedy, remedies
from permits.proofs.remedies.words import words as remedy_words
from permits.proofs.words import Words, not_checked, number
from permits.review.labels import label, language, name_of
from permits.review.proofs import feature
from permits.rulebook import discover, unanswered

#: Answers for which somebody or something else is needed, worst first.
ASKS: Final = ("needs_other_consent", "needs_manual")


@dataclass(frozen=True)
class Offered:
    """A remedy as the page shows it; ``token`` names it in the form that uses it."""

    token: str
    number: int
    kind: str
    words: Words
    remedy: Remedy


@dataclass(frozen=True)
class Found:
    """A finding as the page shows it.

    ``boxed``: it is about a box, since no roof is drawn, and so breaks nothing; ``waits``: all that it says is that a
    register has not answered.
    """

    id: int
    rule: str
    outcome: str
    label: str
    title: str
    building: str
    words: Words
    remedies: tuple[Offered, ...]
    boxed: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Change:
    """An answer that is another than last time, though the drawing is the same."""

    title: str
    before: str
    now: str


@dataclass(frozen=True)
class Answer:
    """All that is said to a draft.

    Attributes
    ----------
    breaches, asks, waits, passes : findings that stand against the drawing, that need somebody, that only wait for a
        register, and that comply.
    changes : what is answered otherwise than last time for the same drawing; ``ground`` says what changed below it.
    evidence : what to draw, GeoJSON in degrees.
    stamp : what the answer hangs on, to be kept for next time.
    """

    world: World
    land: Land
    breaches: tuple[Found, ...]
    asks: tuple[Found, ...]
    waits: tuple[Found, ...]
    passes: tuple[Found, ...]
    offered: tuple[Offered, ...]
    not_checked: tuple[str, ...]
    changes: tuple[Change, ...]
    ground: tuple[str, ...]
    evidence: dict[str, Any]
    stamp: dict[str, Any]


def land_of(draft: Draft) -> Land:
    """The property that a draft is about, as the registers have it now.

    Raises
    ------
    permits.engine.from_drawing.NoSuchLand : the parcel is not known any more; it may have been merged or divided.
    """
    where = draft.answers["where"]
    return land_by_name(f"{where['district']} {where['number']}")


def world_of(draft: Draft, land: Land, day: date) -> World:
    """The World of a draft's drawing on its property, as of a day."""
    work = str(draft.answers["what"]["work"])
    return prepare(world_of_drawing(drawing_of(draft), land, work=work, applied_on=day, as_of=day))


def answer(draft: Draft, *, day: date, told: Mapping[str, Any] | None = None) -> Answer:
    """Hold the drawing of a draft against plans and rules.

    Danish: svar på tegningen. Nothing is stored.

    Parameters
    ----------
    day : plans and registers are read, and the rule set chosen, as of this day.
    told : the stamp of the last answer.

    Raises
    ------
    permits.engine.from_drawing.NoSuchLand : the parcel is not known any more.
    """
    land = land_of(draft)
    world = world_of(draft, land, day)
    findings = run(world)
    table = summed(findings)
    offered = tuple(_offered(world, number, each) for number, each in enumerate(remedies(world, table), 1))
    drawn: list[dict[str, Any]] = [feature(land.outline, role="plot", finding=None, label="", outcome="")]
    shown = findings_of(world, table, offered, drawn)
    new = world.buildings[world.buildings["proposed"]]
    for name, shape in zip(new["name"], new["geometry"], strict=True):
        if shape is not None:
            drawn.append(feature(shape, role="proposed", finding=None, label=name, outcome=""))
    drawn += [each for one in offered for each in _remedy_features(one)]
    stamp = _stamp(draft, world, table)
    changes, ground = _since(stamp, told)
    return Answer(
        world=world,
        land=land,
        breaches=tuple(f for f in shown if _stands_against(f)),
        asks=tuple(f for f in shown if f.outcome in ASKS and not _stands_against(f) and not f.waits),
        waits=tuple(f for f in shown if f.waits and not _stands_against(f)),
        passes=tuple(f for f in shown if f.outcome == "pass"),
        offered=offered,
        not_checked=not_checked(),
        changes=changes,
        ground=ground,
        evidence={"type": "FeatureCollection", "features": drawn},
        stamp=stamp,
    )


def _stands_against(found: Found) -> bool:
    return found.outcome in BREACHES or bool(found.remedies and not found.boxed)


def findings_of(
    world: World,
    table: pd.DataFrame,
    offered: tuple[Offered, ...] = (),
    drawn: list[dict[str, Any]] | None = None,
) -> list[Found]:
    """Findings in words for the applicant, in the active language, worst first.

    Parameters
    ----------
    table : the worst finding of each rule and building.
    offered : remedies, told with the findings that they settle.
    drawn : what can be shown of the evidence is added here.
    """
    names = dict(zip(world.buildings["building"], world.buildings["name"], strict=True))
    several = int(world.buildings["proposed"].sum()) > 1
    rows = [
        {str(name): value for name, value in row.items()}
        for row in table.assign(boxed=boxed(table)).to_dict("records")
        if row["outcome"] != "not_applicable"
    ]
    rows.sort(key=lambda r: (_rank(r), r["margin"] if math.isfinite(r["margin"]) else math.inf, r["rule"]))
    known = discover()
    shown: list[Found] = []
    features = [] if drawn is None else drawn
    for number_, row in enumerate(rows, 1):
        proof = prove(world, {str(name): value for name, value in row.items()}, "applicant", language())
        outcome = answer_of(row["outcome"], row["reason"])
        about = {"finding": number_, "rule": row["rule"], "outcome": outcome}
        for piece in proof.evidence:
            measured = piece.role == "shortest_line"
            text = number(piece.geometry.length, "m") if measured else ""
            features.append(feature(piece.geometry, role=piece.role, label=text, **about))
        key = Key(str(row["rule"]), int(row["building"]))
        shown.append(
            Found(
                id=number_,
                rule=key.rule,
                outcome=outcome,
                label=label(outcome),
                title=proof.words.title,
                building=str(names.get(key.building, "")) if several else "",
                words=proof.words,
                remedies=tuple(each for each in offered if key in each.remedy.settles),
                boxed=bool(row["boxed"]),
                waits=row["reason"] == "missing_data" and bool(len(unanswered(known[key.rule], world))),
            )
        )
    return shown


def _rank(row: Mapping[Any, Any]) -> int:
    return ANSWERS.index(answer_of(row["outcome"], row["reason"]))


def _offered(world: World, place: int, remedy: Remedy) -> Offered:
    return Offered(token_of(remedy), place, remedy.kind, remedy_words(remedy, world), remedy)


def token_of(remedy: Remedy) -> str:
    """A name that a remedy keeps as long as it is the same, however often it is worked out."""
    change = remedy.change
    told = [
        remedy.kind,
        remedy.key,
        change.buildings,
        round(change.dx, 3),
        round(change.dy, 3),
        round(change.lower_m, 3),
        round(change.floor_m2, 2),
        change.storeys,
        None if remedy.piece is None else round(remedy.piece.area, 2),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _remedy_features(offered: Offered) -> list[dict[str, Any]]:
    remedy = offered.remedy
    shapes = {"remedy_outline": remedy.outline, "remedy_arrow": remedy.arrow, "remedy_piece": remedy.piece}
    return [
        feature(
            shape,
            role=role,
            finding=None,
            label=number(remedy.amount, remedy.unit) if role == "remedy_arrow" else "",
            outcome="",
            remedy=offered.number,
        )
        for role, shape in shapes.items()
        if shape is not None and not shapely.is_empty(shape)
    ]


def _stamp(draft: Draft, world: World, table: pd.DataFrame) -> dict[str, Any]:
    """What an answer hangs on: the drawing, the rules, the plans; and what was answered."""
    plans = sorted(
        [str(number), str(title), str(today)]
        for number, title, today, level in zip(
            *(world.column("areas", name) for name in ("number", "title", "today", "level")), strict=True
        )
        if level != "framework"
    )
    limits = sorted(
        f"{matter} {state} {value}"
        for matter, state, value in zip(
            *(world.column("limits", name) for name in ("matter", "state", "value")), strict=True
        )
    )
    drawing = json.dumps(
        [draft.buildings, draft.facets, draft.answers.get("what"), draft.answers.get("where")]
    )
    return {
        "drawing": hashlib.sha256(drawing.encode()).hexdigest()[:16],
        "rules": f"{choose(world)[0]} {ENGINE_VERSION}",
        "plans": plans,
        "limits": hashlib.sha256("\n".join(limits).encode()).hexdigest()[:16],
        "answers": {
            f"{row['rule']} {row['building']}": answer_of(row["outcome"], row["reason"])
            for row in table.to_dict("records")
        },
    }


def _since(
    stamp: Mapping[str, Any], told: Mapping[str, Any] | None
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """What is answered otherwise than last time for the same drawing, and what changed below it."""
    if not told or told.get("drawing") != stamp["drawing"]:
        return (), ()
    ground = []
    if told["rules"] != stamp["rules"]:
        ground.append(_("The rules are others than last time: %(now)s.") % {"now": stamp["rules"]})
    if told["plans"] != stamp["plans"] or told["limits"] != stamp["limits"]:
        names = "; ".join(f"{number} {title}".strip() for number, title, _today in stamp["plans"])
        ground.append(_("The plans for the property have changed. Now: %(plans)s.") % {"plans": names or "–"})
    before, now = told["answers"], stamp["answers"]
    known = discover()
    changes = []
    for key in sorted({*before, *now}):
        old, new = before.get(key, "not_applicable"), now.get(key, "not_applicable")
        rule = known.get(key.split()[0])
        if old != new and rule is not None:
            changes.append(Change(name_of(rule), label(old), label(new)))
    if changes and not ground:
        ground.append(_("Registers of the property have changed."))
    return tuple(changes), tuple(ground)
