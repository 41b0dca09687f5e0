"""Proofs of the rules about registered features: every answer explains itself, in two voices and two languages."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from django.utils.translation import override

from permits.engine.prepare import prepare
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.examples import read, world_of
from permits.proofs.proof import explanations, prove
from permits.proofs.trace import start
from permits.proofs.words import said
from permits.rulebook import discover
from tests.permits.situations import box, house, law, situation

FAMILIES = ("nature.", "heritage.", "road.", "soil.", "water.", "consultation.", "planning_act.")
RULES = [rule for rule in discover() if rule.startswith(FAMILIES)]
CASES = [
    Path(__file__).parents[1] / "cases" / f"{name}.yaml"
    for name in ("nature", "heritage_road_soil_water", "planning_act")
]

Answers = tuple[World, pd.DataFrame, list[str]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    cases = read(CASES)
    ready = prepare(world_of(cases))
    return ready, run(ready, RULES), [case.name for case in cases]


def test_all_explain_themselves() -> None:
    assert set(RULES) <= set(explanations())
    assert len(RULES) == 20


def test_numbers_stand_in_the_trace_and_every_sentence_is_translated(answers: Answers) -> None:
    ready, table, _ = answers
    told = table.drop_duplicates(["rule", "outcome", "reason", "flags"])
    assert len(told) >= 60
    for _, row in told.iterrows():
        danish, english = (prove(ready, row, "planner", language) for language in ("da", "en"))
        for a, b in zip(danish.words.details, english.words.details, strict=True):
            assert a != b, a
        assert danish.words.verdict != english.words.verdict
        for proof, language in ((danish, "da"), (english, "en")):
            with override(language):
                known = " ".join(said(value) for value in proof.trace.values.values())
            for line in (proof.words.verdict, *proof.words.details):
                assert line
                assert "%(" not in line
                for number in re.findall(r"\d+(?:[.,]\d+)?", line):
                    assert number in known, (line, known)


def _text(answers: Answers, name: str, rule: str, language: str = "da") -> str:
    ready, table, names = answers
    row = table[(table["site"] == names.index(name)) & (table["rule"] == rule)].iloc[0]
    return prove(ready, row, "applicant", language).words.text()


def test_who_decides_and_by_what_paragraph(answers: Answers) -> None:
    text = _text(answers, "greenhouse at a summer house by the beach", "nature.beach_line")
    assert "Kystdirektoratet" in text
    assert "naturbeskyttelsesloven §§ 15 og 65 b" in text
    assert "10,0 m²" in text
    text = _text(answers, "tower by a church", "nature.church_line")
    assert "12,00 m" in text
    assert "8,50 m" in text
    assert "Kommunen" in text or "kommunen" in text


def test_what_is_missing_is_said(answers: Answers) -> None:
    name = "terrain work that nobody has drawn, and a conservation order"
    assert "Omridset" in _text(answers, name, "nature.conservation_order")
    name = "garage of 45 m2 at a house by the forest, zone not known"
    assert "zone" in _text(answers, name, "nature.forest_line", "en")


def test_what_of_a_framework_is_not_met(answers: Answers) -> None:
    text = _text(answers, "storeys beyond the framework", "planning_act.framework", "en")
    assert "The number of storeys is not met." in text
    assert "The height is not met." not in text


def test_what_a_framework_does_not_record_is_said_where_it_lets_pass(answers: Answers) -> None:
    text = _text(answers, "storeys and height of the framework met", "planning_act.framework", "en")
    assert "fits what is recorded of the framework" in text
    assert "The framework records no plot ratio" in text
    assert "no height" not in text
    assert "no use" not in text


@pytest.mark.parametrize(
    ("plan", "told"), [({}, True), ({"use": 11}, False), ({"specific_use": [1110]}, False)]
)
def test_a_framework_of_which_nothing_is_recorded_says_so(plan: dict[str, object], told: bool) -> None:
    drawn = situation(house(), plans=[{"kind": "ramme", "number": "R1", **plan}])
    world = prepare(build([drawn]))
    row = run(world, ["planning_act.framework"]).iloc[0]
    assert row["outcome"] == "pass"
    text = prove(world, row, "applicant", "en").words.text()
    assert ("Nothing of the framework is recorded" in text) is told
    assert ("no number of storeys" in text) is not told


def test_noise_is_no_distance() -> None:
    zone = {"kind": "stoejzone", "wkt": box(-50, -50, 90, 90), "attributes": {"lden": 55}}
    world = prepare(build([situation(house(), registers=[zone])]))
    row = run(world, ["consultation.zone"]).iloc[0]
    assert row["outcome"] == "pass"
    told = {language: prove(world, row, "applicant", language).words.verdict for language in ("da", "en")}
    assert told == {
        "da": "Bygningen ligger i en støjzone. Støjen er 55,0 dB; op til 58,0 dB lades passere.",
        "en": "The building lies in a noise zone. The noise is 55.0 dB; up to 58.0 dB is let pass.",
    }


@pytest.mark.parametrize(
    ("rule", "number", "told"),
    [
        ("nature.beach_line", "nature.garden.shed_m2", "shed"),
        ("nature.lake_stream_line", "nature.garden.dwelling_m", "reach"),
        ("road.building_line", "road.building_line.height_factor", "factor"),
        ("road.building_line", "road.building_line.passage_m", "passage"),
    ],
)
def test_what_the_law_allows_is_said_by_the_numbers_of_the_set(rule: str, number: str, told: str) -> None:
    world = prepare(build([situation(house())]))
    row = run(world, [rule]).iloc[0]
    trace = start(row, "")
    explanations()[rule].trace(trace, world, row, law({number: 7.25}))
    assert trace.number(told) == 7.25


def test_the_feature_is_shown(answers: Answers) -> None:
    ready, table, names = answers
    at = names.index("house exactly 25 m from a meadow")
    row = table[(table["site"] == at) & (table["rule"] == "nature.protected_type")].iloc[0]
    assert {"footprint", "feature"} <= {e.role for e in prove(ready, row).evidence}
