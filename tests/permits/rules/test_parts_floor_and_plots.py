"""Floor area, dwellings and plots: many plots in one World, each a case of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rules.parts.floor_area import counted, dwellings, replaced, standing, statement
from permits.rules.parts.plot_area import plot_area, plots_of

LAW = load()["BR18-2025"]


def ground(buildings: list[dict[str, Any]], parcels: list[dict[str, Any]], works: list[str]) -> World:
    base = {"role": "primary", "kind": "detached_house", "proposed": True, "plot": 1, "site": 0}
    rows = [
        {"building": 10 + k, "geometry": shapely.box(0, 0, 9, 9), **base, **b}
        for k, b in enumerate(buildings)
    ]
    land = [{"parcel": 20 + k, "plot": 1, "site": 0, **p} for k, p in enumerate(parcels)]
    sites = pd.DataFrame({"site": range(len(works)), "work": works})
    parcel = pd.DataFrame(land) if land else None
    frames = {"sites": sites, "buildings": pd.DataFrame(rows)}
    return World.of(**frames) if parcel is None else World.of(**frames, parcels=parcel)


def test_dwellings() -> None:
    """One where nothing is stated; none more where an extension is a part of a house that stands."""
    old = {"proposed": False}
    cases: list[tuple[str, list[dict[str, Any]], list[float]]] = [
        ("new", [{}], [1.0]),
        ("new", [{"dwellings": 3}, {"role": "secondary", "dwellings": 4}], [3.0, 0.0]),
        ("extension", [old, {}], [1.0, 0.0]),
        ("extension", [old, {"dwellings": 2}], [1.0, 2.0]),
        ("extension", [{}], [1.0]),
        ("extension", [{"role": "secondary", **old}, {}], [0.0, 1.0]),
        ("new", [old, {}], [1.0, 1.0]),
        ("extension", [old, {"replaces": 0}], [1.0, 1.0]),
        ("new", [{"dwellings": 0}], [0.0]),
    ]
    rows, group, asked = [], [], []
    for site, (_, buildings, homes) in enumerate(cases):
        first = len(rows)
        for one in buildings:
            rows.append({**one, "site": site})
            if "replaces" in one:
                rows[-1]["replaces"] = 10 + first + one["replaces"]
        group += [site] * len(buildings)
        asked += homes
    world = ground(rows, [], [work for work, _, _ in cases])
    found = dwellings(world, np.arange(len(rows)), np.array(group))
    assert found.tolist() == asked
    part = ground([old, {}], [], ["extension"])
    assert dwellings(part, np.arange(2), np.array([0, 0])).tolist() == [1.0, 0.0]
    # A house on another plot makes an extension no part of it.
    apart = ground([old, {"plot": 2}], [], ["extension"])
    assert dwellings(apart, np.arange(2), np.array([0, 1])).tolist() == [1.0, 1.0]
    none = np.zeros(0, dtype=np.int64)
    assert dwellings(apart, none, none).tolist() == []


def test_what_is_replaced_stands_no_more() -> None:
    old = {"proposed": False}
    world = ground([old, old, {"replaces": 11}, {}, {**old, "demolished": True}], [], ["new"])
    assert replaced(world).tolist() == [-1, -1, 1, -1, -1]
    assert standing(world).tolist() == [True, False, True, True, False]
    assert standing(world, after=False).tolist() == [True, True, False, False, True]


def test_basements_and_areas_that_are_none() -> None:
    rows: list[dict[str, Any]] = [
        {"floor_m2": 100.0, "basement_m2": 40.0, "basement_ceiling_m": 1.25},
        {"floor_m2": 100.0, "basement_m2": 40.0, "basement_ceiling_m": 1.2495},
        {"floor_m2": 100.0, "basement_m2": 40.0, "basement_ceiling_m": 1.249},
        {"floor_m2": 100.0, "basement_m2": 0.0},
        {"floor_m2": 0.0},
        {"floor_m2": -1.0},
        {"floor_m2": 100.0, "basement_m2": 40.0, "basement_ceiling_m": np.inf},
        {"floor_m2": 100.0, "attic_m2": -1.0},
    ]
    base = {"basement_m2": 0.0, "attic_m2": 0.0}
    world = ground([{**base, **row} for row in rows], [], ["new"])
    nan = np.nan
    np.testing.assert_equal(counted(world, LAW).total_m2, [140.0, 140.0, 100.0, 100.0, 0.0, nan, nan, nan])


def test_what_is_left_out_of_each_group() -> None:
    """Secondary floor up to 50 m² a house, 20 m² a row house, a quarter elsewhere; two readings of stacked flats."""
    base = {"basement_m2": 0.0, "attic_m2": 0.0}

    def home(kind: str, floor: float, **more: Any) -> dict[str, Any]:
        return {**base, "kind": kind, "floor_m2": floor, **more}

    def shed(floor: float) -> dict[str, Any]:
        return {**base, "kind": "shed", "role": "secondary", "floor_m2": floor}

    groups = [
        ([home("detached_house", 100.0), shed(30.0)], (100.0, 30.0, 1.0, 30.0, 30.0)),
        ([home("double_house", 100.0, dwellings=2), shed(130.0)], (100.0, 130.0, 2.0, 100.0, 100.0)),
        ([home("row_house", 100.0, dwellings=2), shed(70.0)], (100.0, 70.0, 2.0, 40.0, 40.0)),
        ([home("business", 200.0), shed(70.0)], (200.0, 70.0, 1.0, 50.0, 50.0)),
        ([home("two_family_horizontal", 200.0, dwellings=2), shed(150.0)], (200.0, 150.0, 2.0, 40.0, 100.0)),
        ([shed(60.0)], (0.0, 60.0, 0.0, 0.0, 0.0)),
        ([home("detached_house", np.nan), shed(60.0)], (np.nan, 60.0, 1.0, 50.0, 50.0)),
        ([], (0.0, 0.0, 0.0, 0.0, 0.0)),
    ]
    rows = [one for some, _ in groups for one in some]
    group = np.array([k for k, (some, _) in enumerate(groups) for _ in some])
    told = statement(ground(rows, [], ["new"]), LAW, np.arange(len(rows)), group, len(groups))
    numbers = np.stack(
        [told.primary_m2, told.secondary_m2, told.dwellings, told.free_m2, told.free_most_m2], axis=1
    )
    np.testing.assert_allclose(numbers, [said for _, said in groups])
    assert told.lacking.tolist() == [False] * 6 + [True, False]
    older = statement(
        ground(rows, [], ["new"]), LAW, np.arange(len(rows)), group, len(groups), older=np.arange(8) == 1
    )
    np.testing.assert_allclose(older.free_m2[:3], [30.0, 70.0, 40.0])


def test_plots_of_buildings() -> None:
    """The only plot of a site for what nobody has placed; none where there are two, and for what stands elsewhere."""
    new, old = {"plot": 0}, {"plot": 0, "proposed": False}
    rows = [
        {**new, "site": 0},
        {**old, "site": 0},
        {**old, "site": 0, "geometry": None},
        {"plot": 7, "site": 0},
        {"plot": -1, "site": 0},
        {**new, "site": 1},
        {"plot": 2, "site": 1},
        {**new, "site": 2},
        {**new, "site": 3},
        {**new, "site": 4},
        {**new, "site": 9},
    ]
    parcels = [
        {"site": 0, "plot": 3},
        {"site": 0, "plot": 3},
        {"site": 0, "plot": 0},
        {"site": 1, "plot": 1},
        {"site": 1, "plot": 2},
        {"site": 3, "plot": 0},
        {"site": 4, "plot": 1},
        {"site": 9, "plot": 5},
    ]
    world = ground(rows, parcels, ["new"] * 5)
    assert plots_of(world).tolist() == [3, 0, 3, 7, 3, 0, 2, 0, 0, 1, 0]


def test_area_of_plots() -> None:
    nan = np.nan
    parcels: list[dict[str, Any]] = [
        {"plot": 1, "registered_m2": 800.0, "drawn_m2": 790.0},
        {"plot": 1, "registered_m2": 0.0, "drawn_m2": 100.0},
        {"plot": 2, "registered_m2": nan, "drawn_m2": 0.0},
        {"plot": 3, "registered_m2": 500.0, "share_urban": 0.0, "share_rural": 1.0},
        {"plot": 4, "registered_m2": 500.0, "share_urban": 0.2, "share_rural": 0.8, "common_m2": 30.0},
        {"plot": 5, "registered_m2": 1.0, "share_urban": 0.5, "share_summer_house": 0.5},
        {"plot": 0, "registered_m2": 77.0},
        {"plot": 1, "site": 1, "registered_m2": 60.0, "road_m2": 9.0},
    ]
    world = ground([{}], parcels, ["new"] * 2)
    asked = [
        (0, 1, "urban", 900.0),
        (0, 2, "urban", nan),
        # Nothing is left of it in the zone of the building.
        (0, 3, "urban", nan),
        (0, 3, "rural", 500.0),
        (0, 3, "", 500.0),
        (0, 4, "rural", 430.0),
        (0, 5, "summer_house", 0.5),
        (0, 6, "urban", nan),
        (0, 0, "urban", nan),
        (0, -1, "urban", nan),
        (1, 1, "urban", 60.0),
    ]
    site, plot, zone, area = (list(column) for column in zip(*asked, strict=True))
    told = plot_area(world, np.array(site), np.array(plot), np.array(zone, dtype=object))
    np.testing.assert_allclose(told.area_m2, area)
    assert told.road_m2.tolist() == [0.0] * 10 + [9.0]
    # No parcel is no area, not one of nothing.
    np.testing.assert_equal(told.registered_m2[6:], [1.0, nan, nan, nan, 60.0])
    np.testing.assert_allclose(told.other_zone_m2[2:6], [500.0, 0.0, 0.0, 100.0])
