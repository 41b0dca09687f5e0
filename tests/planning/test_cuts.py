"""Cuts seen without an overlay are those that an overlay makes; cells have no spurs."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity

from geodata import shapes
from geodata.crs import GRID
from planning.cuts import Cells, Overlaps, cells_of, overlaps_of

EAST, NORTH = 600_000.0, 6_150_000.0
SITES = 400


def _moved(found: list[Any]) -> Any:
    return np.array([affinity.translate(shape, EAST, NORTH) for shape in found], dtype=object)


def _houses(rng: np.random.Generator) -> Any:
    """Turned boxes, some with a notch or a yard."""
    found = []
    for _ in range(SITES):
        wide, deep = rng.uniform(4.0, 16.0, 2)
        house = shapely.box(-wide / 2, -deep / 2, wide / 2, deep / 2)
        if rng.random() < 0.2:
            house = house.difference(shapely.box(0, 0, wide, deep))
        elif rng.random() < 0.2:
            house = house.difference(shapely.box(-1, -1, 1, 1))
        found.append(affinity.rotate(house, rng.choice([0.0, 11.0, 30.0, rng.uniform(0, 90)]), origin=(0, 0)))
    return _moved(found)


def _areas(rng: np.random.Generator, *, lattice: bool) -> Any:
    """Three areas a site: plain and turned boxes, rounds and rings; on a lattice they share lines and corners."""
    found = []
    for k in range(3 * SITES):
        x, y = rng.integers(-3, 3, 2) * 2.5 if lattice else rng.uniform(-9.0, 9.0, 2)
        wide, deep = rng.integers(1, 8, 2) * 2.5 if lattice else rng.uniform(1.0, 40.0, 2)
        area = shapely.box(x, y, x + wide, y + deep)
        if k % 7 == 0:
            area = shapely.Point(x, y).buffer(wide)
        elif k % 7 == 1:
            area = shapely.box(-50, -50, 50, 50).difference(area)
        elif k % 7 == 2 and not lattice:
            area = affinity.rotate(area, rng.uniform(0, 90))
        found.append(area)
    return _moved(found)


def _cut(house: Any, area: Any) -> tuple[Overlaps, Cells]:
    site = np.arange(SITES)
    table = gpd.GeoDataFrame({"site": np.repeat(site, 3)}, geometry=list(area), crs=GRID)
    pairs = overlaps_of(table, house.copy(), site, np.ones(len(table), dtype=bool))
    return pairs, cells_of(house.copy(), pairs.of(pairs.counts))


def _sorted_areas(cells: Cells) -> Any:
    area = shapely.area(cells.geometry)
    return area[np.lexsort((area, cells.part))]


@pytest.mark.parametrize("lattice", [False, True])
def test_shortcuts_cut_as_overlays_do(lattice: bool) -> None:
    """The same areas as collections of one polygon are none that a shortcut takes."""
    rng = np.random.default_rng(11)
    house, area = _houses(rng), _areas(rng, lattice=lattice)
    every = np.array([shapely.multipolygons([shape]) for shape in area], dtype=object)
    (short, cells), (full, others) = _cut(house, area), _cut(house, every)
    for name in ("part", "at", "counts", "covers", "near_line"):
        assert (getattr(short, name) == getattr(full, name)).all(), name
    assert short.depth_m == pytest.approx(full.depth_m, abs=1e-6)
    assert (cells.part == others.part).all()
    assert _sorted_areas(cells) == pytest.approx(_sorted_areas(others), abs=2e-5)
    for name in ("counts", "near_line"):
        one, two = (np.bincount(c.part, weights=getattr(c, name), minlength=SITES) for c in (cells, others))
        assert (one == two).all(), name
    assert len(cells.members) == len(others.members)
    assert cells.near_line.any()


@pytest.mark.parametrize("lattice", [False, True])
def test_cells_have_no_spurs_and_make_up_the_part(lattice: bool) -> None:
    """A hair-thin spur along a wall adds to the perimeter, and the cell would look shallower than it is."""
    rng = np.random.default_rng(12)
    house, area = _houses(rng), _areas(rng, lattice=lattice)
    _, cells = _cut(house, area)
    clean = shapely.set_precision(cells.geometry, 1e-6)
    assert shapely.length(cells.geometry) == pytest.approx(shapely.length(clean), abs=1e-4)
    cut_up = np.bincount(cells.part)[cells.part] > 1
    assert (cells.counts == (shapes.counted(clean).area_m2 > 0.0))[cut_up].all()
    total = np.bincount(cells.part, weights=shapely.area(cells.geometry))
    assert total == pytest.approx(shapely.area(house), abs=1e-4)


def test_a_corner_beyond_an_area_counts_by_its_own_depth() -> None:
    """A house whose corner of 0.21 m × 1.2 m lies outside: 0.098 m deep, cut through walls at grid coordinates."""
    house = shapely.Polygon(
        [
            (613918.3051955078, 6150086.250017503),
            (613918.8862440097, 6150083.08768882),
            (613926.3002787032, 6150084.449948782),
            (613925.7192302013, 6150087.612277465),
        ]
    )
    area = shapely.box(613918.517, 6150050.0, 613990.0, 6150120.0)
    for shape in (area, shapely.multipolygons([area])):
        table = gpd.GeoDataFrame({"site": [1]}, geometry=[shape], crs=GRID)
        outline = np.array([house], dtype=object)
        pairs = overlaps_of(table, outline, np.array([1]), np.array([True]))
        cells = cells_of(outline, pairs.of(pairs.counts))
        assert cells.counts.tolist() == [True, True]
        assert shapes.depth(cells.geometry).min() == pytest.approx(0.0979, abs=1e-4)


@pytest.mark.parametrize("angle", [0.0, 17.0, 40.3, 71.9])
def test_plans_with_a_spike_cut_like_the_area_without_it(angle: float) -> None:
    # Put right they are an area and a line, which no overlay on a grid takes; and houses share a side with them.
    house = shapely.box(0, 0, 10, 10).difference(shapely.box(0, 8, 4, 10))
    spiked = shapely.Polygon([(5, -5), (15, -5), (15, 15), (5, 15), (5, 5), (-3, 5), (5, 5), (5, -5)])
    above = shapely.Polygon([(-5, 3), (20, 3), (20, 20), (4, 20), (4, 9), (4, 20), (-5, 20), (-5, 3)])
    given = [affinity.rotate(s, angle, origin=(0, 0)) for s in (house, spiked, above)]
    given = [affinity.translate(shape, EAST, NORTH) for shape in given]
    assert not shapely.is_valid(given[1:]).any()
    table = gpd.GeoDataFrame({"site": [0, 0]}, geometry=given[1:], crs=GRID)
    pairs = overlaps_of(table, np.array(given[:1], dtype=object), np.array([0]), np.ones(2, dtype=bool))
    assert pairs.counts.all()
    assert shapely.area(pairs.cut) == pytest.approx([50.0, 10 * 7 - 4 * 2.0], abs=1e-3)
    cells = cells_of(np.array(given[:1], dtype=object), pairs)
    assert shapely.area(cells.geometry).sum() == pytest.approx(92.0, abs=1e-3)
    assert len(cells.geometry) == 4
