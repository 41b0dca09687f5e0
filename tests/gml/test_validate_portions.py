"""What is read and judged in portions is what would be found one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gml.validate import geometry, validator
from gml.validate.fault import Fault
from tests.gml.documents import judged, sound


def test_decimals_are_the_doubles_that_float_gives() -> None:
    rng = random.Random(3)
    for places in (1, 3, 9):
        texts = [f"{rng.uniform(0, 10 ** (15 - places) - 1):.{places}f}" for _ in range(2_000)]
        found = geometry._decimals(" ".join(texts))
        assert found is not None
        assert np.array_equal(found, np.array([float(text) for text in texts]))


@pytest.mark.parametrize(
    "text",
    ["", "1", "1 2", "1.5  2.5", " 1.5", "1.5 ", "1.5\n2.5", "1.5 2.25", "-1.5 2.5", "1e5.5 2.5", "1.2.3 4",
     "1.x 2.5", "1234567890123.456", "١.٥", "nan", "1. 2."],
)  # fmt: skip
def test_numbers_of_another_form_are_left_to_float(text: str) -> None:
    assert geometry._decimals(text) is None


def told(faults: list[Fault]) -> list[tuple[str, int, str, str]]:
    return sorted((f.rule, f.line, f.object, str(f.place)) for f in faults)


@pytest.mark.parametrize("name", ["_PORTION", "_CHARACTERS"])
def test_the_size_of_a_portion_changes_no_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = sound().replace("717500.000", "71750x.000", 1).replace(" 6171100.000", " 6171100.5", 2)
    text = text.replace("/generallyBinding", "/default", 1)
    whole = judged(text, profile="planvaerk")
    assert {fault.rule for fault in whole.faults} >= {"coordinates", "code-list"}
    monkeypatch.setattr(validator, name, 1)
    assert told(judged(text, profile="planvaerk").faults) == told(whole.faults)
