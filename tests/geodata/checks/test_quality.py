"""Each quality check against shapes of which the answer is known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata.checks.catalogue import checks
from geodata.checks.engine import run_checks
from geodata.checks.quality.building_across_boundary import building_across_boundary
from geodata.checks.quality.building_without_record import building_without_record
from geodata.checks.quality.gaps import gaps
from geodata.checks.quality.overlaps import overlaps
from geodata.checks.quality.record_without_building import record_without_building
from geodata.checks.quality.registered_area import registered_area
from geodata.checks.quality.repeated_nodes import repeated_nodes
from geodata.checks.quality.self_contact import self_contact
from geodata.checks.quality.slivers import slivers
from geodata.readers.refusal import CannotRead

X, Y = 700_000.0, 6_170_000.0


def shapes(*given: object) -> np.ndarray:
    array = np.empty(len(given), dtype=object)
    array[:] = given
    return array


def area(*nodes: tuple[float, float], holes: tuple = ()) -> shapely.Polygon:
    moved = [[(X + x, Y + y) for x, y in ring] for ring in (nodes, *holes)]
    return shapely.Polygon(moved[0], moved[1:])


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return area((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def test_a_node_twice_in_a_row_is_found_where_it_is() -> None:
    doubled = area((0, 0), (10, 0), (10, 0), (10, 10), (0, 10))
    near = area((0, 0), (10, 0), (10, 10), (0.0004, 10), (0, 10))
    found = repeated_nodes(shapes(box(20, 0, 5, 5), doubled, near))
    assert found.row.tolist() == [1, 2]
    assert [(p.x - X, p.y - Y) for p in found.place[:1]] == [(10, 0)]
    assert found.measured == pytest.approx([0.0, 0.0004], abs=1e-6)
    assert not len(repeated_nodes(shapes(area((0, 0), (10, 0), (10, 10), (0.002, 10), (0, 10)))))


def test_parts_of_a_multipolygon_keep_their_row() -> None:
    both = shapely.MultiPolygon([box(0, 0, 1, 1), area((5, 5), (6, 5), (6, 5), (6, 6))])
    assert repeated_nodes(shapes(None, both)).row.tolist() == [1]


@pytest.mark.parametrize(
    "shape",
    [
        area((0, 0), (10, 0), (10, 10), (0, 10), holes=(((5, 0), (7, 4), (3, 4)),)),  # a hole meets the edge
        area((0, 0), (10, 0), (10, 10), (5, 0), (0, 10)),  # a node lies on another stretch
        area((0, 0), (4, 0), (5, 5), (6, 0), (10, 0), (10, 10), (5, 5), (0, 10)),  # a node is visited again
        shapely.MultiPolygon([box(0, 0, 5, 5), box(5, 5, 5, 5)]),  # two parts meet in a corner
    ],
)
def test_an_outline_that_touches_itself(shape: shapely.Geometry) -> None:
    found = self_contact(shapes(box(50, 0, 10, 10), shape, shapely.affinity.translate(shape, 100.0)))
    assert found.row.tolist() == [1, 2]
    assert found.measured == pytest.approx([0, 0], abs=1e-9)


def test_neighbours_and_holes_of_their_own_are_no_contact() -> None:
    ring = area((0, 0), (10, 0), (10, 10), (0, 10), holes=(((4, 4), (6, 4), (6, 6), (4, 6)),))
    assert not len(self_contact(shapes(ring, box(10, 0, 10, 10), box(4, 4, 2, 2))))


def test_slivers_are_narrow_and_not_small() -> None:
    found = slivers(shapes(box(0, 0, 100, 0.05), box(0, 5, 0.3, 0.3), box(0, 10, 20, 0.3)))
    assert found.row.tolist() == [0]
    assert found.measured[0] == pytest.approx(0.05, abs=1e-4)


def test_overlaps_above_the_tolerance_once_a_pair() -> None:
    found = overlaps(
        shapes(box(0, 0, 10, 10), box(9.8, 0, 10, 10), box(19.75, 0, 10, 10), box(0, 10, 10, 10))
    )
    assert list(zip(found.row, found.other, strict=True)) == [(0, 1)]
    assert found.measured == pytest.approx([2.0])
    assert len(overlaps(shapes(box(0, 0, 10, 10), box(9.8, 0, 10, 10), box(19.75, 0, 10, 10)), 0.1)) == 2


@pytest.mark.parametrize(("width", "count"), [(0.0009, 0), (0.005, 1), (0.4, 1), (0.6, 0)])
def test_strips_between_parcels(width: float, count: int) -> None:
    found = gaps(shapes(box(0, 0, 10, 10), box(10 + width, 0, 10, 10)))
    assert len(found) == count  # under 1 mm × 10 m is rounding, 60 cm lie there on purpose
    if count:
        assert found.measured == pytest.approx([10 * width], rel=0.01)
        assert {int(found.row[0]), int(found.other[0])} == {0, 1}


def test_an_enclosed_strip_and_a_tiling_without_any() -> None:
    whole = [box(0, 0, 10, 10), box(10, 0, 10, 10), box(0, 10, 20, 5)]
    assert not len(gaps(shapes(*whole)))
    cut = area((10.2, 0), (20, 0), (20, 10), (10, 10), (10, 8), (10.2, 8))
    found = gaps(shapes(whole[0], cut, whole[2], box(0, -5, 20, 5)))
    assert found.measured == pytest.approx([0.2 * 8])


def test_registered_area_is_the_base_and_unknown_is_not_compared() -> None:
    given = shapes(*[box(i * 20, 0, 10, 10) for i in range(6)])
    said = np.array([100.0, 95.5, 94.0, 106.0, np.nan, 0.0])
    found = registered_area(given, said)
    assert found.row.tolist() == [2, 3]
    assert found.measured == pytest.approx([100 * 6 / 94, -100 * 6 / 106])


def test_a_building_over_a_line_inside_one_property_is_none() -> None:
    parcels = shapes(box(0, 0, 10, 10), box(10, 0, 10, 10), box(20, 0, 10, 10))
    buildings = shapes(box(6, 2, 8, 5), box(16, 2, 8, 5), box(15.7, 8, 4.7, 2))
    known = building_across_boundary(buildings, parcels, np.array([7, 7, 8]))
    assert list(zip(known.row, known.other, strict=True)) == [(1, 2)]
    assert known.place[0].equals(box(20, 2, 4, 5))
    unknown = building_across_boundary(buildings, parcels, np.array([-1, -1, -1]))
    assert unknown.row.tolist() == [0, 1]  # the third reaches 0.4 m over, which the eaves may do


def test_buildings_and_bbr_find_each_other_by_id_or_place() -> None:
    drawn = shapes(box(0, 0, 10, 10), box(20, 0, 10, 10), box(40, 0, 10, 10), box(60, 0, 2, 2))
    points = shapes(
        shapely.Point(X + 25, Y + 5), None, shapely.Point(X + 71.5, Y + 3), shapely.Point(X + 61, Y + 3)
    )
    without = building_without_record(drawn, np.array([True, False, False, False]), points)
    assert without.row.tolist() == [2]  # the last is too small to be asked after
    missing = record_without_building(points, np.array([False, False, False, False]), drawn)
    assert missing.row.tolist() == [1, 2]
    assert record_without_building(points, np.array([False, True, False, False]), drawn).row.tolist() == [2]


def test_planned_and_gone_buildings_of_bbr_need_no_outline() -> None:
    frames = {
        "building": gpd.GeoDataFrame({"bbr_id": ["a"]}, geometry=[box(0, 0, 10, 10)], crs="EPSG:25832"),
        "building_record": gpd.GeoDataFrame(
            {"register_id": list("bcdef"), "statuskode": [0, 1, 2, 3, 4]},
            geometry=[shapely.Point(X + 50, Y + 50)] * 5,
            crs="EPSG:25832",
        ),
    }
    (found,) = run_checks(frames, ["record_without_building"])
    assert found.faults is not None
    assert found.faults.row.tolist() == [0, 3]


def test_every_check_runs_on_nothing_and_says_so() -> None:
    assert len(checks()) == 9
    assert all(found.faults is None and "no records" in found.not_run for found in run_checks({}))
    frame = gpd.GeoDataFrame({"registered_m2": [None]}, geometry=[box(0, 0, 10, 10)], crs="EPSG:25832")
    told = {found.check.id: found for found in run_checks({"parcel": frame})}
    assert "say nothing of registered_m2" in told["registered_area"].not_run
    assert told["overlaps"].faults is not None


def test_an_unknown_check_is_refused() -> None:
    with pytest.raises(CannotRead, match="no check overlap;"):
        run_checks({}, ["overlap"])
