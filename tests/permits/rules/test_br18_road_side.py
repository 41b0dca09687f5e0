"""br18.road_side: fixed distance, slope to the opposite road line, and texts that are not settled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.rulesets import load
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.examples import check, read
from permits.rulebook import FLAGS
from permits.rules.br18_road_side import RULE
from permits.rules.parts.plane import Lines, Parts, worst
from tests import tier
from tests.permits.shared import shared_cases
from tests.permits.situations import answer, box, flat, house, moved, situation, without

ID = RULE.id
CASES = Path(__file__).parents[1] / "cases" / "br18_road_side.yaml"
ROAD = {"kind": "road", "wkt": box(-60, -10, 100, 0)}
NOW, SLOPE, BETWEEN, FIRST = "2026-02-02", "2022-02-02", "2021-02-02", "2019-02-02"


def beside(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A plot with a road of 10 m along its lower side."""
    return situation(*buildings, **{"surroundings": [ROAD], **more})


def said(case: dict[str, Any]) -> tuple[str, str]:
    found = answer(case, ID)
    return str(found["outcome"]), str(found["reason"])


def at(y: float, **more: Any) -> dict[str, Any]:
    return house(box(10, y, 20, y + 9), **more)


def roofed(y: float, z: float, **more: Any) -> dict[str, Any]:
    return at(y, height=z, roof=[flat(10, y, 20, y + 9, z)], **more)


def shed(y: float, **more: Any) -> dict[str, Any]:
    return {
        "id": "s",
        "role": "secondary",
        "kind": "shed",
        "footprint": box(25, y, 28, y + 3),
        "height": 2.0,
        **more,
    }


def test_own_cases() -> None:
    results = check(read([CASES]), [ID])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 11


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [ID])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize("day", [NOW, FIRST])
@pytest.mark.parametrize(("y", "outcome"), [(2.5, "pass"), (2.4995, "pass"), (2.499, "needs_manual")])
def test_fixed_distance_is_inclusive(day: str, y: float, outcome: str) -> None:
    found = answer(beside(at(y, height=8.0), date=day), ID)
    assert found["outcome"] == outcome
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")
    assert (found["measured"], found["limit"]) == (pytest.approx(y), 2.5)
    assert found["y"] == pytest.approx(y)


@pytest.mark.parametrize(
    ("day", "building", "limit"),
    [
        (NOW, at(6, kind="summer_house"), 2.5),
        (NOW, at(6, kind="business"), 2.5),
        (NOW, shed(6), 2.5),
        (FIRST, at(6, kind="summer_house"), 5.0),
        (FIRST, at(6, kind="business"), 5.0),
        (FIRST, shed(6), 2.5),
        (FIRST, shed(6, integrated=True), 5.0),
    ],
)
def test_all_buildings_in_a_summer_house_area(day: str, building: dict[str, Any], limit: float) -> None:
    found = answer(beside(building, date=day, zone="sommerhusomraade"), ID)
    assert (found["outcome"], found["limit"]) == ("pass", limit)


@pytest.mark.parametrize("zone", ["byzone", "landzone"])
@pytest.mark.parametrize("kind", ["summer_house", "two_family_horizontal", "double_house"])
def test_houses_elsewhere(zone: str, kind: str) -> None:
    assert said(beside(at(2, kind=kind), zone=zone)) == ("needs_manual", "overall_assessment")
    assert said(beside(shed(2, integrated=True), zone=zone)) == ("needs_manual", "overall_assessment")


@pytest.mark.parametrize(
    "building",
    [at(1, kind="row_house"), at(1, kind="farm_building"), at(1, kind="sanitary_building"), shed(1)],
)
def test_others_elsewhere_are_not_asked(building: dict[str, Any]) -> None:
    for day in (NOW, FIRST):
        assert said(beside(building, date=day)) == ("not_applicable", "")


def test_wide_eaves_are_taken_off() -> None:
    assert answer(beside(at(2.8, eaves_overhang=0.8)), ID)["outcome"] == "pass"
    assert answer(beside(at(2.8, eaves_overhang=0.9)), ID)["measured"] == pytest.approx(2.4)


@pytest.mark.parametrize("day", [NOW, SLOPE, BETWEEN, FIRST])
def test_no_road_and_no_surroundings(day: str) -> None:
    assert said(situation(at(1), date=day)) == ("not_applicable", "")
    assert said(situation(at(1), date=day, missing_layers=["surroundings"])) == (
        "needs_manual",
        "missing_data",
    )


def test_stretch_that_is_not_known_leaves_a_pass_open_but_not_a_breach() -> None:
    for y, day, reason in (
        (2.0, NOW, "overall_assessment"),
        (6.0, NOW, "missing_data"),
        (6.0, SLOPE, "missing_data"),
    ):
        world = build([beside(at(y), date=day)])
        kind = world.edges["kind"].where(world.edges["kind"] == "road", "unknown")
        found = run(without(world, "edges", kind=kind), rules=[ID]).iloc[0]
        assert (found["outcome"], found["reason"]) == ("needs_manual", reason)


def test_road_that_may_be_none_makes_a_breach_ambiguous() -> None:
    for day, building in ((NOW, at(2.0)), (SLOPE, roofed(2.0, 9.0))):
        world = without(build([beside(building, date=day)]), "edges", ambiguous=True)
        assert run(world, rules=[ID]).iloc[0]["reason"] == "ambiguous_boundary"


@pytest.mark.parametrize(("z", "outcome"), [(5.2, "pass"), (5.2005, "pass"), (5.201, "needs_manual")])
def test_slope_to_the_opposite_line_is_inclusive(z: float, outcome: str) -> None:
    found = answer(beside(roofed(3, z), date=SLOPE), ID)
    assert (found["outcome"], found["limit"]) == (outcome, pytest.approx(5.2))
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")


def test_box_that_is_too_high_leaves_it_open() -> None:
    assert said(beside(at(3, height=5.2), date=SLOPE)) == ("pass", "")
    assert said(beside(at(3, height=5.3), date=SLOPE)) == ("needs_manual", "missing_data")


def test_eaves_of_usual_size_are_no_part_of_the_height() -> None:
    low = "POLYGON Z ((10 2.5 4.95, 20 2.5 4.95, 20 12 14.45, 10 12 14.45, 10 2.5 4.95))"
    found = answer(beside(house(box(10, 3, 20, 3.1), roof=[low]), date=SLOPE), ID)
    assert found["limit"] >= 5.2 - 1e-9


def test_width_of_the_road_that_is_not_known() -> None:
    for z, outcome in ((1.2, "pass"), (1.3, "needs_manual"), (9.0, "needs_manual")):
        world = without(build([beside(roofed(3, z), date=SLOPE)]), "edges", width_across_m=np.nan)
        found = run(world, rules=[ID]).iloc[0]
        assert (found["outcome"], found["reason"]) == (outcome, "" if outcome == "pass" else "missing_data")


@pytest.mark.parametrize(
    ("building", "zone"),
    [
        (at(9, kind="summer_house"), "sommerhusomraade"),
        (shed(9), "sommerhusomraade"),
        (shed(9), "byzone"),
        ({"id": "p", "role": "raised_area", "kind": "pool", "footprint": box(9, 9, 12, 12)}, "byzone"),
        (
            {
                "id": "t",
                "role": "raised_area",
                "kind": "terrace",
                "height": 0.31,
                "footprint": box(9, 9, 12, 12),
            },
            "byzone",
        ),
    ],
)
def test_what_is_not_settled_has_to_be_read(building: dict[str, Any], zone: str) -> None:
    for day in (SLOPE, BETWEEN):
        assert said(beside(building, date=day, zone=zone)) == ("needs_manual", "legal_text")
        assert said(situation(building, date=day, zone=zone)) == ("not_applicable", "")


def test_houses_between_two_versions_have_to_be_read() -> None:
    assert said(beside(at(9), date=BETWEEN)) == ("needs_manual", "legal_text")
    assert said(beside(at(9, kind="row_house"), date=BETWEEN)) == ("not_applicable", "")


def test_low_terrace_is_not_asked() -> None:
    low = {"id": "t", "role": "raised_area", "kind": "terrace", "height": 0.3, "footprint": box(9, 1, 12, 4)}
    assert said(beside(low, date=SLOPE)) == ("not_applicable", "")


def test_zone_that_decides_and_is_not_known() -> None:
    for day in (NOW, SLOPE, BETWEEN, FIRST):
        for building in (at(9, kind="summer_house"), at(9, kind="business"), shed(9)):
            case = beside(building, date=day)
            del case["zone"]
            assert said(case)[0] == "needs_manual"
            plain = situation(building, date=day)
            del plain["zone"]
            assert said(plain) == ("not_applicable", "")


@pytest.mark.parametrize("day", [NOW, SLOPE])
def test_missing_values(day: str) -> None:
    assert said(beside(house(None), date=day)) == ("needs_manual", "missing_data")
    assert said(situation(house(None), date=day)) == ("not_applicable", "")
    bare = at(3)
    del bare["height"]
    assert said(beside(bare, date=day))[1] == ("missing_data" if day == SLOPE else "")


def test_position_uncertainty_is_flagged() -> None:
    for day, building in ((NOW, at(2.6)), (SLOPE, roofed(3, 5.15))):
        world = without(build([beside(building, date=day)]), "buildings", sigma_m=0.2)
        assert run(world, rules=[ID]).iloc[0]["flags"] == FLAGS["within_tolerance"]


def test_one_bad_row_never_stops_a_batch() -> None:
    for day in (NOW, SLOPE):
        world = build([beside(roofed(2, 9.0), date=day)] * 5)
        shapes = [
            None,
            shapely.Polygon(),
            shapely.from_wkt("POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))"),
            world.buildings.geometry[3],
            world.buildings.geometry[4],
        ]
        world = without(world, "buildings", geometry=shapes)
        lines = [
            None if site == 3 else line
            for site, line in zip(world.edges["site"], world.edges.geometry, strict=True)
        ]
        table = run(without(world, "edges", geometry=lines), rules=[ID])
        assert table["reason"].tolist() == ["missing_data"] * 4 + ["overall_assessment"]
    assert all(RULE.check(World.of(), law).empty for law in load().values())
    bare = build([beside(at(3))])
    assert run(bare.with_(edges=bare.edges.iloc[:0]), rules=[ID]).iloc[0]["reason"] == "missing_data"


def test_planes_that_start_above_the_boundary_agree_with_dense_sampling() -> None:
    """A reference written for clarity: many points on the roof, all roads, the smallest room of all."""
    rng = np.random.default_rng(18)
    step = 0.1
    for _ in range(tier.cases(80, fast=15)):
        facet = shapely.convex_hull(shapely.multipoints(rng.uniform(-6, 6, (5, 2))))
        slope = rng.uniform(-1.0, 1.0, 2) * rng.integers(0, 2)
        plane = np.array([slope[0], slope[1], rng.uniform(4, 9)])
        xy = np.hstack([p := rng.uniform(-14, 14, (4, 2)), p + rng.uniform(-9, 9, (4, 2))])
        width = rng.uniform(0, 25, 4)
        lines = Lines(xy, np.full(4, 1), np.zeros(4, dtype=bool), np.arange(4))
        parts = Parts(np.array([0]), np.array([facet], dtype=object), plane[None, :])
        exact = float(worst(parts, np.array([1]), lines, 0.4, 0.4 * width).iloc[0]["margin"])
        along = shapely.line_interpolate_point(facet.exterior, np.arange(0, facet.length, step / 4))
        x0, y0, x1, y1 = facet.bounds
        grid = np.stack(np.meshgrid(np.arange(x0, x1, step), np.arange(y0, y1, step)), axis=-1).reshape(-1, 2)
        points = np.vstack([shapely.get_coordinates(along), grid[shapely.contains_xy(facet, grid)]])
        roads = shapely.linestrings(xy.reshape(-1, 2, 2))
        room = np.min(
            [
                0.4 * (shapely.distance(shapely.points(points), road) + w)
                for road, w in zip(roads, width, strict=True)
            ],
            axis=0,
        )
        sampled = float((room - points @ plane[:2] - plane[2]).min())
        assert exact <= sampled + 1e-9
        assert sampled - exact <= (0.4 + np.hypot(*slope)) * step


@pytest.mark.parametrize("day", [NOW, SLOPE])
def test_moving_and_turning_changes_nothing(day: str) -> None:
    rng = np.random.default_rng(4)
    cases = []
    for _ in range(15):
        y, z = rng.uniform(1.0, 6.0), rng.uniform(3.0, 8.0)
        pitch = f"POLYGON Z ((10 {y} {z}, 20 {y} {z}, 20 {y + 9} {z + 3}, 10 {y + 9} {z + 3}, 10 {y} {z}))"
        cases.append(beside(at(y, height=z + 3, roof=[pitch]), date=day))
    still = run(build(cases), rules=[ID])
    assert {"pass", "needs_manual"} == set(still["outcome"])
    for angle, mirror in ((0.7, 1.0), (2.9, -1.0)):
        c, s = np.cos(angle), np.sin(angle)
        turned = [moved(case, [c * mirror, -s, s * mirror, c, 721000.0, 6173000.0]) for case in cases]
        table = run(build(turned), rules=[ID])
        clear = np.abs(still["margin"].to_numpy() + 0.0005) > 1e-5
        assert (table["outcome"] == still["outcome"])[clear].all()
        assert np.abs(table["margin"] - still["margin"]).max() < 1e-6
