"""nature.*: lines and zones, their exemptions, exact limits, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, discover
from permits.rules.nature_church_line import asks as church_asks
from permits.rules.nature_forest_line import asks as forest_asks
from tests.permits.rules.features import BOW, EVERYWHERE, LAW, answer, batch, building, feature, place, told
from tests.permits.shared import shared_cases

KINDS = {
    "nature.protected_type": "beskyttet_natur",
    "nature.dune": "klitfredning",
    "nature.beach_line": "strandbeskyttelse",
    "nature.lake_stream_line": "soe_aa_linje",
    "nature.forest_line": "skovbyggelinje",
    "nature.church_line": "kirkebyggelinje",
    "nature.natura2000": "natura2000",
    "nature.conservation_order": "fredning",
}
#: What each says of a house of 9 m right inside.
INSIDE = {
    "nature.natura2000": ("needs_manual", "assessment"),
    "nature.conservation_order": ("needs_manual", "legal_text"),
}
DISTANCES = ("nature.protected_type", "nature.natura2000")
TALL = building(height_m=9.0)
RULES = sorted(KINDS)


def test_own_cases() -> None:
    results = check(read([Path(__file__).parents[1] / "cases" / "nature.yaml"]), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 22


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) >= 46


@pytest.mark.parametrize("rule", RULES)
def test_inside_and_elsewhere(rule: str) -> None:
    kind = KINDS[rule]
    found = answer(place([feature(kind)], TALL), rule)
    assert (found["outcome"], found["reason"]) == INSIDE.get(rule, ("needs_dispensation", ""))
    assert (found["building"], found["feature"]) == (7, 90)
    far = feature(kind, shapely.box(900, 0, 999, 9))
    assert told(place([far], TALL), rule) == ("pass" if rule in DISTANCES else "not_applicable", "")
    assert told(place([feature("osd")], TALL), rule) == ("not_applicable", "")


@pytest.mark.parametrize("rule", RULES)
def test_what_cannot_be_measured_is_missing(rule: str) -> None:
    kind = KINDS[rule]
    for ready in (
        place([feature(kind)], TALL | {"geometry": None}),
        place([feature(kind)], TALL | {"geometry": shapely.Polygon()}),
        place([feature(kind, None)], TALL),
        place([feature(kind, shapely.box(0, 0, np.inf, 1))], TALL),
    ):
        assert told(ready, rule) == ("needs_manual", "missing_data")
    assert told(place([], TALL | {"geometry": None}), rule) == ("not_applicable", "")
    bow = place([feature(kind, BOW)], TALL | {"geometry": shapely.box(2, 8, 6, 16)})
    assert told(bow, rule) == INSIDE.get(rule, ("needs_dispensation", ""))


@pytest.mark.parametrize("rule", RULES)
def test_a_layer_that_did_not_answer(rule: str) -> None:
    ready = place([], TALL, silent=(KINDS[rule],))
    assert told(ready, rule) == ("needs_manual", "missing_data")
    others = tuple(kind for name, kind in KINDS.items() if name != rule)
    assert told(place([], TALL, silent=others), rule) == ("not_applicable", "")


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_row_does_not_stop_the_others(rule: str) -> None:
    features = [feature(KINDS[rule], shape) for shape in (None, BOW, shapely.Point(np.inf, 1), EVERYWHERE)]
    table = batch(place(features, TALL, building(None), building(shapely.box(0, 0, 1, np.inf))), rule)
    assert table.groupby("site").size().tolist() == [3, 3, 3]
    assert table["outcome"].ne("not_applicable").all()
    assert table.groupby(["site", "building"]).ngroups == 9


@pytest.mark.parametrize("rule", RULES)
def test_nothing_at_all(rule: str) -> None:
    assert discover()[rule].check(World.of(), LAW).empty
    quiet = place([feature(KINDS[rule])], work="demolition", geometry=None)
    assert told(quiet, rule) == ("not_applicable", "")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in DISTANCES])
def test_only_what_is_deep_counts(rule: str) -> None:
    shallow, deep = (shapely.box(-50, -50, x, 90) for x in (10.04, 10.06))
    found = answer(place([feature(KINDS[rule], shallow)], TALL), rule)
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])
    found = answer(place([feature(KINDS[rule], deep)], TALL), rule)
    assert (found["outcome"], found["flags"]) == (INSIDE.get(rule, ("needs_dispensation",))[0], 0)
    found = answer(place([feature(KINDS[rule], deep, sigma_m=1.0)], TALL), rule)
    assert found["flags"] == FLAGS["within_tolerance"]


@pytest.mark.parametrize(("rule", "screen"), [("nature.protected_type", 25.0), ("nature.natura2000", 500.0)])
@pytest.mark.parametrize(
    ("more", "outcome", "flags"),
    [
        (0.0, "pass", 0),
        (-0.0004, "pass", 0),
        (-0.0006, "needs_manual", 0),
        (-0.0005005, "pass", FLAGS["within_tolerance"]),
        (0.3, "pass", 0),
    ],
)
def test_screening_distance(rule: str, screen: float, more: float, outcome: str, flags: int) -> None:
    edge = 20.0 + screen + more
    found = answer(place([feature(KINDS[rule], shapely.box(edge, -9, edge + 50, 99))]), rule)
    assert (found["outcome"], found["flags"]) == (outcome, flags)
    assert found["measured"] == pytest.approx(screen + more, abs=1e-6)
    assert found["margin"] == pytest.approx(more, abs=1e-6)
    vague = answer(place([feature(KINDS[rule], shapely.box(edge, -9, edge + 50, 99), sigma_m=2.0)]), rule)
    assert vague["flags"] == FLAGS["within_tolerance"]


def test_inside_one_meadow_and_beside_another() -> None:
    near, inside = shapely.box(21, 0, 30, 9), shapely.box(0, 0, 11, 25)
    found = answer(place([feature("beskyttet_natur", near), feature("beskyttet_natur", inside)]), RULES[-1])
    assert (found["outcome"], found["feature"], found["margin"]) == ("needs_dispensation", 91, -25.0)


SHED = {"role": "secondary", "kind": "shed", "floor_m2": 10.0}
HOME = building(proposed=False)


def garden(*more: dict[str, Any], **shed: Any) -> tuple[str, str]:
    given = building(shapely.box(25, 8, 29, 10.5), **(SHED | shed))
    return told(place([feature("strandbeskyttelse")], HOME, given, *more), "nature.beach_line")


@pytest.mark.parametrize(
    ("shed", "expected"),
    [
        ({}, ("pass", "")),
        ({"floor_m2": 10.0004}, ("pass", "")),
        ({"floor_m2": 10.001}, ("needs_dispensation", "")),
        ({"floor_m2": None}, ("needs_manual", "missing_data")),
        ({"geometry": shapely.box(35, 8, 39, 10.5)}, ("pass", "")),
        ({"geometry": shapely.box(35.001, 8, 39, 10.5)}, ("needs_dispensation", "")),
        ({"floor_m2": None, "geometry": shapely.box(36, 8, 39, 10)}, ("needs_dispensation", "")),
        ({"kind": "greenhouse"}, ("pass", "")),
        ({"kind": "garage"}, ("needs_dispensation", "")),
        ({"integrated": True}, ("needs_dispensation", "")),
        ({"role": "primary"}, ("needs_dispensation", "")),
    ],
)
def test_garden_rule(shed: dict[str, Any], expected: tuple[str, str]) -> None:
    given = dict(shed)
    box = given.pop("geometry", shapely.box(25, 8, 29, 10.5))
    ready = place([feature("strandbeskyttelse")], HOME, building(box, **(SHED | given)))
    assert told(ready, "nature.beach_line") == expected


def test_second_of_its_kind_and_one_of_another() -> None:
    old = building(shapely.box(30, 20, 32, 22), **(SHED | {"proposed": False}))
    assert garden(old) == ("needs_dispensation", "")
    assert garden(old | {"kind": "greenhouse"}) == ("pass", "")
    assert garden(old | {"demolished": True}) == ("pass", "")
    assert garden(building(shapely.box(30, 20, 32, 22), **SHED)) == ("needs_dispensation", "")


def test_dwelling_that_nobody_has_drawn() -> None:
    shed = building(shapely.box(25, 8, 29, 10.5), **SHED)
    lost = building(None, proposed=False)
    line = [feature("strandbeskyttelse")]
    assert told(place(line, lost, shed), "nature.beach_line") == ("needs_manual", "missing_data")
    assert told(place(line, shed), "nature.beach_line") == ("needs_dispensation", "")
    assert told(place(line, lost, HOME, shed), "nature.beach_line") == ("pass", "")
    leisure = place(line, HOME | {"kind": "summer_house"}, shed | {"kind": "greenhouse"})
    assert told(leisure, "nature.beach_line") == ("needs_dispensation", "")


def forest(*buildings: dict[str, Any], **site: Any) -> tuple[str, str]:
    return told(place([feature("skovbyggelinje")], *buildings, **site), "nature.forest_line")


GARAGE = building(shapely.box(25, 8, 35, 13), role="secondary", kind="garage", floor_m2=50.0)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("pass", "")),
        ({"floor_m2": 50.001}, ("needs_dispensation", "")),
        ({"floor_m2": None}, ("needs_manual", "missing_data")),
        ({"zone": "rural"}, ("needs_dispensation", "")),
        ({"zone": "summer_house"}, ("needs_dispensation", "")),
        ({"zone": ""}, ("needs_manual", "missing_data")),
        ({"zone": "", "floor_m2": 51.0}, ("needs_dispensation", "")),
        ({"zone": "rural", "floor_m2": None}, ("needs_dispensation", "")),
    ],
)
def test_secondary_buildings_by_the_forest(more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert forest(HOME, GARAGE | more) == expected


def test_secondary_building_without_a_dwelling() -> None:
    assert forest(GARAGE) == ("needs_dispensation", "")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("pass", "")),
        ({"floor_m2": 80.001}, ("needs_dispensation", "")),
        ({"floor_m2": None}, ("needs_manual", "missing_data")),
        ({"kind": "business"}, ("needs_dispensation", "")),
        ({"kind": "double_house"}, ("needs_dispensation", "")),
    ],
)
def test_conversion_by_the_forest(more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert forest(HOME, building(replaces=7, **more), work="conversion") == expected


def test_rebuilding_by_the_forest_is_no_conversion() -> None:
    assert forest(HOME, building(replaces=7)) == ("needs_dispensation", "")


def test_what_the_forest_line_is_not_about() -> None:
    line, ground = [feature("skovbyggelinje")], shapely.box(1, 1, 9, 9)
    assert told(place(line, work="terrain", geometry=ground), "nature.forest_line") == ("not_applicable", "")
    assert forest_asks(place(line, work="terrain", geometry=ground)).tolist() == []
    assert forest(building(), landzone_permit=True) == ("not_applicable", "")
    # The ground beside a house does not take the house's answer away.
    table = batch(place(line, building(), geometry=ground), "nature.forest_line", 2)
    assert table[["building", "outcome"]].to_numpy().tolist() == [
        [0, "needs_dispensation"],
        [1, "needs_dispensation"],
    ]


@pytest.mark.parametrize(
    ("height", "expected", "flags"),
    [
        (8.5, ("pass", ""), 0),
        (8.5004, ("pass", ""), 0),
        (8.5005005, ("pass", ""), FLAGS["within_tolerance"]),
        (8.501, ("needs_dispensation", ""), 0),
        (None, ("needs_manual", "missing_data"), 0),
    ],
)
def test_height_by_a_church(height: float | None, expected: tuple[str, str], flags: int) -> None:
    found = answer(place([feature("kirkebyggelinje")], building(height_m=height)), "nature.church_line")
    assert (found["outcome"], found["reason"]) == expected
    assert found["flags"] == flags
    if height:
        assert found["margin"] == pytest.approx(8.5 - height)


def test_churches_in_town_and_in_the_open() -> None:
    town = feature("kirkebyggelinje", surrounded_by_town=True)
    assert told(place([town], TALL), "nature.church_line") == ("not_applicable", "")
    assert told(place([town, feature("kirkebyggelinje")], TALL), "nature.church_line")[0] == (
        "needs_dispensation"
    )
    ground = place([feature("kirkebyggelinje")], work="terrain", geometry=shapely.box(1, 1, 9, 9))
    assert church_asks(ground).tolist() == []
    assert told(ground, "nature.church_line") == ("not_applicable", "")
