from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.run import run
from permits.example_world import build
from permits.rules.parts.sides import sides
from tests.permits.rules.secondary import LENGTH, nowhere, road, shed, summer
from tests.permits.situations import answer, box, flat, house, situation, without


def test_longest_side_toward_the_neighbour() -> None:
    found = answer(situation(shed(box(0, 8, 3, 15))), LENGTH)
    assert (found["outcome"], found["measured"], found["limit"], found["margin"]) == ("pass", 7.0, 12.0, 5.0)
    # Told in the middle of that side.
    assert (found["x"], found["y"]) == (0.0, 11.5)


@pytest.mark.parametrize(
    ("length", "reason"),
    [(12.0, ""), (12.0005, ""), (12.0006, "overall_assessment"), (12.1, "overall_assessment")],
)
def test_limit_is_inclusive_to_half_a_millimetre(length: float, reason: str) -> None:
    assert answer(situation(shed(box(0, 8, 3, 8 + length))), LENGTH)["reason"] == reason


def test_buildings_that_stand_count_unless_they_go_or_are_replaced() -> None:
    old = shed(box(37, 5, 40, 11), "old")
    new = shed(box(0, 5, 3, 12))
    assert answer(situation(new, existing=[old]), LENGTH)["measured"] == 13.0
    gone = {"work": "new", "buildings": [new], "demolish": ["old"]}
    assert answer(situation(existing=[old], application=gone), LENGTH)["measured"] == 7.0
    again = shed(box(37, 5, 40, 9), "old")
    table = run(build([situation(new, again, existing=[old])]), rules=[LENGTH])
    assert table["measured"].tolist() == [11.0, 11.0]


@pytest.mark.parametrize(
    ("step", "lengths"), [(1e-6, [3, 3, 10, 10]), (1e-5, [3, 3, 10, 10]), (0.01, [0.01, 3, 3.01, 4, 6, 10])]
)
def test_a_step_of_a_micrometre_does_not_divide_a_side(step: float, lengths: list[float]) -> None:
    # Roofs put together of facets on a grid of a micrometre have such steps where facets meet.
    outline = shapely.Polygon([(0, 0), (4, 0), (4, -step), (10, -step), (10, 3), (0, 3)])
    found = sides(np.array([outline], dtype=object))
    assert sorted(found.length_m) == pytest.approx(lengths, abs=2e-5)


def test_a_round_wall_has_no_side_and_one_corner_makes_none() -> None:
    turn = np.linspace(0.25 * np.pi, 1.75 * np.pi, 5000)
    # Three quarters of a circle, and the tangents from its ends, which meet in the only corner there is.
    drop = shapely.Polygon([*np.stack([np.cos(turn), np.sin(turn)], axis=1), (np.sqrt(2.0), 0.0)])
    found = sides(np.array([drop, shapely.box(0, 0, 4, 3)], dtype=object))
    assert found.length_m[found.row == 0].tolist() == [0.0]
    assert sorted(found.length_m[found.row == 1]) == [3.0, 3.0, 4.0, 4.0]


def test_a_corner_alone_has_no_length_and_no_place() -> None:
    # Sides of 60 degrees to the boundary that the corner points at.
    point = f"POLYGON ((1 10, {1 + 2 * np.sqrt(3)} 8, {1 + 2 * np.sqrt(3)} 12, 1 10))"
    found = answer(situation(shed(point)), LENGTH)
    assert (found["outcome"], found["measured"]) == ("pass", 0.0)
    assert found[["x", "y"]].isna().all()


def test_integrated_and_primary_buildings_do_not_count() -> None:
    other = [shed(box(0, 20, 3, 29), "g", integrated=True), house(box(37, 5, 40, 15))]
    assert answer(situation(shed(), existing=other), LENGTH)["measured"] == 4.0


def test_buildings_on_another_plot_do_not_count() -> None:
    land = {"parcels": [{"wkt": box(0, 0, 40, 30)}, {"wkt": box(60, 0, 80, 30)}]}
    other = [shed(box(60, 5, 63, 17), "far")]
    assert answer(situation(shed(), parcel=land, existing=other), LENGTH)["measured"] == 4.0


def test_a_side_faces_what_lies_within_45_degrees_of_it() -> None:
    for degrees, measured in ((44.9, 8.0), (45.1, 0.0)):
        turned = shapely.affinity.rotate(shapely.box(0, 0, 4, 8), degrees, origin=(0, 0))
        west = shapely.affinity.translate(turned, 0.5 - turned.bounds[0], 10)
        found = answer(situation(shed(west.wkt)), LENGTH)
        # Beyond 45 degrees it is the short side that faces the boundary.
        assert found["measured"] == pytest.approx(measured or 4.0)


def test_only_sides_near_what_they_face() -> None:
    assert answer(situation(shed(box(1, 10, 12, 13))), LENGTH)["measured"] == 3.0
    assert answer(situation(shed(box(2.5, 10, 12, 13))), LENGTH)["outcome"] == "not_applicable"


def test_a_wall_drawn_in_pieces_is_one_side() -> None:
    split = "POLYGON ((0 8, 3 8, 3 15, 0 15, 0 12, 0 11.5, 0 9, 0 8))"
    assert answer(situation(shed(split)), LENGTH)["measured"] == 7.0
    walls = sides(np.array([shapely.from_wkt(split)], dtype=object))
    assert sorted(walls.length_m.tolist()) == [3.0, 3.0, 7.0, 7.0]


def test_courtyards_and_parts() -> None:
    ring = "POLYGON ((0 8, 6 8, 6 14, 0 14, 0 8), (1 9, 5 9, 5 13, 1 13, 1 9))"
    two = "MULTIPOLYGON (((0 8, 3 8, 3 11, 0 11, 0 8)), ((0 12, 3 12, 3 16, 0 16, 0 12)))"
    assert answer(situation(shed(ring)), LENGTH)["measured"] == 6.0
    assert answer(situation(shed(two)), LENGTH)["measured"] == 4.0


def test_roads_do_not_count() -> None:
    case = situation(shed(box(10, 0, 24, 4)), surroundings=road(-20, -9, 60, 0))
    assert answer(case, LENGTH)["outcome"] == "not_applicable"


def test_summer_house_areas_count_within_five_metres() -> None:
    assert answer(summer(shed(box(4, 8, 7, 15))), LENGTH)["measured"] == 7.0
    assert answer(nowhere(shed(box(4, 8, 7, 15))), LENGTH)["reason"] == "missing_data"


@pytest.mark.parametrize(
    ("old", "reason", "measured"),
    [
        (box(33, 5, 36, 13), "missing_data", np.nan),
        (box(35, 5, 36, 8), "", 11.0),
        (box(37, 5, 40, 13), "overall_assessment", 16.0),
        (box(20, 5, 23, 13), "", 8.0),
    ],
)
def test_a_sum_may_hang_on_the_zone_of_a_building_that_stands(old: str, reason: str, measured: float) -> None:
    # What stands 4 m from its boundary counts in sommerhusområde alone, and where it stands is not known.
    world = build([situation(shed(box(0, 5, 3, 13)), existing=[shed(old, "old")])])
    zone = world.buildings["zone"].where(world.buildings["proposed"], "")
    found = run(without(world, "buildings", zone=zone), rules=[LENGTH]).iloc[0]
    assert found["reason"] == reason
    np.testing.assert_equal(found["measured"], measured)


def test_carport_is_as_long_as_its_roof() -> None:
    port = shed(box(1, 9, 4, 13), kind="carport", roof=[flat(0.6, 8.5, 4.4, 13.5, 2.4)])
    assert answer(situation(port), LENGTH)["measured"] == pytest.approx(5.0)


def test_shed_without_an_outline_leaves_the_sum_open_but_not_a_breach() -> None:
    lost = shed(None, "lost")
    assert answer(situation(shed(), existing=[lost]), LENGTH)["reason"] == "missing_data"
    assert (
        answer(situation(shed(box(0, 5, 3, 18)), existing=[lost]), LENGTH)["reason"] == "overall_assessment"
    )
    assert answer(situation(shed(None)), LENGTH)["reason"] == "missing_data"


def test_uncertain_boundaries() -> None:
    case = situation(shed(box(0, 5, 3, 18)), missing_layers=["surroundings"])
    assert answer(case, LENGTH)["reason"] == "ambiguous_boundary"
    around = [{"kind": "path", "wkt": box(-9, -9, 0, 60)}]
    new, other = shed(box(0, 2, 3, 12)), shed(box(10, 27, 15, 30), "t")
    world = build([situation(new, other, surroundings=around)])
    world = without(world, "edges", ambiguous=world.edges["kind"] == "parcel")
    assert run(world, rules=[LENGTH])["reason"].tolist() == ["ambiguous_boundary"] * 2


def test_of_a_building_the_longest_side_is_told_also_where_its_boundary_is_uncertain() -> None:
    around = [{"kind": "path", "wkt": box(-9, -9, 40, 0)}]
    # 4 m along the path and 7 m along a boundary that could be anything.
    world = build([situation(shed(box(0, 0, 4, 7)), surroundings=around)])
    world = without(world, "edges", ambiguous=world.edges["kind"] == "parcel")
    found = run(world, rules=[LENGTH]).iloc[0]
    assert (found["measured"], found["x"], found["y"]) == (7.0, 0.0, 3.5)


def _naive(case: dict[str, Any]) -> float:
    """Longest near side that faces a boundary, side by side and piece by piece."""
    land = shapely.orient_polygons(shapely.from_wkt(case["parcel"]["wkt"]))
    total = 0.0
    for building in case["application"]["buildings"]:
        outline = shapely.orient_polygons(shapely.from_wkt(building["footprint"]))
        longest = 0.0
        for p, q in zip(outline.exterior.coords, outline.exterior.coords[1:], strict=False):
            for a, b in zip(land.exterior.coords, land.exterior.coords[1:], strict=False):
                one, two = np.subtract(q, p), np.subtract(b, a)
                cos = one @ two / np.hypot(*one) / np.hypot(*two)
                near = shapely.LineString([p, q]).distance(shapely.LineString([a, b])) < 2.4995
                if near and cos >= np.cos(np.pi / 4):
                    longest = max(longest, float(np.hypot(*one)))
        total += longest
    return total


def test_agrees_with_a_naive_reference() -> None:
    rng = np.random.default_rng(8)
    cases = []
    while len(cases) < 120:
        turn = np.sort(rng.uniform(0, 2 * np.pi, 7))
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(9, 20, 7)[:, None]
        parcel = shapely.Polygon(ring)
        buildings = []
        for name in "ab":
            w, d = rng.uniform(1, 5, 2)
            x, y = rng.uniform(-9, 9, 2)
            drawn = shapely.affinity.rotate(shapely.box(x - w, y - d, x + w, y + d), rng.uniform(0, 90))
            buildings.append(shed(drawn.wkt, name))
        outlines = [shapely.from_wkt(b["footprint"]) for b in buildings]
        if parcel.is_valid and all(o.intersection(parcel).area > 0.7 * o.area for o in outlines):
            cases.append(situation(*buildings, parcel={"wkt": parcel.wkt}))
    table = run(build(cases), rules=[LENGTH])
    for site, case in enumerate(cases):
        measured = table.loc[(table["site"] == site) & table["measured"].notna(), "measured"]
        assert measured.empty or measured.iloc[0] == pytest.approx(_naive(case), abs=1e-6)
