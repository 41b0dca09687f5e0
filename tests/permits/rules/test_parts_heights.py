"""Heights over the ground: boxes, roofs, level planes, and the place that is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.engine.world import World
from permits.rules.parts.heights import highest
from tests.permits.situations import without
from tests.planning.plans import HOUSE, plan, world


def told(ready: World) -> tuple[float, float, float]:
    found = highest(ready, np.arange(len(ready.pieces)))
    return float(found.height_m[0]), float(found.x[0]), float(found.y[0])


def _ground(ready: World, a: float, b: float, c: float, datum: float = np.nan) -> World:
    return without(ready, "sites", ground_a=a, ground_b=b, ground_c=c, datum_m=datum)


def test_a_box_with_absolute_levels_is_highest_over_its_lowest_corner() -> None:
    """x 10 to 20, y 8 to 16; the ground rises to the east and falls to the north."""
    ready = _ground(world([], height_m=31.0, levels_absolute=True), 0.1, -0.2, 25.0)
    assert told(ready) == (pytest.approx(31.0 - (25.0 + 1.0 - 3.2)), 10.0, 16.0)
    relative = _ground(world([], height_m=6.0), 0.1, -0.2, 25.0)
    assert told(relative)[0] == 6.0


def test_a_level_plane_takes_the_place_of_the_terrain() -> None:
    ready = world([], height_m=31.0, levels_absolute=True)
    assert told(_ground(ready, 0.1, -0.2, 25.0, 24.5))[0] == 6.5
    assert told(_ground(ready, np.nan, np.nan, np.nan, 24.5))[0] == 6.5
    assert np.isnan(told(_ground(ready, np.nan, np.nan, np.nan))[0])


@pytest.mark.parametrize(("height", "above"), [(0.0, 0.0), (0.5, 0.5), (-0.5, np.nan), (np.inf, np.nan)])
def test_no_height_is_negative_and_nought_is_one(height: float, above: float) -> None:
    np.testing.assert_equal(told(world([], height_m=height))[0], above)


def test_absolute_roof_over_sloping_ground() -> None:
    ready = world([], roof=[(HOUSE, (0.0, 0.0, 31.0))])
    ready = without(_ground(ready, 0.1, -0.2, 25.0), "facets", reference="absolute")
    assert told(ready) == (pytest.approx(8.2), 10.0, 16.0)


def _partly(reach: float, level: float, **more: Any) -> World:
    """A roof over the house up to ``reach``; the stated height is 6 m."""
    return world([], roof=[(shapely.box(10, 8, reach, 16), (0.0, 0.0, level))], **more)


def test_the_stated_height_counts_where_no_roof_is_drawn() -> None:
    # 0.3 m of the house is bare: more than a sliver.
    assert told(_partly(19.7, 4.0))[0] == 6.0
    assert told(_partly(20.0, 4.0))[0] == 4.0
    assert told(_partly(19.96, 4.0))[0] == 4.0
    # No better than the roof, so the roof's own place is told.
    for level in (6.0, 7.0):
        height, _, y = told(_partly(15.0, level))
        assert (height, y) == (level, 8.0)
    assert told(_partly(15.0, 4.0, height_m=np.nan))[0] != 6.0


@pytest.mark.parametrize("degrees", range(10, 90, 10))
def test_pieces_side_by_side_keep_heights_of_their_own(degrees: float) -> None:
    """Two plans meet where the roof steps; turned, and in grid coordinates, walls coincide up to float noise only."""

    def placed(shape: Any) -> Any:
        turned = shapely.affinity.rotate(shape, degrees, origin=(15, 12))
        return shapely.affinity.translate(turned, 585_123.4, 6_140_567.8)

    halves = [placed(shapely.box(10, 8, 15, 16)), placed(shapely.box(15, 8, 20, 16))]
    plans = [plan("1", placed(shapely.box(0, 0, 15, 25))), plan("2", placed(shapely.box(15, 0, 40, 25)))]
    roof = [(half, (0.0, 0.0, level)) for half, level in zip(halves, (4.0, 7.0), strict=True)]
    ready = world(plans, house=placed(HOUSE), roof=roof)
    found = highest(ready, np.arange(len(ready.pieces)))
    assert sorted(found.height_m) == [4.0, 7.0]


def test_the_roof_that_is_drawn_twice_or_beside_counts_once() -> None:
    beside = [(shapely.box(30, 8, 40, 16), (0.0, 0.0, 9.0)), (HOUSE, (0.0, 0.0, 5.0))]
    assert told(world([], roof=beside))[0] == 5.0
    notch = shapely.from_wkt("POLYGON ((10 8, 20 8, 20 16, 15 16, 15 12, 10 12, 10 8))")
    # Over the notch there is no piece of the house.
    rising = [(shapely.box(10, 8, 20, 16), (-1.0, 1.0, 10.0))]
    height, x, y = told(world([], house=notch, roof=rising))
    assert (height, x, y) == (pytest.approx(12.0), 10.0, 12.0)
