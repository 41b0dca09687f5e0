"""br18.height: limits by kind, zone and permit; roofs, plans, what is missing."""

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
from permits.rules.br18_height import RULE, limits
from tests.permits.shared import shared_cases
from tests.permits.situations import without
from tests.planning.plans import plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "br18_height_and_storeys.yaml"
SLIM, WIDE = shapely.box(10, 8, 20, 16), shapely.box(10, 8, 20, 16.01)
#: 80 m² as far as half a thousandth counts.
EVEN = shapely.box(0, 0, 1, 80.0005)


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {"br18.height"}
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
    ("height", "outcome"), [(8.4, "pass"), (8.5, "pass"), (8.5005, "pass"), (8.501, "needs_manual")]
)
def test_limit_is_inclusive_to_half_a_millimetre(height: float, outcome: str) -> None:
    found = answer(world([], zone="urban", height_m=height))
    assert found["outcome"] == outcome
    assert (found["limit"], found["margin"]) == (8.5, pytest.approx(8.5 - height))
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")


@pytest.mark.parametrize(
    ("kind", "zone", "footprint", "limit"),
    [
        ("detached_house", "rural", SLIM, 8.5),
        ("business", "summer_house", SLIM, 8.5),
        ("sanitary_building", "urban", SLIM, 4.0),
        ("sanitary_building", "summer_house", SLIM, 4.0),
        ("sanitary_building", "", SLIM, 4.0),
        ("farm_building", "rural", SLIM, 12.5),
        ("farm_building", "urban", SLIM, 8.5),
        ("farm_building", "summer_house", SLIM, 8.5),
        ("silo", "rural", SLIM, 20.0),
        ("silo", "rural", EVEN, 20.0),
        ("silo", "rural", WIDE, 12.5),
        ("silo", "urban", SLIM, 8.5),
    ],
)
def test_limit_by_kind_and_zone(kind: str, zone: str, footprint: Any, limit: float) -> None:
    for height, outcome in ((limit, "pass"), (limit + 0.01, "needs_manual")):
        found = answer(world([], house=footprint, kind=kind, zone=zone, height_m=height))
        assert (found["outcome"], found["limit"]) == (outcome, limit)


@pytest.mark.parametrize(
    ("kind", "zone", "footprint", "strict", "mild"),
    [
        ("farm_building", "", SLIM, 8.5, 12.5),
        ("silo", "", SLIM, 8.5, 20.0),
        ("silo", "", EVEN, 8.5, 20.0),
        ("silo", "", WIDE, 8.5, 12.5),
        ("silo", "rural", None, 12.5, 20.0),
        ("silo", "rural", shapely.from_wkt("POLYGON ((0 0, 9 9, 9 0, 0 9, 0 0))"), 12.5, 20.0),
        ("silo", "", None, 8.5, 20.0),
    ],
)
def test_limit_that_hangs_on_what_is_not_known(
    kind: str, zone: str, footprint: Any, strict: float, mild: float
) -> None:
    def of(height: float) -> tuple[str, str]:
        return said(world([], house=footprint, kind=kind, zone=zone, height_m=height))

    assert of(strict) == ("pass", "")
    assert of(strict + 0.01) == of(mild) == ("needs_manual", "missing_data")
    assert of(mild + 0.01) == ("needs_manual", "overall_assessment")


def test_with_a_landzone_permit_the_open_land_has_no_height_of_its_own() -> None:
    for kind in ("farm_building", "silo"):
        ready = world([], kind=kind, zone="rural", height_m=9.0)
        assert answer(ready)["outcome"] == "pass"
        permitted = without(ready, "sites", landzone_permit=True)
        assert answer(permitted)["limit"] == 8.5
    wash = without(world([], kind="sanitary_building", zone="rural"), "sites", landzone_permit=True)
    assert answer(wash)["limit"] == 4.0


@pytest.mark.parametrize(
    "building", [{"kind": "summer_house"}, {"kind": "shed", "role": "secondary"}], ids=["house", "shed"]
)
def test_summer_house_area_has_rules_of_its_own(building: dict[str, Any]) -> None:
    assert said(world([], zone="summer_house", height_m=9.0, **building)) == ("not_applicable", "")
    assert said(world([], zone="urban", height_m=9.0, **building)) == ("needs_manual", "overall_assessment")
    for height in (3.0, 9.0, np.nan):
        assert said(world([], zone="", height_m=height, **building)) == ("needs_manual", "missing_data")


@pytest.mark.parametrize("height", [np.nan, np.inf, -np.inf, -3.0])
def test_height_that_is_none(height: float) -> None:
    found = answer(world([], zone="urban", height_m=height))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert np.isnan(found["measured"])


def test_the_highest_part_is_told_and_shown() -> None:
    roof = [
        (shapely.box(10, 8, 15, 16), (0.4, 0.0, 2.0)),
        (shapely.box(15, 8, 20, 16), (-0.4, 0.0, 15.0)),
    ]
    found = answer(world([], zone="urban", roof=roof, height_m=9.0))
    assert (found["measured"], found["outcome"]) == (pytest.approx(9.0), "needs_manual")
    assert found["x"] == pytest.approx(15.0)


def test_plans_that_regulate_take_its_place() -> None:
    high = plan(limits={"max_height": 12})
    assert said(world([high], zone="urban", height_m=11.0)) == ("not_applicable", "")
    assert said(world([plan(silent=("max_height",))], zone="urban", height_m=11.0))[1] == "overall_assessment"
    assert said(world([plan()], zone="urban", height_m=11.0))[1] == "overall_assessment"
    assert said(world([high], house=None, zone="urban")) == ("needs_manual", "missing_data")
    assert said(world([], house=None, zone="urban")) == ("pass", "")


def test_the_rest_beside_a_plan_is_tested_by_its_own_height() -> None:
    half = plan(geometry=shapely.box(0, 0, 15, 25), limits={"max_height": 12})
    roof = [(shapely.box(10, 8, 15, 16), (0.0, 0.0, 11.0)), (shapely.box(15, 8, 20, 16), (0.0, 0.0, 7.0))]
    found = answer(world([half], zone="urban", roof=roof, height_m=11.0))
    assert (found["outcome"], found["measured"]) == ("pass", 7.0)
    turned = [(shape, (0.0, 0.0, 18.0 - c)) for shape, (_, _, c) in roof]
    found = answer(world([half], zone="urban", roof=turned, height_m=11.0))
    assert (found["outcome"], found["measured"]) == ("needs_manual", 11.0)


def test_part_without_a_height_leaves_a_pass_open_but_not_a_breach() -> None:
    strip = [
        plan("1", shapely.box(14, 0, 16, 25), limits={"max_height": 12}),
    ]
    for level, reason in ((5.0, "missing_data"), (9.0, "overall_assessment")):
        roof = [(shapely.box(10, 8, 14, 16), (0.0, 0.0, level))]
        assert said(world(strip, zone="urban", roof=roof, height_m=np.nan)) == ("needs_manual", reason)


def test_near_line_stands_beside_the_outcome() -> None:
    nearly_all = plan(geometry=shapely.box(0, 0, 19.97, 25), limits={"max_height": 12.0})
    found = answer(world([nearly_all], zone="urban", height_m=11.0))
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])


@pytest.mark.parametrize("building", [{"role": "raised_area"}, {"role": "wall"}, {"proposed": False}])
def test_whom_it_asks(building: dict[str, Any]) -> None:
    found = answer(world([], zone="urban", height_m=99.0, **building))
    assert (found["outcome"], found["building"]) == ("not_applicable", -1)


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    only = World.of(sites=pd.DataFrame([{"site": 3, "work": "subdivision"}]))
    assert answer(only)["outcome"] == "not_applicable"
    assert len(limits(World.of(), LAW).strict) == 0
