"""Proofs of plan.height and br18.plot_ratio: every outcome explains itself, in two voices and two languages."""

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
from tests.planning.plans import plan, world

RULES = ("plan.height", "br18.plot_ratio")
CASES = [Path(__file__).parents[1] / "cases" / f"{rule.replace('.', '_')}.yaml" for rule in RULES]


@pytest.fixture(scope="module")
def answers() -> tuple[World, pd.DataFrame, list[str]]:
    cases = read(CASES)
    ready = prepare(world_of(cases))
    return ready, worst(run(ready, RULES)), [case.name for case in cases]


def _proof(answers: tuple[World, pd.DataFrame, list[str]], name: str, rule: str, **how: str) -> Proof:
    ready, table, names = answers
    row = table[(table["site"] == names.index(name)) & (table["rule"] == rule)].iloc[0]
    return prove(ready, row, **how)


def test_both_rules_explain_themselves() -> None:
    assert set(RULES) <= set(explanations())


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_every_number_in_the_words_stands_in_the_trace(
    answers: tuple[World, pd.DataFrame, list[str]], voice: str, language: str
) -> None:
    ready, table, _ = answers
    assert len(set(zip(table["rule"], table["outcome"], table["reason"], strict=True))) >= 8
    for _, row in table.iterrows():
        proof = prove(ready, row, voice, language)
        with override(language):
            known = " ".join(said(value) for value in proof.trace.values.values())
        for line in (proof.words.verdict, *proof.words.details):
            assert line
            for number in re.findall(r"\d+(?:[.,]\d+)?", line):
                assert number in known, (line, known)


def test_languages_differ(answers: tuple[World, pd.DataFrame, list[str]]) -> None:
    ready, table, _ = answers
    for _, row in table.iterrows():
        danish, english = (prove(ready, row, "planner", language).words for language in ("da", "en"))
        assert danish.verdict != english.verdict
        assert len(danish.details) == len(english.details)
        assert all(a != b for a, b in zip(danish.details, english.details, strict=True) if ": " not in a)


def test_part_under_the_plan_is_shown(answers: tuple[World, pd.DataFrame, list[str]]) -> None:
    proof = _proof(answers, "same roof, the sub-area half a metre wider", "plan.height", voice="planner")
    shown = {e.role: e.geometry.area for e in proof.evidence}
    assert shown["part_inside"] == pytest.approx(45.0)
    assert shown["plan_area"] > shown["part_inside"]
    text = proof.words.text()
    assert "5,25 m" in text
    assert "0,25 m" in text
    assert "Delområde A" in text
    assert proof.trace.number("margin") == pytest.approx(-0.25)


def test_floor_area_statement_line_by_line(answers: tuple[World, pd.DataFrame, list[str]]) -> None:
    name = "garage alone, beside the house that stands"
    text = _proof(answers, name, "br18.plot_ratio", voice="applicant", language="en").words.details
    assert list(text[:3]) == [
        "e1: floor area 150.0 m²",
        "garage: floor area 54.0 m²",
        "Left out of garages, sheds and the like: 50.0 m² of 54.0 m²",
    ]
    formula = _proof(answers, name, "br18.plot_ratio", voice="planner", language="en").words.formula
    assert formula[0] == "counted floor area = 150.0 m² + 54.0 m² − 50.0 m² = 154.0 m²"


def test_planner_sees_every_plan_that_was_looked_at() -> None:
    ready = world(
        [
            plan(limits={"max_height": 8.5}, document="https://example.dk/1.pdf"),
            plan("I", level="sub_area", parent="1.23", limits={"max_height": 5.0}),
            plan("9", repealed="2001-01-01"),
        ]
    )
    row = worst(run(ready, ["plan.height"])).iloc[0]
    details = prove(ready, row, "planner", "en").words.details
    assert "Local plan 1.23 lies here, but a sub-area has a value of its own." in details
    assert "Sub-area I applies here. It says 5.00 m." in details
    assert "Local plan 9 is repealed." in details
    assert not any("repealed" in line for line in prove(ready, row, "applicant", "en").words.details)


def test_plan_that_has_to_be_read_is_linked() -> None:
    ready = world([plan(document="https://example.dk/lokalplan.pdf")])
    row = worst(run(ready, ["plan.height"])).iloc[0]
    assert "Planen: https://example.dk/lokalplan.pdf" in prove(ready, row).words.details
