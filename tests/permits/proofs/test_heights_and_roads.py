"""Explanations of storeys, heights, summer houses and the road side, over their own situations."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from django.utils.translation import override

from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.examples import read
from permits.proofs.proof import explanations, prove
from permits.proofs.words import said
from tests.permits.situations import box, flat, house, situation, without

RULES = (
    "br18.storeys",
    "br18.height",
    "br18.road_side",
    "br18.summer_house_height",
    "br18.summer_house_wall",
    "br18.summer_house_distance",
)
FILES = ("br18_height_and_storeys", "br18_summer_house", "br18_road_side")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
# A paragraph in a sentence is a word of the law and not a number that was measured.
_CLAUSE = re.compile(r"§+ [\d\-, a-z]+|BR18|stk\. \d+|nr\. \d+")
ROAD = {"kind": "road", "wkt": box(-60, -10, 100, 0)}


def _rows(world: World) -> list[tuple[World, pd.Series]]:
    return [(world, row) for _, row in run(world, rules=RULES).iterrows()]


def _all() -> list[tuple[World, pd.Series]]:
    folder = Path(__file__).parents[1] / "cases"
    rows = _rows(build([case.data for name in FILES for case in read([folder / f"{name}.yaml"])]))
    odd = build(
        [
            situation(house(roof=[flat(5, 8, 15, 18, 7.0)]), date="2022-03-03", surroundings=[ROAD]),
            situation(house(box(5, 2, 15, 18), height=9.0), date="2022-03-03", surroundings=[ROAD]),
            situation(
                house(box(5, 2, 15, 18), storeys=2, basement={"area": 9.0, "ceiling_above_terrain": 2})
            ),
            situation(house(storeys=1), missing_layers=["surroundings"]),
            situation(house(box(5, 2, 15, 18), eaves_overhang=0.8), surroundings=[ROAD]),
        ]
    )
    rows += _rows(without(odd, "edges", sigma_m=9.0))
    rows += _rows(without(odd, "edges", width_across_m=float("nan")))
    rows += _rows(without(odd, "edges", ambiguous=True))
    rows += _rows(without(odd, "buildings", basement_m2=9.0, basement_ceiling_m=float("nan"), storeys=2.0))
    rows += _rows(without(odd, "buildings", zone=""))
    rows += _rows(without(odd, "facets", a=float("nan")))
    # Two of each answer are enough, and keep the test quick.
    seen: dict[tuple[object, ...], int] = {}
    kept = []
    for world, row in rows:
        key = (row["rule"], row["outcome"], row["reason"], row["flags"], pd.isna(row["measured"]))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= 2:
            kept.append((world, row))
    return kept


ROWS = _all()


def test_every_rule_explains_itself_in_every_outcome() -> None:
    assert set(RULES) <= set(explanations())
    told = {(row["rule"], row["outcome"], row["reason"]) for _, row in ROWS}
    for rule in RULES:
        for answer in (
            ("pass", ""),
            ("needs_manual", "overall_assessment"),
            ("needs_manual", "missing_data"),
        ):
            assert (rule, *answer) in told
        assert (rule, "not_applicable", "") in told
    assert ("br18.road_side", "needs_manual", "legal_text") in told
    assert ("br18.road_side", "needs_manual", "ambiguous_boundary") in told


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_every_number_in_the_words_stands_in_the_trace(voice: str, language: str) -> None:
    for world, row in ROWS:
        proof = prove(world, row, voice, language)  # type: ignore[arg-type]
        with override(language):
            known = {n for v in proof.trace.values.values() for n in _NUMBER.findall(said(v))}
        text = "\n".join((proof.words.verdict, *proof.words.details, *proof.words.formula))
        assert set(_NUMBER.findall(_CLAUSE.sub("", text))) <= known, text
        assert "%(" not in text
        assert proof.words.verdict


def test_what_is_missing_is_named() -> None:
    """An answer of missing data says which datum, so that somebody can bring it."""
    for world, row in ROWS:
        if row["reason"] == "missing_data":
            proof = prove(world, row, "applicant", "en")
            assert len(proof.words.details) >= 2, (row["rule"], proof.words.text())


def test_breaches_show_where_and_by_how_much() -> None:
    for world, row in ROWS:
        if row["reason"] == "overall_assessment":
            proof = prove(world, row, "planner", "en")
            assert proof.trace.number("lacking") == pytest.approx(-row["margin"])
            assert proof.words.formula
            assert "BR18 §" in proof.words.law
            assert any(e.role == "footprint" for e in proof.evidence)


def test_part_of_a_roof_too_high_toward_the_road_is_drawn() -> None:
    world, row = next(
        (w, r)
        for w, r in ROWS
        if r["rule"] == "br18.road_side"
        and r["reason"] == "overall_assessment"
        and "opposite" in prove(w, r).trace.values
    )
    trace = prove(world, row).trace
    assert trace.number("opposite") == pytest.approx(trace.number("distance") + trace.number("width"))
    assert trace.number("limit") == pytest.approx(trace.number("factor") * trace.number("opposite"))
    assert {"part_above_plane", "edge", "shortest_line"} <= {e.role for e in trace.evidence}
