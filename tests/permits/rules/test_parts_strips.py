"""Strips along boundaries: round at their ends, and as exact in grid coordinates as near the origin."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from permits.rules.parts.strips import strips

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
