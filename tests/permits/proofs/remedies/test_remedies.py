"""Remedies hold when they are carried out, are the smallest, and are offered only where something fails."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.proofs.remedies.change import Change, carried_out, feasible, variants
from permits.proofs.remedies.compare import Verdict, breaches, compare, summed
from permits.proofs.remedies.remedy import Remedy, remedies
from permits.proofs.remedies.words import words
from permits.rulebook import worst
from tests import tier
from tests.permits.situations import box, flat, house, situation

FIELD = box(10, 3, 22, 20)


def _plan(**limits: float) -> list[dict[str, Any]]:
    return [
        {"kind": "lokalplan", "number": "1", "limits": {"plot_ratio_of": "property", **limits}, "use": 11},
        {"kind": "byggefelt", "parent": "1", "wkt": FIELD},
    ]


def judged_all(world: World, changes: list[Change]) -> list[Verdict]:
    """What comes of some changes, by an engine run of its own; nothing comes of none."""
    if not changes:
        return []
    after = summed(run(variants(world, changes)))
    keys, count = np.append(world.column("buildings", "building"), -1), len(world.buildings)
    row = np.where(after["building"] >= 0, after["building"] - after["site"] * count, -1)
    return compare(summed(run(world)), after.assign(building=keys[row]), len(changes))


def judged(world: World, change: Change) -> Verdict:
    return judged_all(world, [change])[0]


def holds(remedy: Remedy, verdict: Verdict) -> bool:
    return remedy.key in verdict.settles and not verdict.worse


def less(remedy: Remedy) -> Change | None:
    """The same remedy, two centimetres (two tenths of a square metre, one storey) smaller."""
    change = remedy.change
    if remedy.kind == "move":
        share = max(1.0 - 0.02 / remedy.amount, 0.0)
        return replace(change, dx=change.dx * share, dy=change.dy * share)
    if remedy.kind == "lower":
        return replace(change, lower_m=max(change.lower_m - 0.02, 0.0))
    if remedy.kind == "reduce":
        return replace(change, floor_m2=max(change.floor_m2 - 0.2, 0.0))
    if remedy.kind == "fewer_storeys":
        return replace(change, storeys=change.storeys - 1)
    thinner = shapely.buffer(change.off, -0.02, join_style="mitre")
    return None if thinner.is_empty else replace(change, off=thinner)


def told(case: dict[str, Any]) -> tuple[World, list[Remedy]]:
    world = build([case])
    return world, remedies(world)


def one(case: dict[str, Any], kind: str, rule: str) -> Remedy:
    found = [r for r in told(case)[1] if r.kind == kind and r.key.rule == rule]
    assert len(found) == 1, found
    return found[0]


def metres(low: float, high: float) -> st.SearchStrategy[float]:
    """Lengths as drawings have them, in whole millimetres."""
    return st.integers(round(low * 1000), round(high * 1000)).map(lambda mm: mm / 1000)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    x, y = draw(metres(-1.0, 12.0)), draw(metres(-0.5, 9.0))
    wide, deep = draw(metres(5.0, 12.0)), draw(metres(5.0, 15.0))
    high = draw(metres(3.0, 10.0))
    footprint = box(x, y, x + wide, y + deep)
    built = house(
        footprint,
        height=high,
        storeys=draw(st.integers(1, 4)),
        floor_area=draw(st.integers(60, 700)),
        roof=[flat(x, y, x + wide, y + deep, high)] if draw(st.booleans()) else [],
    )
    if not built["roof"]:
        del built["roof"]
    shed = {"id": "s", "role": "secondary", "kind": "shed", "floor_area": 12, "height": 2.2}
    shed["footprint"] = box(x + wide + 3, y, x + wide + 6, y + 4)
    road = [{"kind": "road", "wkt": box(-10, -12, 60, 0)}] if draw(st.booleans()) else []
    plans = _plan(max_height=6.5, max_storeys=2, plot_ratio=25) if draw(st.booleans()) else []
    shape = draw(st.sampled_from([box(0, 0, 40, 30), "POLYGON ((0 0, 42 2, 38 31, -3 28, 0 0))"]))
    both = [built, shed] if draw(st.booleans()) else [built]
    return situation(*both, parcel={"wkt": shape}, surroundings=road, plans=plans)


def stands_free(world: World, change: Change) -> bool:
    """Whether what is changed stands in no other building; no rule says so, so it is not in a verdict."""
    shape = carried_out(world, change).buildings.geometry.to_numpy()
    mine = np.isin(world.buildings["building"], change.buildings)
    return not any(a.intersection(b).area > 1e-6 for a in shape[mine] for b in shape[~mine])


@settings(max_examples=tier.cases(20, fast=4), deadline=None)
@given(case=cases())
def test_an_offered_remedy_holds_and_less_of_it_does_not(case: dict[str, Any]) -> None:
    world, offered = told(case)
    if not offered:
        return
    for remedy, verdict in zip(offered, judged_all(world, [r.change for r in offered]), strict=True):
        assert holds(remedy, verdict), remedy
        assert (verdict.settles, verdict.leaves) == (remedy.settles, remedy.leaves)
    smaller = [(r, less(r)) for r in offered]
    tried = [(r, c) for r, c in smaller if c is not None and feasible(world, c) and stands_free(world, c)]
    for (remedy, _), verdict in zip(tried, judged_all(world, [c for _, c in tried]), strict=True):
        assert not holds(remedy, verdict), remedy


@settings(max_examples=tier.cases(8, fast=3), deadline=None)
@given(case=cases())
def test_nothing_is_offered_for_what_does_not_fail(case: dict[str, Any]) -> None:
    world, offered = told(case)
    wrong = breaches(worst(run(world), ("site", "rule", "building")))
    failing = set(zip(wrong["rule"], wrong["building"], strict=True))
    assert {tuple(remedy.key) for remedy in offered} <= failing
    assert {tuple(key) for remedy in offered for key in remedy.settles} <= failing


@settings(max_examples=tier.cases(4, fast=2), deadline=None)
@given(case=cases())
def test_the_order_of_buildings_does_not_matter(case: dict[str, Any]) -> None:
    def said(turned: bool) -> list[tuple[Any, ...]]:
        buildings = case["application"]["buildings"]
        order = buildings[::-1] if turned else buildings
        world, offered = told({**case, "application": {**case["application"], "buildings": order}})
        name = world.buildings.set_index("building")["name"].to_dict()
        return sorted(
            (r.kind, r.key.rule, name[r.key.building], round(r.amount, 3), round(r.change.dx, 3))
            for r in offered
        )

    assert said(False) == said(True)


def test_a_house_that_complies_is_offered_nothing() -> None:
    assert told(situation(house(floor_area=100, storeys=1, roof=[flat(5, 8, 15, 18, 3.0)])))[1] == []


def test_what_is_not_known_is_no_breach() -> None:
    world, offered = told(situation(house(height=7.0)))
    assert "missing_data" in set(run(world)["reason"])
    assert offered == []


def test_the_smallest_move_into_a_corner_is_the_diagonal() -> None:
    moved = one(situation(house(box(2.1, 1.9, 12, 18))), "move", "br18.boundary_distance")
    assert moved.amount == pytest.approx(math.ceil(math.hypot(0.4, 0.6) * 100) / 100)
    assert moved.change.dx / moved.change.dy == pytest.approx(0.4 / 0.6, rel=0.01)
    assert moved.arrow.length == pytest.approx(moved.amount)
    assert moved.outline.area == pytest.approx(9.9 * 16.1)


def test_a_cut_is_told_by_its_area_and_shown() -> None:
    cut = one(situation(house(box(2.1, 8, 12, 18), floor_area=99)), "cut", "br18.boundary_distance")
    assert (cut.amount, cut.unit) == (4.0, "m²")
    assert cut.piece.equals(shapely.box(2.1, 8, 2.5, 18))
    after = carried_out(build([situation(house(box(2.1, 8, 12, 18), floor_area=99))]), cut.change)
    assert after.buildings["floor_m2"][0] == pytest.approx(95.0)


def test_a_drawn_roof_goes_with_its_wall_and_keeps_its_other_eaves() -> None:
    drawn = house(box(2.1, 8, 12, 18), floor_area=99, roof=[flat(1.6, 7.5, 12.5, 18.5, 3.0)])
    case = situation(drawn)
    cut = one(case, "cut", "br18.boundary_distance")
    roof = carried_out(build([case]), cut.change).facets.geometry[0]
    assert roof.bounds == pytest.approx((2.5, 7.5, 12.5, 18.5), abs=1e-6)


def test_wide_eaves_are_moved_and_cut_by_what_counts_of_them() -> None:
    case = situation(house(box(2.6, 8, 12, 18), eaves_overhang=0.8))
    assert one(case, "move", "br18.boundary_distance").amount == pytest.approx(0.2)
    assert one(case, "cut", "br18.boundary_distance").amount == pytest.approx(2.0)


def test_too_high_is_told_in_metres_rounded_up() -> None:
    case = situation(
        house(height=8.803, roof=[flat(5, 8, 15, 18, 8.803)], parcel=None),
        parcel={"wkt": box(-9, -9, 60, 60)},
    )
    del case["application"]["buildings"][0]["parcel"]
    assert one(case, "lower", "br18.height").amount == pytest.approx(0.31)


def test_a_building_without_a_drawn_roof_is_brought_below_the_sloped_plane_as_a_box() -> None:
    rule = "br18.sloped_plane"
    # 8.0 m high 5.0 m from the boundary, where 7.0 m is free.
    world, offered = told(situation(house(height=8.0, storeys=2, floor_area=100)))
    assert {(r.kind, r.key.rule, r.boxed) for r in offered} == {
        (kind, rule, True) for kind in ("move", "lower", "cut")
    }
    size = {r.kind: r.amount for r in offered}
    assert size["move"] == pytest.approx(math.ceil((8.0 / 1.4 - 5.0) * 100) / 100)
    assert size["lower"] == pytest.approx(1.0)
    assert size["cut"] == pytest.approx(math.ceil((8.0 / 1.4 - 5.0) * 10.0 * 10) / 10)
    for remedy, verdict in zip(offered, judged_all(world, [r.change for r in offered]), strict=True):
        assert holds(remedy, verdict)
        assert not holds(remedy, judged(world, less(remedy)))
        danish, english = (words(remedy, world, "applicant", language) for language in ("da", "en"))
        assert "kasse" in danish.text()
        assert "as a box" in english.text()
    # A roof that is drawn, and keeps below the plane, needs nothing of it.
    roof = ["POLYGON Z ((5 8 6.5, 10 8 8, 10 18 8, 5 18 6.5, 5 8 6.5))"]
    roof += ["POLYGON Z ((10 8 8, 15 8 6.5, 15 18 6.5, 10 18 8, 10 8 8))"]
    assert told(situation(house(height=8.0, storeys=2, floor_area=100, roof=roof)))[1] == []


def test_nothing_is_made_lower_than_its_storeys_need() -> None:
    tall = house(box(2.6, 8, 12, 18), height=5.0, storeys=2, floor_area=100)
    kinds = {r.kind for r in told(situation(tall))[1] if r.key.rule == "br18.sloped_plane"}
    assert kinds == {"move", "cut"}  # 3.64 m would do, and is too low for two storeys
    low = house(box(2.6, 8, 12, 18), height=5.0, storeys=1, floor_area=100)
    assert one(situation(low), "lower", "br18.sloped_plane").amount == pytest.approx(1.36)


def test_a_plot_ratio_is_met_by_less_floor_or_one_storey_less() -> None:
    case = situation(house(floor_area=400, storeys=2, roof=[flat(5, 8, 15, 18, 3.0)]))
    less_floor = one(case, "reduce", "br18.plot_ratio")
    assert (less_floor.amount, less_floor.unit) == (pytest.approx(40.0), "m²")
    high = situation(house(floor_area=300, storeys=3))
    assert one(high, "fewer_storeys", "br18.storeys").amount == 1


def test_into_a_building_field_and_back_into_the_property() -> None:
    case = situation(house(box(8.1, 4, 18, 18), storeys=1, floor_area=100), plans=_plan(max_height=6.5))
    moved = one(case, "move", "plan.building_field")
    assert (moved.amount, moved.change.dx) == (pytest.approx(1.9), pytest.approx(1.9))
    # Outside by less than counts would pass as well, but it is no house inside its field.
    assert not judged(build([case]), replace(moved.change, dx=1.87)).settles
    out = situation(house(box(-1, 8, 12, 18)))
    assert one(out, "move", "site.inside_parcel").amount == pytest.approx(1.0)


def test_nothing_is_moved_that_is_built_against_a_standing_house() -> None:
    standing = {"id": "e", "role": "primary", "kind": "detached_house", "footprint": box(12, 8, 20, 18)}
    case = situation(house(box(2.1, 8, 12, 18)), existing=[standing])
    case["application"]["work"] = "extension"
    assert {r.kind for r in told(case)[1] if r.key.rule == "br18.boundary_distance"} == {"cut"}


def test_what_is_built_together_moves_together() -> None:
    porch = {"id": "t", "role": "secondary", "kind": "shed", "footprint": box(12, 9, 14, 12), "height": 2.2}
    case = situation(house(box(2.1, 8, 12, 18)), porch)
    world, offered = told(case)
    moved = next(r for r in offered if r.kind == "move")
    assert len(moved.buildings) == 2
    after = carried_out(world, moved.change).buildings.geometry
    assert after[1].bounds == pytest.approx((12.4, 9, 14.4, 12))


def test_no_house_is_moved_into_another() -> None:
    shed = {"id": "s", "role": "secondary", "kind": "shed", "footprint": box(12.1, 8, 16, 18), "height": 2.2}
    world, offered = told(situation(house(box(2.1, 8, 12, 18)), shed))
    moves = [r for r in offered if r.kind == "move" and len(r.buildings) == 1]
    other = world.buildings.geometry[1]
    assert all(r.outline.intersection(other).area < 1e-6 for r in moves)


def test_one_site_at_a_time() -> None:
    with pytest.raises(ValueError, match="one site"):
        remedies(build([situation(house()), situation(house())]))


@pytest.mark.parametrize("voice", ["applicant", "planner"])
def test_words_say_only_numbers_of_the_remedy_in_both_languages(voice: Any) -> None:
    case = situation(
        house(box(8.1, 1.9, 18, 18), floor_area=360, height=7.0, storeys=2),
        plans=_plan(max_height=6.5, plot_ratio=20, max_storeys=1),
    )
    world, offered = told(case)
    assert {r.kind for r in offered} == {"move", "cut", "lower", "reduce", "fewer_storeys"}
    for remedy in offered:
        danish, english = (words(remedy, world, voice, language) for language in ("da", "en"))
        assert danish.title != english.title
        assert danish.verdict != english.verdict
        assert all(a != b for a, b in zip(danish.details, english.details, strict=True))
        sizes = [remedy.amount, remedy.change.dx, remedy.change.dy]
        if remedy.piece is not None:
            sizes += [remedy.outline.area, remedy.outline.area + remedy.piece.area]
        for number in re.findall(r"-?\d+\.\d+", english.text()):
            assert any(abs(float(number) - size) <= 0.051 for size in sizes), (number, english.text())
    with override("en"):
        plain = [remedy.as_dict({0: "h"}) for remedy in offered]
    assert json.loads(json.dumps(plain))[0]["building"] == "h"
