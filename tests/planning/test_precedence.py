"""Which plan speaks: sub-areas, plans side by side, shallow overlaps, dates, missing footprints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.world import LIMIT_STATES
from permits.engine.world import MATTERS as WORLD_MATTERS
from planning.limits import MATTERS, STATES
from planning.precedence import considered, in_force
from tests.planning.plans import DAY, HOUSE, plan, said, world

SUB = {"level": "sub_area", "parent": "1.23"}


def test_vocabulary_is_one_and_the_same() -> None:
    assert MATTERS == WORLD_MATTERS
    assert STATES == LIMIT_STATES


def test_value_of_a_sub_area_replaces_that_of_its_local_plan() -> None:
    ready = world([plan(limits={"max_height": 8.5}), plan("I", **SUB, limits={"max_height": 10.0})])
    assert said(ready) == {(1, "value", 10.0, False)}


@pytest.mark.parametrize(
    "sub", [{}, {"silent": ("max_height",)}, {"complex": True, "limits": {"max_height": 3.0}}]
)
def test_local_plan_speaks_for_a_sub_area_without_a_value(sub: dict[str, object]) -> None:
    ready = world([plan(limits={"max_height": 6.5}), plan("I", **SUB, **sub)])
    assert said(ready) == {(0, "value", 6.5, False)}


def test_sub_area_without_its_local_plan_stands_alone() -> None:
    assert said(world([plan("I", **SUB, silent=("max_height",))])) == {(0, "not_regulated", -1.0, False)}
    repealed = plan(repealed=pd.Timestamp("2020-01-01"), limits={"max_height": 5.0})
    assert said(world([repealed, plan("I", **SUB)])) == {(1, "not_recorded", -1.0, False)}


def test_local_plan_in_force_speaks_where_the_one_that_is_named_is_repealed() -> None:
    old = plan(repealed=pd.Timestamp("2020-01-01"), limits={"max_height": 5.0})
    new = plan(limits={"max_height": 7.0})
    ready = world([old, plan("I", **SUB), new])
    assert said(ready) == {(2, "value", 7.0, False)}


def test_local_plan_speaks_for_its_sub_area_beyond_its_own_outline() -> None:
    ready = world([plan(geometry=shapely.box(0, 0, 14, 25), limits={"max_height": 6.5}), plan("I", **SUB)])
    assert said(ready) == {(0, "value", 6.5, False)}
    assert not len(ready.rests[ready.rests["matter"] == "max_height"])


def test_three_states() -> None:
    ready = world([plan(limits={"max_height": 6.5}, silent=("max_storeys",), use=11)])
    states = {m: next(iter(said(ready, m)))[1] for m in MATTERS}
    assert states == {
        "max_height": "value",
        "max_storeys": "not_regulated",
        "plot_ratio": "not_recorded",
        "use": "value",
        "building_field": "not_recorded",
    }
    assert set(ready.rests["matter"]) == {"max_storeys", "plot_ratio", "building_field"}


def test_a_number_that_is_not_there_is_not_recorded() -> None:
    assert said(world([plan(limits={"max_height": np.nan})])) == {(0, "not_recorded", -1.0, False)}


def test_complex_plan_records_nothing() -> None:
    ready = world([plan(complex=True, limits={"max_height": 6.5}, use=11, silent=("max_storeys",))])
    assert set(ready.rulings["state"]) == {"not_recorded"}


def test_fields_and_lines_regulate_where_to_build() -> None:
    field = plan("F", shapely.box(0, 0, 5, 5), level="building_field", parent="1.23", field_state="yes")
    assert said(world([plan(silent=("building_field",)), field]), "building_field") == {
        (0, "value", 1.0, False)
    }
    gone = {**field, "repealed": pd.Timestamp("2020-01-01")}
    told = said(world([plan(silent=("building_field",)), gone]), "building_field")
    assert told == {(0, "not_regulated", -1.0, False)}


@pytest.mark.parametrize(
    ("first", "second", "matter", "conflict"),
    [
        ({"limits": {"max_height": 6.5}}, {"limits": {"max_height": 8.0}}, "max_height", True),
        ({"limits": {"max_height": 6.5}}, {"limits": {"max_height": 6.5}}, "max_height", False),
        ({"limits": {"max_height": 6.5}}, {}, "max_height", False),
        (
            {"limits": {"plot_ratio": 30}, "per": "plot"},
            {"limits": {"plot_ratio": 30}, "per": "property"},
            "plot_ratio",
            True,
        ),
        ({"use": 11, "uses": (1110, 1120)}, {"use": 11, "uses": (1120, 1110)}, "use", False),
        ({"use": 11, "uses": (1110,)}, {"use": 11, "uses": (1110, 1120)}, "use", True),
        ({"use": 11}, {"use": 21}, "use", True),
    ],
)
def test_two_plans_are_each_asked(first: dict, second: dict, matter: str, conflict: bool) -> None:
    ready = world([plan(**first), plan("4.01", **second)])
    told = said(ready, matter)
    assert {area for area, *_ in told} == {0, 1}
    assert any(row[3] for row in told) is conflict


def test_an_area_that_contradicts_itself_says_both() -> None:
    ready = world([plan(limits={"max_height": 6.5})])
    twice = pd.concat([ready.limits, ready.limits.assign(value=8.0)], ignore_index=True)
    from permits.engine.prepare import prepare

    assert said(prepare(ready.with_(limits=twice))) == {(0, "value", 6.5, True), (0, "value", 8.0, True)}


def test_conflict_lies_only_where_both_lie() -> None:
    left = plan("1.23", shapely.box(0, 0, 16, 25), limits={"max_height": 6.5})
    right = plan("4.01", shapely.box(14, 0, 40, 25), limits={"max_height": 8.0})
    ready = world([left, right])
    assert len(ready.pieces) == 3
    rows = ready.rulings[ready.rulings["matter"] == "max_height"]
    areas = ready.pieces.set_index("piece").geometry.area
    assert areas[rows.loc[rows["conflict"], "piece"].unique()].tolist() == [pytest.approx(16.0)]


@pytest.mark.parametrize(("reach", "counts"), [(0.04, False), (0.06, True)])
def test_shallow_overlap_brings_no_plan_into_play(reach: float, counts: bool) -> None:
    ready = world([plan(geometry=shapely.box(20 - reach, 0, 60, 25), limits={"max_height": 6.5})])
    assert (len(said(ready)) == 1) is counts
    assert bool(ready.overlaps["near_line"].any()) is not counts
    assert "max_height" in set(ready.rests["matter"])


@pytest.mark.parametrize(("gap", "rest"), [(0.04, False), (0.06, True)])
def test_shallow_rest_is_not_left_to_the_regulation(gap: float, rest: bool) -> None:
    ready = world([plan(geometry=shapely.box(0, 0, 20 - gap, 25), limits={"max_height": 6.5})])
    assert ("max_height" in set(ready.rests["matter"])) is rest
    assert bool(ready.pieces["near_line"].any()) is not rest


def test_shallow_overlap_of_two_plans_is_no_conflict_but_keeps_both_exact() -> None:
    left = plan("1.23", shapely.box(0, 0, 15.04, 25), limits={"max_height": 6.5})
    right = plan("4.01", shapely.box(15, 0, 40, 25), limits={"max_height": 8.0})
    ready = world([left, right])
    rows = ready.rulings[ready.rulings["matter"] == "max_height"]
    assert not rows["conflict"].any()
    for area, width in ((0, 5.04), (1, 5.0)):
        here = ready.pieces[ready.pieces["piece"].isin(rows.loc[rows["area"] == area, "piece"])]
        assert here.geometry.area.sum() == pytest.approx(width * 8.0)


def test_slivers_that_are_deep_together_count() -> None:
    # Three strips of 0.03 m under one plan and, in turn, three others: each cell is shallow, the plan is not.
    strips = [
        plan(str(k), shapely.box(19.91 + 0.03 * k, 0, 19.94 + 0.03 * k, 25), limits={"max_storeys": 2})
        for k in range(3)
    ]
    ready = world([plan("9", shapely.box(19.91, 0, 40, 25), limits={"max_height": 6.5}), *strips])
    assert said(ready) == {(0, "value", 6.5, False)}
    assert "max_storeys" in set(ready.rests["matter"])


def test_whisker_makes_an_overlap_shallow_as_a_whole() -> None:
    # One connected piece: 0.3 m × 0.3 m with a strip of 0.04 m along the house is less deep than 0.05 m.
    shape = shapely.union_all([shapely.box(9, 8, 10.04, 16), shapely.box(9, 8, 10.3, 8.3)])
    ready = world([plan(geometry=shape, limits={"max_height": 6.5})])
    assert not said(ready)


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        ({}, True),
        ({"in_force": DAY}, True),
        ({"in_force": "2026-03-02"}, False),
        ({"repealed": DAY}, False),
        ({"repealed": "2026-03-02"}, True),
        ({"proposal": True, "published": "2026-01-15"}, False),
    ],
)
def test_days(dates: dict, counts: bool) -> None:
    ready = world([plan(limits={"max_height": 6.5}, **dates)])
    assert bool(len(said(ready))) is counts
    assert len(ready.overlaps) == (counts or "proposal" in dates)


def test_in_force_on_an_unknown_day_is_later_than_every_date() -> None:
    areas = world([plan(in_force="1990-01-01"), plan("2", repealed="2100-01-01")]).areas
    assert in_force(areas, pd.Series([pd.NaT, pd.NaT])).tolist() == [True, False]


@pytest.mark.parametrize(
    "house", [None, shapely.Polygon(), shapely.from_wkt("POLYGON ((0 0, 9 9, 9 0, 0 9, 0 0))")]
)
def test_house_that_cannot_be_placed_lies_under_every_plan(house: object) -> None:
    far = plan("4.01", shapely.box(30, 0, 40, 25), limits={"max_height": 5.0})
    ready = world([plan(limits={"max_height": 6.5}), far], house=house)
    assert said(ready) == {(0, "value", 6.5, False), (1, "value", 5.0, False)}
    assert ready.pieces.geometry.isna().all()


def test_holes_and_parts() -> None:
    ring = HOUSE.difference(shapely.box(13, 10, 17, 14))
    wings = shapely.MultiPolygon([shapely.box(2, 2, 6, 6), shapely.box(30, 2, 36, 6)])
    for house in (ring, wings):
        ready = world([plan(geometry=shapely.box(0, 0, 15, 25), limits={"max_height": 6.5})], house=house)
        assert ready.pieces.geometry.area.sum() == pytest.approx(house.area)
        assert said(ready) == {(0, "value", 6.5, False)}


def test_overhang_beyond_usual_eaves_is_a_piece_of_its_own() -> None:
    roof = [(shapely.box(9, 7, 21, 17), (0.0, 0.0, 6.0))]
    ready = world([plan(limits={"max_height": 6.5})], roof=roof)
    jutting = ready.pieces[ready.pieces["overhang"]]
    assert jutting.geometry.area.sum() == pytest.approx(12 * 10 - 11 * 9)
    assert (
        not world([plan()], roof=[(shapely.box(9.5, 7.5, 20.5, 16.5), (0.0, 0.0, 6.0))])
        .pieces["overhang"]
        .any()
    )


def test_plan_that_crosses_itself_is_not_lost() -> None:
    bow = shapely.from_wkt("POLYGON ((0 0, 40 25, 40 0, 0 25, 0 0))")
    assert said(world([plan(geometry=bow, limits={"max_height": 6.5})], house=shapely.box(1, 5, 4, 20)))


def test_no_plans_at_all() -> None:
    ready = world([])
    assert len(ready.pieces) == 1
    assert not len(ready.rulings)
    assert set(ready.rests["matter"]) == set(MATTERS)


def test_every_plan_is_accounted_for() -> None:
    plans = [
        plan(limits={"max_height": 8.5}),
        plan("I", **SUB, limits={"max_height": 6.5}),
        plan("II", **SUB, geometry=shapely.box(30, 0, 40, 25)),
        plan("0.17", repealed="2020-01-01"),
        plan("5", in_force="2027-01-01"),
        plan("6", proposal=True, published=DAY),
        plan("3.B.1", level="framework"),
        plan("7", geometry=shapely.box(19.97, 0, 60, 25)),
        plan("1.23 field", level="building_field", parent="1.23"),
    ]
    ready = world(plans)
    table = considered(
        ready.areas,
        ready.overlaps,
        ready.pieces,
        ready.rulings,
        building=7,
        matter="max_height",
        day=pd.Timestamp(DAY),
    )
    assert table["role"].tolist() == [
        "replaced", "speaks", "beside", "repealed", "not_yet", "proposal", "framework", "shallow",
    ]  # fmt: skip
    assert table.loc[1, "value"] == 6.5
