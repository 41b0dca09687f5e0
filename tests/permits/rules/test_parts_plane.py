"""Parts above a rising plane, for drawing, and how the worst place is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from permits.rules.parts.plane import Lines, Parts, above, worst

WEST = shapely.LineString([(0, 0), (0, 20)])
ROOFS = {
    "flat": (0.0, 0.0, 4.0),
    "rising inward": (0.8, 0.0, 3.0),
    "falling inward": (-0.5, 0.1, 7.0),
    "along the boundary": (0.0, -0.4, 9.0),
}


def parts(*facets: tuple[Any, tuple[float, float, float]]) -> Parts:
    shapes_, planes = [f[0] for f in facets], [f[1] for f in facets]
    return Parts(
        np.zeros(len(facets), dtype=np.int64),
        np.array(shapes_, dtype=object),
        np.array(planes, dtype=float).reshape(-1, 3),
    )


def spare(plane: tuple[float, float, float], xy: Any, line: Any, factor: float, start: float) -> Any:
    a, b, c = plane
    return start + factor * shapely.distance(shapely.points(xy), line) - (a * xy[:, 0] + b * xy[:, 1] + c)


@pytest.mark.parametrize("plane", ROOFS.values(), ids=ROOFS)
@pytest.mark.parametrize(("factor", "start"), [(1.4, 0.0), (1.0, 2.0)])
def test_what_lies_above_agrees_with_sampling(
    plane: tuple[float, float, float], factor: float, start: float
) -> None:
    line = shapely.LineString([(0, 5), (0, 12), (3, 20)])
    roof = shapely.box(1, 2, 9, 14)
    rings = 100
    drawn = above(parts((roof, plane)), line, factor, rings, start)
    x, y = np.meshgrid(np.linspace(1.01, 8.99, 60), np.linspace(2.01, 13.99, 60))
    xy = np.stack([x.ravel(), y.ravel()], axis=1)
    left = spare(plane, xy, line, factor, start)
    band = factor * float(shapely.distance(shapely.points(xy), line).max()) / rings
    clear = np.abs(left) > 1.5 * band
    told = shapely.intersects_xy(drawn, xy) if drawn is not None else np.zeros(len(xy), dtype=bool)
    assert (told == (left < 0.0))[clear].all()
    assert clear.mean() > 0.8
    assert 0.05 < (left < 0.0).mean() < 0.95


@pytest.mark.parametrize("rings", [3, 24])
def test_a_ring_is_judged_by_its_middle(rings: int) -> None:
    # 12 m deep: of rings 12 / n wide those count whose middle lies below the height.
    drawn = above(parts((shapely.box(0, 0, 12, 20), (0.0, 0.0, 6.2))), WEST, 1.0, rings)
    assert drawn is not None
    width = 12.0 / rings
    counting = sum((k + 0.5) * width < 6.2 for k in range(rings))
    assert drawn.area == pytest.approx(counting * width * 20.0, rel=1e-9)


def test_the_picture_has_twenty_four_rings() -> None:
    roof = parts((shapely.box(0, 0, 12, 20), (0.0, 0.0, 6.2)))
    told, asked = above(roof, WEST, 1.0), above(roof, WEST, 1.0, 24, 0.0)
    assert told is not None
    assert told.equals(asked)


def test_nothing_lies_above_a_plane_that_is_everywhere_higher() -> None:
    assert above(parts(), WEST, 1.4) is None
    assert above(parts((shapely.box(5, 0, 9, 20), (0.0, 0.0, 6.0))), WEST, 1.4) is None
    assert above(parts((shapely.box(5, 0, 9, 20), (0.01, 0.0, 5.0))), WEST, 1.4) is None
    whole = shapely.box(1, 0, 9, 20)
    drawn = above(parts((whole, (0.01, 0.0, 60.0))), WEST, 1.4)
    assert drawn is not None
    assert drawn.area == pytest.approx(whole.area)


def test_only_the_facets_that_rise_too_high_are_drawn() -> None:
    high, low = shapely.box(1, 0, 5, 20), shapely.box(5, 0, 9, 20)
    drawn = above(parts((high, (0.0, 0.0, 30.0)), (low, (0.0, 0.0, 1.0))), WEST, 1.4)
    assert drawn is not None
    assert drawn.symmetric_difference(high).area < 1e-6


def lines(*xy: tuple[float, float, float, float], ambiguous: tuple[bool, ...] = ()) -> Lines:
    size = len(xy)
    return Lines(
        np.array(xy, dtype=float).reshape(-1, 4),
        np.zeros(size, dtype=np.int64),
        np.array(ambiguous or (False,) * size, dtype=bool),
        np.arange(size),
    )


def test_equal_margins_are_told_at_the_smallest_distance_then_by_the_first_boundary() -> None:
    key = np.zeros(1, dtype=np.int64)
    # The roof rises as the plane does: every place has the same to spare.
    rising = parts((shapely.box(2, 5, 6, 9), (1.0, 0.0, 1.0)))
    told = worst(rising, key, lines((0, 0, 0, 20)), 1.0).iloc[0]
    assert (told["margin"], told["distance"]) == (pytest.approx(-1.0), pytest.approx(2.0))
    flat = parts((shapely.box(2, 5, 8, 9), (0.0, 0.0, 3.0)))
    told = worst(flat, key, lines((10, 20, 10, 0), (0, 0, 0, 20)), 1.0)
    assert told["edge"].tolist() == [0]
    told = worst(flat, key, lines((10, 20, 10, 0), (0, 0, 0, 20), ambiguous=(True, False)), 1.0)
    assert set(zip(told["edge"], told["ambiguous"], strict=True)) == {(0, True), (1, False)}


def test_the_plane_of_each_boundary_begins_at_its_own_height() -> None:
    flat = parts((shapely.box(2, 5, 7, 9), (0.0, 0.0, 3.0)))
    key = np.zeros(1, dtype=np.int64)
    told = worst(flat, key, lines((0, 0, 0, 20), (10, 20, 10, 0)), 1.0, np.array([4.0, 0.5])).iloc[0]
    assert (told["edge"], told["margin"]) == (1, pytest.approx(0.5))
    told = worst(flat, key, lines((0, 0, 0, 20), (10, 20, 10, 0)), 1.0, np.array([0.5, 4.0])).iloc[0]
    assert (told["edge"], told["margin"]) == (0, pytest.approx(-0.5))


def test_a_roof_over_the_end_of_a_boundary_has_no_distance_there() -> None:
    over = parts((shapely.box(-2, 4, 6, 9), (0.0, 0.2, 1.0)))
    key = np.zeros(1, dtype=np.int64)
    for piece in ((0.0, 0.0, 0.0, 6.0), (0.0, 6.0, 0.0, 0.0)):
        told = worst(over, key, lines(piece), 1.4).iloc[0]
        assert told["distance"] == 0.0
        assert (told["x"], told["y"]) == (0.0, 6.0)
        assert told["height"] == pytest.approx(2.2)
        assert told["margin"] == pytest.approx(-2.2)
        raised = worst(over, key, lines(piece), 1.4, np.array([1.5])).iloc[0]
        assert raised["margin"] == pytest.approx(-0.7)


def test_what_lies_far_beside_the_line_where_the_plane_is_met_is_drawn_in_full() -> None:
    """Gently rising facets meet the level of a ring far outside their own extent."""
    whole = shapely.box(10, 0, 14, 4)
    for slope, level in ((0.5, 25.0), (0.3, 22.0), (-0.3, 30.0), (0.5, 40.0)):
        drawn = above(parts((whole, (slope, 0.0, level - slope * 12.0))), WEST, 1.0)
        assert drawn is not None
        assert drawn.area == pytest.approx(whole.area)
        assert above(parts((whole, (slope, 0.0, level - slope * 12.0 - 40.0))), WEST, 1.0) is None


@pytest.mark.parametrize("rise", [0.5, -0.5])
def test_a_picture_of_one_ring_is_drawn_to_the_last_corner(rise: float) -> None:
    whole = shapely.box(10, 0, 14, 4)
    # The ring lies at 7 m, the roof along the boundary some 6 m above it, so they meet 12 m beside the roof.
    drawn = above(parts((whole, (0.0, rise, 13.05 - rise * 2.0))), WEST, 1.0, 1)
    assert drawn is not None
    assert drawn.area == pytest.approx(whole.area)


def test_height_distance_and_place_belong_together() -> None:
    """Whichever end of a side is the worst, all that is told is told of the same place."""
    key = np.zeros(1, dtype=np.int64)
    roofs = [(0.0, 0.0, 3.0), (0.9, 0.0, 1.0), (-0.9, 0.3, 9.0), (0.2, -0.7, 9.0), (2.0, 0.1, 1.0)]
    pieces = [(0, 0, 0, 20), (0, 20, 0, 0), (-3, 2, 9, -1), (20, 30, 15, 2), (4, 30, 30, 26)]
    for a, b, c in roofs:
        for piece in pieces:
            told = worst(parts((shapely.box(2, 5, 8, 9), (a, b, c))), key, lines(piece), 1.4).iloc[0]
            place = shapely.Point(told["x"], told["y"])
            assert told["distance"] == pytest.approx(
                place.distance(shapely.LineString(np.reshape(piece, (2, 2))))
            )
            assert told["height"] == pytest.approx(a * told["x"] + b * told["y"] + c)
            assert told["margin"] == pytest.approx(1.4 * told["distance"] - told["height"])
