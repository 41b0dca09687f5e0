"""plan.storeys: limits, states, conflicts, basements, what is missing."""

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
from permits.rules.plan_storeys import RULE, asks
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_storeys.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 6


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("storeys", "outcome"),
    [
        (1.0, "pass"),
        (1.5, "pass"),
        (1.5004, "pass"),
        (1.501, "needs_dispensation"),
        (2.0, "needs_dispensation"),
    ],
)
def test_limit_is_inclusive(storeys: float, outcome: str) -> None:
    found = answer(world([plan(limits={"max_storeys": 1.5})], storeys=storeys))
    assert (found["outcome"], found["limit"], found["area"]) == (outcome, 1.5, 0)
    assert found["margin"] == pytest.approx(1.5 - storeys)
    assert found["measured"] == storeys


@pytest.mark.parametrize("storeys", [np.nan, np.inf, -1.0])
def test_storeys_that_are_none(storeys: float) -> None:
    found = answer(world([plan(limits={"max_storeys": 2})], storeys=storeys))
    assert (found["outcome"], found["reason"], found["limit"]) == ("needs_manual", "missing_data", 2.0)
    assert np.isnan(found["measured"])


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"limits": {"max_storeys": 2}}, "pass", ""),
        ({"silent": ("max_storeys",)}, "not_applicable", ""),
        ({}, "needs_manual", "legal_text"),
        ({"complex": True, "limits": {"max_storeys": 1}}, "needs_manual", "legal_text"),
        ({"limits": {"max_storeys": np.nan}}, "needs_manual", "legal_text"),
    ],
)
def test_three_states(said: dict[str, Any], outcome: str, reason: str) -> None:
    found = answer(world([plan(**said)], storeys=2.0))
    assert (found["outcome"], found["reason"]) == (outcome, reason)


def test_conflict_does_not_choose() -> None:
    plans = [plan(limits={"max_storeys": 2}), plan("2", limits={"max_storeys": 3})]
    found = answer(world(plans, storeys=2.0))
    assert (found["outcome"], found["reason"], found["limit"]) == ("needs_manual", "legal_text", 2.0)
    assert (found["flags"], found["margin"]) == (FLAGS["overlapping_plans"], 0.0)
    found = answer(world(plans, storeys=2.5))
    assert (found["outcome"], found["limit"], found["flags"]) == ("needs_dispensation", 2.0, 2)
    assert answer(world(plans, storeys=np.nan))["reason"] == "missing_data"


def test_conflict_on_a_part_holds_for_the_building() -> None:
    plans = [plan(limits={"max_storeys": 2}), plan("2", shapely.box(0, 0, 12, 25), limits={"max_storeys": 3})]
    table = RULE.check(world(plans, storeys=1.0), LAW)
    assert sorted(table["area"]) == [0, 1]
    assert (table["flags"] == FLAGS["overlapping_plans"]).all()


@pytest.mark.parametrize(
    ("storeys", "limit", "outcome", "measured"),
    [(1.0, 2.0, "pass", 2.0), (2.0, 2.0, "needs_manual", np.nan), (3.0, 2.0, "needs_dispensation", 3.0)],
)
def test_basement_whose_ceiling_is_not_stated(
    storeys: float, limit: float, outcome: str, measured: float
) -> None:
    found = answer(world([plan(limits={"max_storeys": limit})], storeys=storeys, basement_m2=50.0))
    assert found["outcome"] == outcome
    np.testing.assert_equal(found["measured"], measured)


def test_worst_plan_stands() -> None:
    table = RULE.check(world([plan(limits={"max_storeys": 1}), plan("2")], storeys=2.0), LAW)
    assert sorted(table["outcome"]) == ["needs_dispensation", "needs_manual"]


def test_whom_it_asks() -> None:
    assert asks(world([])).tolist() == [0]
    assert asks(world([], role="secondary")).tolist() == []
    found = answer(world([plan(limits={"max_storeys": 1})], role="secondary", storeys=2.0))
    assert (found["outcome"], found["building"]) == ("not_applicable", -1)


def test_near_line_stands_beside_the_outcome() -> None:
    found = answer(
        world([plan(geometry=shapely.box(19.97, 0, 60, 25), limits={"max_storeys": 1})], storeys=2.0)
    )
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    assert answer(World.of(sites=pd.DataFrame([{"site": 3}])))["outcome"] == "not_applicable"
