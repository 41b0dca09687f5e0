"""The planted situations run through ``rulecases``: the files say what the database says."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.demo.cases import as_yaml
from permits.demo.demo import DemoTown, generate
from permits.demo.designs import DISTANCE, HEIGHT, RATIO, designs
from permits.examples import check, read


def disagreements(demo: DemoTown, folder: Path) -> list[str]:
    file = folder / "demo.yaml"
    file.write_text(as_yaml(demo), encoding="utf-8")
    results = check(read([file]))
    assert len(results) == len(demo.applications)
    return [result.line() for result in results if result.disagreements]


def test_engine_and_plan_agree_as_rule_cases(demo: DemoTown, tmp_path: Path) -> None:
    assert not disagreements(demo, tmp_path)


@pytest.mark.slow
def test_twenty_on_a_limit_and_twenty_within_the_accuracy(tmp_path: Path) -> None:
    demo = generate(2_500)
    assert {a.design for a in demo.applications} == set(designs(2_500))
    assert not disagreements(demo, tmp_path)
    exact, near = set(), set()
    for application in demo.applications:
        for rule in (DISTANCE, RATIO, HEIGHT):
            want = application.expected[rule]
            if want.measured is None or want.limit is None or want.outcome == "not_applicable":
                continue
            off = abs(want.measured - want.limit)
            if off <= 0.0005:
                exact.add(application.number)
            elif rule == DISTANCE and off <= 0.02:
                near.add(application.number)
    assert len(exact) >= 20
    assert len(near) >= 20
