"""Convex arithmetic against shapely: the same answers, the same pieces, on random and on nasty outlines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from shapely import affinity

from geodata import convex, shapes

EAST, NORTH = 600_000.0, 6_150_000.0


def _hulls(rng: np.random.Generator, count: int, reach: float) -> Any:
    """Convex outlines of three to nine corners, either way around, some with corners on straight sides."""
    found = []
    for _ in range(count):
        points = rng.normal(0.0, reach, (rng.integers(4, 12), 2)) + rng.normal(0.0, 8.0, 2)
        hull = shapely.convex_hull(shapely.multipoints(points))
        if rng.random() < 0.3:
            hull = shapely.segmentize(hull, hull.length / 7.0)
        if rng.random() < 0.5:
            hull = shapely.reverse(hull)
        found.append(affinity.translate(hull, EAST, NORTH))
    return np.array(found, dtype=object)


def _boxes(rng: np.random.Generator, count: int, step: float) -> Any:
    """Boxes on a lattice, turned alike, so that sides and corners fall on each other but for float noise."""
    at = rng.integers(0, 5, (count, 2)) * step
    size = rng.integers(1, 4, (count, 2)) * step
    plain = shapely.box(at[:, 0], at[:, 1], *(at + size).T)
    turned = [affinity.rotate(box, 17.3, origin=(0, 0)) for box in plain]
    return np.array([affinity.translate(box, EAST, NORTH) for box in turned], dtype=object)


def _compare(area: Any, shape: Any) -> tuple[int, int, int]:
    of = np.arange(len(area))
    one, two = convex.corners(area), convex.corners(shape)
    assert one.convex.mean() > 0.5
    how = convex.held(one, of, two, of)
    common = shapely.intersection(area, shape)
    rest = shapely.difference(shape, area)
    looked = ~np.isnan(how.beyond_m)
    noise = 1e-6  # depth in metres below which a piece is float noise of the cut
    assert (shapes.depth(rest[how.within]) < noise).all()
    assert (shapes.depth(common[how.apart]) < noise).all()
    # Whatever lies clearly within or apart is seen to.
    roomy = shapely.covers(shapely.buffer(area, -1e-6, join_style="mitre"), shape)
    assert how.within[looked & roomy].all()
    rows = np.flatnonzero(looked & ~how.within & ~how.apart & (two.row >= 0) & two.convex[two.row])
    made = convex.cut(one, rows, two, rows)
    inner = convex.polygons(made.inner)
    assert convex.area_m2(made.inner) == pytest.approx(shapely.area(common[rows]), abs=1e-6)
    assert shapely.is_valid(inner[~shapely.is_missing(inner)]).all()
    assert (shapes.depth(shapely.symmetric_difference(_solid(inner), common[rows])) < noise).all()
    outer = convex.polygons(convex.Outlines(*(v[:, made.straight] for v in made.outer)))
    assert (
        shapes.depth(shapely.symmetric_difference(_solid(outer), rest[rows][made.straight])) < noise
    ).all()
    return int(how.within.sum()), int(how.apart.sum()), len(rows)


def _solid(found: Any) -> Any:
    return np.where(shapely.is_missing(found), shapely.from_wkt("POLYGON EMPTY"), found)


def test_random_outlines_as_shapely_cuts_them() -> None:
    rng = np.random.default_rng(4)
    within, apart, across = _compare(_hulls(rng, 3000, 12.0), _hulls(rng, 3000, 4.0))
    assert min(within, apart, across) > 50


def test_outlines_that_share_sides_and_corners_but_for_float_noise() -> None:
    rng = np.random.default_rng(5)
    within, apart, across = _compare(_boxes(rng, 3000, 2.5), _boxes(rng, 3000, 2.5))
    assert min(within, apart, across) > 100


@pytest.mark.parametrize("gap", [0.0, 1e-9, 1e-7, 1e-5, 1e-3, 0.05])
def test_a_hair_beside_or_across_the_line(gap: float) -> None:
    area = np.array([shapely.box(0, 0, 20, 20)] * 4, dtype=object)
    house = [
        shapely.box(20 - gap, 5, 28, 12),
        shapely.box(5, 5, 20 + gap, 12),
        shapely.box(20 + gap, 5, 28, 12),
        shapely.box(gap, gap, 20 - gap, 20 - gap),
    ]
    moved = [affinity.translate(shape, EAST, NORTH) for shape in house]
    around = np.array([affinity.translate(shape, EAST, NORTH) for shape in area], dtype=object)
    assert sum(_compare(around, np.array(moved, dtype=object))) >= 3


def test_only_convex_outlines_of_few_corners_are_taken() -> None:
    star = shapely.Polygon([(0, 0), (10, 0), (2, 6), (5, -4), (8, 6), (0, 0)])
    given = np.array(
        [
            shapely.box(0, 0, 1, 1),
            shapely.box(0, 0, 9, 9).difference(shapely.box(4, 4, 5, 5)),
            shapely.Polygon([(0, 0), (9, 0), (9, 4), (4, 4), (4, 9), (0, 9)]),
            star,
            shapely.Point(0, 0).buffer(5),
            shapely.multipolygons([shapely.box(0, 0, 1, 1)]),
            None,
            shapely.Polygon(),
            shapely.Polygon([(0, 0), (1, 0), (2, 0), (0, 0)]),
            shapely.Polygon([(0, 0), (100, 0), (100, 1), (0, 0)]),
        ],
        dtype=object,
    )
    found = convex.corners(given)
    assert (found.row >= 0).tolist() == [True, True, True, True, False, False, False, False, True, True]
    assert found.convex.tolist() == [True, False, False, False, False, False]
    assert found.number.tolist()[:3] == [4, 4, 6]


def test_what_is_convex_is_valid() -> None:
    """Outlines through few random points: hulls, bow ties, stars and spikes."""
    rng = np.random.default_rng(6)
    points = rng.integers(0, 4, (20_000, 5, 2)).astype(float)
    rings = np.concatenate([points, points[:, :1]], axis=1)
    some = shapely.polygons(rings)
    found = convex.corners(some)
    assert found.convex.sum() > 50
    assert shapely.is_valid(some[found.convex]).all()
    hull = shapely.area(shapely.convex_hull(some[found.convex]))
    assert shapely.area(some[found.convex]) == pytest.approx(hull)


def test_a_corner_without_a_number_is_left_to_whoever_asks() -> None:
    ring = shapely.linearrings([(0.0, 0.0), (np.inf, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)])
    shape = np.array([shapely.polygons(ring), shapely.box(0, 0, 1, 1)], dtype=object)
    found = convex.corners(shape)
    assert found.row.tolist() == [-1, 0]
