from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.rulebook import FLAGS
from tests.permits.rules.secondary import WALL, shed
from tests.permits.situations import answer, box, house, situation


def wall(name: str = "w", **more: Any) -> dict[str, Any]:
    return {"id": name, "role": "wall", "kind": "other", "footprint": box(0, 2, 0.2, 22), **more}


@pytest.mark.parametrize(
    ("height", "outcome"),
    [(1.8, "pass"), (1.8005, "pass"), (1.8006, "not_applicable"), (2.4, "not_applicable")],
)
def test_up_to_one_metre_eighty(height: float, outcome: str) -> None:
    found = answer(situation(wall(height=height)), WALL)
    assert (found["outcome"], found["measured"], found["limit"]) == (outcome, height, 1.8)
    assert found["margin"] == pytest.approx(1.8 - height)


def test_the_highest_wall_decides() -> None:
    found = answer(situation(wall(height=1.5), wall("v", height=2.1)), WALL)
    assert (found["outcome"], found["measured"]) == ("not_applicable", 2.1)
    found = answer(situation(wall(height=1.5), wall("v", height=1.7)), WALL)
    assert (found["outcome"], found["measured"]) == ("pass", 1.7)


def test_a_height_nobody_stated() -> None:
    assert answer(situation(wall()), WALL)["reason"] == "missing_data"
    assert answer(situation(wall(), wall("v", height=1.2)), WALL)["reason"] == "missing_data"
    # One that is too high decides whatever the other is.
    assert answer(situation(wall(), wall("v", height=2.2)), WALL)["outcome"] == "not_applicable"


def test_absolute_levels() -> None:
    case = situation(wall(height=11.7, levels="kote"), terrain={"constant": 10.0})
    assert answer(case, WALL)["measured"] == pytest.approx(1.7)
    assert answer(situation(wall(height=11.7, levels="kote")), WALL)["reason"] == "missing_data"


def test_without_an_outline_the_height_is_enough() -> None:
    bare = {key: value for key, value in wall(height=1.2).items() if key != "footprint"}
    assert answer(situation(bare), WALL)["outcome"] == "pass"


@pytest.mark.parametrize("other", [house(), shed()])
def test_a_wall_does_not_take_a_larger_work_out(other: dict[str, Any]) -> None:
    assert answer(situation(wall(height=1.2), other), WALL)["outcome"] == "not_applicable"


def test_no_wall() -> None:
    assert answer(situation(house()), WALL)["outcome"] == "not_applicable"
    old = situation(house(), existing=[wall(height=1.2)])
    assert answer(old, WALL)["outcome"] == "not_applicable"
    assert run(World.of(), rules=[WALL]).empty


@pytest.mark.parametrize(
    ("built", "said", "numbers"),
    [
        ([wall(height=1.2)], ("pass", ""), (1.2, 1.8, 0.6)),
        ([wall()], ("needs_manual", "missing_data"), (np.nan, 1.8, np.nan)),
        ([wall(), wall("v", height=1.2)], ("needs_manual", "missing_data"), (np.nan, 1.8, np.nan)),
        ([wall(), wall("v", height=2.2)], ("not_applicable", ""), (2.2, 1.8, -0.4)),
        ([wall(height=1.2), house()], ("not_applicable", ""), (1.2, 1.8, 0.6)),
        ([wall(), house()], ("not_applicable", ""), (np.nan, 1.8, np.nan)),
        ([house()], ("not_applicable", ""), (np.nan, np.nan, np.nan)),
    ],
)
def test_the_height_is_told_where_it_decides(
    built: list[dict[str, Any]], said: tuple[str, str], numbers: tuple[float, float, float]
) -> None:
    found = run(build([situation(*built)]), rules=[WALL]).iloc[0]
    assert (found["outcome"], found["reason"]) == said
    np.testing.assert_allclose(found[["measured", "limit", "margin"]].astype(float), numbers)


@pytest.mark.parametrize(
    ("height", "flagged"), [(1.8, False), (1.8004, False), (1.8005, True), (1.80051, False)]
)
def test_a_micrometre_from_where_it_turns_is_told(height: float, flagged: bool) -> None:
    for slip in (-1e-7, 1e-7):
        found = answer(situation(wall(height=height + slip), wall("v", height=1.2)), WALL)
        assert bool(found["flags"] & FLAGS["within_tolerance"]) is flagged
