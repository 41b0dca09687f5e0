"""Shapes cut by the only side of an area near them: as shapely cuts them, or left to it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from geodata.halves import MOST_AREA, halved
from tests.permits.rules.ragged import ragged

L = shapely.Polygon([(0, 0), (12, 0), (12, 5), (5, 5), (5, 9), (0, 9)])
U = shapely.Polygon([(0, 0), (12, 0), (12, 9), (9, 9), (9, 4), (3, 4), (3, 9), (0, 9)])
PLAN = shapely.Polygon([(-100, -100), (90, -80), (80, 60), (4, 62), (-1, -40), (-100, 50)])


def _cut(shape: object, area: object) -> tuple[object, object] | None:
    found = halved(np.array([shape], dtype=object), np.array([area], dtype=object), np.array([0]))
    return (found.inner[0], found.outer[0]) if len(found.row) else None


def _same(one: object, two: object) -> bool:
    return shapely.area(shapely.symmetric_difference(one, two)) < 1e-6


@pytest.mark.parametrize("angle", [0.0, 17.0, 90.0, 211.0])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_as_shapely_cuts(angle: float, backwards: bool, mirror: float) -> None:
    far = (720_000.0, 6_170_000.0)
    shape, area = (
        affinity.translate(
            affinity.scale(affinity.rotate(s, angle, origin=(0, 0)), mirror, origin=(0, 0)), *far
        )
        for s in (L, PLAN)
    )
    area = shapely.reverse(area) if backwards else area
    found = _cut(shape, area)
    assert found is not None
    assert _same(found[0], shapely.intersection(shape, area))
    assert _same(found[1], shapely.difference(shape, area))


def test_random_shapes_and_areas() -> None:
    rng = np.random.default_rng(3)
    shape = np.array([ragged(rng, 6.0, rng.uniform(-30, 30, 2)) for _ in range(600)], dtype=object)
    area = np.array([ragged(rng, 60.0, rng.uniform(-60, 60, 2)) for _ in range(20)], dtype=object)
    of = rng.integers(0, len(area), len(shape))
    found = halved(shape, area, of)
    assert 25 < len(found.row) < 500
    first, second = shape[found.row], area[of[found.row]]
    assert _same(found.inner, shapely.intersection(first, second)).all()
    assert _same(found.outer, shapely.difference(first, second)).all()
    assert (shapely.get_type_id(found.inner) == 3).all()
    assert shapely.is_valid(found.inner).all()
    assert shapely.is_valid(found.outer).all()


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (U, shapely.box(-90, 6, 90, 90)),  # two arms cut off
        (L, shapely.box(-90, 2, 90, 3)),  # two sides
        (L, shapely.box(6, 2, 90, 90)),  # a corner
        (L, shapely.box(-90, -90, 90, 5)),  # along its own side
        (L, shapely.box(-90, -90, 90, 5 + 1e-7)),
        (L, shapely.Polygon([(90, -71), (90, 90), (-71, 90)])),  # through the box, past the shape
        (L, shapely.box(-90, -90, 90, 90)),
        (L, shapely.box(50, 50, 90, 90)),
        (L, shapely.Point(-95, 0).buffer(100, quad_segs=MOST_AREA)),
        (L, shapely.box(-90, -90, 2, 90).difference(shapely.box(-40, 0, -30, 9))),
        (L.difference(shapely.box(1, 1, 2, 2)), shapely.box(-90, -90, 4, 90)),
        (shapely.Point(3, 3).buffer(5), shapely.box(-90, -90, 4, 90)),
        (shapely.MultiPolygon([L]), shapely.box(-90, -90, 4, 90)),
        (L, shapely.MultiPolygon([shapely.box(-90, -90, 4, 90)])),
        (None, PLAN),
        (L, None),
        (shapely.Polygon(), PLAN),
        (L, shapely.Polygon()),
    ],
)
def test_what_is_left_to_shapely(shape: object, area: object) -> None:
    assert _cut(shape, area) is None


def test_nothing() -> None:
    none = np.zeros(0, dtype=object)
    assert not len(halved(none, none, np.zeros(0, dtype=np.int64)).row)
