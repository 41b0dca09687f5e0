from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.rulesets import load
from permits.engine.run import run
from permits.example_world import build
from permits.rules.parts.plane import Lines, Parts, worst
from tests.permits.situations import PLANE, answer, box, flat, house, situation, without


def roofed(x0: float, y0: float, x1: float, y1: float, z: float, **more: object) -> dict[str, object]:
    return house(box(x0, y0, x1, y1), height=z, roof=[flat(x0, y0, x1, y1, z)], **more)


@pytest.mark.parametrize(
    ("height", "outcome", "margin"),
    [(3.5, "pass", 0.0), (3.5005, "pass", -0.0005), (3.501, "needs_manual", -0.001)],
)
def test_limit_is_inclusive_to_half_a_millimetre(height: float, outcome: str, margin: float) -> None:
    found = answer(situation(roofed(2.5, 8, 12, 18, height)), PLANE)
    assert found["outcome"] == outcome
    assert found["margin"] == pytest.approx(margin)
    assert found["limit"] == pytest.approx(3.5)


def test_breach_goes_to_an_overall_assessment() -> None:
    found = answer(situation(roofed(3, 8, 12, 18, 6.0)), PLANE)
    assert found["reason"] == "overall_assessment"
    assert (found["measured"], found["limit"]) == (pytest.approx(6.0), pytest.approx(4.2))


def test_reflex_corner_is_worst_in_the_middle_of_the_wall() -> None:
    """Catalogue, vector 25."""
    land = {"wkt": "POLYGON ((-30 -30, 30 -30, 30 0, 0 0, 0 30, -30 30, -30 -30))"}
    footprint = "POLYGON ((-8 5, 5 -8, 0 -13, -13 0, -8 5))"
    roof = "POLYGON Z ((-8 5 3.5, 5 -8 3.5, 0 -13 3.5, -13 0 3.5, -8 5 3.5))"
    found = answer(situation(house(footprint, roof=[roof]), parcel=land), PLANE)
    assert found["limit"] == pytest.approx(1.4 * 1.5 * np.sqrt(2.0))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "overall_assessment")
    assert (found["x"], found["y"]) == (pytest.approx(-1.5), pytest.approx(-1.5))


@pytest.mark.parametrize("rise", [-1.2, -0.7, 0.0, 0.3, 1.0, 1.39])
def test_rising_eaves_past_a_corner_follow_the_closed_form(rise: float) -> None:
    """Catalogue A05: worst at t = p·m / sqrt(1.96 - m²), spare there p·sqrt(1.96 - m²) - z0."""
    aside, level, reach = 3.0, 2.0, 40.0
    plane = np.array([[rise, 0.0, level]])
    parts = Parts(np.array([0]), np.array([shapely.box(-reach, -9.0, reach, 0.0)], dtype=object), plane)
    lines = Lines(np.array([[0.0, aside, 0.0, 90.0]]), np.array([7]), np.array([False]), np.array([3]))
    found = worst(parts, np.array([7]), lines, 1.4).iloc[0]
    root = np.sqrt(1.96 - rise**2)
    at = aside * rise / root
    assert abs(at) < reach
    assert found["margin"] == pytest.approx(aside * root - level, abs=1e-9)
    assert found["x"] == pytest.approx(at, abs=1e-6)
    assert found["edge"] == 3


def test_room_below_both_planes_of_a_plot() -> None:
    """Catalogue A05, vector 24: 20 × 30 m between neighbours holds 2,937.415 m³ below 1.4 × distance and 8.5 m."""
    law, cell = load()["BR18-2025"], 0.2
    x, y = (a.ravel() for a in np.meshgrid(np.arange(cell / 2, 20, cell), np.arange(cell / 2, 30, cell)))
    spots = shapely.buffer(shapely.points(x, y), 1e-7, cap_style="square")
    corners = np.array([[0, 0], [20, 0], [20, 30], [0, 30]], dtype=float)
    sides = np.hstack([corners, np.roll(corners, -1, axis=0)])
    lines = Lines(sides, np.full(4, 7), np.zeros(4, dtype=bool), np.arange(4))
    ground = Parts(np.arange(len(spots)), spots, np.zeros((len(spots), 3)))
    found = worst(ground, np.full(len(spots), 7), lines, law.number("br18.sloped_plane.factor"))
    assert len(found) == len(spots)
    allowed = np.minimum(law.number("br18.height.most_m"), found["margin"].to_numpy())
    assert allowed.sum() * cell**2 == pytest.approx(2937.415, rel=1e-3)


def test_steeper_than_the_plane_is_worst_at_the_end() -> None:
    parts = Parts(
        np.array([0]), np.array([shapely.box(0, -9.0, 6.0, 0.0)], dtype=object), np.array([[1.6, 0.0, 2.0]])
    )
    lines = Lines(np.array([[0.0, 3.0, 0.0, 90.0]]), np.array([7]), np.array([False]), np.array([3]))
    found = worst(parts, np.array([7]), lines, 1.4).iloc[0]
    assert found["x"] == pytest.approx(6.0)


def test_end_of_a_boundary_under_the_roof_has_no_distance() -> None:
    parts = Parts(
        np.array([0]), np.array([shapely.box(0, 0, 10, 10)], dtype=object), np.array([[0.0, 0.0, 4.0]])
    )
    lines = Lines(np.array([[5.0, 5.0, 5.0, 6.0]]), np.array([7]), np.array([False]), np.array([3]))
    assert worst(parts, np.array([7]), lines, 1.4).iloc[0]["margin"] == pytest.approx(-4.0)


def test_worst_place_agrees_with_dense_sampling() -> None:
    """A reference written for clarity: many points on the facet, many on the boundary, nothing clever."""
    rng = np.random.default_rng(77)
    step = 0.2
    for _ in range(120):
        corners = rng.uniform(-6, 6, (5, 2))
        facet = shapely.convex_hull(shapely.multipoints(corners))
        slope = rng.uniform(-1.3, 1.3, 2) * rng.integers(0, 2)
        plane = np.array([slope[0], slope[1], rng.uniform(2, 6)])
        xy = np.hstack([p := rng.uniform(-14, 14, (6, 2)), p + rng.uniform(-9, 9, (6, 2))])
        lines = Lines(xy, np.full(6, 1), np.zeros(6, dtype=bool), np.arange(6))
        parts = Parts(np.array([0]), np.array([facet], dtype=object), plane[None, :])
        exact = float(worst(parts, np.array([1]), lines, 1.4).iloc[0]["margin"])
        edge = shapely.get_coordinates(
            shapely.line_interpolate_point(facet.exterior, np.arange(0, facet.length, step / 4))
        )
        x0, y0, x1, y1 = facet.bounds
        grid = np.stack(np.meshgrid(np.arange(x0, x1, step), np.arange(y0, y1, step)), axis=-1).reshape(-1, 2)
        inside = grid[shapely.contains_xy(facet, grid)]
        points = np.vstack([edge, inside])
        walls = shapely.multilinestrings(list(shapely.linestrings(xy.reshape(-1, 2, 2))))
        distance = shapely.distance(shapely.points(points), walls)
        sampled = float((1.4 * distance - points @ plane[:2] - plane[2]).min())
        assert exact <= sampled + 1e-9
        assert sampled - exact <= (1.4 + np.hypot(*slope)) * step


def test_box_that_meets_the_plane_passes_and_one_that_does_not_leaves_it_open() -> None:
    assert answer(situation(house(box(3, 8, 12, 18), height=4.2)), PLANE)["outcome"] == "pass"
    found = answer(situation(house(box(3, 8, 12, 18), height=4.3)), PLANE)
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")


def test_neither_roof_nor_height_is_missing_data() -> None:
    bare = house()
    del bare["height"]
    assert answer(situation(bare), PLANE)["reason"] == "missing_data"
    assert answer(situation(house(None)), PLANE)["reason"] == "missing_data"


def test_bad_facet_leaves_a_pass_open_but_not_a_breach() -> None:
    for x0, reason in ((3.0, "missing_data"), (1.0, "overall_assessment")):
        house_ = house(box(x0, 8, 12, 18), roof=[flat(x0, 8, 6, 18, 3.0), flat(6, 8, 12, 18, 3.0)])
        world = build([situation(house_)])
        world = without(world, "facets", a=[0.0, np.nan])
        assert run(world, rules=[PLANE])["reason"].tolist() == [reason]


def test_roof_that_leaves_part_of_the_outline_bare_is_a_box_there() -> None:
    half = house(box(3, 8, 12, 18), height=5.0, roof=[flat(6, 8, 12, 18, 5.0)])
    assert answer(situation(half), PLANE)["reason"] == "missing_data"
    low = house(box(3, 8, 12, 18), height=4.0, roof=[flat(6, 8, 12, 18, 4.0)])
    assert answer(situation(low), PLANE)["outcome"] == "pass"


def test_roof_that_is_drawn_twice_or_reaches_far_out_does_not_hide_what_is_bare() -> None:
    half = flat(7, 8, 12, 18, 4.0)
    twice = house(box(3, 8, 11, 18), height=5.0, roof=[flat(7, 8, 11, 18, 4.0)] * 2)
    far = house(box(3, 8, 11, 18), height=5.0, roof=[flat(7, 8, 16, 18, 4.0)])
    for drawn in (twice, far, house(box(3, 8, 12, 18), height=5.0, roof=[half])):
        assert answer(situation(drawn), PLANE)["reason"] == "missing_data"
        assert answer(situation(drawn | {"height": 4.1}), PLANE)["outcome"] == "pass"


@pytest.mark.parametrize(
    ("eave", "outcome", "limit"),
    [(2.4, "pass", 1.4 * 2.9), (1.9, "needs_manual", 1.4 * 1.9)],
)
def test_half_a_metre_of_eaves_is_left_out(eave: float, outcome: str, limit: float) -> None:
    found = answer(situation(house(box(2.9, 8, 12, 18), roof=[flat(eave, 8, 12, 18, 4.0)])), PLANE)
    assert found["outcome"] == outcome
    assert found["limit"] == pytest.approx(limit)


def test_eaves_are_left_out_square_at_the_corners() -> None:
    land = {"wkt": "POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))"}
    eaves = house(box(3, 3, 12, 12), roof=[flat(2.5, 2.5, 12.5, 12.5, 4.1)])
    found = answer(situation(eaves, parcel=land), PLANE)
    assert found["limit"] == pytest.approx(4.2)


def test_absolute_levels_are_taken_over_the_ground_below_the_same_place() -> None:
    more = {"levels": "kote", "roof": [flat(3, 8, 12, 18, 26.0)]}
    slope = {"plane": [-0.1, 0.0, 22.0]}
    found = answer(situation(house(box(3, 8, 12, 18), **more), terrain=slope), PLANE)
    assert found["measured"] == pytest.approx(26.0 - 21.7)
    found = answer(situation(house(box(3, 8, 12, 18), **more), terrain={**slope, "datum": 21.8}), PLANE)
    assert found["measured"] == pytest.approx(4.2)
    assert answer(situation(house(box(3, 8, 12, 18), **more)), PLANE)["reason"] == "missing_data"


def garage(x0: float, x1: float, *roof: str, **more: object) -> dict[str, object]:
    building: dict[str, object] = {
        "id": "g",
        "role": "secondary",
        "kind": "garage",
        "footprint": box(x0, 8, x1, 14),
    }
    return {**building, **({"roof": list(roof)} if roof else {}), **more}


def test_secondary_building_is_tested_from_its_zone_on() -> None:
    found = answer(situation(garage(0, 6, flat(0, 8, 6, 14, 3.0))), PLANE)
    assert (found["outcome"], found["limit"]) == ("pass", pytest.approx(3.5, abs=1e-3))
    found = answer(situation(garage(0, 6, flat(0, 8, 6, 14, 3.6))), PLANE)
    assert found["reason"] == "overall_assessment"


def test_secondary_building_within_its_zone_has_no_plane() -> None:
    assert answer(situation(garage(0, 2.4, flat(0, 8, 2.4, 14, 3.0))), PLANE)["outcome"] == "not_applicable"
    bare = garage(0, 2.4)
    assert answer(situation(bare), PLANE)["outcome"] in {"not_applicable", "needs_manual"}


def test_overhang_goes_by_the_height_zone_where_the_building_does() -> None:
    # Walls 3 m from the west and, in the first case, 1 m from the south; the roof reaches out 2 m to the west.
    near = {"footprint": box(3, 1, 6, 5), "roof": [flat(1, 1, 6, 5, 3.0)]}
    assert answer(situation(garage(0, 1) | near), PLANE)["limit"] == pytest.approx(3.5)
    away = {"footprint": box(3, 8, 6, 12), "roof": [flat(1, 8, 6, 12, 3.0)]}
    found = answer(situation(garage(0, 1) | away), PLANE)
    assert (found["reason"], found["limit"]) == ("overall_assessment", pytest.approx(1.4))


def test_the_height_zone_ends_in_a_true_circle() -> None:
    # Beyond the road's end the neighbour begins at (0, 14): the garage looks round that corner.
    around = [{"kind": "road", "wkt": box(-20, -20, 0, 14)}, {"kind": "road", "wkt": box(-20, -20, 60, 0)}]
    ring = "POLYGON ((0.3 10, 4 10, 4 14, 0.3 14, 0.3 10))"
    roof = "POLYGON Z ((0.3 10 3, 4 10 3, 4 14 3, 0.3 14 3, 0.3 10 3))"
    found = answer(situation(garage(0, 1) | {"footprint": ring, "roof": [roof]}, surroundings=around), PLANE)
    assert found["limit"] == pytest.approx(3.5, abs=1e-6)


BETWEEN = [
    {"kind": "road", "wkt": box(-20, -20, 0, 10)},
    {"kind": "path", "wkt": box(-20, 10, 0, 16)},
    {"kind": "road", "wkt": box(-20, 16, 0, 60)},
]


@pytest.mark.parametrize(("y0", "y1"), [(5, 9.5), (16.5, 21)])
def test_the_height_zone_reaches_round_both_ends_of_a_straight_neighbour(y0: float, y1: float) -> None:
    # Beside the road, and half a metre from where the neighbour begins: that corner is left out.
    low = {"footprint": box(0.5, y0, 3, y1), "roof": [flat(0.5, y0, 3, y1, 2.4)]}
    found = answer(situation(garage(0, 1) | low, surroundings=BETWEEN), PLANE)
    assert (found["outcome"], found["limit"]) == ("pass", pytest.approx(3.5, abs=1e-6))


@pytest.mark.parametrize(("y0", "y1"), [(10, 12), (14, 16)])
def test_what_lies_beyond_the_height_zone_is_tested_at_either_end_of_the_neighbour(
    y0: float, y1: float
) -> None:
    facets = [flat(0, y0, 2.6, y1, 2.4), flat(2.6, y0, 6, y1, 3.9)]
    high = {"footprint": box(0, y0, 6, y1), "roof": facets}
    found = answer(situation(garage(0, 1) | high, surroundings=BETWEEN), PLANE)
    assert (found["reason"], found["limit"]) == ("overall_assessment", pytest.approx(1.4 * 2.6))


def test_secondary_building_in_summer_house_area_has_no_plane() -> None:
    case = situation(garage(6, 9, flat(6, 8, 9, 14, 9.0)), zone="sommerhusomraade")
    assert answer(case, PLANE)["outcome"] == "not_applicable"


@pytest.mark.parametrize("kind", ["row_house", "business", "sanitary_building", "farm_building"])
def test_other_kinds_have_no_plane(kind: str) -> None:
    assert answer(situation(roofed(0, 8, 12, 18, 9.0, kind=kind)), PLANE)["outcome"] == "not_applicable"


def test_house_over_the_line_has_no_room_there() -> None:
    found = answer(situation(roofed(-1, 8, 12, 18, 3.0)), PLANE)
    assert found["limit"] == pytest.approx(0.0)


def test_unknown_surroundings_make_a_breach_ambiguous() -> None:
    case = situation(roofed(1, 8, 12, 18, 3.0), missing_layers=["surroundings"])
    assert answer(case, PLANE)["reason"] == "ambiguous_boundary"
    open_box = situation(house(box(1, 8, 12, 18)), missing_layers=["surroundings"])
    assert answer(open_box, PLANE)["reason"] == "missing_data"


def test_one_bad_row_never_stops_a_batch() -> None:
    good = situation(roofed(3, 8, 12, 18, 6.0))
    world = build([good] * 6)
    shapes = [
        None,
        shapely.Polygon(),
        shapely.from_wkt("POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))"),
        shapely.Point(1, 1),
        world.buildings.geometry[4],
        world.buildings.geometry[5],
    ]
    world = without(world, "buildings", geometry=shapes)
    world = without(world, "facets", geometry=[*world.facets.geometry[:4], None, world.facets.geometry[5]])
    table = run(world, rules=[PLANE])
    assert table["reason"].tolist() == ["missing_data"] * 5 + ["overall_assessment"]


def test_zone_that_is_not_known_matters_to_summer_houses_alone() -> None:
    """Houses have the plane everywhere; sanitary buildings have none, whatever the zone."""
    low = {"kind": "summer_house"}
    for more, reason in ((low, "missing_data"), ({}, ""), ({"kind": "sanitary_building"}, "")):
        case = situation(roofed(5, 8, 12, 18, 3.0, **more))
        del case["zone"]
        assert answer(case, PLANE)["reason"] == reason
    shed = situation(garage(0, 2.4, flat(0, 8, 2.4, 14, 3.0)))
    del shed["zone"]
    # Within its own zone it has no plane in any zone of land.
    assert answer(shed, PLANE)["outcome"] == "not_applicable"
    beyond = situation(garage(4, 8, flat(4, 8, 8, 14, 3.0)))
    del beyond["zone"]
    assert answer(beyond, PLANE)["reason"] == "missing_data"


def test_plot_without_a_neighbour_has_no_plane_unless_a_stretch_cannot_be_measured() -> None:
    ring = "POLYGON ((-9 -9, 49 -9, 49 39, -9 39, -9 -9), (0 0, 0 30, 40 30, 40 0, 0 0))"
    world = build([situation(roofed(1, 8, 12, 18, 9.0), surroundings=[{"kind": "road", "wkt": ring}])])
    assert run(world, rules=[PLANE])["outcome"].tolist() == ["not_applicable"]
    lost = world.edges.iloc[:1].assign(edge=world.edges["edge"].max() + 1, kind="parcel", geometry=None)
    world = world.with_(edges=pd.concat([world.edges, lost], ignore_index=True))
    assert run(world, rules=[PLANE])["reason"].tolist() == ["missing_data"]
