"""Areas as GML: what is read back is what was given, in every axis order."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pyproj import Transformer

from gml.geometry import canonical, multi_surfaces, output_crs
from tests import tier
from tests.gml.plans import NS, square

HOLED = shapely.Polygon(
    [(717_000, 6_171_000), (717_000, 6_171_100), (717_100, 6_171_100), (717_100, 6_171_000)],
    [[(717_010, 6_171_010), (717_020, 6_171_010), (717_020, 6_171_020), (717_010, 6_171_020)]],
)


def array(*shapes: Any) -> np.ndarray:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def parse(text: str) -> Any:
    spaces = " ".join(f'xmlns:{p}="{u}"' for p, u in NS.items())
    return etree.fromstring(f"<r {spaces}>{text}</r>")


def rings(text: str) -> list[list[tuple[float, float]]]:
    found = []
    for ring in parse(text).iterfind(".//gml:posList", NS):
        numbers = [float(n) for n in ring.text.split()]
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


def test_exterior_counter_clockwise_interior_clockwise() -> None:
    (text,) = multi_surfaces(canonical(array(HOLED)), ["a"], output_crs("EPSG:25832"))
    outer, inner = rings(text)
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(inner).is_ccw
    assert outer[0] == outer[-1]
    assert shapely.Polygon(outer, [inner]).equals(HOLED)


def test_every_object_has_its_own_id() -> None:
    two = shapely.union(square(0, 0), square(300, 0))
    texts = multi_surfaces(canonical(array(two, HOLED)), ["a", "b"], output_crs("25832"))
    found = parse("".join(texts)).xpath("//@gml:id", namespaces=NS)
    assert found == ["a", "a.1", "a.2", "b", "b.1"]


def test_where_a_ring_begins_makes_no_difference() -> None:
    ring = list(square(0, 0).geoms[0].exterior.coords)[:-1]
    other = shapely.MultiPolygon([shapely.Polygon(ring[2:] + ring[:2])])
    mirrored = shapely.reverse(square(0, 0))
    texts = multi_surfaces(canonical(array(square(0, 0), other, mirrored)), ["a"] * 3, output_crs("25832"))
    assert len(set(texts)) == 1


def test_repeated_nodes_and_height_are_left_out() -> None:
    ring = [(0, 0, 5), (0, 0, 5), (10, 0, 5), (10, 0.0002, 5), (10, 10, 5), (0, 10, 5), (0, 0, 5)]
    (text,) = multi_surfaces(canonical(array(shapely.Polygon(ring))), ["a"], output_crs("25832"))
    (outer,) = rings(text)
    assert len(outer) == 5
    assert "-0.0" not in text


def test_no_minus_zero_and_fixed_decimals() -> None:
    (text,) = multi_surfaces(
        canonical(array(shapely.box(-0.0004, -0.0001, 10, 10))), ["a"], output_crs("25832")
    )
    numbers = parse(text).find(".//gml:posList", NS).text.split()
    assert all(re.fullmatch(r"-?\d+\.\d{3}", n) for n in numbers)
    assert "-0.000" not in numbers


@settings(max_examples=tier.cases(100, fast=30), deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e13), st.floats(-5, 2e9), st.floats(0.01, 5e3)), min_size=1, max_size=4
    )
)
def test_numbers_are_those_of_a_format_call(corners: list[tuple[float, float, float]]) -> None:
    shapes = array(*(shapely.MultiPolygon([shapely.box(x, y, x + a, y + a)]) for x, y, a in corners))
    texts = multi_surfaces(shapes, ["a"] * len(shapes), output_crs("25832"))
    for shape, text in zip(shapes, texts, strict=True):
        want = [f"{n + 0.0:.3f}" for n in np.round(shapely.get_coordinates(shape), 3).ravel()]
        assert parse(text).find(".//gml:posList", NS).text.split() == want


def test_small_numbers_keep_their_zero() -> None:
    shapes = array(shapely.MultiPolygon([shapely.box(0.0, 0.007, 12.05, 1000.0)]))
    (text,) = multi_surfaces(shapes, ["a"], output_crs("25832"))
    assert "0.000 0.007" in text
    assert "12.050 1000.000" in text


def test_nothing_left_on_the_grid_is_none() -> None:
    assert canonical(array(shapely.box(0, 0, 0.0001, 0.0001), None))[0] is None
    assert canonical(array(None))[0] is None


@pytest.mark.parametrize(
    "name", ["EPSG:25832", "25832", "epsg:4258", "http://www.opengis.net/def/crs/EPSG/0/3044"]
)
def test_known_systems(name: str) -> None:
    assert output_crs(name).uri.startswith("http://www.opengis.net/def/crs/EPSG/0/")


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:25833", "", "utm", "²", "9" * 30])
def test_other_systems_are_refused_with_the_choice(name: str) -> None:
    with pytest.raises(ValueError, match="EPSG:25832, EPSG:4258, EPSG:3044"):
        output_crs(name)


def test_axis_order_of_each_system() -> None:
    shapes = canonical(array(square(0, 0)))
    (plain,) = multi_surfaces(shapes, ["a"], output_crs("EPSG:25832"))
    (swapped,) = multi_surfaces(shapes, ["a"], output_crs("EPSG:3044"))
    (lat_lon,) = multi_surfaces(shapes, ["a"], output_crs("EPSG:4258"))
    assert [(y, x) for x, y in rings(plain)[0]] == rings(swapped)[0]
    back = Transformer.from_crs(4258, 25832)  # axis order of the authority: lat, lon in
    for (lat, lon), (x, y) in zip(rings(lat_lon)[0], rings(plain)[0], strict=True):
        assert 54 < lat < 58
        assert 8 < lon < 13
        assert back.transform(lat, lon) == pytest.approx((x, y), abs=0.001)


@settings(max_examples=tier.cases(200, fast=50), deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=3, max_size=12),
    st.floats(0.00001, 100),
)
def test_any_valid_area_is_written_valid(points: list[tuple[float, float]], scale: float) -> None:
    hull = shapely.MultiPoint([(717_000 + x * scale, 6_171_000 + y * scale) for x, y in points])
    area = shapely.concave_hull(hull, 0.3)
    if area.geom_type != "Polygon" or not area.is_valid or area.area == 0:
        return
    (done,) = canonical(array(area))
    if done is None:
        assert area.area < 0.001 * (1 + area.length)
        return
    (text,) = multi_surfaces(array(done), ["a"], output_crs("25832"))
    found = rings(text)
    for ring in found:
        assert all(a != b for a, b in pairwise(ring))
    read = shapely.union_all([shapely.Polygon(ring) for ring in found])
    assert done.is_valid
    assert shapely.symmetric_difference(read, shapely.union_all(done)).area < 1e-6
    assert shapely.symmetric_difference(read, area).area < 0.001 * area.length  # spikes thinner than the grid
