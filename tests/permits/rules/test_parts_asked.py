"""What rules about new buildings and plans share: whom they ask, shallow plans, what plans leave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rulebook import FLAGS
from permits.rules.br18_height import RULE as HEIGHT
from permits.rules.parts.asked import plan_flags, silent
from permits.rules.parts.building_height import building_height
from permits.rules.parts.coverage import left_to_regulation, pieces_of
from tests.planning.plans import HOUSE, LAND, plan, world

LAW = load()["BR18-2025"]
NEAR = FLAGS["near_line"]
#: Reaches 0.04 m into the house, or leaves out as much of it.
RIM, MOST = shapely.box(0, 0, 10.04, 25), shapely.box(0, 0, 19.96, 25)


def test_only_plans_in_force_are_flagged_as_shallow() -> None:
    def flags(*plans: dict[str, Any]) -> list[int]:
        return [int(bits) for bits in plan_flags(world(list(plans)))]

    assert flags(plan(geometry=RIM)) == [NEAR]
    assert flags(plan(geometry=LAND)) == [0]
    assert flags(plan(geometry=RIM, proposal=True)) == [0]
    assert flags(plan(geometry=RIM, level="framework")) == [0]
    assert flags(plan("2", shapely.box(90, 90, 99, 99)), plan("", RIM, level="sub_area", parent="2")) == [
        NEAR
    ]
    assert flags(plan("2", LAND, level="framework"), plan("1", RIM)) == [NEAR]
    assert flags(plan("1", LAND), plan("2", RIM, level="framework")) == [0]
    assert flags() == [0]


def _several(footprints: list[Any], **more: Any) -> World:
    """Two sites, the second without a plan; all buildings but the last stand on the first."""
    size = len(footprints)
    one = world([plan("1", MOST, limits={"max_height": 12.0})])
    rows = {
        "building": np.arange(size) + 3,
        "site": [0] * (size - 1) + [1],
        "role": "primary",
        "kind": "detached_house",
        "zone": "urban",
        "proposed": True,
        "height_m": 6.0,
        "geometry": footprints,
        **more,
    }
    sites = pd.DataFrame({"site": [0, 1], "work": "new", "as_of": pd.Timestamp("2026-03-01")})
    areas = one.areas.drop(columns="today")
    return prepare(World.of(sites=sites, buildings=pd.DataFrame(rows), areas=areas, limits=one.limits))


def test_flags_stand_at_their_own_building() -> None:
    ready = _several([shapely.box(30, 8, 35, 16), HOUSE, shapely.box(1, 1, 5, 5), HOUSE])
    assert plan_flags(ready).tolist() == [0, NEAR, 0, 0]


def test_an_overlap_with_a_plan_that_is_not_there_is_no_shallow_plan() -> None:
    ready = world([plan(geometry=RIM)])
    lost = pd.concat([ready.overlaps] * 2, ignore_index=True).assign(area=99)
    pieces = ready.pieces.assign(near_line=False)
    assert lost["near_line"].all()
    assert plan_flags(ready.with_(overlaps=lost, pieces=pieces)).tolist() == [0]
    assert plan_flags(ready.with_(overlaps=lost, pieces=pieces, areas=ready.areas.iloc[:0])).tolist() == [0]


def test_a_plan_that_ends_shallowly_under_the_eaves_leaves_nothing_of_the_footprint() -> None:
    roof = [(shapely.box(8, 6, 22, 18), (0.0, 0.0, 6.0))]
    # Its edge lies 0.04 m within the roof's own.
    ready = world([plan("1", shapely.box(0, 0, 21.96, 25), limits={"max_height": 12.0})], roof=roof)
    left = left_to_regulation(ready, "max_height")
    assert (ready.pieces["overhang"] & ready.pieces["near_line"]).any()
    assert (left.tested.tolist(), left.near_line.tolist()) == ([False], [False])


def test_what_a_plan_leaves_to_the_regulation() -> None:
    """Beside the plan, shallowly beyond it, wholly within, half, not drawn, and on another site."""
    half = shapely.box(15, 8, 25, 16)
    ready = _several([shapely.box(30, 8, 35, 16), HOUSE, shapely.box(1, 1, 5, 5), half, None, HOUSE])
    left = left_to_regulation(ready, "max_height")
    assert left.tested.tolist() == [True, False, False, True, False, True]
    assert left.unknown.tolist() == [False, False, False, False, True, False]
    assert left.near_line.tolist() == [False, True, False, False, False, False]
    asked = np.array([True, True, True, False, True, True])
    owner = ready.rows_of("pieces", "building", "buildings")
    assert set(owner[pieces_of(ready, left, asked)].tolist()) == {0, 5}
    assert set(owner[pieces_of(ready, left, ~asked)].tolist()) == {3}
    # What no plan regulates is left in full.
    other = left_to_regulation(ready, "max_storeys")
    assert other.tested.tolist() == [True] * 6
    assert not other.unknown.any()


def test_the_highest_of_several_pieces_is_the_height_of_the_building() -> None:
    """Two plans without a word on heights cut the house in two."""
    west, east = shapely.box(0, 0, 15, 25), shapely.box(15, 0, 40, 25)
    for low, high, x in ((4.0, 7.0, 20.0), (7.0, 4.0, 10.0)):
        roof = [(shapely.box(10, 8, 15, 16), (0.0, 0.0, low)), (shapely.box(15, 8, 20, 16), (0.0, 0.0, high))]
        ready = world([plan("1", west), plan("2", east)], zone="urban", roof=roof)
        assert len(ready.pieces) == 2
        found = building_height(ready, np.arange(2))
        assert (found.value.tolist(), found.open.tolist()) == ([7.0], [False])
        assert abs(found.x[0] - x) <= 5.0
        told = HEIGHT.check(ready, LAW).iloc[0]
        assert told["measured"] == 7.0
    unknown = building_height(world([plan("1", west), plan("2", east)], height_m=np.nan), np.arange(2))
    assert unknown.open.tolist() == [True]
    assert np.isnan(unknown.value).all()


def test_silence_is_told_once_for_a_site_without_a_building_to_ask_about() -> None:
    ready = _several([HOUSE, shapely.box(1, 1, 5, 5), HOUSE], proposed=[True, True, False])
    asked, quiet = np.array([True, True, False]), np.array([False, True, False])
    table = silent("x", ready, asked, quiet, np.array([1, 2, 4]))
    assert table[["site", "building", "flags"]].to_numpy().tolist() == [[0, 4, 2], [1, -1, 0]]
    assert set(table["outcome"]) == {"not_applicable"}
