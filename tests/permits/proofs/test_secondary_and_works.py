"""Proofs of the rules for secondary buildings, raised areas, new plots, walls and works without a permit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils.translation import override

from permits.engine.run import run
from permits.example_world import build
from permits.proofs.proof import prove
from permits.proofs.words import said
from tests.permits.rules.secondary import (
    FAMILY,
    FREE,
    HEIGHT,
    LENGTH,
    OPENINGS,
    RAISED,
    SIZE,
    STRIP,
    WALL,
    nowhere,
    road,
    shed,
    summer,
)
from tests.permits.situations import box, flat, house, situation, without

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
HOME = house(box(20, 10, 30, 18), height=5, floor_area=80, storeys=1)


def _deck(x: float, **more: Any) -> dict[str, Any]:
    return {
        "id": "t",
        "role": "raised_area",
        "kind": "terrace",
        "height": 0.6,
        "footprint": box(x, 8, 6, 12),
    } | more


def _wall(**more: Any) -> dict[str, Any]:
    return {"id": "w", "role": "wall", "kind": "other", "footprint": box(0, 2, 0.2, 22)} | more


def _divided(*plots: dict[str, Any]) -> dict[str, Any]:
    return situation(application={"work": "subdivision", "plots": list(plots)})


UNKNOWN = {"missing_layers": ["surroundings"]}
STEEP = "POLYGON Z ((0.6 8 2.54, 5 8 1.88, 5 12 1.88, 0.6 12 2.54, 0.6 8 2.54))"
CASES = [
    situation(shed()),
    situation(shed(height=2.73, openings_toward_boundary=True)),
    situation(shed(box(0, 5, 3, 18), height=2.73, openings_toward_boundary=True), **UNKNOWN),
    situation(shed(box(0, 5, 3, 18))),
    situation(shed(None)),
    situation(shed(height=None, openings_toward_boundary=None)),
    situation(shed(box(9, 8, 12, 12))),
    situation(shed(box(1, 8, 5, 12), roof=[STEEP])),
    situation(shed(), existing=[shed(None, "lost")]),
    situation(shed(box(10, 1, 14, 5)), surroundings=road(-20, -9, 60, 0)),
    situation(shed(box(2.7, 8, 6, 12), eaves_overhang=0.9)),
    nowhere(shed(box(3.5, 8, 6, 12))),
    summer(shed(box(2.6, 8, 6, 12))),
    summer(shed(box(1.2, 8, 6, 12), eaves_overhang=0.7)),
    summer(shed(box(1.2, 8, 6, 12)), **UNKNOWN),
    situation(_deck(2.6), existing=[HOME]),
    situation(_deck(1.3), existing=[HOME]),
    situation(_deck(1.3), existing=[HOME], **UNKNOWN),
    situation(_deck(1.3), existing=[HOME | {"kind": "business"}]),
    situation(_deck(1.3, height=0.22), existing=[HOME]),
    situation({k: v for k, v in _deck(1.3).items() if k != "height"}, existing=[HOME]),
    _divided({"registered_area": 812, "road_area": 33}, {"registered_area": 745}),
    _divided({"registered_area": 712, "road_area": 33}),
    _divided({"registered_area": 712, "kind": "row_house"}),
    _divided({"road_area": 5}),
    situation(_wall(height=1.62)),
    situation(_wall(height=1.93)),
    situation(_wall()),
    situation(_wall(height=1.62), HOME),
    situation(HOME),
    situation(
        shed(box(10, 8, 15, 13), floor_area=31), existing=[shed(box(10, 20, 15, 24), "old", floor_area=33)]
    ),
    situation(existing=[HOME], application={"work": "conversion", "buildings": [HOME]}),
    situation(existing=[HOME], application={"work": "conversion", "buildings": [HOME | {"floor_area": 95}]}),
    situation(
        existing=[HOME], application={"work": "conversion", "buildings": [HOME | {"kind": "business"}]}
    ),
    situation(shed(box(10, 8, 15, 13)), _wall(height=2.4)),
    situation(shed(box(10, 8, 15, 13), floor_area=None)),
    situation(shed(box(10, 8, 15, 13)), HOME),
]


def _rows() -> list[tuple[Any, Any]]:
    """A few rows of every answer: proofs are made one site at a time, and that takes its time."""
    world = build(CASES)
    loose = without(without(world, "buildings", sigma_m=0.4), "edges", sigma_m=1.9)
    kept = []
    for one in (world, loose):
        table = run(one, rules=FAMILY)
        told = table.groupby(["rule", "outcome", "reason", "flags"]).head(2)
        kept += [(one, row) for _, row in told.iterrows() if one is world or row["flags"]]
    return kept


ROWS = _rows()


def test_situations_cover_the_outcomes_of_every_rule() -> None:
    told = {(row["rule"], row["outcome"], row["reason"]) for _, row in ROWS}
    assert {rule for rule, _, _ in told} == set(FAMILY)
    needed = {
        HEIGHT: ("", "overall_assessment", "ambiguous_boundary", "missing_data", "legal_text"),
        LENGTH: ("", "overall_assessment", "ambiguous_boundary", "missing_data"),
        OPENINGS: ("", "overall_assessment", "ambiguous_boundary", "missing_data"),
        STRIP: ("", "overall_assessment", "ambiguous_boundary", "missing_data"),
        RAISED: ("", "overall_assessment", "ambiguous_boundary", "missing_data"),
        SIZE: ("", "overall_assessment", "missing_data"),
        WALL: ("", "missing_data"),
        FREE: ("", "missing_data"),
    }
    for rule, reasons in needed.items():
        assert (rule, "not_applicable", "") in told
        for reason in reasons:
            assert (rule, "needs_manual" if reason else "pass", reason) in told
    assert any(row["flags"] for _, row in ROWS)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_every_number_in_the_words_stands_in_the_trace(voice: str, language: str) -> None:
    for world, row in ROWS:
        proof = prove(world, row, voice, language)  # type: ignore[arg-type]
        with override(language):
            known = {n for v in proof.trace.values.values() for n in _NUMBER.findall(said(v))}
        known |= set(_NUMBER.findall(proof.words.law)) if voice == "planner" else set()
        text = "\n".join((proof.words.verdict, *proof.words.details, *proof.words.formula))
        assert set(_NUMBER.findall(text)) <= known, text
        assert "%(" not in text
        assert proof.words.verdict


def test_every_sentence_has_a_danish_translation() -> None:
    for world, row in ROWS:
        danish, english = (
            prove(world, row, "applicant", "da").words,
            prove(world, row, "applicant", "en").words,
        )
        assert danish.verdict != english.verdict
        assert danish.title != english.title


def test_sides_strip_and_part_inside_are_shown() -> None:
    world, row = next((w, r) for w, r in ROWS if r["rule"] == LENGTH and r["reason"] == "overall_assessment")
    proof = prove(world, row, "planner", "en")
    roles = {e.role for e in proof.evidence}
    assert {"footprint", "edge", "strip", "shortest_line", "part_inside"} <= roles
    assert any(e.geometry.length == pytest.approx(13.0) for e in proof.evidence if e.role == "shortest_line")
    assert "13.00 m" in proof.words.text()


def test_a_permit_names_the_rules_that_stand_against_it() -> None:
    world, row = next((w, r) for w, r in ROWS if r["rule"] == FREE and r["site"] == 1)
    text = prove(world, row, "applicant", "en").words.text()
    assert "Rules that are not met:" in text
    assert "Height of garages, sheds and the like near the boundary" in text
    assert "Højde af garager" in prove(world, row, "applicant", "da").words.text()


def test_roofs_of_flat_carports_explain_themselves() -> None:
    port = shed(box(1, 9, 4, 13), kind="carport", roof=[flat(0.6, 8.5, 4.4, 13.5, 2.31)])
    world = build([situation(port)])
    for _, row in run(world, rules=[HEIGHT]).iterrows():
        assert "2.31 m" in prove(world, row, "applicant", "en").words.verdict
