"""The rule cases of the project as tests of their rules, one for each rule and file; run with the mutants only."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.examples import check, read
from permits.rulebook import discover

FOLDER = Path(__file__).parents[1] / "permits" / "cases"
FILES = {file.stem: read([file]) for file in sorted(FOLDER.glob("*.yaml"))}
ASKED = [
    (name, rule)
    for name, cases in FILES.items()
    for rule in discover()
    if any(rule in case.data["expect"] for case in cases)
]


@pytest.mark.parametrize(("name", "rule"), ASKED)
def test_own_cases(name: str, rule: str) -> None:
    asked = [case for case in FILES[name] if rule in case.data["expect"]]
    assert [r.line() for r in check(asked, [rule]) if r.disagreements] == []
