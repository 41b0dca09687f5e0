"""heritage.*, road.*, soil.*, water.*, consultation.*: exact limits, exemptions, several layers, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, discover
from permits.rules.heritage_listed_building import asks as listed_asks
from permits.rules.road_building_line import addition_m
from tests.permits.rules.features import (
    BOW,
    EVERYWHERE,
    HOUSE,
    LAW,
    answer,
    batch,
    building,
    feature,
    place,
    told,
)
from tests.permits.shared import shared_cases

#: Kinds of each rule, and what it says of a new house right inside the first.
INSIDE: dict[str, tuple[tuple[str, ...], tuple[str, str]]] = {
    "heritage.monument_line": (("fortidsmindebeskyttelse",), ("needs_dispensation", "")),
    "heritage.dike": (("dige",), ("needs_dispensation", "")),
    "heritage.listed_building": (("fredet_bygning", "bevaringsvaerdig_bygning"), ("needs_other_consent", "")),
    "road.building_line": (("vejbyggelinje",), ("needs_other_consent", "")),
    "soil.contamination": (("jordforurening_v1", "jordforurening_v2"), ("needs_other_consent", "")),
    "water.groundwater": (("bnbo", "osd"), ("pass", "")),
    "water.flood": (("oversvoemmelse",), ("needs_manual", "assessment")),
    "consultation.zone": (
        ("fredskov", "raastof", "risikozone", "stoejzone"),
        ("needs_dispensation", ""),
    ),
}
RULES = sorted(INSIDE)
MORE = {"depth": 1.0, "height_difference": 0.0, "lden": 70.0}
MISSING = ("needs_manual", "missing_data")


def test_own_cases() -> None:
    results = check(read([Path(__file__).parents[1] / "cases" / "heritage_road_soil_water.yaml"]), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 30


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), RULES)
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) >= 50


@pytest.mark.parametrize("rule", RULES)
def test_inside_elsewhere_and_what_cannot_be_measured(rule: str) -> None:
    kinds, expected = INSIDE[rule]
    assert told(place([feature(kinds[0], **MORE)]), rule) == expected
    assert told(place([feature("fredning")]), rule) == ("not_applicable", "")
    for shape in (None, shapely.box(0, 0, np.inf, 1)):
        assert told(place([feature(kinds[0], shape, **MORE)]), rule) == MISSING
    assert told(place([feature(kinds[0], **MORE)], building(None)), rule) == MISSING
    assert told(place([], building(None)), rule) == ("not_applicable", "")
    bow = place([feature(kinds[0], BOW, **MORE)], building(shapely.box(2, 8, 6, 16)))
    assert told(bow, rule) == expected


@pytest.mark.parametrize(("rule", "kind"), [(rule, kind) for rule in RULES for kind in INSIDE[rule][0]])
def test_each_layer_that_did_not_answer(rule: str, kind: str) -> None:
    assert told(place([], silent=(kind,)), rule) == MISSING


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_row_does_not_stop_the_others(rule: str) -> None:
    kind = INSIDE[rule][0][0]
    features = [feature(kind, shape, **MORE) for shape in (None, BOW, shapely.Point(np.inf, 1), EVERYWHERE)]
    table = batch(place(features, building(), building(None)), rule)
    assert table["outcome"].ne("not_applicable").all()
    assert table.groupby("site")["building"].nunique().tolist() == [2, 2, 2]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_at_all(rule: str) -> None:
    assert discover()[rule].check(World.of(), LAW).empty


@pytest.mark.parametrize(
    ("rule", "found"),
    [("soil.contamination", "jordforurening_v2"), ("consultation.zone", "fredskov")],
)
def test_what_was_found_stands_beside_a_silent_layer(rule: str, found: str) -> None:
    others = tuple(kind for kind in INSIDE[rule][0] if kind != found)
    assert told(place([feature(found)], silent=others), rule) == INSIDE[rule][1]


@pytest.mark.parametrize(
    ("x", "expected", "flags"),
    [
        (22.0, ("pass", ""), 0),
        (21.9996, ("pass", ""), 0),
        (21.9994, ("needs_manual", "assessment"), 0),
        (21.9994995, ("pass", ""), FLAGS["within_tolerance"]),
        (19.0, ("needs_dispensation", ""), 0),
    ],
)
def test_distance_to_a_dike(x: float, expected: tuple[str, str], flags: int) -> None:
    found = answer(place([feature("dige", shapely.LineString([(x, -9), (x, 60)]))]), "heritage.dike")
    assert (found["outcome"], found["reason"]) == expected
    assert found["flags"] == flags


@pytest.mark.parametrize(("visible", "outcome"), [(True, "needs_dispensation"), (False, "not_applicable")])
def test_monuments_that_cannot_be_seen(visible: bool, outcome: str) -> None:
    ready = place([feature("fortidsmindebeskyttelse", visible=visible)])
    assert told(ready, "heritage.monument_line")[0] == outcome


OLD = building(proposed=False)
WING = building(shapely.box(20, 8, 26, 14))


@pytest.mark.parametrize(
    ("buildings", "work", "outcome"),
    [
        ((OLD, building(replaces=7)), "conversion", "needs_other_consent"),
        ((OLD, WING), "extension", "needs_other_consent"),
        ((WING,), "extension", "needs_other_consent"),
        ((OLD, WING), "new", "needs_other_consent"),
        ((WING,), "new", "not_applicable"),
        ((OLD, building(shapely.box(20.06, 8, 26, 14))), "extension", "not_applicable"),
        ((OLD, building(shapely.box(30, 8, 36, 14), replaces=7)), "new", "needs_other_consent"),
        ((OLD | {"demolished": True},), "demolition", "needs_other_consent"),
        ((OLD,), "demolition", "not_applicable"),
    ],
)
def test_work_on_listed_buildings(buildings: tuple[Any, ...], work: str, outcome: str) -> None:
    ready = place([feature("fredet_bygning", HOUSE)], *buildings, work=work)
    assert told(ready, "heritage.listed_building")[0] == outcome


GONE = building(proposed=False, demolished=True)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"save": 4.0}, ("needs_manual", "assessment")),
        ({"save": 5.0}, ("pass", "")),
        ({"save": 9.0, "designated": True}, ("needs_manual", "assessment")),
        ({"designated": True}, ("needs_manual", "assessment")),
        ({}, MISSING),
    ],
)
def test_demolition(attributes: dict[str, Any], expected: tuple[str, str]) -> None:
    worthy = feature("bevaringsvaerdig_bygning", HOUSE, **attributes)
    assert told(place([worthy], GONE), "heritage.listed_building") == expected
    assert told(place([worthy], OLD, building(replaces=7)), "heritage.listed_building")[0] == "not_applicable"
    lost = place([worthy], GONE | {"geometry": None})
    assert told(lost, "heritage.listed_building") == MISSING


def test_shallow_and_uncertain_listed_buildings() -> None:
    shallow = feature("fredet_bygning", shapely.box(19.96, 8, 30, 16))
    found = answer(place([shallow]), "heritage.listed_building")
    assert (found["outcome"], found["flags"]) == ("not_applicable", FLAGS["near_line"])
    vague = feature("fredet_bygning", shapely.box(19, 8, 30, 16), sigma_m=2.0)
    found = answer(place([vague]), "heritage.listed_building")
    assert (found["outcome"], found["flags"]) == ("needs_other_consent", FLAGS["within_tolerance"])
    assert listed_asks(place([], OLD, geometry=HOUSE)).tolist() == []


def test_height_addition_has_no_sign_and_none_on_level_ground() -> None:
    found = addition_m(np.array([1.2, -1.0, 0.0, 0.0004, np.nan]), LAW)
    assert found[:4] == pytest.approx([3.9, 3.5, 0.0, 0.0])
    assert np.isnan(found[4])


@pytest.mark.parametrize(
    ("edge", "rise", "expected", "margin"),
    [
        (4.1, 1.2, ("pass", ""), 0.0),
        (4.1006, 1.2, ("needs_other_consent", ""), -0.0006),
        (8.0, 0.0, ("pass", ""), 0.0),
        (8.04, 0.0, ("pass", ""), 0.0),
        (8.06, 0.0, ("needs_other_consent", ""), 0.0),
        (4.1, None, MISSING, None),
        (8.06, None, ("needs_other_consent", ""), None),
    ],
)
def test_behind_the_road_line(edge: float, rise: Any, expected: tuple[str, str], margin: Any) -> None:
    strip = feature("vejbyggelinje", shapely.box(-50, -50, 90, edge), height_difference=rise)
    found = answer(place([strip]), "road.building_line")
    assert (found["outcome"], found["reason"]) == expected
    assert found["margin"] == pytest.approx(np.nan if margin is None else margin, abs=1e-9, nan_ok=True)


V2 = "jordforurening_v2"


@pytest.mark.parametrize(
    ("house", "zone", "expected"),
    [
        (building(), shapely.box(19, 0, 60, 25), ("needs_other_consent", "")),
        (building(kind="summer_house"), shapely.box(19, 0, 60, 25), ("needs_other_consent", "")),
        (building(kind="business"), shapely.box(19, 0, 60, 25), ("needs_manual", "assessment")),
        (building(role="secondary", kind="shed"), shapely.box(19, 0, 60, 25), ("needs_manual", "assessment")),
        (building(), shapely.box(30, 0, 60, 25), ("needs_manual", "assessment")),
        (building(), shapely.box(39.96, 0, 60, 25), ("not_applicable", "")),
        (building(), shapely.box(40, 0, 60, 25), ("not_applicable", "")),
        (building(None), shapely.box(30, 0, 60, 25), MISSING),
        (building(None, kind="business"), shapely.box(30, 0, 60, 25), ("needs_manual", "assessment")),
    ],
)
def test_ground_under_the_house_and_on_the_plot(
    house: dict[str, Any], zone: Any, expected: tuple[str, str]
) -> None:
    assert told(place([feature(V2, zone)], house), "soil.contamination") == expected


def test_shallow_on_the_plot_is_told_and_the_wall_is_not_the_plot() -> None:
    found = answer(place([feature(V2, shapely.box(39.96, 0, 60, 25))]), "soil.contamination")
    assert found["flags"] == FLAGS["near_line"]
    found = answer(place([feature(V2, shapely.box(19.96, 0, 60, 25))]), "soil.contamination")
    assert (found["outcome"], found["flags"]) == ("needs_manual", 0)


def test_contaminated_ground_on_another_plot_of_the_property() -> None:
    ready = place([feature(V2, shapely.box(100, 0, 140, 25))])
    far = ready.parcels.iloc[[0, 0]].assign(
        parcel=[0, 1], plot=[1, 2], geometry=[shapely.box(0, 0, 40, 25), shapely.box(100, 0, 140, 25)]
    )
    two = ready.with_(parcels=far)
    assert told(two, "soil.contamination")[0] == "not_applicable"
    # A house that stands on no plot goes by all of the land.
    loose = two.with_(buildings=two.buildings.assign(plot=0))
    assert told(loose, "soil.contamination") == ("needs_manual", "assessment")


def test_pools_and_ground() -> None:
    pool = building(role="raised_area", kind="pool")
    assert told(place([feature("osd")], pool), "water.groundwater") == ("needs_manual", "assessment")
    ground = place([feature("bnbo")], work="terrain", geometry=HOUSE)
    assert told(ground, "water.groundwater") == ("pass", "")


@pytest.mark.parametrize(
    ("depth", "expected", "flags"),
    [
        (0.1, ("pass", ""), 0),
        (0.1004, ("pass", ""), 0),
        (0.1005005, ("pass", ""), FLAGS["within_tolerance"]),
        (0.101, ("needs_manual", "assessment"), 0),
        (None, MISSING, 0),
    ],
)
def test_depth_of_a_flood(depth: Any, expected: tuple[str, str], flags: int) -> None:
    found = answer(place([feature("oversvoemmelse", depth=depth)]), "water.flood")
    assert (found["outcome"], found["reason"], found["flags"]) == (*expected, flags)


def test_deepest_flood_is_told_beside_one_that_nobody_knows() -> None:
    floods = [feature("oversvoemmelse", depth=d) for d in (0.05, None, 0.7)]
    found = answer(place(floods), "water.flood")
    assert (found["measured"], found["feature"], found["reason"]) == (0.7, 92, "assessment")
    assert told(place(floods[:2]), "water.flood") == MISSING


@pytest.mark.parametrize(
    ("lden", "kind", "expected"),
    [
        (58.0, "detached_house", ("pass", "")),
        (58.0004, "detached_house", ("pass", "")),
        (58.001, "detached_house", ("needs_manual", "assessment")),
        (58.001, "summer_house", ("needs_manual", "assessment")),
        (None, "detached_house", MISSING),
        (None, "business", ("pass", "")),
        (90.0, "institution", ("pass", "")),
    ],
)
def test_noise_at_housing(lden: Any, kind: str, expected: tuple[str, str]) -> None:
    ready = place([feature("stoejzone", lden=lden)], building(kind=kind))
    assert told(ready, "consultation.zone") == expected


@pytest.mark.parametrize("kind", ["raastof", "risikozone"])
def test_zones_that_a_person_weighs(kind: str) -> None:
    assert told(place([feature(kind)]), "consultation.zone") == ("needs_manual", "assessment")
    quiet = feature("stoejzone", lden=40.0)
    assert told(place([quiet, feature(kind)]), "consultation.zone") == ("needs_manual", "assessment")
    assert answer(place([quiet]), "consultation.zone")["margin"] == pytest.approx(18.0)
