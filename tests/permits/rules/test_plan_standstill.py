"""plan.standstill: days, levels, shallow overlaps, ground, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, worst
from permits.rules.plan_standstill import RULE, asks, touched
from tests.permits.shared import shared_cases
from tests.planning.plans import LAND, plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_standstill.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 7


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


def proposal(geometry: Any = LAND, **more: Any) -> dict[str, Any]:
    return plan("9", geometry, proposal=True, **more)


def ground(work: str, area: Any, *plans: dict[str, Any]) -> World:
    """Work on the ground alone."""
    ready = world(list(plans))
    sites = ready.sites.assign(work=work, geometry=[area])
    return prepare(World.of(sites=sites, areas=ready.areas.drop(columns="today"), limits=ready.limits))


@pytest.mark.parametrize(
    ("published", "repealed", "outcome"),
    [
        ("2026-02-28", None, "needs_manual"),
        ("2026-03-01", None, "needs_manual"),
        ("2026-03-02", None, "not_applicable"),
        (None, None, "needs_manual"),
        ("2025-01-01", "2026-03-01", "not_applicable"),
        ("2025-01-01", "2026-03-02", "needs_manual"),
    ],
)
def test_days(published: str | None, repealed: str | None, outcome: str) -> None:
    found = answer(world([proposal(published=pd.Timestamp(published), repealed=pd.Timestamp(repealed))]))
    assert found["outcome"] == outcome
    assert found["reason"] == ("assessment" if outcome == "needs_manual" else "")
    assert found["area"] == (0 if outcome == "needs_manual" else -1)


def test_adopted_plan_is_no_proposal() -> None:
    assert answer(world([plan()]))["outcome"] == "not_applicable"


@pytest.mark.parametrize(
    ("level", "outcome"), [("sub_area", "needs_manual"), ("framework", "not_applicable")]
)
def test_levels(level: str, outcome: str) -> None:
    assert answer(world([proposal(level=level)]))["outcome"] == outcome


@pytest.mark.parametrize(
    ("reach", "outcome", "flags"),
    [
        (10.0, "not_applicable", 0),
        (10.0004, "not_applicable", 0),
        (10.04, "not_applicable", FLAGS["near_line"]),
        (10.06, "needs_manual", 0),
    ],
)
def test_only_what_is_deep_counts(reach: float, outcome: str, flags: int) -> None:
    edge = shapely.box(0, 0, reach, 25)
    found = answer(world([proposal(edge)]))
    assert (found["outcome"], found["flags"]) == (outcome, flags)
    found = answer(ground("terrain", shapely.box(10, 8, 20, 16), proposal(edge)))
    assert (found["outcome"], found["flags"], found["building"]) == (outcome, flags, -1)


def test_layer_that_is_not_exact() -> None:
    edge = shapely.box(0, 0, 11, 25)
    assert answer(world([proposal(edge, sigma_m=0.5)]))["flags"] == 0
    assert answer(world([proposal(edge, sigma_m=3.0)]))["flags"] == FLAGS["within_tolerance"]
    assert answer(world([proposal(edge, sigma_m=1.5)], sigma_m=1.5))["flags"] == FLAGS["within_tolerance"]
    found = answer(ground("terrain", shapely.box(10, 8, 20, 16), proposal(edge, sigma_m=3.0)))
    assert found["flags"] == FLAGS["within_tolerance"]


@pytest.mark.parametrize("house", [None, shapely.Polygon()])
def test_house_that_nobody_has_drawn(house: Any) -> None:
    found = answer(world([proposal()], house=house))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert answer(world([plan()], house=house))["outcome"] == "not_applicable"


@pytest.mark.parametrize("area", [None, shapely.Polygon()])
def test_ground_that_nobody_has_drawn(area: Any) -> None:
    found = answer(ground("terrain", area, proposal()))
    assert (found["outcome"], found["reason"], found["building"]) == ("needs_manual", "missing_data", -1)
    assert answer(ground("terrain", area, plan()))["outcome"] == "not_applicable"


def test_house_and_ground_are_told_apart() -> None:
    ready = world([proposal(shapely.box(30, 0, 40, 25))])
    ready = ready.with_(sites=ready.sites.assign(geometry=[shapely.box(25, 5, 35, 10)]))
    table = RULE.check(ready, LAW).set_index("building")["outcome"].to_dict()
    assert table == {7: "not_applicable", -1: "needs_manual"}


def test_proposal_that_crosses_itself_is_not_left_out() -> None:
    bow = shapely.from_wkt("POLYGON ((0 0, 40 25, 40 0, 0 25, 0 0))")
    assert answer(world([proposal(bow)], house=shapely.box(2, 8, 6, 16)))["outcome"] == "needs_manual"
    assert answer(ground("terrain", shapely.box(2, 8, 6, 16), proposal(bow)))["outcome"] == "needs_manual"


def test_whom_it_asks() -> None:
    assert asks(world([], role="wall")).tolist() == [0]
    assert asks(ground("terrain", None)).tolist() == [0]
    assert asks(ground("subdivision", None)).tolist() == []
    assert answer(ground("subdivision", None, proposal()))["outcome"] == "not_applicable"


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty


def test_first_building_of_all_is_a_building_and_not_the_ground() -> None:
    table = RULE.check(world([proposal()], building=0), LAW)
    assert table[["building", "outcome"]].to_numpy().tolist() == [[0, "needs_manual"]]
    ready = world([proposal(shapely.box(0, 0, 10.04, 25))], building=0)
    ready = ready.with_(sites=ready.sites.assign(geometry=[shapely.box(25, 5, 35, 10)]))
    flags = RULE.check(ready, LAW).set_index("building")["flags"].to_dict()
    assert flags == {0: FLAGS["near_line"], -1: 0}


def test_ground_beside_a_proposal_has_nothing_in_common_with_it() -> None:
    beside = proposal(shapely.box(0, 0, 5, 25))
    assert len(touched(ground("terrain", shapely.box(10, 8, 20, 16), beside)).site) == 0
    over = touched(ground("terrain", shapely.box(10, 8, 20, 16), proposal()))
    assert (over.building.tolist(), over.counts.tolist()) == ([-1], [True])
