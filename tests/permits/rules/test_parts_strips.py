"""Strips along boundaries: round at their ends, and as exact in grid coordinates as near the origin."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from permits.rules.parts.strips import strips, without_strips
from tests import tier

ONE = np.zeros(1, dtype=np.int64)


def strip(shape: shapely.Geometry, line: shapely.Geometry, width: float) -> shapely.Geometry:
    given = np.array([shape], dtype=object), ONE, np.array([line], dtype=object), np.array([width])
    return strips(*given)[0]


def test_a_shape_that_holds_a_whole_end_meets_a_true_half_circle() -> None:
    # No side of the shape crosses the round rim: it is met between the corners of the rim alone.
    house, line = shapely.box(90, 10, 110, 40), shapely.LineString([(100, 0), (100, 20)])
    common = shapely.intersection(house, strip(house, line, 2.5))
    assert common.area == pytest.approx(2 * 2.5 * 10 + np.pi * 2.5**2 / 2, abs=1e-5)


@pytest.mark.parametrize("start", [(0.0, 0.0), (585_123.4, 6_140_567.8)])
def test_rims_lie_a_width_from_the_line_to_a_micrometre(start: tuple[float, float]) -> None:
    x, y = start
    line = shapely.LineString([(x, y), (x + 7, y + 3), (x + 11, y - 4)])
    rim = shapely.points(shapely.get_coordinates(strip(shapely.box(x - 9, y - 9, x + 20, y + 9), line, 2.5)))
    assert shapely.distance(rim, line) == pytest.approx(2.5, abs=1e-6)
    assert len(rim) > 4 * 2048


def test_strips_in_grid_coordinates_are_sound() -> None:
    # A plot ten metres wide whose boundary turns by the noise of a rotation: rims of opposite sides nearly touch.
    rng = np.random.default_rng(2)
    size = tier.cases(300, fast=60)
    lines, houses = np.empty((2, size), dtype=object)
    for row in range(size):
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform([440_000, 6_050_000], [730_000, 6_400_000])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ring = [(2.5, rng.uniform(2, 12)), (2.5, 16.75), (-2.5, 16.75), (-2.5, -16.75), (2.5, -16.75)]
        lines[row] = shapely.transform(shapely.LineString(ring), lambda xy, t=turn, f=far: xy @ t.T + f)
        house = shapely.box(-2, -14, 0.1, 14)
        houses[row] = shapely.transform(house, lambda xy, t=turn, f=far: xy @ t.T + f)
    wide = strips(houses, np.arange(size), lines, np.full(size, 2.5))
    assert shapely.is_valid(wide).all()
    assert shapely.area(shapely.difference(houses, wide)).max() < 0.1 * 28


def test_what_strips_leave_is_what_shapely_leaves() -> None:
    """Houses at, past and across the corners of plots, at acute, obtuse and inward ones, and at lone ends."""
    rng = np.random.default_rng(8)
    place = np.array([585_123.4, 6_140_567.8])
    houses, lines, of, rest = [], [], [], []
    for row in range(400):
        box = affinity.rotate(shapely.box(0, 0, *rng.uniform(1.0, 6.0, 2)), rng.uniform(0, 90))
        houses.append(affinity.translate(box, *(place + rng.uniform(-6, 6, 2))))
        turn = rng.uniform(0, 2 * np.pi)
        bend = turn + rng.choice([np.pi / 2, np.pi, rng.uniform(0.3, 6.0)])
        around = [
            shapely.LineString([place, place + 20.0 * np.array([np.cos(heading), np.sin(heading)])])
            for heading in (turn, bend)[: 1 + row % 4]
        ]
        lines += around
        of += [row] * len(around)
        rest.append(houses[-1])
        for line in around:
            rest[-1] = shapely.difference(rest[-1], shapely.buffer(line, 2.5, quad_segs=2048))
    left, row = without_strips(np.array(houses), np.array(of), np.array(lines), np.full(len(of), 2.5))
    area = np.bincount(row, weights=shapely.area(left), minlength=len(houses))
    assert area == pytest.approx(shapely.area(rest), abs=1e-5)
    assert shapely.area(shapely.difference(left, np.array(rest)[row])).max() < 1e-5
    assert (area == 0.0).sum() > 5
    assert (area > 0.0).sum() > 100
