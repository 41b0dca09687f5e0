from __future__ import annotations

import pytest

from permits.engine.run import run
from permits.example_world import build
from tests.permits.rules.secondary import OPENINGS, nowhere, road, shed, summer
from tests.permits.situations import answer, box, house, situation, without


@pytest.mark.parametrize(
    ("openings", "outcome", "reason"),
    [
        (False, "pass", ""),
        (True, "needs_manual", "overall_assessment"),
        (None, "needs_manual", "missing_data"),
    ],
)
def test_openings_decide_close_to_the_boundary(openings: bool | None, outcome: str, reason: str) -> None:
    found = answer(situation(shed(openings_toward_boundary=openings)), OPENINGS)
    assert (found["outcome"], found["reason"]) == (outcome, reason)
    assert found[["measured", "limit", "margin"]].isna().all()


@pytest.mark.parametrize(
    ("wall", "outcome"), [(2.4994, "needs_manual"), (2.4995, "not_applicable"), (9.0, "not_applicable")]
)
def test_farther_away_they_are_free(wall: float, outcome: str) -> None:
    case = situation(shed(box(wall, 8, 14, 12), openings_toward_boundary=True))
    assert answer(case, OPENINGS)["outcome"] == outcome


def test_wide_eaves_bring_a_building_closer() -> None:
    near = shed(box(2.7, 8, 6, 12), eaves_overhang=0.8, openings_toward_boundary=True)
    assert answer(situation(near), OPENINGS)["reason"] == "overall_assessment"
    assert answer(situation(near | {"eaves_overhang": 0.6}), OPENINGS)["outcome"] == "not_applicable"


def test_toward_a_road_they_are_free() -> None:
    case = situation(
        shed(box(10, 1, 14, 5), openings_toward_boundary=True), surroundings=road(-20, -9, 60, 0)
    )
    assert answer(case, OPENINGS)["outcome"] == "not_applicable"


def test_toward_a_path_they_are_not() -> None:
    around = [{"kind": "path", "wkt": box(-20, -9, 60, 0)}]
    case = situation(shed(box(10, 1, 14, 5), openings_toward_boundary=True), surroundings=around)
    assert answer(case, OPENINGS)["reason"] == "overall_assessment"


def test_summer_house_areas_ask_within_five_metres() -> None:
    building = shed(box(4, 8, 8, 12), openings_toward_boundary=True)
    assert answer(summer(building), OPENINGS)["reason"] == "overall_assessment"
    assert answer(situation(building), OPENINGS)["outcome"] == "not_applicable"
    assert answer(nowhere(building), OPENINGS)["reason"] == "missing_data"
    assert answer(nowhere(shed(box(5, 8, 8, 12))), OPENINGS)["outcome"] == "not_applicable"


def test_what_is_not_known() -> None:
    assert answer(situation(shed(None)), OPENINGS)["reason"] == "missing_data"
    unsure = situation(shed(openings_toward_boundary=True), missing_layers=["surroundings"])
    assert answer(unsure, OPENINGS)["reason"] == "ambiguous_boundary"
    world = build([situation(shed(box(9, 8, 12, 12)))])
    blank = without(world, "edges", geometry=[None] * len(world.edges))
    assert run(blank, rules=[OPENINGS])["reason"].tolist() == ["missing_data"]
    assert run(world.with_(edges=world.edges[:0]), rules=[OPENINGS])["reason"].tolist() == ["missing_data"]


def test_stretch_that_cannot_be_measured_leaves_a_far_building_open() -> None:
    around = [{"kind": "path", "wkt": box(-10, -10, 50, 0)}]
    for wall, outcome in ((9.0, "needs_manual"), (1.0, "pass")):
        world = build([situation(shed(box(wall, 12, 14, 16)), surroundings=around)])
        kinds = world.edges["kind"].to_numpy() == "path"
        lines = [None if gone else line for gone, line in zip(kinds, world.edges.geometry, strict=True)]
        assert run(without(world, "edges", geometry=lines), rules=[OPENINGS])["outcome"].tolist() == [outcome]


def test_not_asked() -> None:
    assert answer(situation(shed(integrated=True)), OPENINGS)["outcome"] == "not_applicable"
    assert answer(situation(house(box(0, 8, 9, 12))), OPENINGS)["outcome"] == "not_applicable"


def test_the_place_told_is_on_the_building_nearest_to_the_boundary() -> None:
    found = answer(situation(shed(box(1, 8, 4, 12), openings_toward_boundary=True)), OPENINGS)
    assert found["x"] == pytest.approx(1.0)
    assert 8.0 <= found["y"] <= 12.0
