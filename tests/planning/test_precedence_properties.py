"""What must not matter to precedence: order, place, and how one plan is cut up; and a naive reference."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rulebook import worst
from permits.rules.plan_height import RULE
from tests import tier
from tests.planning.plans import plan, world

HALF = st.integers(0, 80).map(lambda n: n / 2)
FINE = st.floats(0, 40, allow_nan=False).map(lambda x: round(x, 3))
LIMIT = st.sampled_from([5.0, 6.5, 8.0])
FEW = settings(max_examples=tier.cases(8, fast=4), deadline=None)


def _box(a: float, b: float, c: float, d: float) -> Any:
    return shapely.box(min(a, c), min(b, d), max(a, c) + 0.5, max(b, d) + 0.5)


BOXES = st.builds(_box, HALF, HALF, HALF, HALF)
FINE_BOXES = st.builds(_box, FINE, FINE, FINE, FINE)
ROOF = [(shapely.box(10, 8, 20, 16), (0.25, 0.0, 2.5))]  # 5 m at x = 10, 7.5 m at x = 20


def _plans(boxes: list[Any], limits: list[float]) -> list[dict[str, Any]]:
    plans = [
        plan(str(k), box, limits={"max_height": limit})
        for k, (box, limit) in enumerate(zip(boxes, limits, strict=False))
    ]
    if len(plans) > 2:
        plans[-1] |= {"level": "sub_area", "parent": "0"}
    return plans


def _answer(ready: World) -> dict[str, Any]:
    table = worst(RULE.check(ready, load()["BR18-2025"])).iloc[0]
    numbers = {
        name: round(float(table[name]), 6)
        for name in ("measured", "limit", "margin")
        if table[name] == table[name]
    }
    return {"outcome": table["outcome"], "reason": table["reason"], "flags": table["flags"], **numbers}


@FEW
@given(st.lists(BOXES, min_size=1, max_size=4), st.lists(LIMIT, min_size=4, max_size=4), st.randoms())
def test_order_of_plans_does_not_matter(boxes: list[Any], limits: list[float], random: Any) -> None:
    plans = _plans(boxes, limits)
    shuffled = list(plans)
    random.shuffle(shuffled)
    assert _answer(world(plans, roof=ROOF)) == _answer(world(shuffled, roof=ROOF))


@FEW
@given(st.lists(BOXES, min_size=1, max_size=4), st.lists(LIMIT, min_size=4, max_size=4))
def test_place_does_not_matter(boxes: list[Any], limits: list[float]) -> None:
    dx, dy = 700_000.0, 6_170_000.0
    there = [{**p, "geometry": affinity.translate(p["geometry"], dx, dy)} for p in _plans(boxes, limits)]
    shape, (a, b, c) = ROOF[0]
    moved = affinity.translate(shape, dx, dy)
    far = world(there, house=moved, roof=[(moved, (a, b, c - a * dx - b * dy))])
    assert _answer(world(_plans(boxes, limits), roof=ROOF)) == pytest.approx(_answer(far), abs=1e-5)


@FEW
@given(BOXES, LIMIT, FINE)
def test_one_plan_or_two_that_adjoin(box: Any, limit: float, at: float) -> None:
    whole = [plan("1", box, limits={"max_height": limit})]
    halves = [box.intersection(shapely.box(-1, -1, at, 99)), box.intersection(shapely.box(at, -1, 99, 99))]
    split = [plan(str(k), half, limits={"max_height": limit}) for k, half in enumerate(halves) if half.area]
    first, second = world(whole, roof=ROOF), world(split, roof=ROOF)
    one, two = _answer(first), _answer(second)
    # A cut within 0.05 m of a wall leaves one of the halves too shallow to count; that may be flagged, and the
    # highest point may lie in it.
    assert one["outcome"] == two["outcome"] or abs(one["margin"]) < 0.05
    assert one.get("measured", 0.0) == pytest.approx(two.get("measured", 0.0), abs=0.05)
    assert set(first.rests["matter"]) == set(second.rests["matter"])


def _counting(shape: Any) -> float:
    parts = [g for g in getattr(shape, "geoms", [shape]) if g.geom_type == "Polygon"]
    return sum(g.area for g in parts if g.area > 0.01 and 2 * g.area / g.length > 0.05)


@FEW
@given(st.lists(FINE_BOXES, min_size=1, max_size=4), st.permutations([5.0, 6.5, 7.0, 8.0]))
def test_against_a_naive_reference(boxes: list[Any], limits: list[float]) -> None:
    """Local plans alone: who speaks, where two differ, what is left, by one overlay at a time."""
    house = shapely.box(10, 8, 20, 16)
    plans = [
        plan(str(k), b, limits={"max_height": v}) for k, (b, v) in enumerate(zip(boxes, limits, strict=False))
    ]
    ready = world(plans)
    told = ready.rulings[ready.rulings["matter"] == "max_height"]
    speaking = {k for k, b in enumerate(boxes) if _counting(house.intersection(b))}
    assert set(told["area"]) == speaking
    differing = {
        k
        for k in speaking
        for other in speaking - {k}
        if _counting(house.intersection(boxes[k]).intersection(boxes[other]))
    }
    assert set(told.loc[told["conflict"], "area"]) == differing
    rest = house.difference(shapely.union_all([boxes[k] for k in speaking])) if speaking else house
    left = ready.rests.loc[ready.rests["matter"] == "max_height", "piece"]
    area = ready.pieces[ready.pieces["piece"].isin(left)].geometry.area.sum()
    assert area == pytest.approx(_counting(rest), abs=1e-4)
    for k in speaking:
        mine = told.loc[told["area"] == k, "piece"]
        area = ready.pieces[ready.pieces["piece"].isin(mine)].geometry.area.sum()
        assert area == pytest.approx(_counting(house.intersection(boxes[k])), abs=1e-4)


def test_many_sites_at_once_answer_as_one_by_one() -> None:
    plans = _plans([shapely.box(0, 0, 15, 25), shapely.box(12, 0, 40, 25)], [6.5, 8.0])
    one = world(plans, roof=ROOF)
    tables = {}
    for name in ("sites", "buildings", "facets", "areas", "limits"):
        table = getattr(one, name)
        copies = []
        for k in range(3):
            copy = table.copy()
            for column, step in (("site", 1), ("building", 1), ("facet", 1), ("area", 2), ("parent", 2)):
                if column in copy:
                    copy[column] = copy[column].where(copy[column] < 0, copy[column] + k * step)
            copies.append(copy)
        tables[name] = pd.concat(copies, ignore_index=True)
    from permits.engine.prepare import prepare

    many = prepare(World.of(**tables))
    assert len(many.rulings) == 3 * len(one.rulings)
    found = worst(RULE.check(many, load()["BR18-2025"]))
    assert found["outcome"].nunique() == 1
    assert found["measured"].nunique() == 1
