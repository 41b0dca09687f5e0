"""Proofs of the site rule and the plan rules: every outcome explains itself, in two voices and two languages."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from django.utils.translation import override

from permits.engine.prepare import prepare
from permits.engine.run import run
from permits.engine.world import World
from permits.examples import read, world_of
from permits.proofs.proof import Proof, explanations, prove
from permits.proofs.words import said
from permits.rulebook import worst

RULES = (
    "plan.building_field",
    "plan.plot_ratio",
    "plan.standstill",
    "plan.storeys",
    "plan.use",
    "site.inside_parcel",
)
CASES = [Path(__file__).parents[1] / "cases" / f"{rule.replace('.', '_')}.yaml" for rule in RULES]

Answers = tuple[World, pd.DataFrame, pd.DataFrame, list[str]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    cases = read(CASES)
    ready = prepare(world_of(cases))
    table = run(ready, RULES)
    return ready, table, worst(table), [case.name for case in cases]


def _proof(answers: Answers, name: str, rule: str, **how: str) -> Proof:
    ready, _, table, names = answers
    row = table[(table["site"] == names.index(name)) & (table["rule"] == rule)].iloc[0]
    return prove(ready, row, **how)


def test_all_explain_themselves() -> None:
    assert set(RULES) <= set(explanations())


@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_every_number_in_the_words_stands_in_the_trace(answers: Answers, voice: str) -> None:
    ready, table, _, _ = answers
    told = table.drop_duplicates(["rule", "outcome", "reason", "flags"])
    assert len(told) >= 24
    for _, row in told.iterrows():
        danish, english = (prove(ready, row, voice, language) for language in ("da", "en"))
        assert danish.words.verdict != english.words.verdict
        assert len(danish.words.details) == len(english.words.details)
        for proof, language in ((danish, "da"), (english, "en")):
            with override(language):
                known = " ".join(said(value) for value in proof.trace.values.values())
            for line in (proof.words.verdict, *proof.words.details):
                assert line
                assert "%(" not in line
                for number in re.findall(r"\d+(?:[.,]\d+)?", line):
                    assert number in known, (line, known)


def test_every_sentence_is_translated(answers: Answers) -> None:
    ready, table, _, _ = answers
    told = table.drop_duplicates(["rule", "outcome", "reason", "flags"])
    for _, row in told.iterrows():
        danish, english = (prove(ready, row, "planner", language).words for language in ("da", "en"))
        for a, b in zip(danish.details, english.details, strict=True):
            # Lines of a statement may be a name and a number, the same in both.
            assert a != b or ": " in a, a


def test_part_outside_the_property_is_shown(answers: Answers) -> None:
    proof = _proof(
        answers, "carport drawn by its roof alone, a corner over the boundary", "site.inside_parcel"
    )
    shown = {e.role: e.geometry.area for e in proof.evidence}
    assert shown["part_outside"] == pytest.approx(6.0)
    assert shown["plot"] == pytest.approx(900.0)
    assert "6,0 m² af bygningens 30,0 m²" in proof.words.verdict


def test_part_outside_the_fields_is_shown(answers: Answers) -> None:
    name = "house half in the plan, the field a metre short of it"
    proof = _proof(answers, name, "plan.building_field", voice="planner", language="en")
    shown = {e.role: e.geometry.area for e in proof.evidence if e.role != "plan_area"}
    assert shown["part_outside"] == pytest.approx(10.0)
    assert proof.words.formula[0].endswith("= 50.0 m² − 40.0 m² = 10.0 m²")
    assert "The plan has a field that binds." in proof.words.details


def test_strip_is_shown(answers: Answers) -> None:
    proof = _proof(
        answers, "in the field and half a metre over the line", "plan.building_field", language="en"
    )
    shown = {e.role: e.geometry.area for e in proof.evidence if e.role != "plan_area"}
    assert shown["part_inside"] == pytest.approx(5.0)
    assert "keeps free" in proof.words.verdict


def test_floor_of_the_area_as_a_whole(answers: Answers) -> None:
    name = "house pulled down and a larger one built, of the area as a whole"
    formula = _proof(answers, name, "plan.plot_ratio", voice="planner", language="en").words.formula
    assert "floor that counts = 2930.0 m² + 180.0 m² − 110.0 m² = 3000.0 m²" in formula
    assert "measured = 100 × 3000.0 m² / 10000.0 m² = 30.0 %" in formula


def test_codes_of_use_are_named(answers: Answers) -> None:
    name = "house turned into flats where only houses may be"
    told = _proof(answers, name, "plan.use").words
    assert "Generel anvendelse: 11 Boligområde" in told.details
    assert "Specifik anvendelse: 1110 åben-lav boligbebyggelse" in told.details


def test_proposal_and_its_day(answers: Answers) -> None:
    told = _proof(answers, "earth moved where a proposal is out", "plan.standstill")
    assert "lokalplan 9.14" in told.words.verdict
    assert "01.02.2026" in " ".join(told.words.details)
    assert {e.role: e.geometry.area for e in told.evidence}["part_inside"] == pytest.approx(60.0)
    far = _proof(answers, "proposal for the next quarter", "plan.standstill", voice="planner")
    assert "9.14" in far.words.text()
