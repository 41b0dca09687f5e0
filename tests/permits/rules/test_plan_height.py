"""plan.height: limits, states, conflicts, split houses, what is missing, rows that are no good."""

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
from permits.rules.plan_height import RULE, asks
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_height.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {"plan.height"}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 10


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("height", "outcome"),
    [
        (6.4, "pass"),
        (6.5, "pass"),
        (6.5004, "pass"),
        (6.501, "needs_dispensation"),
        (7.0, "needs_dispensation"),
    ],
)
def test_limit_is_inclusive(height: float, outcome: str) -> None:
    found = answer(world([plan(limits={"max_height": 6.5})], height_m=height))
    assert found["outcome"] == outcome
    assert found["margin"] == pytest.approx(6.5 - height)
    assert found["area"] == 0


@pytest.mark.parametrize("height", [np.nan, np.inf, -np.inf, -3.0])
def test_height_that_is_none(height: float) -> None:
    found = answer(world([plan(limits={"max_height": 6.5})], height_m=height))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert np.isnan(found["measured"])


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"limits": {"max_height": 6.5}}, "pass", ""),
        ({"silent": ("max_height",)}, "not_applicable", ""),
        ({}, "needs_manual", "legal_text"),
        ({"complex": True, "limits": {"max_height": 1.0}}, "needs_manual", "legal_text"),
    ],
)
def test_three_states(said: dict[str, Any], outcome: str, reason: str) -> None:
    found = answer(world([plan(**said)]))
    assert (found["outcome"], found["reason"]) == (outcome, reason)


def test_conflict_does_not_choose() -> None:
    plans = [plan(limits={"max_height": 6.5}), plan("2", limits={"max_height": 8.0})]
    found = answer(world(plans, height_m=6.0))
    assert (found["outcome"], found["reason"], found["limit"]) == ("needs_manual", "legal_text", 6.5)
    assert found["flags"] == FLAGS["overlapping_plans"]
    found = answer(world(plans, height_m=7.0))
    assert (found["outcome"], found["limit"], found["flags"]) == ("needs_dispensation", 6.5, 2)
    found = answer(world(plans, height_m=np.nan))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")


def test_worst_plan_stands() -> None:
    plans = [plan(limits={"max_height": 5.0}), plan("2")]
    table = RULE.check(world(plans), LAW)
    assert sorted(table["outcome"]) == ["needs_dispensation", "needs_manual"]
    assert answer(world(plans))["outcome"] == "needs_dispensation"


def test_split_house_is_told_its_worst_part_once() -> None:
    two = [
        plan(k, box, limits={"max_height": 5.0})
        for k, box in (("1", shapely.box(0, 0, 11, 25)), ("2", shapely.box(11, 0, 40, 25)))
    ]
    roof = [(shapely.box(10, 8, 20, 16), (0.25, 0.0, 2.5))]
    table = RULE.check(world(two, roof=roof), LAW)
    assert table.set_index("area")["outcome"].to_dict() == {0: "needs_dispensation", 1: "needs_dispensation"}
    assert table.set_index("area")["measured"].round(9).to_dict() == {0: 5.25, 1: 7.5}
    worst_point = table.set_index("area").loc[1]
    assert worst_point["x"] == pytest.approx(20.0)


def test_roof_that_covers_half_a_piece_is_no_better_than_the_stated_height() -> None:
    half = [(shapely.box(10, 8, 15, 16), (0.0, 0.0, 4.0))]
    assert answer(world([plan(limits={"max_height": 6.5})], roof=half, height_m=6.0))["measured"] == 6.0
    found = answer(world([plan(limits={"max_height": 6.5})], roof=half, height_m=np.nan))
    assert found["reason"] == "missing_data"


def test_carport_is_tested_whole() -> None:
    roof = [(shapely.box(9, 7, 21, 17), (0.1, 0.0, 0.0))]
    shown = world([plan(limits={"max_height": 2.0})], roof=roof, kind="carport", role="secondary")
    assert answer(shown)["measured"] == pytest.approx(2.1)
    drawn_by_roof = world(
        [plan(limits={"max_height": 2.0})], house=None, roof=roof, kind="carport", role="secondary"
    )
    assert answer(drawn_by_roof)["measured"] == pytest.approx(2.1)


@pytest.mark.parametrize(
    "facet", [None, shapely.Polygon(), shapely.from_wkt("POLYGON ((0 0, 9 9, 9 0, 0 9, 0 0))")]
)
def test_facets_that_cannot_be_used(facet: Any) -> None:
    ready = world([plan(limits={"max_height": 6.5})], roof=[(facet, (0.0, 0.0, 9.0))])
    assert answer(ready)["measured"] == 6.0


@pytest.mark.parametrize("limit", [np.nan, np.inf])
def test_limit_that_is_none(limit: float) -> None:
    assert answer(world([plan(limits={"max_height": limit})]))["reason"] == "legal_text"


def test_whom_it_asks() -> None:
    assert asks(world([])).tolist() == [0]
    assert asks(world([], role="wall")).tolist() == []
    assert answer(world([plan(limits={"max_height": 1.0})], role="wall"))["outcome"] == "not_applicable"


def test_near_line_stands_beside_the_outcome() -> None:
    found = answer(world([plan(geometry=shapely.box(19.97, 0, 60, 25), limits={"max_height": 1.0})]))
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])
    found = answer(world([plan(geometry=shapely.box(19.9997, 0, 60, 25), limits={"max_height": 1.0})]))
    assert found["flags"] == 0


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    only = World.of(sites=pd.DataFrame([{"site": 3, "work": "subdivision"}]))
    assert answer(only)["outcome"] == "not_applicable"


@pytest.mark.parametrize("half", [shapely.box(15, 0, 40, 25), shapely.box(0, 0, 15, 25)])
@pytest.mark.parametrize("hair", [-1e-9, 0.0, 1e-9])
def test_pieces_that_meet_at_the_ridge_are_told_about_alike(half: Any, hair: float) -> None:
    """Both halves are as high as the ridge; which of them is the higher by float noise must not decide the flag."""
    plans = [plan("1", limits={"max_height": 6.0}), plan("2", half, limits={"max_height": 8.0})]
    roof = [
        (shapely.box(10, 8, 15, 16), (0.5, 0.0, -0.5 + hair)),
        (shapely.box(15, 8, 20, 16), (-0.5, 0.0, 14.5)),
    ]
    found = RULE.check(world(plans, roof=roof), LAW)
    mine = found[found["area"] == 0]
    assert mine["outcome"].tolist() == ["needs_dispensation"]
    assert mine["measured"].iloc[0] == pytest.approx(7.0, abs=1e-6)
    assert mine["flags"].iloc[0] & FLAGS["overlapping_plans"]


def test_all_that_is_told_is_told_of_the_highest_place() -> None:
    """A roof that rises to the north-east; without a conflict or a shallow plan nothing is flagged."""
    ready = world([plan(limits={"max_height": 6.5})], roof=[(shapely.box(10, 8, 20, 16), (0.1, 0.2, 1.0))])
    found = answer(ready)
    assert (found["x"], found["y"], found["flags"]) == (20.0, 16.0, 0)
    assert (found["measured"], found["limit"]) == (pytest.approx(6.2), 6.5)
    unseen = answer(world([plan(limits={"max_height": 6.5})], house=None))
    assert unseen["reason"] == "missing_data"
    assert unseen[["measured", "limit", "margin", "x", "y"]].isna().all()
