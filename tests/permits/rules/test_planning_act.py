"""planning_act.*: landzone and its exemptions, coastal zone, framework, duty to make a local plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, discover
from permits.rules.parts.rural import rural
from permits.rules.parts.under_plan import under_plan
from permits.rules.planning_act_coastal_zone import asks as coastal_asks
from permits.rules.planning_act_rural_zone import asks as rural_asks
from tests.permits.rules.features import LAND, LAW, answer, building, feature, place, told
from tests.permits.shared import shared_cases
from tests.planning.plans import plan, world

ZONE, COAST, FRAME, DUTY = (
    f"planning_act.{name}" for name in ("rural_zone", "coastal_zone", "framework", "local_plan_duty")
)
RULES = (COAST, FRAME, DUTY, ZONE)
MISSING = ("needs_manual", "missing_data")
RURAL = [{"zone": "rural", "geometry": None}]


def test_own_cases() -> None:
    results = check(read([Path(__file__).parents[1] / "cases" / "planning_act.yaml"]), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 29


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) >= 40


@pytest.mark.parametrize("rule", RULES)
def test_nothing_at_all(rule: str) -> None:
    assert discover()[rule].check(World.of(), LAW).empty
    assert told(place([], work="demolition", geometry=None), rule) == ("not_applicable", "")


@pytest.mark.parametrize(
    ("rule", "kind"), [(ZONE, "zones"), (COAST, "kystnaerhedszone"), (FRAME, "plans"), (DUTY, "plans")]
)
def test_a_layer_that_did_not_answer(rule: str, kind: str) -> None:
    ready = place([], building(zone="rural"), zones=RURAL, silent=(kind,))
    assert told(ready, rule) == MISSING


@pytest.mark.parametrize(
    ("zones", "some", "whole", "unknown", "flags"),
    [
        (RURAL, True, True, False, 0),
        ([{"zone": "urban", "geometry": None}], False, False, False, 0),
        ([], False, False, True, 0),
        ([{"zone": "rural", "geometry": shapely.box(19, 0, 60, 25)}], True, False, False, 0),
        ([{"zone": "rural", "geometry": LAND}], True, True, False, 0),
        ([{"zone": "urban", "geometry": shapely.box(0, 0, 15, 25)}], False, False, True, 0),
        (
            [*RURAL, {"zone": "urban", "geometry": shapely.box(0, 0, 19.96, 25)}],
            False,
            False,
            False,
            FLAGS["near_line"],
        ),
        ([*RURAL, {"zone": "urban", "geometry": shapely.box(0, 0, 19.94, 25)}], True, False, False, 0),
        ([*RURAL, {"zone": "urban", "geometry": shapely.box(0, 0, 10.04, 25)}], True, True, False, 0),
        (
            [{"zone": "rural", "geometry": shapely.box(19, 0, 60, 25), "sigma_m": 2.0}],
            True,
            False,
            False,
            FLAGS["within_tolerance"],
        ),
    ],
)
def test_what_lies_in_landzone(
    zones: list[dict[str, Any]], some: bool, whole: bool, unknown: bool, flags: int
) -> None:
    found = rural(place([], zones=zones))
    assert [v.tolist() for v in found] == [[some], [whole], [unknown], [flags]]


@pytest.mark.parametrize(("zone", "expected"), [("rural", [True, False]), ("", [False, True])])
def test_what_nobody_has_drawn_lies_in_the_zone_of_its_land(zone: str, expected: list[bool]) -> None:
    found = rural(place([], building(None, zone=zone), zones=RURAL))
    assert [bool(found.some[0]), bool(found.unknown[0])] == expected


def country(*buildings: dict[str, Any], **site: Any) -> Any:
    return answer(place([], *buildings, zones=RURAL, **site), ZONE)


OLD = building(proposed=False, floor_m2=460.0)
PART = building(shapely.box(20, 8, 26, 14))


@pytest.mark.parametrize(
    ("floor", "expected", "flags"),
    [
        (40.0, ("not_applicable", ""), 0),
        (40.0004, ("not_applicable", ""), 0),
        (40.0005005, ("not_applicable", ""), FLAGS["within_tolerance"]),
        (40.001, ("needs_other_consent", ""), 0),
        (None, MISSING, 0),
    ],
)
def test_extended_house(floor: float | None, expected: tuple[str, str], flags: int) -> None:
    found = country(OLD, PART | {"floor_m2": floor}, work="extension")
    assert (found["outcome"], found["reason"], found["flags"]) == (*expected, flags)
    assert found["measured"] == pytest.approx(460.0 + floor if floor else np.nan, nan_ok=True)


def test_the_house_that_is_extended_is_the_one_that_is_touched() -> None:
    other = building(shapely.box(60, 8, 70, 16), proposed=False, floor_m2=300.0)
    part = PART | {"floor_m2": 40.0}
    assert country(OLD, other, part, work="extension")["measured"] == 500.0
    apart = building(shapely.box(30, 8, 36, 14), floor_m2=40.0)
    assert country(OLD, other, apart, work="extension")["measured"] == 800.0
    wings = (part | {"floor_m2": 25.0}, part | {"floor_m2": 25.0})
    assert country(OLD, *wings, work="extension")["measured"] == 510.0
    assert country(part, work="extension")["outcome"] == "needs_other_consent"


SHED = building(shapely.box(40, 8, 45, 18), role="secondary", kind="shed", floor_m2=50.0)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("not_applicable", "")),
        ({"floor_m2": 50.001}, ("needs_other_consent", "")),
        ({"geometry": shapely.box(40.001, 8, 45, 18)}, ("needs_other_consent", "")),
        ({"floor_m2": None}, MISSING),
        ({"geometry": None}, MISSING),
        ({"geometry": None, "floor_m2": 51.0}, ("needs_other_consent", "")),
        ({"role": "raised_area", "kind": "terrace", "floor_m2": None}, ("not_applicable", "")),
    ],
)
def test_secondary_buildings(more: dict[str, Any], expected: tuple[str, str]) -> None:
    found = country(OLD, SHED | {"zone": "rural"} | more)
    assert (found["outcome"], found["reason"]) == expected


def test_secondary_building_without_a_dwelling() -> None:
    assert country(SHED)["outcome"] == "needs_other_consent"
    assert country(OLD | {"geometry": None}, SHED)["reason"] == "missing_data"


BARN = building(proposed=False, kind="farm_building", floor_m2=400.0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (OLD, {"floor_m2": 460.0}, ("not_applicable", "")),
        (OLD, {"floor_m2": 490.0}, ("not_applicable", "")),
        (OLD, {"floor_m2": 510.0}, ("needs_other_consent", "")),
        (OLD, {"floor_m2": None}, MISSING),
        (OLD, {"kind": "double_house", "floor_m2": 460.0}, ("needs_other_consent", "")),
        (BARN, {"kind": "business", "floor_m2": 400.0}, ("needs_manual", "legal_text")),
        (BARN, {"kind": "business", "floor_m2": 401.0}, ("needs_other_consent", "")),
        (BARN, {"kind": "business", "floor_m2": None}, MISSING),
        (BARN, {"floor_m2": 400.0}, ("needs_manual", "legal_text")),
        (BARN, {"floor_m2": 400.0, "dwellings": 2}, ("needs_other_consent", "")),
        (BARN, {"kind": "institution", "floor_m2": 400.0}, ("needs_other_consent", "")),
        (BARN, {"kind": "farm_building", "floor_m2": 400.0}, ("not_applicable", "")),
    ],
)
def test_conversions(old: dict[str, Any], new: dict[str, Any], expected: tuple[str, str]) -> None:
    found = country(old, building(replaces=7, **new), work="conversion")
    assert (found["outcome"], found["reason"]) == expected


def test_new_barn_permit_given_and_subdivision() -> None:
    assert country(building(kind="farm_building"))["reason"] == "legal_text"
    assert country(landzone_permit=True)["outcome"] == "not_applicable"
    assert rural_asks(place([], zones=RURAL, landzone_permit=True)).tolist() == []
    divided = place([], zones=RURAL, work="subdivision", geometry=None)
    assert rural_asks(divided).tolist() == [0]
    for share, expected in (
        (1.0, ("needs_other_consent", "")),
        (0.0, ("not_applicable", "")),
        (np.nan, MISSING),
    ):
        ready = divided.with_(parcels=divided.parcels.assign(share_rural=share))
        assert told(ready, ZONE) == expected


def test_zone_that_is_not_known_is_no_answer_where_it_decides() -> None:
    assert told(place([], zones=[]), ZONE) == MISSING
    assert told(place([], OLD, SHED | {"zone": ""}, zones=[]), ZONE) == ("not_applicable", "")


@pytest.mark.parametrize(
    ("zones", "edge", "expected", "flags"),
    [
        (RURAL, 19.0, ("needs_manual", "assessment"), 0),
        (RURAL, 19.96, ("not_applicable", ""), FLAGS["near_line"]),
        (RURAL, 20.0, ("not_applicable", ""), 0),
        ([{"zone": "urban", "geometry": None}], 0.0, ("not_applicable", ""), 0),
        ([], 19.0, MISSING, 0),
    ],
)
def test_coastal_zone(zones: Any, edge: float, expected: tuple[str, str], flags: int) -> None:
    coast = feature("kystnaerhedszone", shapely.box(edge, -50, 90, 90))
    found = answer(place([coast], zones=zones), COAST)
    assert (found["outcome"], found["reason"], found["flags"]) == (*expected, flags)


def test_coastal_zone_is_not_asked_for_in_town() -> None:
    assert coastal_asks(place([])).tolist() == []
    assert told(place([], silent=("kystnaerhedszone",)), COAST) == ("not_applicable", "")
    lost = place([feature("kystnaerhedszone", None)], zones=RURAL)
    assert told(lost, COAST) == MISSING


def zoned(ready: World, zone: str) -> World:
    """The same with all land in one zone."""
    return ready.with_(zones=pd.DataFrame([{"site": 0, "zone": zone, "geometry": None}]))


def framed(*plans: dict[str, Any], **house: Any) -> tuple[str, str]:
    return told(zoned(world(list(plans), **house), "urban"), FRAME)


def frame(geometry: Any = LAND, **more: Any) -> dict[str, Any]:
    return plan("R", geometry, level="framework", **more)


@pytest.mark.parametrize(
    ("more", "house", "expected"),
    [
        ({"limits": {"max_height": 6.0}}, {}, ("pass", "")),
        ({"limits": {"max_height": 5.999}}, {}, ("needs_manual", "assessment")),
        ({"limits": {"max_height": 6.0}}, {"height_m": None}, MISSING),
        ({"limits": {"max_storeys": 2.0}}, {"storeys": 2.0}, ("pass", "")),
        ({"limits": {"max_storeys": 1.5}}, {"storeys": 2.0}, ("needs_manual", "assessment")),
        ({"limits": {"max_storeys": 1.5}}, {}, MISSING),
        ({"limits": {"max_storeys": 1.5}}, {"role": "secondary", "kind": "garage"}, ("pass", "")),
        ({"limits": {"plot_ratio": 30.0}}, {"floor_m2": 80.0}, MISSING),
        ({"use": 11}, {}, ("pass", "")),
        ({"use": 31}, {}, ("needs_manual", "assessment")),
        ({"use": 31}, {"role": "secondary", "kind": "garage"}, ("pass", "")),
        ({"use": 11, "uses": (1110,)}, {}, ("pass", "")),
        ({"use": 11, "uses": (1130,)}, {}, ("needs_manual", "assessment")),
        ({"use": 11, "uses": (1160,)}, {}, ("needs_manual", "legal_text")),
        ({"use": 51}, {}, ("needs_manual", "legal_text")),
        ({"use": 11}, {"kind": "other"}, ("needs_manual", "legal_text")),
        ({"use": 11}, {"kind": ""}, MISSING),
        # Too complex for fields: whatever else is entered, nothing of it counts, and the text has to be read.
        ({"use": 31, "complex": True}, {}, ("needs_manual", "legal_text")),
        ({"use": 11, "uses": (1130,), "complex": True}, {}, ("needs_manual", "legal_text")),
        (
            {"limits": {"max_height": 3.0, "plot_ratio": 30.0}, "complex": True},
            {},
            ("needs_manual", "legal_text"),
        ),
        ({}, {}, ("pass", "")),
        ({"limits": {"max_height": 1.0}}, {"house": None}, MISSING),
        ({"limits": {"max_height": 1.0}, "proposal": True}, {}, ("not_applicable", "")),
    ],
)
def test_framework(more: dict[str, Any], house: dict[str, Any], expected: tuple[str, str]) -> None:
    assert framed(frame(**more), **house) == expected


def test_worst_of_two_frameworks_and_local_plans_beside() -> None:
    low, high = frame(limits={"max_height": 3.0}), frame(limits={"max_height": 9.0})
    assert framed(low, high) == ("needs_manual", "assessment")
    assert framed(low, plan("1")) == ("not_applicable", "")
    assert framed(low, plan("1", shapely.box(0, 0, 15, 25))) == ("needs_manual", "assessment")
    halves = (plan("1", shapely.box(0, 0, 15, 25)), plan("2", shapely.box(15, 0, 40, 25)))
    assert framed(low, *halves) == ("not_applicable", "")
    covered = under_plan(world([*halves]))
    assert (covered.covered.tolist(), covered.unknown.tolist()) == ([True], [False])
    assert under_plan(world([plan("1")], house=None)).unknown.tolist() == [True]


def test_framework_in_landzone_and_where_the_zone_is_not_known() -> None:
    ready = world([frame(limits={"max_height": 3.0})])
    assert told(ready, FRAME) == MISSING
    assert told(zoned(ready, "rural"), FRAME) == ("not_applicable", "")


def duty(*plans: dict[str, Any], **house: Any) -> Any:
    return answer(world(list(plans), **house), DUTY)


@pytest.mark.parametrize(
    ("house", "expected", "measured"),
    [
        ({"dwellings": 10, "floor_m2": 3000.0}, ("pass", ""), 10.0),
        ({"dwellings": 11, "floor_m2": 900.0}, ("needs_manual", "assessment"), 11.0),
        ({"dwellings": 11}, ("needs_manual", "assessment"), 11.0),
        ({"dwellings": 2, "floor_m2": 3000.001}, ("needs_manual", "assessment"), np.nan),
        ({"floor_m2": 200.0}, ("pass", ""), 1.0),
        ({}, MISSING, np.nan),
        ({"role": "secondary", "kind": "garage", "floor_m2": 4000.0}, ("not_applicable", ""), np.nan),
        ({"kind": "business", "floor_m2": 200.0}, ("pass", ""), 0.0),
    ],
)
def test_duty_to_make_a_plan(house: dict[str, Any], expected: tuple[str, str], measured: float) -> None:
    found = duty(**house)
    assert (found["outcome"], found["reason"]) == expected
    assert found["measured"] == pytest.approx(measured, nan_ok=True)


def test_duty_under_a_plan() -> None:
    large = {"dwellings": 11, "floor_m2": 900.0}
    assert duty(plan("1"), **large)["outcome"] == "not_applicable"
    assert duty(plan("1", shapely.box(0, 0, 15, 25)), **large)["reason"] == "assessment"
    assert duty(plan("1"), house=None, **large)["reason"] == "missing_data"
    assert duty(plan("1", proposal=True), **large)["reason"] == "assessment"
