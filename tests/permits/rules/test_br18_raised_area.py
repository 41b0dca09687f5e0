from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.example_world import build
from permits.rulebook import FLAGS, Ruleset
from permits.rules.br18_raised_area import RULE
from tests.permits.rules.secondary import RAISED, nowhere, road, summer
from tests.permits.situations import answer, box, findings, house, situation

HOME = [house(box(20, 10, 30, 18), height=5, floor_area=80)]


def deck(footprint: str | None = box(2.5, 8, 6, 12), **more: Any) -> dict[str, Any]:
    building = {"id": "t", "role": "raised_area", "kind": "terrace", "height": 0.6, **more}
    building = {key: value for key, value in building.items() if value is not None}
    return building if footprint is None else {**building, "footprint": footprint}


@pytest.mark.parametrize(
    ("edge", "reason"), [(2.5, ""), (2.4995, ""), (2.4994, "overall_assessment"), (1.0, "overall_assessment")]
)
def test_two_and_a_half_metres(edge: float, reason: str) -> None:
    found = answer(situation(deck(box(edge, 8, 6, 12)), existing=HOME), RAISED)
    assert (found["reason"], found["limit"]) == (reason, 2.5)
    assert found["measured"] == pytest.approx(edge)


@pytest.mark.parametrize(
    ("kind", "height", "outcome"),
    [
        ("terrace", 0.30, "not_applicable"),
        ("terrace", 0.3005, "not_applicable"),
        ("terrace", 0.31, "needs_manual"),
        ("pool", 0.1, "needs_manual"),
        ("solar", None, "needs_manual"),
    ],
)
def test_only_a_terrace_may_be_too_low_to_count(kind: str, height: float | None, outcome: str) -> None:
    case = situation(deck(box(0, 8, 6, 12), kind=kind, height=height), existing=HOME)
    assert answer(case, RAISED)["outcome"] == outcome


def test_terrace_without_a_height_is_missing_wherever_it_stands() -> None:
    assert answer(situation(deck(height=None), existing=HOME), RAISED)["reason"] == "missing_data"
    assert answer(situation(deck(height=None)), RAISED)["reason"] == "missing_data"


def test_terrace_with_absolute_levels() -> None:
    low = deck(height=10.2, levels="kote")
    case = situation(low, existing=HOME, terrain={"constant": 10.0})
    assert answer(case, RAISED)["outcome"] == "not_applicable"
    assert answer(situation(low, existing=HOME), RAISED)["reason"] == "missing_data"


@pytest.mark.parametrize(
    ("kind", "day", "limit"),
    [
        ("double_house", "2026-02-02", 2.5),
        ("two_family_horizontal", "2026-02-02", 2.5),
        ("row_house", "2026-02-02", 2.5),
        ("row_house", "2023-12-31", None),
        ("business", "2026-02-02", None),
        (None, "2026-02-02", None),
    ],
)
def test_the_primary_building_decides(kind: str | None, day: str, limit: float | None) -> None:
    home = [] if kind is None else [HOME[0] | {"kind": kind}]
    found = answer(situation(deck(box(1, 8, 6, 12)), existing=home, date=day), RAISED)
    assert found["reason"] == "overall_assessment"
    assert (found["limit"] == limit) or (limit is None and found[["measured", "limit"]].isna().all())


def test_a_house_that_goes_does_not_decide_and_a_new_one_does() -> None:
    gone = {"work": "new", "buildings": [deck()], "demolish": ["h"]}
    assert answer(situation(existing=HOME, application=gone), RAISED)["reason"] == "overall_assessment"
    table = situation(deck(), HOME[0])
    from tests.permits.situations import findings

    found = findings(table, (RAISED,))
    assert found["outcome"].tolist() == ["pass", "not_applicable"]


@pytest.mark.parametrize(
    ("day", "zone", "limit"),
    [
        ("2019-02-02", "byzone", 2.5),
        ("2019-02-02", "sommerhusomraade", 5.0),
        ("2022-02-02", "byzone", None),
        ("2022-02-02", "sommerhusomraade", None),
        ("2026-02-02", "byzone", 2.5),
        ("2026-02-02", "sommerhusomraade", 2.5),
    ],
)
def test_the_road_by_version(day: str, zone: str, limit: float | None) -> None:
    case = situation(
        deck(box(15, 1, 18, 5)), existing=HOME, date=day, zone=zone, surroundings=road(-20, -9, 60, 0)
    )
    found = answer(case, RAISED)
    if limit is None:
        assert (found["outcome"], found["measured"]) == ("pass", 15.0)
    else:
        assert (found["reason"], found["measured"], found["limit"]) == ("overall_assessment", 1.0, limit)


def test_the_smallest_margin_is_told() -> None:
    around = road(-20, -9, 60, 0)
    found = answer(summer(deck(box(4, 3, 8, 8)), existing=HOME, surroundings=around), RAISED)
    assert (found["measured"], found["limit"]) == (4.0, 5.0)
    found = answer(summer(deck(box(15, 3, 18, 8)), existing=HOME, surroundings=around), RAISED)
    assert (found["outcome"], found["measured"], found["limit"]) == ("pass", 3.0, 2.5)


def test_unknown_zone_and_surroundings_and_outline() -> None:
    for edge, reason in ((1.0, "overall_assessment"), (3.0, "missing_data"), (5.0, "")):
        assert answer(nowhere(deck(box(edge, 8, 9, 12)), existing=HOME), RAISED)["reason"] == reason
    case = situation(deck(box(1, 8, 9, 12)), existing=HOME, missing_layers=["surroundings"])
    assert answer(case, RAISED)["reason"] == "ambiguous_boundary"
    assert answer(situation(deck(None), existing=HOME), RAISED)["reason"] == "missing_data"


def test_other_buildings_are_not_asked() -> None:
    assert answer(situation(house()), RAISED)["outcome"] == "not_applicable"


def test_of_equal_margins_the_neighbour_is_told() -> None:
    around = road(-20, -9, 60, 0)
    world = prepare(build([situation(deck(box(3, 3, 8, 8)), existing=HOME, surroundings=around)]))
    found = RULE.check(world, load()["BR18-2025"]).iloc[0]
    assert (found["measured"], found["limit"]) == (3.0, 2.5)
    assert world.edges.set_index("edge").loc[found["edge"], "kind"] == "parcel"


def test_a_version_may_ask_for_a_distance_to_roads_in_one_zone_alone() -> None:
    law = load()["BR18-2025"]
    town = Ruleset("town", {k: v for k, v in law.numbers.items() if k != f"{RAISED}.summer_house_road_m"})
    case = {"existing": HOME, "surroundings": road(-20, -9, 60, 0)}
    near = deck(box(15, 1, 18, 5))
    table = RULE.check(prepare(build([situation(near, **case), summer(near, **case)])), town)
    assert table["outcome"].tolist() == ["needs_manual", "pass"]
    np.testing.assert_allclose(table["measured"], [1.0, 15.0])


@pytest.mark.parametrize(("height", "flagged"), [(0.3, False), (0.3005, True), (0.3006, False)])
@pytest.mark.parametrize("kind", ["terrace", "pool"])
def test_a_micrometre_from_being_raised_is_told(kind: str, height: float, flagged: bool) -> None:
    for slip in (-1e-7, 1e-7):
        low = deck(box(0, 8, 6, 12), kind=kind, height=height + slip)
        table = findings(situation(low, deck(box(3, 8, 6, 12), id="u"), existing=HOME), (RAISED,))
        told = (table["flags"] & FLAGS["within_tolerance"]) > 0
        assert told.tolist() == [flagged and kind == "terrace", False]
