from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.run import run
from permits.example_world import build
from permits.rulebook import FLAGS
from tests.permits.rules.secondary import HEIGHT, nowhere, road, shed, summer
from tests.permits.situations import answer, box, flat, situation, without


def test_low_shed_in_the_boundary() -> None:
    found = answer(situation(shed()), HEIGHT)
    assert (found["outcome"], found["measured"], found["limit"]) == ("pass", 2.4, 2.5)
    assert found["margin"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("height", "reason"),
    [(2.5, ""), (2.5005, ""), (2.5006, "overall_assessment"), (2.51, "overall_assessment")],
)
def test_limit_is_inclusive_to_half_a_millimetre(height: float, reason: str) -> None:
    assert answer(situation(shed(height=height)), HEIGHT)["reason"] == reason


@pytest.mark.parametrize(
    ("wall", "outcome"), [(2.4994, "needs_manual"), (2.4995, "not_applicable"), (2.5, "not_applicable")]
)
def test_from_two_and_a_half_metres_on_nothing_is_asked(wall: float, outcome: str) -> None:
    assert answer(situation(shed(box(wall, 8, 8, 12), height=3.0)), HEIGHT)["outcome"] == outcome


def test_roof_counts_up_to_the_rim_of_the_strip() -> None:
    roof = "POLYGON Z ((0 8 2.2, 5 8 3.2, 5 12 3.2, 0 12 2.2, 0 8 2.2))"
    found = answer(situation(shed(box(0, 8, 5, 12), roof=[roof], height=3.2)), HEIGHT)
    assert found["measured"] == pytest.approx(2.7)
    assert found["x"] == pytest.approx(2.5)


def test_a_part_that_begins_at_the_rim_is_outside() -> None:
    roof = [flat(0, 8, 2.5, 12, 2.5), flat(2.5, 8, 6, 12, 3.4)]
    assert answer(situation(shed(box(0, 8, 6, 12), roof=roof)), HEIGHT)["outcome"] == "pass"


def test_strip_is_rounded_at_the_end_of_the_boundary() -> None:
    around = road(-20, -20, 40, 0) + road(-20, 0, 0, 14)
    # The neighbour begins at (0, 14); a tower at more than 2.5 m from there is free of him, and the road has a strip.
    tower = shed(box(2.6, 9, 5, 11.5), roof=[flat(2.6, 9, 5, 11.5, 4.0)], height=4.0)
    assert answer(situation(tower, surroundings=around), HEIGHT)["outcome"] == "not_applicable"


def test_the_boundary_and_the_place_are_told() -> None:
    world = build(
        [situation(shed(box(1, 8, 4, 12)), surroundings=[{"kind": "path", "wkt": box(-9, -9, 0, 60)}])]
    )
    found = run(world, rules=[HEIGHT]).iloc[0]
    assert world.edges.set_index("edge").loc[found["edge"], "kind"] == "path"
    # A level roof is told where it comes nearest, at the wall and not in the boundary.
    assert found["x"] == 1.0


def _between_roads(building: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    """A neighbour to the west between two ordinates, and road north and south of him that has no strip."""
    around = [{"kind": "path", "wkt": box(-9, low, 0, high)}, *road(-9, -9, 0, low), *road(-9, high, 0, 60)]
    return situation(building, surroundings=around) | {"date": "2022-05-05"}


@pytest.mark.parametrize(("rise", "y"), [(0.1, 16 + np.sqrt(5.25)), (-0.1, 10 - np.sqrt(5.25))])
def test_a_wall_along_the_boundary_counts_as_far_beyond_its_ends_as_the_strip_is_round(
    rise: float, y: float
) -> None:
    # 1 m from the neighbour, who has the boundary from 10 to 16.
    low, high = 3.0 - 10 * rise, 3.0 + 10 * rise
    roof = f"POLYGON Z ((1 4 {low}, 4 4 {low}, 4 24 {high}, 1 24 {high}, 1 4 {low}))"
    found = answer(_between_roads(shed(box(1, 4, 4, 24), roof=[roof], height=4.0), 10, 16), HEIGHT)
    assert found["measured"] == pytest.approx(3.0 + rise * (y - 14), abs=1e-9)
    assert (found["x"], found["y"]) == (1.0, pytest.approx(y))


def test_a_stretch_of_a_quarter_metre_has_a_strip_like_any_other() -> None:
    # Four metres long, straight away from it: the product of both lengths is one.
    roof = "POLYGON Z ((0 12.125 2, 4 12.125 2.4, 4 16 2.4, 0 16 2, 0 12.125 2))"
    found = answer(_between_roads(shed(box(0, 12.125, 4, 16), roof=[roof]), 12, 12.25), HEIGHT)
    assert found["measured"] == pytest.approx(2.25, abs=1e-9)


def test_a_side_that_grazes_the_rounded_end_is_followed_exactly() -> None:
    around = road(-20, -20, 40, 0) + road(-20, 0, 0, 14)
    # 2.498 m from where the neighbour begins, and so within the strip for a tenth of a metre; a rim of chords, right
    # to a third of a micrometre, is off by many times that where a side meets it so flatly.
    roof = "POLYGON Z ((0 9 2, 3 9 5, 3 11.502 5, 0 11.502 2, 0 9 2))"
    shed_ = shed(box(0, 9, 3, 11.502), roof=[roof], height=5.0)
    case = situation(shed_, surroundings=around) | {"date": "2022-05-05"}
    found = answer(case, HEIGHT)
    assert found["measured"] == pytest.approx(2.0 + np.sqrt(2.5**2 - 2.498**2), abs=1e-9)
    assert found["y"] == 11.502


def test_a_roof_is_highest_a_width_uphill_of_the_end_of_the_boundary() -> None:
    around = road(-20, -20, 40, 0) + road(-20, 0, 0, 14)
    # Straight downward from the end of the neighbour at (0, 14), steeper than along the boundary.
    roof = "POLYGON Z ((0 5 4.75, 4 5 5.95, 4 14 1.45, 0 14 0.25, 0 5 4.75))"
    case = situation(shed(box(0, 5, 4, 14), roof=[roof], height=6.0), surroundings=around)
    found = answer(case | {"date": "2022-05-05"}, HEIGHT)
    # 0.3 up eastward, 0.5 up southward.
    assert found["measured"] == pytest.approx(0.25 + 2.5 * np.hypot(0.3, 0.5), abs=1e-9)
    assert (found["x"], found["y"]) == pytest.approx(
        (2.5 * 0.3 / np.hypot(0.3, 0.5), 14 - 2.5 * 0.5 / np.hypot(0.3, 0.5))
    )


def test_the_strip_runs_along_the_road_too() -> None:
    case = situation(shed(box(10, 1, 14, 5), height=2.6), surroundings=road(-20, -20, 60, 0))
    assert answer(case, HEIGHT)["reason"] == "overall_assessment"
    assert answer(case | {"date": "2022-05-05"}, HEIGHT)["outcome"] == "not_applicable"
    assert answer(case | {"date": "2019-05-05"}, HEIGHT)["reason"] == "overall_assessment"


def test_in_summer_house_areas_the_road_has_a_strip_only_before_2020() -> None:
    case = summer(shed(box(10, 4, 14, 8), height=2.6), surroundings=road(-20, -20, 60, 0))
    assert answer(case, HEIGHT)["outcome"] == "not_applicable"
    assert answer(case | {"date": "2019-05-05"}, HEIGHT)["reason"] == "overall_assessment"


def test_a_road_that_cannot_be_measured_is_missing_only_where_it_has_a_strip() -> None:
    case = situation(shed(box(1, 8, 4, 12)), surroundings=road(-20, -20, 60, 0))
    later = case | {"date": "2022-05-05"}
    world = build([case, later, case | {"zone": "sommerhusomraade"}])
    line = world.edges["geometry"].where(world.edges["kind"] != "road", None)
    found = run(without(world, "edges", geometry=line), rules=[HEIGHT])
    assert found["reason"].tolist() == ["missing_data", "", ""]


@pytest.mark.parametrize("slip", [-1e-7, 1e-7])
def test_a_millionth_from_the_strip_along_the_road_is_told_where_there_is_one(slip: float) -> None:
    case = situation(shed(box(10, 2.4995 + slip, 14, 6)), surroundings=road(-20, -20, 60, 0))
    assert answer(case, HEIGHT)["flags"] == FLAGS["within_tolerance"]
    assert answer(case | {"date": "2022-05-05"}, HEIGHT)["flags"] == 0


def test_eaves_above_the_limit_are_a_question_of_reading() -> None:
    roof = "POLYGON Z ((0.6 8 2.54, 5 8 1.88, 5 12 1.88, 0.6 12 2.54, 0.6 8 2.54))"
    found = answer(situation(shed(box(1, 8, 5, 12), roof=[roof])), HEIGHT)
    assert found["reason"] == "legal_text"
    assert found["measured"] == pytest.approx(2.54, abs=1e-3)


def test_whole_building_or_part_of_it_in_summer_house_areas() -> None:
    roof = [flat(4, 8, 5, 12, 2.4), flat(5, 8, 8, 12, 2.8)]
    building = shed(box(4, 8, 8, 12), roof=roof)
    assert answer(summer(building), HEIGHT)["reason"] == "legal_text"
    assert answer(situation(building), HEIGHT)["outcome"] == "not_applicable"


@pytest.mark.parametrize(
    ("building", "reason"),
    [
        (shed(None), "missing_data"),
        (shed(height=None), "missing_data"),
        (shed(levels="kote", height=30.0), "missing_data"),
        (shed(roof=["POLYGON Z ((0 8 2, 4 8 2, 4 8 5, 0 8 5, 0 8 2))"]), "missing_data"),
    ],
)
def test_what_is_not_known_is_missing(building: dict[str, Any], reason: str) -> None:
    assert answer(situation(building), HEIGHT)["reason"] == reason


def test_absolute_levels_over_known_ground() -> None:
    case = situation(shed(levels="kote", height=12.4), terrain={"constant": 10.0})
    assert answer(case, HEIGHT)["measured"] == pytest.approx(2.4)


def test_unknown_zone_is_tried_both_ways() -> None:
    assert answer(nowhere(shed()), HEIGHT)["outcome"] == "pass"
    assert answer(nowhere(shed(height=2.7)), HEIGHT)["reason"] == "overall_assessment"
    assert answer(nowhere(shed(box(3, 8, 6, 12), height=2.7)), HEIGHT)["reason"] == "missing_data"
    assert answer(nowhere(shed(box(6, 8, 9, 12), height=2.7)), HEIGHT)["outcome"] == "not_applicable"


def test_in_an_unknown_zone_the_road_has_a_strip_or_the_neighbour_a_wider_one() -> None:
    around = road(-20, -20, 60, 0)
    # The roof rises eastward: by the road up to 2.4 m, within 5 m of the neighbour in the west up to 2.1 m.
    roof = "POLYGON Z ((4 1 2, 8 1 2.4, 8 5 2.4, 4 5 2, 4 1 2))"
    found = answer(nowhere(shed(box(4, 1, 8, 5), roof=[roof]), surroundings=around), HEIGHT)
    assert (found["outcome"], found["measured"]) == ("pass", pytest.approx(2.4))
    # What only one of the zones asks is not told with its numbers, nor with its boundary.
    found = answer(nowhere(shed(box(10, 1, 14, 5), height=2.7), surroundings=around), HEIGHT)
    assert (found["reason"], found["edge"]) == ("missing_data", -1)
    assert found[["measured", "limit", "margin", "x", "y"]].isna().all()


def test_unknown_surroundings_make_a_breach_ambiguous() -> None:
    found = answer(situation(shed(height=2.7), missing_layers=["surroundings"]), HEIGHT)
    assert (found["reason"], found["x"]) == ("ambiguous_boundary", 0.0)
    assert found["edge"] >= 0
    assert answer(situation(shed(), missing_layers=["surroundings"]), HEIGHT)["outcome"] == "pass"


def test_certain_breach_outranks_a_higher_uncertain_one() -> None:
    roof = [flat(0, 0, 2.5, 6, 3.4), flat(2.5, 0, 6, 6, 2.9)]
    around = [{"kind": "path", "wkt": box(-9, -9, 60, 0)}]
    world = build([situation(shed(box(0, 0, 6, 6), roof=roof), surroundings=around)])
    world = without(world, "edges", ambiguous=world.edges["kind"] == "parcel")
    found = run(world, rules=[HEIGHT]).iloc[0]
    assert found["reason"] == "overall_assessment"
    assert found["measured"] == pytest.approx(3.4)


def test_wide_eaves_nobody_has_drawn_are_as_high_as_the_building() -> None:
    near = shed(box(2.7, 8, 6, 12), eaves_overhang=0.9, height=2.5)
    found = answer(situation(near), HEIGHT)
    # Nothing that is drawn is near, so no boundary is told.
    assert (found["outcome"], found["edge"]) == ("pass", -1)
    assert answer(situation(near | {"height": 2.8}), HEIGHT)["reason"] == "missing_data"


def test_not_asked() -> None:
    for building in (
        shed(integrated=True),
        shed(role="primary", kind="detached_house"),
        shed(role="raised_area", kind="terrace"),
    ):
        assert answer(situation(building), HEIGHT)["outcome"] == "not_applicable"


def test_flag_where_the_strip_is_within_the_uncertainty() -> None:
    world = build([situation(shed(box(2.4, 8, 5, 12)))])
    assert run(world, rules=[HEIGHT])["flags"].tolist() == [0]
    loose = without(world, "edges", sigma_m=0.3)
    assert run(loose, rules=[HEIGHT])["flags"].tolist() == [FLAGS["within_tolerance"]]
    # In the boundary itself 2.5 m are to spare: an uncertainty of two is less, one of three is more.
    world = build([situation(shed())])
    assert run(without(world, "edges", sigma_m=2.0), rules=[HEIGHT])["flags"].tolist() == [0]
    loose = without(world, "edges", sigma_m=3.0)
    assert run(loose, rules=[HEIGHT])["flags"].tolist() == [FLAGS["within_tolerance"]]


def test_agrees_with_dense_sampling() -> None:
    rng = np.random.default_rng(4)
    cases, expected = [], []
    for _ in range(60):
        turn = np.sort(rng.uniform(0, 2 * np.pi, 8))
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(8, 14, 8)[:, None]
        parcel = shapely.Polygon(ring)
        if not parcel.is_valid or not parcel.contains(shapely.Point(0, 0)):
            continue
        w, d = rng.uniform(2, 5, 2)
        x, y = rng.uniform(-3, 3, 2)
        a, b, c = *rng.uniform(-0.15, 0.15, 2), rng.uniform(1.9, 2.7)
        corners = [(x - w, y - d), (x + w, y - d), (x + w, y + d), (x - w, y + d), (x - w, y - d)]
        roof = "POLYGON Z ((" + ", ".join(f"{p} {q} {a * p + b * q + c}" for p, q in corners) + "))"
        footprint = shapely.Polygon(corners)
        if footprint.intersection(parcel).area < 0.6 * footprint.area:
            continue
        cases.append(situation(shed(footprint.wkt, roof=[roof], height=4.0), parcel={"wkt": parcel.wkt}))
        px, py = np.meshgrid(np.linspace(x - w, x + w, 120), np.linspace(y - d, y + d, 120))
        inside = shapely.distance(shapely.points(px, py), parcel.exterior) < 2.4995
        expected.append(float((a * px + b * py + c)[inside].max(initial=-np.inf)))
    table = run(build(cases), rules=[HEIGHT])
    assert len(cases) > 30
    for (_, row), sampled in zip(table.iterrows(), expected, strict=True):
        if row["outcome"] == "not_applicable":
            assert sampled == -np.inf
        else:
            assert -1e-6 <= row["measured"] - sampled <= 0.05
