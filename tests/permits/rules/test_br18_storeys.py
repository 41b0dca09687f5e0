"""br18.storeys: limits by zone, high basements, plans, what is missing."""

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
from permits.rules.br18_storeys import RULE
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "br18_height_and_storeys.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {"br18.storeys"}
    return worst(table).iloc[0]


def said(ready: World) -> tuple[str, str]:
    found = answer(ready)
    return str(found["outcome"]), str(found["reason"])


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("zone", "storeys", "outcome", "limit"),
    [
        ("urban", 2.0, "pass", 2.0),
        ("urban", 2.0005, "pass", 2.0),
        ("urban", 2.01, "needs_manual", 2.0),
        ("rural", 3.0, "needs_manual", 2.0),
        ("summer_house", 1.0, "pass", 1.0),
        ("summer_house", 2.0, "needs_manual", 1.0),
        ("", 1.0, "pass", 1.0),
        ("", 3.0, "needs_manual", 2.0),
    ],
)
def test_limit_by_zone(zone: str, storeys: float, outcome: str, limit: float) -> None:
    found = answer(world([], zone=zone, storeys=storeys))
    assert (found["outcome"], found["limit"], found["margin"]) == (outcome, limit, limit - storeys)
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")


def test_zone_that_decides_and_is_not_known() -> None:
    found = answer(world([], zone="", storeys=2.0))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert found["measured"] == 2.0
    assert np.isnan(found["margin"])


@pytest.mark.parametrize("storeys", [np.nan, np.inf, -np.inf, -1.0])
def test_number_that_is_none(storeys: float) -> None:
    found = answer(world([], zone="urban", storeys=storeys))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert np.isnan(found["measured"])


@pytest.mark.parametrize(
    ("ceiling", "storeys"), [(0.0, 2.0), (1.25, 2.0), (1.2504, 2.0), (1.251, 3.0), (2.0, 3.0)]
)
def test_basement_that_stands_high_is_a_storey(ceiling: float, storeys: float) -> None:
    found = answer(world([], zone="urban", storeys=2.0, basement_m2=10.0, basement_ceiling_m=ceiling))
    assert found["measured"] == storeys
    without = answer(world([], zone="urban", storeys=2.0, basement_ceiling_m=ceiling))
    assert without["measured"] == 2.0


@pytest.mark.parametrize(
    ("storeys", "answered"),
    [
        (1.0, ("pass", "")),
        (2.0, ("needs_manual", "missing_data")),
        (3.0, ("needs_manual", "overall_assessment")),
    ],
)
def test_basement_of_unknown_height(storeys: float, answered: tuple[str, str]) -> None:
    for ceiling in (np.nan, np.inf):
        assert (
            said(world([], zone="urban", storeys=storeys, basement_m2=9.0, basement_ceiling_m=ceiling))
            == answered
        )


def test_plans_that_regulate_take_its_place() -> None:
    three = plan(limits={"max_storeys": 3})
    assert said(world([three], zone="urban", storeys=3.0)) == ("not_applicable", "")
    half = plan(geometry=shapely.box(0, 0, 15, 25), limits={"max_storeys": 3})
    assert said(world([half], zone="urban", storeys=3.0)) == ("needs_manual", "overall_assessment")
    assert said(world([plan(silent=("max_storeys",))], zone="urban", storeys=2.0)) == ("pass", "")
    assert said(world([plan()], zone="urban", storeys=2.0)) == ("pass", "")
    assert said(world([three], house=None, zone="urban", storeys=2.0)) == ("needs_manual", "missing_data")
    assert said(world([], house=None, zone="urban", storeys=2.0)) == ("pass", "")


def test_near_line_stands_beside_the_outcome() -> None:
    found = answer(
        world([plan(geometry=shapely.box(0, 0, 19.97, 25), limits={"max_storeys": 3})], zone="urban")
    )
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])


@pytest.mark.parametrize(
    "building", [{"role": "secondary"}, {"role": "raised_area"}, {"role": "wall"}, {"proposed": False}]
)
def test_whom_it_asks(building: dict[str, Any]) -> None:
    found = answer(world([], zone="urban", storeys=9.0, **building))
    assert (found["outcome"], found["building"]) == ("not_applicable", -1)


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    only = World.of(sites=pd.DataFrame([{"site": 3, "work": "subdivision"}]))
    assert answer(only)["outcome"] == "not_applicable"
