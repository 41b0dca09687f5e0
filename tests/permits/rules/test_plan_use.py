"""plan.use: codes and kinds, states, conflicts, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.rulesets import load
from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, worst
from permits.rules.plan_use import RULE, asks
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_use.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 8


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


FIVE = ("detached_house", "two_family_horizontal", "double_house", "row_house", "multi_storey_housing")
KINDS = (*FIVE, "summer_house", "business", "farm_building", "silo", "sanitary_building", "institution")


def admits(general: int, kind: str) -> bool:
    """The table of general codes, written out."""
    if general in (11, 21, 41) and kind in FIVE:
        return True
    if kind == "business":
        return general in (21, 31, 41)
    return (general, kind) in ((41, "institution"), (71, "institution"), (61, "summer_house"))


def naive(general: int, specific: tuple[int, ...], kind: str) -> str:
    """The five answers in order, one building at a time."""
    narrow = {
        1110: ("detached_house", "two_family_horizontal", "double_house"),
        1120: ("row_house", "double_house"),
        1130: ("multi_storey_housing",),
    }
    if kind == "other" or general not in (-1, 11, 21, 31, 41, 61, 71):
        return "legal_text"
    if general >= 0 and not admits(general, kind):
        return "fail"
    if any(kind in narrow.get(code, ()) for code in specific):
        return "pass"
    if specific and all(code in narrow for code in specific):
        return "fail"
    return "legal_text"


SPECIFIC: list[tuple[int, ...]] = [(), (1110,), (1120, 1130), (1160,), (1130, 1160)]
CODES = [(g, s) for g in (-1, 0, 11, 21, 31, 41, 51, 61, 71, 96) for s in SPECIFIC if g >= 0 or s]


@pytest.mark.parametrize(("general", "specific"), CODES)
def test_every_kind_against_every_code(general: int, specific: tuple[int, ...]) -> None:
    ready = world([plan(use=general, uses=specific)])
    for kind in (*KINDS, "other"):
        found = answer(ready.with_(buildings=ready.buildings.assign(kind=kind)))
        said = found["reason"] or found["outcome"]
        assert said == naive(general, specific, kind), kind
        assert np.isnan(found[["measured", "limit", "margin"]].astype(float)).all()


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"use": 11, "uses": (1110,)}, "pass", ""),
        ({"silent": ("use",)}, "not_applicable", ""),
        ({}, "needs_manual", "legal_text"),
        ({"complex": True, "use": 31}, "needs_manual", "legal_text"),
        ({"complex": True, "uses": (1110,)}, "needs_manual", "legal_text"),
    ],
)
def test_three_states(said: dict[str, Any], outcome: str, reason: str) -> None:
    found = answer(world([plan(**said)]))
    assert (found["outcome"], found["reason"]) == (outcome, reason)


def test_same_list_in_another_order_is_no_conflict() -> None:
    plans = [plan(use=11, uses=(1110, 1120)), plan("2", use=11, uses=(1120, 1110))]
    found = answer(world(plans))
    assert (found["outcome"], found["flags"]) == ("pass", 0)


def test_conflict_does_not_choose() -> None:
    plans = [plan(use=11, uses=(1110,)), plan("2", use=11, uses=(1110, 1120))]
    found = answer(world(plans))
    assert (found["outcome"], found["reason"], found["flags"]) == ("needs_manual", "legal_text", 2)
    assert answer(world([plan(use=11, uses=(1110,)), plan("2", use=31)]))["outcome"] == "fail"


def test_specific_use_of_a_sub_area_takes_the_place_of_the_plan() -> None:
    plans = [plan(use=31), plan("I", level="sub_area", parent="1.23", uses=(1110,))]
    table = RULE.check(world(plans), LAW)
    assert table[["outcome", "area"]].to_numpy().tolist() == [["pass", 1]]


def test_kind_that_is_not_stated() -> None:
    found = answer(world([plan(use=31)], kind=""))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")


@pytest.mark.parametrize("house", [None, shapely.Polygon()])
def test_house_that_nobody_has_drawn(house: Any) -> None:
    assert answer(world([plan(use=31)], house=house))["reason"] == "missing_data"


def test_whom_it_asks() -> None:
    assert asks(world([])).tolist() == [0]
    assert asks(world([], role="secondary")).tolist() == []
    assert answer(world([plan(use=31)], role="secondary"))["outcome"] == "not_applicable"


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    found = answer(World.of(sites=pd.DataFrame([{"site": 3}])))
    assert (found["outcome"], found["flags"]) == ("not_applicable", 0 * FLAGS["near_line"])
