from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from django.utils.translation import override

from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.proofs.proof import explanations, prove
from permits.proofs.trace import start
from permits.proofs.words import not_checked, number, said, say
from tests.permits.situations import BOTH, DISTANCE, box, flat, house, situation, without

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def _worlds() -> Iterator[World]:
    shed = {"id": "s", "role": "secondary", "kind": "shed", "footprint": box(0, 8, 4, 12), "height": 2.4}
    unknown = {"missing_layers": ["surroundings"]}
    cases = [
        situation(house(box(4, 8, 14, 18))),
        situation(house(box(2.2, 8, 14, 18), eaves_overhang=0.73, roof=[flat(1.5, 8, 14, 18, 7.1)])),
        situation(house(box(2.2, 8, 14, 18), height=6.4), **unknown),
        situation(house(box(1.2, 8, 14, 18), roof=[flat(1.2, 8, 14, 18, 4.0)]), **unknown),
        situation(house(None)),
        situation(house(box(4, 8, 14, 18), height=None)),
        situation(house(box(4, 8, 14, 18), kind="row_house")),
        situation(house(box(4, 8, 14, 18), levels="kote", height=30.0)),
        situation(shed),
    ]
    for case in cases:
        for building in case["application"]["buildings"]:
            if building.get("height", 0) is None:
                del building["height"]
    world = build(cases)
    yield world
    yield without(without(world, "buildings", sigma_m=0.4), "edges", sigma_m=1.9)


WORLDS = list(_worlds())
ROWS = [(world, row) for world in WORLDS for _, row in run(world, rules=BOTH).iterrows()]


def test_situations_cover_every_outcome() -> None:
    told = {(row["rule"], row["outcome"], row["reason"]) for _, row in ROWS}
    for rule in BOTH:
        assert {(o, r) for name, o, r in told if name == rule} >= {
            ("pass", ""),
            ("needs_manual", "overall_assessment"),
            ("needs_manual", "ambiguous_boundary"),
            ("needs_manual", "missing_data"),
            ("not_applicable", ""),
        }
    assert any(row["flags"] for _, row in ROWS)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_every_number_in_the_words_stands_in_the_trace(voice: str, language: str) -> None:
    for world, row in ROWS:
        proof = prove(world, row, voice, language)  # type: ignore[arg-type]
        with override(language):
            known = {n for v in proof.trace.values.values() for n in _NUMBER.findall(said(v))}
        text = "\n".join((proof.words.verdict, *proof.words.details, *proof.words.formula, proof.words.law))
        assert set(_NUMBER.findall(text)) <= known
        assert "%(" not in text
        assert proof.words.verdict


def test_languages_and_voices_differ() -> None:
    world, row = ROWS[2]
    danish, english = prove(world, row, "applicant", "da"), prove(world, row, "applicant", "en")
    assert danish.words.title != english.words.title
    planner = prove(world, row, "planner", "da")
    assert planner.words.formula
    assert not danish.words.formula
    assert "BR18 §" in planner.words.law


def test_evidence_shows_where() -> None:
    world, row = next(
        (w, r)
        for w, r in ROWS
        if r["rule"] == DISTANCE and r["reason"] == "overall_assessment" and r["edge"] >= 0
    )
    proof = prove(world, row)
    roles = {e.role for e in proof.evidence}
    assert {"shortest_line", "edge", "strip", "worst_point", "footprint"} <= roles
    line = next(e.geometry for e in proof.evidence if e.role == "shortest_line")
    assert line.length == pytest.approx(proof.trace.number("distance"))
    assert proof.trace.as_dict()["evidence"][0]["geometry"]["type"] in {"Point", "Polygon"}


def test_part_above_the_plane_is_shown() -> None:
    world, row = next(
        (w, r) for w, r in ROWS if r["rule"] != DISTANCE and r["reason"] == "overall_assessment"
    )
    assert "part_above_plane" in {e.role for e in prove(world, row).evidence}


def test_numbers_are_written_as_people_read_them() -> None:
    assert number(2.5, "m", "da") == "2,50 m"
    assert number(2.499, "m", "da") == "2,499 m"
    assert number(2.499, "m", "en") == "2.499 m"
    assert number(1.4, "", "da") == "1,4"
    assert number(-0.0001, "m", "da") == "0,00 m"


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    with override("da"):
        assert [number(n, "storeys") for n in (1.0, 1.5, 2.0)] == ["1 etage", "1,5 etager", "2 etager"]
        assert [number(n, "weeks") for n in (1.0, 4.0)] == ["1 uge", "4 uger"]
        assert number(0.8, "percentage_points") == "0,8 procentpoint"
    with override("en"):
        assert [number(n, "storeys") for n in (1.0, 2.0)] == ["1 storey", "2 storeys"]


def test_a_sentence_cannot_say_what_was_not_measured() -> None:
    trace = start(ROWS[0][1], "BR18-2025")
    with pytest.raises(KeyError):
        say(trace, "It is %(width)s wide.")


def test_not_checked_is_said_in_both_languages() -> None:
    with override("da"):
        danish = not_checked()
    with override("en"):
        english = not_checked()
    assert len(danish) == len(english) >= 6
    assert any("servitut" in line.lower() for line in danish)


def test_own_rules_explain_themselves() -> None:
    assert set(BOTH) <= set(explanations())


def test_a_site_that_is_not_there_is_an_error() -> None:
    world, row = ROWS[0]
    with pytest.raises(KeyError):
        prove(world, pd.Series({**row, "site": 999}))


def test_danish_is_complete() -> None:
    """Every sentence of the two rules has a translation."""
    text = (
        Path(__file__)
        .parents[3]
        .joinpath("permits/locale/da/LC_MESSAGES/django.po")
        .read_text(encoding="utf-8")
    )
    empty = re.findall(r'msgstr ""\n(?!")', text)
    assert not empty
