"""The rule cases of the project as tests of their rules, one for each rule; run with the mutants only."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.examples import check, read
from permits.rulebook import discover

CASES = read([Path(__file__).parents[1] / "permits" / "cases"])


@pytest.mark.parametrize("rule", discover())
def test_own_cases(rule: str) -> None:
    asked = [case for case in CASES if rule in case.data["expect"]]
    assert [r.line() for r in check(asked, [rule]) if r.disagreements] == []
    assert asked
