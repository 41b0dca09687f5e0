from __future__ import annotations

import numpy as np
import pytest
import shapely

from geodata import shapes


def arr(*texts: str | None) -> shapes.Shapes:
    out = shapes.nothing(len(texts))
    out[:] = [None if t is None else shapely.from_wkt(t) for t in texts]
    return out


def box(x0: float, y0: float, x1: float, y1: float) -> str:
    return shapely.box(x0, y0, x1, y1).wkt


@pytest.mark.parametrize(
    ("width", "area", "near"),
    [(0.06, 0.6, False), (0.05, 0.0, True), (0.01, 0.0, True), (0.0004, 0.0, False), (0.0, 0.0, False)],
)
def test_overlaps_count_by_depth(width: float, area: float, near: bool) -> None:
    found = shapes.overlap(arr(box(0, 0, 10, 10)), arr(box(10 - width, 0, 20, 10)))
    assert found.area_m2[0] == pytest.approx(area, abs=1e-9)
    assert bool(found.near[0]) is near


def test_pieces_that_do_not_count_are_not_added_up() -> None:
    comb = shapely.union_all([shapely.box(k, 9.97, k + 0.5, 20) for k in range(10)])
    found = shapes.overlap(arr(box(0, 0, 10, 10)), np.array([comb], dtype=object))
    assert found.area_m2[0] == 0.0
    both = shapely.union_all([comb, shapely.box(3, 8, 4, 20)])
    found = shapes.overlap(arr(box(0, 0, 10, 10)), np.array([both], dtype=object))
    assert found.area_m2[0] == pytest.approx(2.0, abs=0.02)


def test_what_cannot_be_measured_overlaps_nothing() -> None:
    bad = arr(None, "POLYGON EMPTY", "POINT (1 1)", "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    assert not shapes.usable(bad).any()
    assert shapes.overlap(bad, arr(*[box(0, 0, 9, 9)] * 4)).area_m2.tolist() == [0.0] * 4


def split(parcels: shapes.Shapes, neighbours: shapes.Shapes) -> shapes.Stretches:
    return shapes.stretches(
        parcels, np.zeros(len(parcels), dtype=np.int64), neighbours, np.zeros(len(neighbours), dtype=np.int64)
    )


def test_a_stretch_ends_where_its_neighbour_ends() -> None:
    found = split(arr(box(0, 0, 40, 25)), arr(box(-60, -10, 18, 0), box(22, -10, 100, 0)))
    south = [
        (line.bounds[0], line.bounds[2], n)
        for line, n in zip(found.line, found.neighbour, strict=True)
        if line.bounds[3] == 0
    ]
    assert (0.0, 18.0, 0) in south
    assert (22.0, 40.0, 1) in south
    assert sum(line.length for line in found.line) == pytest.approx(130.0)


@pytest.mark.parametrize("offset", [-0.008, 0.0, 0.008])
def test_neighbours_drawn_a_centimetre_off_are_still_there(offset: float) -> None:
    found = split(arr(box(0, 0, 40, 25)), arr(box(0.004, -10, 17.996, offset), box(18.003, -10, 40, offset)))
    south = {int(n) for line, n in zip(found.line, found.neighbour, strict=True) if line.bounds[3] <= 0.001}
    assert south == {0, 1}


def test_lines_between_adjoining_parcels_are_no_boundary() -> None:
    found = split(
        arr(box(0, 0, 20, 25), box(20.004, -3, 40, 12), box(60, 0, 70, 25), box(40, 12, 50, 20)),
        shapes.nothing(0),
    )
    assert found.plot.tolist() == [1, 1, 2, 3]
    length = sum(line.length for line, p in zip(found.line, found.parcel, strict=True) if p < 2)
    assert length == pytest.approx(90 + 70 - 2 * 12, abs=0.05)


def test_edges_of_holes_are_boundaries() -> None:
    ring = "POLYGON ((0 0, 60 0, 60 40, 0 40, 0 0), (20 15, 30 15, 30 25, 20 25, 20 15))"
    found = split(arr(ring), arr(box(20, 15, 30, 25)))
    assert found.line[found.neighbour == 0][0].length == pytest.approx(40.0)


def test_sites_do_not_see_each_other() -> None:
    twice = arr(box(0, 0, 20, 25), box(20, 0, 40, 25))
    found = shapes.stretches(twice, np.array([0, 1]), arr(box(-9, 0, 0, 25)), np.array([1]))
    assert found.plot.tolist() == [1, 1]
    assert (found.neighbour == -1).all()


def test_planes_keep_their_precision_at_real_coordinates() -> None:
    x, y = 721_000.0, 6_173_000.0
    ring = f"POLYGON Z (({x} {y} 2, {x + 4} {y} 4, {x + 4} {y + 3} 4, {x} {y + 3} 2, {x} {y} 2))"
    plane, flat = shapes.planes(arr(ring, "POLYGON Z ((0 0 0, 0 0 1, 0 1 1, 0 0 0))", None))
    a, b, c = plane[0]
    assert a * (x + 2) + b * (y + 1) + c == pytest.approx(3.0, abs=1e-7)
    assert not flat[0].has_z
    assert np.isnan(plane[1:]).all()


def test_segments_remember_where_they_are_from() -> None:
    found = shapes.segments(arr(box(0, 0, 1, 1), None, "MULTILINESTRING ((0 0, 5 0), (7 0, 9 0, 9 1))"))
    assert found.row.tolist() == [0] * 4 + [2] * 3


def test_pairs_are_those_of_equal_keys() -> None:
    i, j = shapes.pairs(np.array([3, 1, 9]), np.array([1, 3, 3]))
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 0)]


def test_width_of_a_road_straight_across() -> None:
    found = split(arr(box(0, 0, 40, 25)), arr(box(-60, -11, 100, 0)))
    beyond = shapes.nothing(len(found.line))
    beyond[found.neighbour == 0] = shapely.box(-60, -11, 100, 0)
    width = shapes.width_across(found.line, beyond)
    assert width[found.neighbour == 0] == pytest.approx(11.0)
    assert np.isnan(width[found.neighbour < 0]).all()


def test_areas_that_share_a_side_but_for_float_noise_have_something_in_common() -> None:
    """A roof over part of a house, whose common area GEOS answers with two points."""
    house = shapely.Polygon(
        [
            (4.394815077875896, 2.5704122120713313),
            (0.7163753959618295, 3.0617167789906006),
            (-0.0191929551793479, 3.926102114123055),
            (-1.0346062313292979, 3.3207557406015917),
            (-4.0473374496926455, 2.505985249007108),
            (-3.3339436120262755, 2.3352609951727556),
            (-1.980694149365861, 2.1435190593345093),
            (-0.1368461548610222, -1.7161530360951822),
            (0.0223248034229329, 2.1825257081912306),
        ]
    )
    roof = shapely.from_wkb(
        "010300000001000000040000008810DBBF2C84C1BFD05BCFE25C75FBBFC5150E9D3CA1EEBF04464E92A0E8503F"
        "4DAFA532D9EEACBF292072ECDD19D03F8810DBBF2C84C1BFD05BCFE25C75FBBF"
    )
    pair = np.array([roof, roof, None]), np.array([house, shapely.box(50, 50, 60, 60), house])
    found = shapes.common(*pair)
    assert shapely.area(found[:2]) == pytest.approx([roof.area, 0.0], abs=1e-6)
    assert found[2] is None


@pytest.mark.parametrize("angle", [0.3, 0.7, 1.9, 2.6])
def test_what_lies_outside_a_half_has_no_spur_along_the_shared_sides(angle: float) -> None:
    rng = np.random.default_rng(int(angle * 10))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    size = 200
    far = rng.uniform([440_000, 6_050_000], [720_000, 6_400_000], (size, 2))
    whole, half, rest = np.empty((3, size), dtype=object)
    for row in range(size):
        w, d, share = rng.uniform(4, 15), rng.uniform(4, 15), rng.uniform(0.2, 0.8)
        for of, box in (
            (whole, shapely.box(0, 0, w, d)),
            (half, shapely.box(0, 0, w * share, d)),
            (rest, shapely.box(w * share, 0, w, d)),
        ):
            of[row] = shapely.transform(box, lambda xy, row=row: xy @ turn.T + far[row])
    assert (shapes.depth(shapely.difference(whole, half)) < shapes.depth(rest) - 0.05).any()
    found = shapes.beyond(whole, half)
    np.testing.assert_allclose(shapes.depth(found), shapes.depth(rest), atol=1e-5)
    np.testing.assert_allclose(shapely.bounds(found), shapely.bounds(rest), atol=2e-6)
