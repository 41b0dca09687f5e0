"""What of a shape lies outside or inside areas; areas that have to be put right first."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geodata.shapes import mended
from permits.rules.parts.outside import inside, outside, worst_point

HOUSE = shapely.box(0, 0, 10, 10)
BOW = shapely.from_wkt("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))")


def _array(*shapes: object) -> np.ndarray:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def test_areas_are_put_right_or_left_out() -> None:
    far = shapely.Polygon([(0, 0), (np.inf, 0), (5, 5), (0, 5)])
    line = shapely.LineString([(0, 0), (9, 9)])
    found = mended(_array(HOUSE, BOW, None, shapely.Polygon(), far, line, shapely.force_3d(HOUSE, 3.0)))
    assert found[0].equals(HOUSE)
    assert found[1].is_valid
    assert found[1].area == pytest.approx(50.0)
    assert [found[k] for k in (2, 3, 4, 5)] == [None] * 4
    assert not found[6].has_z
    assert len(mended(_array())) == 0
    assert mended(_array(HOUSE))[0].equals(HOUSE)


def test_outside_and_inside_are_the_whole() -> None:
    """No area, one, two that overlap, two that only touch, one that covers, one beside, none that is drawn."""
    areas = [
        (),
        (shapely.box(0, 0, 4, 10),),
        (shapely.box(0, 0, 4, 10), shapely.box(2, 0, 6, 10)),
        (shapely.box(0, 0, 4, 10), shapely.box(4, 0, 7, 10)),
        (shapely.box(-1, -1, 11, 11), shapely.box(0, 0, 4, 10)),
        (shapely.box(20, 0, 30, 10),),
        (None,),
    ]
    row = np.array([k for k, some in enumerate(areas) for _ in some])
    flat = _array(*(one for some in areas for one in some))
    shape = _array(*[HOUSE] * len(areas))
    within = [0.0, 40.0, 60.0, 70.0, 100.0, 0.0, 0.0]
    np.testing.assert_allclose(inside(shape, row, flat).area_m2, within)
    np.testing.assert_allclose(outside(shape, row, flat).area_m2, 100.0 - np.array(within))


def test_the_place_told_lies_in_the_largest_piece() -> None:
    shape = _array(shapely.box(0, 0, 30, 10), HOUSE, shapely.box(0, 0, 30, 10))
    strip = [shapely.box(2, 0, 20, 10), shapely.box(-1, -1, 11, 11), shapely.box(10, 0, 28, 10)]
    x, y = worst_point(outside(shape, np.arange(3), _array(*strip)))
    assert 20 < x[0] < 30
    assert np.isnan(x[1])
    assert np.isnan(y[1])
    assert 0 < x[2] < 10
    assert 0 < y[2] < 10
