from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.rulebook import FLAGS, Rule, discover, findings
from permits.rules.br18_permit_free import RULE, against, conclude
from permits.rules.parts.works import exempt, walls
from tests.permits.rules.secondary import FREE, shed
from tests.permits.situations import answer, box, house, situation

INSIDE = box(10, 8, 15, 13)
HOME = house(box(20, 10, 30, 18), height=5, floor_area=80, storeys=1)


def small(name: str = "s", **more: Any) -> dict[str, Any]:
    return shed(INSIDE, name, **more)


def converted(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return situation(application={"work": "conversion", "buildings": list(buildings)}, **more)


def pulled(*standing: dict[str, Any]) -> dict[str, Any]:
    names = [building["id"] for building in standing]
    return situation(existing=list(standing), application={"work": "demolition", "demolish": names})


@pytest.mark.parametrize(
    ("new", "old", "outcome", "margin"),
    [
        (25, 25, "pass", 0.0),
        (50.0005, None, "pass", -0.0005),
        (26, 25, "not_applicable", -1.0),
        (50.01, None, "not_applicable", -0.01),
    ],
)
def test_fifty_square_metres_together(new: float, old: float | None, outcome: str, margin: float) -> None:
    standing = [] if old is None else [shed(box(20, 20, 25, 25), "old", floor_area=old)]
    found = answer(situation(small(floor_area=new), existing=standing), FREE)
    assert (found["outcome"], found["limit"], found["building"]) == (outcome, 50.0, -1)
    assert found["margin"] == pytest.approx(margin)


def test_what_goes_or_is_built_in_does_not_count() -> None:
    old = shed(box(20, 20, 25, 28), "old", floor_area=40)
    gone = {"work": "new", "buildings": [small(floor_area=30)], "demolish": ["old"]}
    assert answer(situation(existing=[old], application=gone), FREE)["measured"] == 40.0
    assert answer(situation(existing=[old], application=gone), FREE)["outcome"] == "pass"
    built_in = situation(small(floor_area=30), existing=[old | {"integrated": True}])
    assert answer(built_in, FREE)["measured"] == 30.0
    assert answer(situation(small(integrated=True)), FREE)["outcome"] == "not_applicable"


def test_floor_nobody_stated() -> None:
    lost = shed(box(20, 20, 25, 25), "old", floor_area=None)
    assert answer(situation(small(), existing=[lost]), FREE)["reason"] == "missing_data"
    assert answer(situation(small(floor_area=None)), FREE)["reason"] == "missing_data"
    # What is known is too much already.
    found = answer(situation(small(floor_area=51), existing=[lost]), FREE)
    assert (found["outcome"], found["measured"]) == ("not_applicable", 51.0)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, "pass"),
        ({"floor_area": 79}, "pass"),
        ({"floor_area": 80.01}, "not_applicable"),
        ({"kind": "business"}, "not_applicable"),
        ({"attic": {"area": 12}}, "not_applicable"),
        ({"floor_area": None}, "needs_manual"),
    ],
)
def test_conversion_of_a_house(change: dict[str, Any], outcome: str) -> None:
    after = {key: value for key, value in {**HOME, **change}.items() if value is not None}
    assert answer(converted(after, existing=[HOME]), FREE)["outcome"] == outcome


def test_conversion_of_something_else() -> None:
    office = HOME | {"kind": "business"}
    assert answer(converted(office, existing=[office]), FREE)["outcome"] == "not_applicable"
    assert answer(converted(small(), existing=[small()]), FREE)["outcome"] == "pass"
    assert (
        answer(converted(HOME, existing=[HOME | {"role": "secondary"}]), FREE)["outcome"] == "not_applicable"
    )
    # Nothing stands there that could be converted.
    assert answer(converted(HOME), FREE)["outcome"] == "not_applicable"


@pytest.mark.parametrize(
    ("area", "outcome"), [(50, "pass"), (50.1, "not_applicable"), (None, "needs_manual")]
)
def test_demolition_of_secondary_buildings_each_by_itself(area: float | None, outcome: str) -> None:
    case = pulled(small("a", floor_area=area), shed(box(20, 20, 25, 25), "b", floor_area=45))
    assert answer(case, FREE)["outcome"] == outcome


def test_demolition_of_what_takes_a_permit() -> None:
    for gone in (HOME, small(integrated=True)):
        assert answer(pulled(gone), FREE)["outcome"] == "not_applicable"


@pytest.mark.parametrize(
    ("area", "outcome"), [(25, "pass"), (25.1, "not_applicable"), (None, "needs_manual")]
)
def test_one_small_sanitary_building(area: float | None, outcome: str) -> None:
    hut = house(INSIDE, kind="sanitary_building", height=3.0, storeys=1)
    hut = hut if area is None else hut | {"floor_area": area}
    assert answer(situation(hut), FREE)["outcome"] == outcome


def test_a_sanitary_building_in_the_place_of_another_is_no_new_one() -> None:
    hut = house(INSIDE, kind="sanitary_building", height=3.0, storeys=1, floor_area=20)
    assert answer(situation(hut), FREE)["outcome"] == "pass"
    assert answer(situation(hut, existing=[hut]), FREE)["outcome"] == "not_applicable"


def test_every_part_has_to_be_exempt() -> None:
    wall = {"id": "w", "role": "wall", "kind": "other", "footprint": box(0, 2, 0.2, 22)}
    for other, outcome in (
        (HOME, "not_applicable"),
        (wall | {"height": 1.2}, "pass"),
        (wall | {"height": 2.2}, "not_applicable"),
        (wall, "needs_manual"),
        (
            {
                "id": "t",
                "role": "raised_area",
                "kind": "terrace",
                "height": 0.2,
                "footprint": box(3, 3, 5, 5),
            },
            "not_applicable",
        ),
    ):
        assert answer(situation(small(), other), FREE)["outcome"] == outcome


@pytest.mark.parametrize("work", ["terrain", "subdivision"])
def test_works_of_other_kinds(work: str) -> None:
    application: dict[str, Any] = {"work": work}
    application |= (
        {"plots": [{"registered_area": 900}]} if work == "subdivision" else {"area": box(3, 3, 9, 9)}
    )
    assert answer(situation(application=application), FREE)["outcome"] == "not_applicable"


def test_a_breach_takes_the_exemption_and_an_open_rule_leaves_it_open() -> None:
    high = situation(shed(box(0, 8, 4, 12), height=2.7))
    assert answer(high, FREE)["outcome"] == "not_applicable"
    open_ = situation(shed(box(0, 8, 4, 12), openings_toward_boundary=None))
    assert answer(open_, FREE)["reason"] == "missing_data"
    unsure = situation(shed(box(0, 8, 4, 12), height=2.7), missing_layers=["surroundings"])
    assert answer(unsure, FREE)["reason"] in ("missing_data", "ambiguous_boundary")


def _told(*reasons: str, **more: Any) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "site": np.zeros(len(reasons), dtype="int64"),
        "outcome": np.array(["pass" if r == "" else "needs_manual" for r in reasons], dtype=object),
        "reason": np.array(reasons, dtype=object),
        "limit": 1.0,
    }
    return findings("br18.height", **(columns | more))


@pytest.mark.parametrize(
    ("reasons", "outcome", "reason"),
    [
        (("", ""), "pass", ""),
        (("legal_text", ""), "needs_manual", "legal_text"),
        (("legal_text", "ambiguous_boundary"), "needs_manual", "ambiguous_boundary"),
        (("legal_text", "ambiguous_boundary", "missing_data"), "needs_manual", "missing_data"),
        (("missing_data", "overall_assessment"), "not_applicable", ""),
    ],
)
def test_of_several_reasons_the_first(reasons: tuple[str, ...], outcome: str, reason: str) -> None:
    own = findings(FREE, site=np.array([0, 7]), outcome=np.array(["pass", "pass"], dtype=object))
    found = conclude(own, _told(*reasons))
    assert found["outcome"].tolist() == [outcome, "pass"]
    assert found["reason"].tolist() == [reason, ""]


def test_where_the_law_has_no_number_nothing_is_broken() -> None:
    row = house(box(20, 10, 30, 18), kind="row_house", height=5, floor_area=80, storeys=1)
    assert answer(converted(row, existing=[row]), FREE)["outcome"] == "pass"


def test_other_rules_run_for_it_and_are_not_told() -> None:
    table = run(build([situation(small())]), rules=[FREE])
    assert table["rule"].tolist() == [FREE]
    assert run(World.of(), rules=[FREE]).empty


def test_it_reads_every_rule_of_the_family_but_itself() -> None:
    known = discover()
    read = {name for name, rule in known.items() if rule.read_by(RULE)}
    assert read == {name for name in known if name.startswith("br18.")} - {FREE}


def test_reading_and_concluding_go_together() -> None:
    with pytest.raises(ValueError, match="go together"):
        Rule("x", "x", "x", "x", RULE.check, reads=("br18.",))
    with pytest.raises(ValueError, match="go together"):
        Rule("x", "x", "x", "x", RULE.check, conclude=conclude)


def test_sites_of_different_versions_are_told_apart() -> None:
    port = shed(box(10, 1, 14, 5), height=2.7)
    around = [{"kind": "road", "wkt": box(-20, -9, 60, 0)}]
    cases = [situation(port, surroundings=around, date=day) for day in ("2019-02-02", "2026-02-02")]
    assert run(build(cases), rules=[FREE])["outcome"].tolist() == ["not_applicable"] * 2


def _wall(name: str = "w", **more: Any) -> dict[str, Any]:
    return {"id": name, "role": "wall", "kind": "other", "footprint": box(0, 2, 0.2, 22), **more}


def _hut(name: str = "k", **more: Any) -> dict[str, Any]:
    return house(box(3, 20, 6, 24), id=name, kind="sanitary_building", height=3.0, storeys=1, **more)


OLD = shed(box(20, 20, 25, 25), "old", floor_area=30)
BARE = {key: value for key, value in HOME.items() if key != "floor_area"}
LOST = shed(box(20, 20, 25, 25), "lost", floor_area=None)
#: A work, why it takes a permit, whether something that decides is not known, and the number with its limit.
WORKS: list[tuple[dict[str, Any], str, bool, float, float]] = [
    (situation(small(floor_area=10)), "", False, 10.0, 50.0),
    (situation(small(floor_area=10), existing=[OLD]), "", False, 40.0, 50.0),
    (situation(small(floor_area=30), existing=[OLD]), "too_large", False, 60.0, 50.0),
    (situation(small(floor_area=30), existing=[LOST]), "", True, np.nan, 50.0),
    (situation(small(floor_area=60), existing=[LOST]), "too_large", True, 60.0, 50.0),
    (situation(HOME), "other_work", False, np.nan, np.nan),
    (situation(small(floor_area=10), HOME), "other_work", False, 10.0, 50.0),
    (converted(HOME, existing=[HOME]), "", False, np.nan, np.nan),
    (converted(BARE, existing=[HOME]), "", True, np.nan, np.nan),
    (converted(HOME, existing=[BARE]), "", True, np.nan, np.nan),
    (converted(HOME | {"floor_area": 90}, existing=[HOME]), "more_floor", False, np.nan, np.nan),
    (converted(HOME | {"kind": "business"}, existing=[HOME]), "other_kind", False, np.nan, np.nan),
    (situation(_hut(floor_area=20)), "", False, 20.0, 25.0),
    (situation(_hut()), "", True, np.nan, 25.0),
    (situation(_hut(floor_area=30)), "too_large", False, 30.0, 25.0),
    (situation(_hut(floor_area=5), _hut("l", floor_area=5)), "other_work", False, np.nan, np.nan),
    (situation(small(floor_area=45), _hut(floor_area=10)), "", False, 45.0, 50.0),
    (situation(small(floor_area=10), _hut(floor_area=24)), "", False, 24.0, 25.0),
    (pulled(OLD), "", False, 30.0, 50.0),
    (pulled(LOST), "", True, np.nan, 50.0),
    (pulled(OLD, HOME), "other_work", False, 30.0, 50.0),
    (pulled(OLD | {"floor_area": 51}), "too_large", False, 51.0, 50.0),
    (situation(_wall(height=1.2)), "nothing", False, np.nan, np.nan),
    (situation(_wall(height=2.2)), "wall", False, np.nan, np.nan),
    (situation(small(floor_area=10), _wall(height=1.2)), "", False, 10.0, 50.0),
    (situation(small(floor_area=10), _wall(height=2.2)), "wall", False, 10.0, 50.0),
    (situation(small(floor_area=10), _wall()), "", True, np.nan, np.nan),
    (
        situation(application={"work": "terrain", "area": box(3, 3, 9, 9)}),
        "other_work",
        False,
        np.nan,
        np.nan,
    ),
]


def test_works_of_every_kind_side_by_side() -> None:
    world, law = prepare(build([work for work, *_ in WORKS])), load()["BR18-2025"]
    found = exempt(world, law)
    assert found.reason.tolist() == [reason for _, reason, *_ in WORKS]
    assert found.holds.tolist() == [reason == "" for _, reason, *_ in WORKS]
    assert found.lacking.tolist() == [lacking for _, _, lacking, *_ in WORKS]
    measured = np.array([number for *_, number, _ in WORKS])
    np.testing.assert_allclose(found.measured_m2, measured)
    np.testing.assert_allclose(found.limit_m2, np.array([limit for *_, limit in WORKS]))


def test_walls_beside_other_works() -> None:
    cases = [
        situation(_wall(height=1.2), _wall("v", height=2.2)),
        situation(_wall(height=1.2), _wall("v")),
        situation(_wall(height=1.2), HOME),
        situation(existing=[_wall(height=1.2), HOME], application={"work": "demolition", "demolish": ["h"]}),
        situation(HOME, existing=[_wall(height=1.2)]),
        situation(application={"work": "subdivision", "plots": [{"registered_area": 900}]}),
    ]
    found = walls(prepare(build(cases)), load()["BR18-2025"])
    assert found.some.tolist() == [True, True, True, False, False, False]
    assert found.others.tolist() == [False, False, True, True, True, True]
    assert found.over.tolist() == [True, False, False, False, False, False]
    assert found.lacking.tolist() == [False, True, False, False, False, False]
    np.testing.assert_allclose(found.highest_m, [2.2, 1.2, 1.2, np.nan, np.nan, np.nan])


def test_what_breaks_the_byggeret() -> None:
    """An overall assessment does, but for rules without a number where the law has none; so does every breach."""
    rows = [
        ("br18.boundary_distance", "needs_manual", "overall_assessment", np.nan, False),
        ("br18.boundary_distance", "needs_manual", "overall_assessment", 2.5, True),
        ("br18.height", "needs_manual", "overall_assessment", np.nan, True),
        ("br18.height", "needs_manual", "overall_assessment", 8.5, True),
        ("br18.height", "needs_manual", "missing_data", 8.5, False),
        ("br18.height", "pass", "", 8.5, False),
        ("br18.height", "fail", "", 8.5, True),
        ("br18.height", "needs_dispensation", "", 8.5, True),
    ]
    table = pd.DataFrame(rows, columns=["rule", "outcome", "reason", "limit", "breaks"])
    assert against(table).tolist() == table["breaks"].tolist()


def _flagged(found: Any) -> bool:
    return bool(found["flags"] & FLAGS["within_tolerance"])


@pytest.mark.parametrize("slip", [-1e-7, 1e-7])
def test_a_millionth_from_where_it_turns_is_told(slip: float) -> None:
    assert _flagged(answer(situation(small(floor_area=50.0005 + slip)), FREE))
    assert not _flagged(answer(situation(small(floor_area=50.0 + slip)), FREE))
    assert not _flagged(answer(situation(small(floor_area=50.00051 + slip)), FREE))
    wall = {"id": "w", "role": "wall", "kind": "other", "footprint": box(0, 2, 0.2, 22)}
    assert _flagged(answer(situation(small(floor_area=10), wall | {"height": 1.8005 + slip}), FREE))
    assert not _flagged(answer(situation(small(floor_area=10), wall | {"height": 1.8 + slip}), FREE))
    for more, told in ((0.0005, True), (0.0, False), (0.0006, False)):
        larger = HOME | {"floor_area": 80 + more + slip}
        assert _flagged(answer(converted(larger, existing=[HOME]), FREE)) is told
