"""The three rules of § 178: height, wall and distance of summer houses, in sommerhusområde alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.examples import check, read
from permits.rulebook import FLAGS
from permits.rules.br18_summer_house_distance import RULE as DISTANCE_RULE
from permits.rules.br18_summer_house_height import RULE as HEIGHT_RULE
from permits.rules.br18_summer_house_wall import RULE as WALL_RULE
from tests.permits.shared import shared_cases
from tests.permits.situations import answer, box, flat, house, law, situation, without

DISTANCE, HEIGHT, WALL = DISTANCE_RULE.id, HEIGHT_RULE.id, WALL_RULE.id
ALL = (DISTANCE, HEIGHT, WALL)
CASES = Path(__file__).parents[1] / "cases" / "br18_summer_house.yaml"


def cottage(footprint: str | None = box(6, 8, 16, 18), **more: Any) -> dict[str, Any]:
    return house(footprint, **{"kind": "summer_house", "height": 4.0, "wall_heights": [2.8, 3.6], **more})


def there(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return situation(*buildings, **{"zone": "sommerhusomraade", **more})


def said(case: dict[str, Any], rule: str) -> tuple[str, str]:
    found = answer(case, rule)
    return str(found["outcome"]), str(found["reason"])


def test_own_cases() -> None:
    results = check(read([CASES]), list(ALL))
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), list(ALL))
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("height", "outcome"),
    [(4.9, "pass"), (5.0, "pass"), (5.0005, "pass"), (5.001, "needs_manual"), (8.0, "needs_manual")],
)
def test_height(height: float, outcome: str) -> None:
    found = answer(there(cottage(height=height)), HEIGHT)
    assert found["outcome"] == outcome
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")
    assert (found["limit"], found["margin"]) == (5.0, pytest.approx(5.0 - height))


def test_height_is_that_of_the_roof_without_usual_eaves() -> None:
    rising = "POLYGON Z ((5.5 8 4.0, 16.5 8 5.1, 16.5 18 5.1, 5.5 18 4.0, 5.5 8 4.0))"
    found = answer(there(cottage(height=5.1, roof=[rising])), HEIGHT)
    assert (found["outcome"], found["measured"]) == ("needs_manual", pytest.approx(5.05))
    assert found["x"] == pytest.approx(16.0)


@pytest.mark.parametrize(
    ("walls", "outcome", "lowest"),
    [
        ([3.0], "pass", 3.0),
        ([3.0005, 9.0], "pass", 3.0005),
        ([4.0, 2.0], "pass", 2.0),
        ([3.001, 3.2], "needs_manual", 3.001),
    ],
)
def test_wall_along_one_long_side_at_least(walls: list[float], outcome: str, lowest: float) -> None:
    found = answer(there(cottage(wall_heights=walls)), WALL)
    assert found["outcome"] == outcome
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")
    assert (found["measured"], found["limit"]) == (lowest, 3.0)


@pytest.mark.parametrize("wall", [np.nan, np.inf, -1.0])
def test_wall_that_is_none(wall: float) -> None:
    world = without(build([there(cottage())]), "buildings", wall_low_m=wall)
    found = run(world, rules=[WALL]).iloc[0]
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")


@pytest.mark.parametrize(
    ("x0", "outcome"), [(5.5, "pass"), (5.0, "pass"), (4.9995, "pass"), (4.999, "needs_manual")]
)
def test_distance(x0: float, outcome: str) -> None:
    found = answer(there(cottage(box(x0, 8, 16, 18))), DISTANCE)
    assert found["outcome"] == outcome
    assert found["reason"] == ("" if outcome == "pass" else "overall_assessment")
    assert (found["measured"], found["limit"]) == (pytest.approx(x0), 5.0)
    assert found["x"] == pytest.approx(x0)


@pytest.mark.parametrize(("eaves", "counted"), [(0.5, 5.3), (0.8, 5.0), (0.81, 4.99)])
def test_wide_eaves_are_taken_off(eaves: float, counted: float) -> None:
    found = answer(there(cottage(box(5.3, 8, 16, 18), eaves_overhang=eaves)), DISTANCE)
    assert found["measured"] == pytest.approx(counted)
    assert found["outcome"] == ("pass" if counted >= 5.0 else "needs_manual")


def test_road_and_water_are_no_neighbours_and_a_path_is_one() -> None:
    for kind, outcome in (("road", "pass"), ("water", "pass"), ("path", "needs_manual")):
        beyond = [{"kind": kind, "wkt": box(-5, -5, 0, 35)}]
        assert answer(there(cottage(box(3, 8, 16, 18)), surroundings=beyond), DISTANCE)["outcome"] == outcome


def test_unknown_surroundings_make_a_breach_ambiguous() -> None:
    blind = {"missing_layers": ["surroundings"]}
    assert said(there(cottage(box(3, 8, 16, 18)), **blind), DISTANCE)[1] == "ambiguous_boundary"
    assert said(there(cottage(box(6, 8, 16, 18)), **blind), DISTANCE) == ("pass", "")


def test_sanitary_building_keeps_five_metres_too() -> None:
    assert (
        said(there(house(box(4.9, 8, 9, 12), kind="sanitary_building")), DISTANCE)[1] == "overall_assessment"
    )
    assert said(there(house(box(5.0, 8, 9, 12), kind="sanitary_building")), DISTANCE) == ("pass", "")
    assert said(there(house(kind="sanitary_building")), WALL) == ("not_applicable", "")


@pytest.mark.parametrize(
    ("x0", "eaves", "answered"),
    [
        (5.0, 0.0, ("pass", "")),
        (4.9, 0.0, ("not_applicable", "")),
        (5.2, 0.9, ("not_applicable", "")),
        (5.2, 0.5, ("pass", "")),
    ],
)
def test_secondary_building_goes_by_its_own_rules_within_five_metres(
    x0: float, eaves: float, answered: tuple[str, str]
) -> None:
    shed = {"id": "s", "role": "secondary", "kind": "shed", "height": 2.4, "eaves_overhang": eaves}
    assert said(there({**shed, "footprint": box(x0, 8, 9, 11)}), DISTANCE) == answered
    assert said(there({**shed, "footprint": box(x0, 8, 9, 11)}), HEIGHT)[0] == "not_applicable"


def test_what_is_built_into_the_house_is_the_house() -> None:
    garage = {"id": "g", "role": "secondary", "kind": "garage", "integrated": True, "height": 5.5}
    case = there({**garage, "footprint": box(4, 8, 9, 11)})
    assert said(case, DISTANCE) == said(case, HEIGHT) == ("needs_manual", "overall_assessment")
    assert said(case, WALL) == ("not_applicable", "")


@pytest.mark.parametrize("zone", ["byzone", "landzone"])
def test_zone_decides_and_not_the_name(zone: str) -> None:
    for rule in ALL:
        high = cottage(box(1, 8, 9, 11), height=9.0, wall_heights=[9.0])
        assert said(situation(high, zone=zone), rule) == ("not_applicable", "")


@pytest.mark.parametrize("kind", ["detached_house", "business", "other"])
def test_other_primary_buildings_are_not_asked(kind: str) -> None:
    for rule in ALL:
        assert said(there(house(box(1, 8, 9, 11), kind=kind, height=9.0)), rule) == ("not_applicable", "")


def test_zone_that_is_not_known_leaves_all_open() -> None:
    case = situation(cottage())
    del case["zone"]
    for rule in ALL:
        assert said(case, rule) == ("needs_manual", "missing_data")


def test_missing_values() -> None:
    bare = cottage(None)
    del bare["height"], bare["wall_heights"]
    for rule in ALL:
        assert said(there(bare), rule) == ("needs_manual", "missing_data")


def test_plan_takes_the_place_of_the_height_alone() -> None:
    plans = [{"kind": "lokalplan", "number": "1", "limits": {"max_height": 7}}]
    case = there(cottage(box(4, 8, 16, 18), height=6.0, wall_heights=[4.0]), plans=plans)
    assert said(case, HEIGHT) == ("not_applicable", "")
    assert said(case, WALL) == said(case, DISTANCE) == ("needs_manual", "overall_assessment")


def test_position_uncertainty_is_flagged() -> None:
    world = without(build([there(cottage(box(5.1, 8, 16, 18)))]), "buildings", sigma_m=0.2)
    found = run(world, rules=[DISTANCE]).iloc[0]
    assert (found["outcome"], found["flags"]) == ("pass", FLAGS["within_tolerance"])


def test_one_bad_row_never_stops_a_batch() -> None:
    world = build([there(cottage(box(3, 8, 16, 18), roof=[flat(3, 8, 16, 18, 6.0)]))] * 4)
    shapes = [
        None,
        shapely.Polygon(),
        shapely.from_wkt("POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))"),
        world.buildings.geometry[3],
    ]
    world = without(world, "buildings", geometry=shapes)
    table = run(world, rules=[DISTANCE])
    assert table["reason"].tolist() == ["missing_data"] * 3 + ["overall_assessment"]
    assert len(run(world, rules=ALL)) == 12
    for rule in (DISTANCE_RULE, HEIGHT_RULE, WALL_RULE):
        assert rule.check(World.of(), load()["BR18-2025"]).empty


def test_houses_and_sanitary_buildings_have_a_number_each() -> None:
    own = law({f"{DISTANCE}.house_m": 4.0, f"{DISTANCE}.sanitary_m": 6.0})
    built = [cottage(box(5, 8, 16, 18)), house(box(5, 8, 16, 18), kind="sanitary_building")]
    table = DISTANCE_RULE.check(prepare(build([there(one) for one in built])), own)
    assert table["limit"].tolist() == [4.0, 6.0]
    assert table["outcome"].tolist() == ["pass", "needs_manual"]
