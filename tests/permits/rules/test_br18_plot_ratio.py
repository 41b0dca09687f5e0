"""br18.plot_ratio: percentages by kind, floor area, plot area, what plans leave, what is missing."""

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
from permits.rulebook import worst
from permits.rules.br18_plot_ratio import RULE
from permits.rules.parts.floor_area import counted, standing, statement
from permits.rules.parts.plot_area import plot_area, plots_of
from tests.permits.shared import shared_cases
from tests.planning.plans import HOUSE, plan
from tests.planning.plans import world as under

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "br18_plot_ratio.yaml"


def place(
    buildings: list[dict[str, Any]], parcels: list[dict[str, Any]] | None = None, work: str = "new"
) -> World:
    """A World with one site; parcels of 1000 m² and buildings on plot 1 unless said otherwise."""
    land = parcels if parcels is not None else [{"registered_m2": 1000.0}]
    base = {
        "site": 0,
        "role": "primary",
        "kind": "detached_house",
        "proposed": True,
        "plot": 1,
        "zone": "urban",
    }
    rows = [
        {"building": k, **base, "geometry": shapely.box(20 * k, 0, 20 * k + 10, 10), **b}
        for k, b in enumerate(buildings)
    ]
    return prepare(
        World.of(
            sites=pd.DataFrame([{"site": 0, "work": work, "as_of": pd.Timestamp("2026-03-01")}]),
            parcels=pd.DataFrame([{"parcel": k, "site": 0, "plot": 1, **p} for k, p in enumerate(land)]),
            buildings=pd.DataFrame(rows),
        )
    )


def answer(world: World) -> Any:
    return worst(RULE.check(world, LAW)).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 14


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("kind", "zone", "limit"),
    [
        ("detached_house", "urban", 30),
        ("two_family_horizontal", "urban", 30),
        ("double_house", "urban", 40),
        ("row_house", "urban", 40),
        ("multi_storey_housing", "urban", 45),
        ("business", "urban", 45),
        ("farm_building", "rural", 45),
        ("summer_house", "summer_house", 15),
        ("summer_house", "urban", 30),
        ("detached_house", "summer_house", 15),
        ("row_house", "summer_house", 40),
    ],
)
@pytest.mark.parametrize("excess", [0.0, 0.1])
def test_percentage_by_kind_is_inclusive(kind: str, zone: str, limit: float, excess: float) -> None:
    found = answer(place([{"kind": kind, "zone": zone, "floor_m2": limit * 10 + excess}]))
    assert found["limit"] == limit
    assert found["outcome"] == ("needs_manual" if excess else "pass")
    assert found["reason"] == ("overall_assessment" if excess else "")
    assert found["measured"] == pytest.approx(limit + excess / 10)


def test_strictest_of_several_kinds() -> None:
    both = [{"floor_m2": 100.0}, {"floor_m2": 100.0, "kind": "business"}]
    assert answer(place(both))["limit"] == 30
    assert answer(place([{"role": "secondary", "kind": "shed", "floor_m2": 10.0}]))["limit"] == 45


@pytest.mark.parametrize("floor", [np.nan, -1.0, np.inf])
def test_floor_that_is_none(floor: float) -> None:
    found = answer(place([{"floor_m2": floor}]))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert np.isnan(found["measured"])


@pytest.mark.parametrize(
    "parcels", [[], [{"registered_m2": np.nan}], [{"registered_m2": 0.0, "drawn_m2": 0.0}]]
)
def test_land_that_is_none(parcels: list[dict[str, Any]]) -> None:
    assert answer(place([{"floor_m2": 100.0}], parcels))["reason"] == "missing_data"


def test_drawn_area_where_none_is_registered() -> None:
    assert answer(place([{"floor_m2": 100.0}], [{"drawn_m2": 500.0}]))["measured"] == 20.0


def test_unknown_zone_decides_only_where_it_matters() -> None:
    house = {"kind": "summer_house", "zone": ""}
    assert answer(place([{**house, "floor_m2": 150.0}]))["outcome"] == "pass"
    assert answer(place([{**house, "floor_m2": 200.0}]))["reason"] == "missing_data"
    assert answer(place([{**house, "floor_m2": 310.0}]))["reason"] == "overall_assessment"


def test_floor_area_statement() -> None:
    world = place(
        [
            {
                "floor_m2": 100.0,
                "basement_m2": 40.0,
                "basement_ceiling_m": 1.2499,
                "attic_m2": 20.0,
                "dwellings": 1,
            },
            {
                "floor_m2": 50.0,
                "basement_m2": 40.0,
                "basement_ceiling_m": 1.24,
                "kind": "row_house",
                "dwellings": 3,
            },
            {"floor_m2": 200.0, "kind": "institution"},
            {"floor_m2": 190.0, "role": "secondary", "kind": "shed"},
        ]
    )
    parts = counted(world, LAW)
    assert parts.total_m2.tolist() == [160.0, 50.0, 200.0, 190.0]
    told = statement(world, LAW, np.arange(4), np.zeros(4, dtype=np.int64), 1)
    assert (told.primary_m2[0], told.secondary_m2[0]) == (410.0, 190.0)
    assert told.free_m2[0] == 50 + 3 * 20 + 0.25 * 200
    assert told.counted_m2[0] == 410 + 30
    older = statement(world, LAW, np.arange(4), np.zeros(4, dtype=np.int64), 1, older=np.array([True]))
    assert older.free_m2[0] == 35 + 3 * 20 + 0.25 * 200


def test_basement_without_a_ceiling_is_not_known() -> None:
    world = place([{"floor_m2": 100.0, "basement_m2": 40.0}])
    assert answer(world)["reason"] == "missing_data"


def test_what_stands_after_and_before() -> None:
    world = place(
        [
            {"floor_m2": 1.0},
            {"floor_m2": 1.0, "proposed": False, "demolished": True},
            {"floor_m2": 1.0, "proposed": False},
            {"floor_m2": 1.0, "replaces": 2},
            {"floor_m2": 1.0, "role": "raised_area", "kind": "terrace"},
        ]
    )
    assert standing(world).tolist() == [True, False, False, True, False]
    assert standing(world, after=False).tolist() == [False, True, True, False, False]


def test_plot_area() -> None:
    world = place(
        [{"floor_m2": 1.0}],
        [
            {"registered_m2": 800.0, "share_urban": 0.875, "share_rural": 0.125, "road_m2": 65.0},
            {"registered_m2": 300.0, "common_m2": 50.0},
            {"registered_m2": 400.0, "plot": 2},
            {"registered_m2": 999.0, "plot": 0},
        ],
    )
    site, plot = np.array([0, 0, 0, 0]), np.array([1, 1, 2, 3])
    told = plot_area(world, site, plot, np.array(["urban", "", "urban", "urban"], dtype=object))
    np.testing.assert_allclose(told.area_m2, [1050.0, 1150.0, 400.0, np.nan])
    assert told.road_m2[0] == 65.0


def test_plot_of_a_building_that_nobody_placed() -> None:
    world = place([{"plot": 0, "geometry": None}, {"plot": 0, "proposed": False}, {"plot": 0}])
    assert plots_of(world).tolist() == [1, 0, 1]
    two = place([{"plot": 0, "geometry": None}], [{"registered_m2": 1.0}, {"registered_m2": 1.0, "plot": 2}])
    assert plots_of(two).tolist() == [0]


def test_plots_are_reckoned_by_themselves() -> None:
    land = [{"registered_m2": 1000.0}, {"registered_m2": 500.0, "plot": 2}]
    table = RULE.check(place([{"floor_m2": 200.0}, {"floor_m2": 200.0, "plot": 2}], land), LAW)
    assert table["measured"].tolist() == [20.0, 40.0]
    assert table["building"].tolist() == [0, 1]


@pytest.mark.parametrize("work", ["subdivision", "terrain", "demolition"])
def test_works_without_a_building(work: str) -> None:
    world = World.of(sites=pd.DataFrame([{"site": 0, "work": work}]))
    assert answer(world)["outcome"] == "not_applicable"


FLOORS = st.lists(st.integers(0, 300), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(FLOORS, FLOORS, st.randoms())
def test_order_and_parts_of_parcels_do_not_matter(first: list[int], second: list[int], random: Any) -> None:
    buildings = [{"floor_m2": float(f)} for f in first] + [
        {"floor_m2": float(f), "role": "secondary", "kind": "shed"} for f in second
    ]
    whole = answer(place(buildings))
    shuffled = list(buildings)
    random.shuffle(shuffled)
    split = answer(place(shuffled, [{"registered_m2": 400.0}, {"registered_m2": 600.0}]))
    assert split[["outcome", "reason"]].tolist() == whole[["outcome", "reason"]].tolist()
    assert split["measured"] == pytest.approx(whole["measured"])
    free = max(0, sum(second) - 50 * len(first))
    assert whole["measured"] == pytest.approx((sum(first) + free) / 10)


def test_new_primary_buildings_decide_and_else_the_standing_ones() -> None:
    """Five plots of one site, buildings in no order; of several kinds the strictest."""
    old = {"proposed": False, "floor_m2": 10.0}
    shed = {"role": "secondary", "kind": "shed", "floor_m2": 5.0}
    rows = [
        {**shed, "plot": 4},
        {**old, "plot": 3},
        {**shed, "plot": 2},
        {**old, "plot": 1, "kind": "row_house"},
        {**shed, "plot": 1},
        {"plot": 3, "kind": "double_house", "floor_m2": 10.0},
        {**old, "plot": 2, "kind": "business"},
        {**old, "plot": 5, "kind": "row_house"},
        {**shed, "plot": 5},
        {**old, "plot": 5},
        {**old, "plot": 4, "role": "wall"},
    ]
    land = [{"registered_m2": 1000.0, "plot": plot} for plot in (1, 2, 3, 4, 5)]
    table = RULE.check(place(rows, land), LAW).set_index("building")
    assert table["limit"].to_dict() == {4: 40.0, 2: 45.0, 5: 40.0, 0: 45.0, 8: 30.0}


@pytest.mark.parametrize(
    ("plans", "limit"),
    [
        ([plan("R", level="framework", uses=(1130,))], 60.0),
        ([plan("R", level="framework", uses=(1110, 1130))], 60.0),
        ([plan("R", level="framework", uses=(1120,))], 45.0),
        ([plan("R", level="framework")], 45.0),
        ([plan("R", level="framework", uses=(1130,), proposal=True)], 45.0),
        ([plan("R", level="framework", uses=(1130,), complex=True)], 45.0),
        ([plan("R", shapely.box(0, 0, 15, 25), level="framework", uses=(1130,))], 45.0),
        ([plan("1", uses=(1130,))], 45.0),
        ([plan("1", uses=(1130,)), plan("R", level="framework", uses=(1120,))], 45.0),
        ([], 45.0),
    ],
)
def test_only_the_municipal_plan_lays_out_for_multi_storey_housing(
    plans: list[dict[str, Any]], limit: float
) -> None:
    found = answer(under(plans, kind="multi_storey_housing"))
    assert found["limit"] == limit
    assert answer(under(plans, kind="business"))["limit"] == 45.0


def test_layout_is_not_known_where_nobody_has_drawn_the_building() -> None:
    frame = plan("R", level="framework", uses=(1130,))
    assert np.isnan(answer(under([frame], house=None, kind="multi_storey_housing"))["limit"])
    assert answer(under([], house=None, kind="multi_storey_housing"))["limit"] == 45.0
    gone = {**frame, "repealed": pd.Timestamp("2020-01-01")}
    assert answer(under([gone], house=None, kind="multi_storey_housing"))["limit"] == 45.0
    assert answer(under([frame], house=HOUSE, kind="multi_storey_housing"))["limit"] == 60.0
