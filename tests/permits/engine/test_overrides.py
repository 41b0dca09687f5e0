"""Corrected inputs in their places: what changes, what stays, and what the answers then are and say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from permits.engine.inputs import INPUTS, reads
from permits.engine.overrides import overridden
from permits.engine.prepare import prepare
from permits.engine.run import run
from permits.engine.world import SCHEMA, World
from permits.example_world import build
from permits.proofs.proof import prove
from permits.rulebook import discover
from tests.permits.situations import box, house, situation

DISTANCE, HEIGHT, RATIO, ROAD = "br18.boundary_distance", "br18.height", "br18.plot_ratio", "br18.road_side"


def corrected(world: World, *rows: dict[str, Any]) -> World:
    return world.with_(
        overrides=pd.DataFrame([{"site": 0, "reason": "målt på stedet", **row} for row in rows])
    )


def near(**more: Any) -> World:
    """A house 2.0 m from its southern boundary, toward a path, 100 m² on 1,200 m²."""
    path = [{"kind": "path", "wkt": box(0, -3, 40, 0)}]
    return build([situation(house(box(5, 2, 15, 12), floor_area=100, storeys=1, **more), surroundings=path)])


def south(world: World) -> int:
    edges = world.edges
    return int(edges.loc[[line.bounds[3] == 0 for line in edges.geometry], "edge"].iloc[0])


def said(world: World, rule: str) -> pd.Series:
    return run(world, rules=[rule]).iloc[0]


def test_a_boundary_that_is_a_road_is_no_neighbour() -> None:
    world = near()
    assert said(world, DISTANCE)["outcome"] == "needs_manual"
    right = corrected(world, {"table": "edges", "key": south(world), "column": "kind", "word": "road"})
    assert said(right, DISTANCE)["outcome"] == "pass"
    assert (said(right, ROAD)["outcome"], said(right, ROAD)["measured"]) == ("needs_manual", 2.0)


def test_a_kind_that_was_looked_up_is_no_longer_ambiguous() -> None:
    world = build([situation(house(box(5, 2, 15, 12)), missing_layers=["surroundings"])])
    assert said(world, DISTANCE)["reason"] == "ambiguous_boundary"
    right = corrected(world, {"table": "edges", "key": 0, "column": "kind", "word": "parcel"})
    assert said(right, DISTANCE)["reason"] == "overall_assessment"
    assert prepare(right).edges[["kind_src", "ambiguous"]].to_numpy().tolist() == [["corrected", False]]


def test_datum_measures_absolute_heights() -> None:
    world = near(levels="kote", height=20.0)
    assert said(world, HEIGHT)["reason"] == "missing_data"
    right = corrected(world, {"table": "sites", "key": 0, "column": "datum_m", "value": 12.0})
    assert (said(right, HEIGHT)["outcome"], said(right, HEIGHT)["measured"]) == ("pass", 8.0)


def test_floor_and_plot_area_change_the_ratio() -> None:
    world = near()
    right = corrected(
        world,
        {"table": "parcels", "key": 0, "column": "registered_m2", "value": 500.0},
        {"table": "buildings", "key": 0, "column": "floor_m2", "value": 160.0},
    )
    assert said(world, RATIO)["measured"] == pytest.approx(100 / 12)
    assert said(right, RATIO)["measured"] == pytest.approx(32.0)


def test_width_of_the_road_decides_the_slope_of_its_time() -> None:
    case = situation(
        house(box(5, 4, 15, 14), height=5.0),
        date="2022-05-05",
        surroundings=[{"kind": "road", "wkt": box(0, -6, 40, 0)}],
    )
    world = build([case])
    assert said(world, ROAD)["limit"] == pytest.approx(4.0)
    right = corrected(
        world, {"table": "edges", "key": south(world), "column": "width_across_m", "value": 9.0}
    )
    assert said(right, ROAD)["limit"] == pytest.approx(5.2)


def test_a_use_brings_its_role_and_eaves_their_distance() -> None:
    world = near()
    shed = corrected(world, {"table": "buildings", "key": 0, "column": "kind", "word": "garage"})
    assert prepare(shed).buildings["role"].tolist() == ["secondary"]
    assert said(shed, DISTANCE)["outcome"] == "not_applicable"
    wide = corrected(world, {"table": "buildings", "key": 0, "column": "eaves_m", "value": 0.9})
    assert said(wide, DISTANCE)["measured"] == pytest.approx(2.0 - 0.4)


def test_originals_are_kept_and_nothing_is_applied_twice() -> None:
    world = corrected(near(), {"table": "buildings", "key": 0, "column": "floor_m2", "value": 160.0})
    once = overridden(world)
    twice = overridden(prepare(once))
    for made in (once, twice):
        assert made.overrides[["original", "value", "applied"]].to_numpy().tolist() == [[100.0, 160.0, True]]
        assert made.buildings["floor_m2"].tolist() == [160.0]
    assert world.buildings["floor_m2"].tolist() == [100.0], "the World that was given is left alone"


def test_the_last_of_several_counts() -> None:
    rows = [{"table": "buildings", "key": 0, "column": "floor_m2", "value": v} for v in (160.0, 170.0)]
    assert overridden(corrected(near(), *rows)).buildings["floor_m2"].tolist() == [170.0]


@pytest.mark.parametrize(
    "row",
    [
        {"table": "buildings", "key": 7, "column": "floor_m2", "value": 160.0},
        {"table": "buildings", "key": 0, "column": "storeys", "value": 9.0},
        {"table": "edges", "key": -1, "column": "kind", "word": "road"},
        {"table": "buildings", "key": 0, "column": "floor_m2", "value": 160.0, "site": 3},
    ],
)
def test_what_is_not_there_changes_nothing_and_is_not_told(row: dict[str, Any]) -> None:
    world = near()
    wrong = corrected(world, row)
    made = overridden(wrong)
    assert not made.overrides["applied"].any()
    pd.testing.assert_frame_equal(run(wrong), run(world))
    for _, finding in run(wrong).iterrows():
        assert "corrected_1" not in prove(wrong, finding).trace.values


def test_all_sites_at_once_are_as_each_by_itself() -> None:
    cases = [situation(house(box(5, 2, 15, 12), floor_area=100, storeys=1)) for _ in range(40)]
    world = build(cases)
    rows = [
        {"site": site, "table": "buildings", "key": site, "column": "floor_m2", "value": 100.0 + site}
        for site in range(0, 40, 3)
    ]
    floor = overridden(corrected(world, *rows)).buildings["floor_m2"].to_numpy()
    expected = np.where(np.arange(40) % 3 == 0, 100.0 + np.arange(40), 100.0)
    assert floor.tolist() == expected.tolist()
    part = corrected(world, *rows).select(np.array([3, 4]))
    assert part.overrides["site"].tolist() == [3]


@pytest.mark.parametrize(
    ("language", "words"), [("da", "Register eller tegning: 1200,0 m²"), ("en", "1200.0 m²")]
)
def test_the_proof_names_value_original_and_reason(language: Any, words: str) -> None:
    world = corrected(near(), {"table": "parcels", "key": 0, "column": "registered_m2", "value": 500.0})
    proof = prove(world, said(world, RATIO), "applicant", language)
    line = proof.words.details[-1]
    assert "målt på stedet" in line
    assert "500" in line
    assert words in line
    assert proof.trace.number("corrected_1") == 500.0
    assert proof.trace.number("original_1") == 1200.0
    other = prove(world, said(world, DISTANCE), "applicant", language)
    assert "målt på stedet" not in other.words.text(), "the distance does not look at the area"


def test_what_was_not_known_is_said_so() -> None:
    world = near(levels="kote", height=20.0)
    right = corrected(world, {"table": "sites", "key": 0, "column": "datum_m", "value": 12.0})
    text = prove(right, said(right, HEIGHT), "planner", "da").words.text()
    assert "Oplyst af sagsbehandleren: Niveauplan er 12,00 m." in text


def test_a_building_s_correction_is_told_of_that_building_and_in_sums() -> None:
    two = situation(house(box(5, 8, 15, 18)), house(box(20, 8, 30, 18), id="k"))
    world = corrected(build([two]), {"table": "buildings", "key": 1, "column": "eaves_m", "value": 0.6})
    told = {
        int(row["building"]): "corrected_1" in prove(world, row).trace.values
        for _, row in run(world, rules=[DISTANCE]).iterrows()
    }
    assert told == {0: False, 1: True}


def test_inputs_name_columns_of_the_world_and_rules_that_are_there() -> None:
    rules = discover()
    for name, given in INPUTS.items():
        assert name == f"{given.table}.{given.column}"
        assert SCHEMA[given.table][given.column].kind == ("word" if given.choices else "number")
        assert any(reads(rule, given) for rule in rules)
        assert given.choices or given.low < given.high
