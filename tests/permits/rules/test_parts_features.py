"""Things and features: what is inside, near, apart, too shallow, and what cannot be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.world import World
from permits.rulebook import FLAGS
from permits.rules.parts.features import distance_flags, held, inside_flags, things, too_near
from tests.permits.rules.features import BOW, HOUSE, building, feature, place

KIND = "fredning"


def pair(geometry: Any, **more: Any) -> Any:
    ready = place([feature(KIND, geometry, **more)])
    met = held(ready, (KIND,))
    assert len(met.thing) == 1
    return met


@pytest.mark.parametrize(
    ("geometry", "inside", "near", "distance"),
    [
        (shapely.box(-9, -9, 99, 99), True, False, 0.0),
        (shapely.box(19, 0, 60, 25), True, False, 0.0),
        (shapely.box(19.94, 0, 60, 25), True, False, 0.0),
        (shapely.box(19.96, 0, 60, 25), False, True, 0.0),
        (shapely.box(20, 0, 60, 25), False, False, 0.0),
        (shapely.box(20.5, 0, 60, 25), False, False, 0.5),
        (shapely.MultiPolygon([shapely.box(40, 0, 41, 1), shapely.box(26, 8, 30, 9)]), False, False, 6.0),
        (shapely.LineString([(15, -9), (15, 30)]), True, False, 0.0),
        (shapely.LineString([(30, 12), (19.94, 12)]), True, False, 0.0),
        (shapely.LineString([(30, 12), (19.96, 12)]), False, True, 0.0),
        (shapely.LineString([(20, -9), (20, 30)]), False, False, 0.0),
        (shapely.LineString([(22, -9), (22, 30)]), False, False, 2.0),
        (shapely.Point(15, 12), True, False, 0.0),
        (shapely.Point(23, 20), False, False, 5.0),
        (shapely.force_3d(shapely.box(19, 0, 60, 25), 4.0), True, False, 0.0),
        (BOW, True, False, 0.0),
    ],
)
def test_where_things_lie(geometry: Any, inside: bool, near: bool, distance: float) -> None:
    met = pair(geometry)
    assert (bool(met.inside[0]), bool(met.near_line[0])) == (inside, near)
    assert met.distance_m[0] == pytest.approx(distance)
    assert not met.blind[0]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        shapely.Polygon(),
        shapely.LineString([(3, 3), (3, 3)]),
        shapely.box(0, 0, np.inf, 9),
        shapely.from_wkt("POLYGON ((1 1, 5 5, 1 1))"),
    ],
)
def test_features_that_cannot_be_measured(geometry: Any) -> None:
    met = pair(geometry)
    assert met.blind[0]
    assert not met.inside[0]
    assert not met.near_line[0]


def test_two_shallow_stretches_of_a_line_are_not_added_up() -> None:
    line = shapely.MultiLineString([[(19.96, 10), (30, 10)], [(19.96, 14), (30, 14)]])
    met = pair(line)
    assert (met.inside[0], met.near_line[0]) == (False, True)
    # One stretch that is drawn in two pieces is one.
    assert pair(shapely.MultiLineString([[(19.97, 12), (30, 12)], [(19.94, 12), (19.97, 12)]])).inside[0]


def test_ground_and_every_role_are_things() -> None:
    ready = place(
        [feature(KIND)],
        building(role="wall"),
        building(role="raised_area"),
        building(proposed=False),
        geometry=shapely.box(0, 0, 5, 5),
    )
    what = things(ready)
    assert what.building.tolist() == [7, 8, -1]
    assert what.ground.tolist() == [False, False, True]
    assert held(ready, (KIND,)).inside.all()


def test_ground_that_nobody_has_drawn_is_a_thing_of_terrain_work_alone() -> None:
    bare = place([feature(KIND)], work="terrain", geometry=None)
    assert things(bare).building.tolist() == [-1]
    assert held(bare, (KIND,)).blind.tolist() == [True]
    assert things(place([], building(), work="terrain")).building.tolist() == [7]
    assert len(things(World.of()).site) == 0


def test_features_of_other_sites_and_kinds_are_not_looked_at() -> None:
    ready = place([feature(KIND, site=1), feature("osd")])
    assert len(held(ready, (KIND,)).thing) == 0
    assert len(held(ready, ("osd", KIND)).thing) == 1


def test_uncertainty_of_layer_and_outline_together() -> None:
    edge = shapely.box(19, 0, 60, 25)  # 1 m into the house along 8 m: 2 × 8 / 18 = 0.889 m deep
    near, far = FLAGS["near_line"], FLAGS["within_tolerance"]
    assert inside_flags(pair(edge))[0] == 0
    assert inside_flags(pair(edge, sigma_m=0.8))[0] == 0
    assert inside_flags(pair(edge, sigma_m=0.9))[0] == far
    ready = place([feature(KIND, edge, sigma_m=0.7)], building(sigma_m=0.7))
    assert inside_flags(held(ready, (KIND,)))[0] == far
    beside = shapely.box(21, 0, 60, 25)
    assert inside_flags(pair(beside, sigma_m=0.9))[0] == 0
    assert inside_flags(pair(beside, sigma_m=1.1))[0] == far
    assert inside_flags(pair(shapely.box(19.96, 0, 60, 25)))[0] == near


def test_distances_near_a_limit() -> None:
    met = pair(shapely.box(45, 0, 60, 25), sigma_m=0.4)
    assert distance_flags(met, met.distance_m - 24.5)[0] == 0
    assert distance_flags(met, met.distance_m - 24.7)[0] == FLAGS["within_tolerance"]
    assert not too_near(met, 25.0)[0]
    assert too_near(met, 25.01)[0]
    exact = pair(shapely.box(44.9995 - 1e-7, 0, 60, 25))
    assert not too_near(exact, 25.0)[0]
    assert distance_flags(exact, exact.distance_m - 25.0)[0] == FLAGS["within_tolerance"]


def test_a_zone_over_many_sites_is_mended_once_and_each_pair_is_told() -> None:
    ready = place([feature(KIND, BOW), feature(KIND, BOW), feature(KIND, HOUSE)])
    met = held(ready, (KIND,))
    assert met.feature.tolist() == [0, 1, 2]
    assert met.inside.all()
    assert held(ready, (KIND,)) is met
