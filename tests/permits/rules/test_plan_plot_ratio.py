"""plan.plot_ratio: four denominators, calculation rules, conflicts, what is missing, a naive reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, worst
from permits.rules.plan_plot_ratio import RULE, asks
from tests.permits.shared import shared_cases
from tests.planning.plans import frames, plan, world

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "plan_plot_ratio.yaml"


def answer(ready: World) -> Any:
    table = RULE.check(ready, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 11


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


LIMITS = {"plot_ratio": 30.0}


def place(
    buildings: list[dict[str, Any]],
    *plans: dict[str, Any],
    parcels: list[dict[str, Any]] | None = None,
    work: str = "new",
) -> World:
    """A site with plot 1 of 1000 m² on parcel 0 unless said otherwise, and plans over all of it."""
    land = parcels if parcels is not None else [{"registered_m2": 1000.0}]
    base = {"site": 0, "role": "primary", "kind": "detached_house", "proposed": True, "plot": 1, "parcel": 0}
    rows = [
        {"building": k, **base, "geometry": shapely.box(20 * k, 0, 20 * k + 10, 10), **b}
        for k, b in enumerate(buildings)
    ]
    return prepare(
        World.of(
            sites=pd.DataFrame([{"site": 0, "work": work, "as_of": pd.Timestamp("2026-03-01")}]),
            parcels=pd.DataFrame([{"parcel": k, "site": 0, "plot": 1, **p} for k, p in enumerate(land)]),
            buildings=pd.DataFrame(rows),
            **frames(list(plans)),
        )
    )


def percent(of: str = "plot", number: float = 30.0, name: str = "1.23", **more: Any) -> dict[str, Any]:
    return plan(name, shapely.box(-9, -9, 999, 99), per=of, limits={"plot_ratio": number}, **more)


@pytest.mark.parametrize("of", ["property", "plot", "parcel"])
@pytest.mark.parametrize(
    ("floor", "outcome"),
    [(300.0, "pass"), (300.004, "pass"), (300.01, "needs_dispensation"), (400.0, "needs_dispensation")],
)
def test_limit_is_inclusive(of: str, floor: float, outcome: str) -> None:
    found = answer(place([{"floor_m2": floor}], percent(of)))
    assert (found["outcome"], found["limit"], found["area"]) == (outcome, 30.0, 0)
    assert found["measured"] == pytest.approx(floor / 10)
    assert found["margin"] == pytest.approx(30 - floor / 10)


TWO = [
    {"registered_m2": 400.0, "plot": 1},
    {"registered_m2": 200.0, "plot": 1},
    {"registered_m2": 400.0, "plot": 2},
]


@pytest.mark.parametrize(
    ("of", "measured"), [("parcel", 100 / 4), ("plot", 160 / 6), ("property", 240 / 10), ("area", 2100 / 50)]
)
def test_four_denominators(of: str, measured: float) -> None:
    buildings = [
        {"floor_m2": 100.0},
        {"floor_m2": 60.0, "parcel": 1, "proposed": False},
        {"floor_m2": 80.0, "parcel": 2, "plot": 2, "proposed": False},
    ]
    ready = place(buildings, percent(of, 90.0, land_m2=5000.0, floor_m2=2000.0), parcels=TWO)
    assert answer(ready)["measured"] == pytest.approx(measured)


def test_parcels_are_reckoned_by_themselves() -> None:
    both = [{"floor_m2": 100.0}, {"floor_m2": 100.0, "parcel": 1}]
    table = RULE.check(place(both, percent("parcel"), parcels=TWO), LAW)
    assert table["measured"].tolist() == [25.0, 50.0]
    assert table["outcome"].tolist() == ["pass", "needs_dispensation"]
    assert len(RULE.check(place(both, percent("plot"), parcels=TWO), LAW)) == 1


def test_area_as_a_whole_takes_off_what_goes() -> None:
    buildings = [
        {"floor_m2": 200.0},
        {"floor_m2": 120.0, "proposed": False, "demolished": True},
        {"floor_m2": 60.0, "proposed": False, "role": "secondary", "kind": "shed"},
    ]
    found = answer(place(buildings, percent("area", land_m2=1000.0, floor_m2=500.0)))
    # 200 m² and 10 m² of the shed after it, 120 m² and 10 m² before it.
    assert found["measured"] == pytest.approx((500 + 210 - 130) / 10)


@pytest.mark.parametrize(
    "total",
    [
        {},
        {"land_m2": 1000.0},
        {"floor_m2": 5.0},
        {"land_m2": 0.0, "floor_m2": 5.0},
        {"land_m2": 1000.0, "floor_m2": -5.0},
        {"land_m2": 1000.0, "floor_m2": np.inf},
        {"land_m2": np.inf, "floor_m2": 5.0},
    ],
)
def test_area_whose_totals_are_not_known(total: dict[str, float]) -> None:
    found = answer(place([{"floor_m2": 1.0}], percent("area", **total)))
    assert (found["outcome"], found["reason"], found["limit"]) == ("needs_manual", "missing_data", 30.0)


@pytest.mark.parametrize("of", ["", "block"])
def test_percentage_of_nothing(of: str) -> None:
    found = answer(place([{"floor_m2": 1.0}], percent(of)))
    assert (found["outcome"], found["reason"], found["limit"]) == ("needs_manual", "missing_data", 30.0)


@pytest.mark.parametrize(
    ("calc", "outcome", "measured"),
    [
        ("", "pass", 30.0),
        ("BR18", "pass", 30.0),
        ("BR10", "needs_dispensation", 31.5),
        ("BR15", "needs_dispensation", 31.5),
        ("BR66", "legal_text", np.nan),
    ],
)
def test_calculation_rules(calc: str, outcome: str, measured: float) -> None:
    shed = {"floor_m2": 50.0, "role": "secondary", "kind": "shed"}
    ready = place([{"floor_m2": 300.0}, shed], percent(calc_ruleset=calc))
    found = answer(ready)
    assert (found["reason"] or found["outcome"]) == outcome
    np.testing.assert_equal(found["measured"], measured)


def test_sub_area_goes_by_the_rules_of_its_plan() -> None:
    shed = {"floor_m2": 50.0, "role": "secondary", "kind": "shed"}
    whole = plan("1", shapely.box(-9, -9, 999, 99), calc_ruleset="BR10")
    sub = percent(name="I", level="sub_area", parent="1")
    assert answer(place([{"floor_m2": 300.0}, shed], whole, sub))["measured"] == 31.5
    sub["calc_ruleset"] = "BR18"
    assert answer(place([{"floor_m2": 300.0}, shed], whole, sub))["measured"] == 30.0


def test_conflict_does_not_choose() -> None:
    plans = [percent("plot", 30.0), percent("property", 30.0, "2")]
    found = answer(place([{"floor_m2": 100.0}], *plans))
    assert (found["outcome"], found["reason"], found["flags"]) == ("needs_manual", "legal_text", 2)
    assert (found["measured"], found["margin"]) == (10.0, 20.0)
    found = answer(place([{"floor_m2": 310.0}], *plans))
    assert (found["outcome"], found["flags"]) == ("needs_dispensation", FLAGS["overlapping_plans"])


@pytest.mark.parametrize(
    ("limit", "reason", "outcome"),
    [(28.0, "", "pass"), (25.0, "legal_text", "needs_manual"), (21.0, "", "needs_dispensation")],
)
def test_two_flats_one_above_the_other(limit: float, reason: str, outcome: str) -> None:
    flats = {"floor_m2": 220.0, "kind": "two_family_horizontal", "dwellings": 2}
    shed = {"floor_m2": 100.0, "role": "secondary", "kind": "shed"}
    for of in ("plot", "property", "parcel"):
        found = answer(place([flats, shed], percent(of, limit)))
        assert (found["outcome"], found["reason"]) == (outcome, reason)
        assert found["measured"] == pytest.approx(28.0)


@pytest.mark.parametrize("floor", [np.nan, -1.0, np.inf])
def test_floor_that_is_none(floor: float) -> None:
    for of in ("plot", "property", "parcel"):
        assert answer(place([{"floor_m2": floor}], percent(of)))["reason"] == "missing_data"


@pytest.mark.parametrize(
    "parcels", [[], [{"registered_m2": np.nan}], [{"registered_m2": 0.0, "drawn_m2": 0.0}]]
)
@pytest.mark.parametrize("of", ["plot", "property", "parcel"])
def test_land_that_is_none(parcels: list[dict[str, Any]], of: str) -> None:
    assert answer(place([{"floor_m2": 1.0}], percent(of), parcels=parcels))["reason"] == "missing_data"


@pytest.mark.parametrize("shape", [None, shapely.Polygon()])
@pytest.mark.parametrize(("of", "lost"), [("plot", True), ("parcel", True), ("property", False)])
def test_building_that_nobody_has_drawn_may_stand_anywhere(shape: Any, of: str, lost: bool) -> None:
    stray = {"floor_m2": 10.0, "proposed": False, "geometry": shape, "plot": 0, "parcel": -1}
    found = answer(place([{"floor_m2": 10.0}, stray], percent(of), parcels=TWO))
    assert found["outcome"] == ("needs_manual" if lost else "pass")
    one = answer(place([{"floor_m2": 10.0}, stray], percent(of)))
    assert (one["outcome"], one["measured"]) == ("pass", 2.0)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"silent": ("plot_ratio",)}, "not_applicable", ""),
        ({}, "needs_manual", "legal_text"),
        ({"complex": True, "per": "plot", "limits": LIMITS}, "needs_manual", "legal_text"),
    ],
)
def test_states(said: dict[str, Any], outcome: str, reason: str) -> None:
    found = answer(place([{"floor_m2": 10.0}], plan(**said)))
    assert (found["outcome"], found["reason"]) == (outcome, reason)


@pytest.mark.parametrize("house", [None, shapely.Polygon()])
def test_house_that_nobody_has_drawn(house: Any) -> None:
    found = answer(world([plan(per="plot", limits=LIMITS)], house=house))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")


def test_whom_it_asks() -> None:
    assert asks(world([], role="secondary")).tolist() == [0]
    assert asks(world([], role="raised_area")).tolist() == []
    assert answer(world([plan(per="plot", limits=LIMITS)], role="wall"))["outcome"] == "not_applicable"


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty
    assert answer(World.of(sites=pd.DataFrame([{"site": 3}])))["outcome"] == "not_applicable"


FLOORS = st.lists(st.integers(0, 300), min_size=1, max_size=3)


@settings(max_examples=8, deadline=None)
@given(FLOORS, FLOORS, st.sampled_from(["plot", "property", "parcel"]), st.randoms())
def test_order_does_not_matter(first: list[int], second: list[int], of: str, random: Any) -> None:
    buildings = [{"floor_m2": float(f)} for f in first]
    buildings += [{"floor_m2": float(f), "role": "secondary", "kind": "shed"} for f in second]
    free = max(0, sum(second) - 50 * len(first))
    random.shuffle(buildings)
    found = answer(place(buildings, percent(of)))
    assert found["measured"] == pytest.approx((sum(first) + free) / 10)
    assert found["outcome"] == ("pass" if sum(first) + free <= 300 else "needs_dispensation")
