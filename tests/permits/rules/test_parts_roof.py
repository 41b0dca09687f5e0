"""What roofs add to a building: eaves of usual size are left out, wider ones are not, and roofs without walls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.rules.parts.roof import outlines
from permits.rules.parts.tested import tested as above_walls
from tests.planning.plans import HOUSE, world

FLAT = (0.0, 0.0, 4.0)


def pointed(degrees: float, eaves: float = 0.0, beyond: float = 0.0) -> Any:
    """A wedge 20 m long with its point at the origin, and eaves square at the point, wider at the blunt end."""
    half = np.radians(degrees / 2)
    tip, end = -eaves / np.sin(half), 20.0 + beyond
    side = (end - tip) * np.tan(half)
    return shapely.Polygon([(tip, 0.0), (end, -side), (end, side)])


@pytest.mark.parametrize(("reach", "area"), [(0.0, 0.0), (0.5, 0.0), (0.8, 11.6**2 - 11.0**2)])
def test_eaves_beyond_half_a_metre_are_an_overhang(reach: float, area: float) -> None:
    square = shapely.box(0, 0, 10, 10)
    roof = shapely.buffer(square, reach, join_style="mitre")
    footprint, overhang = outlines(world([], house=square, roof=[(roof, FLAT)]))
    assert footprint[0].equals(square)
    assert shapely.area(overhang[0]) == pytest.approx(area) if area else overhang[0] is None


def test_eaves_are_square_at_a_pointed_corner_too() -> None:
    wall = pointed(12.0)
    # As far out as eaves of half a metre reach at the point, and farther at the blunt end alone.
    overhang = outlines(world([], house=wall, roof=[(pointed(12.0, 0.5, 0.8), FLAT)]))[1][0]
    assert overhang.bounds[0] == pytest.approx(20.5)
    ready = world([], house=wall, roof=[(pointed(12.0, 0.5, 0.4), FLAT)])
    assert outlines(ready)[1][0] is None
    parts = np.array(above_walls(ready, np.array([0]), 0.5, np.zeros(1)).parts.shape)
    assert shapely.area(parts).sum() == pytest.approx(wall.area)


def test_a_roof_stands_in_for_walls_only_where_there_are_none() -> None:
    roof = shapely.box(8, 6, 22, 18)
    for kind, house, footprint in (
        ("carport", None, roof),
        ("carport", HOUSE, HOUSE),
        ("detached_house", None, None),
        ("detached_house", HOUSE, HOUSE),
    ):
        found, overhang = outlines(world([], house=house, roof=[(roof, FLAT)], kind=kind))
        assert found[0] is None if footprint is None else found[0].equals(footprint)
        # Of a carport all of the roof beyond its posts counts, of a house what reaches farther out than eaves.
        eaves = HOUSE if kind == "carport" else HOUSE.buffer(0.5, join_style="mitre")
        assert overhang[0] is None if house is None else overhang[0].equals(roof.difference(eaves))
