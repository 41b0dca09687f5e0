"""Which boundaries a building is measured to, and what of it is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.world import World
from permits.rules.parts.boundary import boundaries, boundary_lines, measurable, nearest, outlines, plot_key

LINE = shapely.LineString([(0, 0), (0, 20)])


def edge(kind: str = "parcel", line: Any = LINE, plot: int = 1, **more: Any) -> dict[str, Any]:
    return {"site": 0, "plot": plot, "kind": kind, "geometry": line, **more}


def ground(*edges: dict[str, Any], buildings: list[dict[str, Any]] | None = None, **more: Any) -> World:
    rows = [{"edge": k, **row} for k, row in enumerate(edges)]
    standing = [{"site": 0, "plot": 1, "building": k, **row} for k, row in enumerate(buildings or [])]
    return World.of(edges=pd.DataFrame(rows), buildings=pd.DataFrame(standing), **more)


def test_plots_of_different_sites_have_different_keys_and_no_plot_has_minus_one() -> None:
    table = pd.DataFrame({"site": [0, 0, 1, 1, 2, 5, 5], "plot": [1, 2, 1, 2, -1, 0, 1]})
    key = plot_key(table)
    assert (key == -1).tolist() == [False, False, False, False, True, True, False]
    assert len(set(key.tolist())) == 6
    wide = plot_key(pd.DataFrame({"site": np.repeat([0, 1], 99_999), "plot": [*range(1, 100_000)] * 2}))
    assert len(np.unique(wide)) == 2 * 99_999


def test_stretches_of_the_asked_kinds() -> None:
    kinds = ("parcel", "path", "road", "water", "unknown")
    world = ground(*(edge(kind) for kind in kinds))
    assert boundaries(world).row.tolist() == [0, 1, 4]
    assert boundaries(world, ("road",)).row.tolist() == [2]
    # What was asked first does not answer for what is asked later.
    assert boundaries(world).row.tolist() == [0, 1, 4]
    assert boundaries(world) is boundaries(world)
    assert boundary_lines(world) is boundary_lines(world)
    assert boundary_lines(world, ("road",)).edge.tolist() == [2]


def test_a_kind_that_could_be_another_is_ambiguous() -> None:
    world = ground(edge(), edge(ambiguous=True), edge("unknown"), edge("unknown", ambiguous=True))
    assert boundaries(world).ambiguous.tolist() == [False, True, True, True]
    assert boundary_lines(world).ambiguous.tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    ("shape", "sound"),
    [
        (LINE, True),
        (shapely.LinearRing([(0, 0), (0, 5), (5, 5)]), True),
        (shapely.MultiLineString([LINE, [(3, 3), (4, 4)]]), True),
        (shapely.Point(0, 0), False),
        (shapely.box(0, 0, 1, 1), False),
        (shapely.MultiPoint([(0, 0), (1, 1)]), False),
        (shapely.LineString(), False),
        (None, False),
        (shapely.LineString([(0, 0), (np.inf, 3)]), False),
    ],
    ids=lambda value: getattr(value, "geom_type", str(value)),
)
def test_what_is_a_boundary(shape: Any, sound: bool) -> None:
    house = [{"geometry": shapely.box(5, 5, 9, 9)}]
    alone, other = (
        ground(edge(line=shape), buildings=house),
        ground(edge(), edge(line=shape), buildings=house),
    )
    rows = np.array([0])
    assert len(boundaries(alone).row) == sound
    assert measurable(alone, rows).land.tolist() == [sound]
    assert measurable(other, rows).land.tolist() == [True]
    assert measurable(other, rows).whole.tolist() == [sound]
    # A stretch of a kind that nobody asks about may be as broken as it likes.
    assert measurable(ground(edge(), edge("road", shape), buildings=house), rows).whole.tolist() == [True]


def test_stretch_on_no_plot_bounds_nothing() -> None:
    world = ground(edge(plot=0), edge(plot=-1), buildings=[{"geometry": LINE.buffer(1), "plot": -1}])
    assert boundaries(world).row.tolist() == []
    assert measurable(world, np.array([0])).land.tolist() == [False]


def test_outline_and_land_both_have_to_be_known() -> None:
    here = [{"geometry": shapely.box(5, 5, 9, 9)}, {"geometry": None}]
    away = [{**row, "plot": 2} for row in here]
    seen = measurable(ground(edge(), buildings=[*here, *away]), np.arange(4))
    assert seen.outline.tolist() == [True, False, True, False]
    assert seen.land.tolist() == [True, True, False, False]
    assert seen.both.tolist() == [True, False, False, False]


def test_nearest_of_certain_and_of_uncertain_stretches() -> None:
    far, close = shapely.LineString([(-3, 0), (-3, 20)]), shapely.LineString([(1, 0), (1, 20)])
    rows = [edge(line=far), edge(), edge("unknown", far), edge("unknown", close), edge("road", close)]
    boxes = [{"geometry": shapely.box(x, 5, x + 4, 9)} for x in (3, 5)]
    found = nearest(ground(*rows, buildings=boxes), np.array([1, 0]))
    assert found.building.tolist() == [0, 0, 1, 1]
    assert found.ambiguous.tolist() == [False, True, False, True]
    assert found.distance_m.tolist() == [5.0, 4.0, 3.0, 2.0]
    assert found.edge.tolist() == [1, 3, 1, 3]
    # Of two that are equally near the first is told.
    twins = ground(edge("path"), edge("parcel"), buildings=boxes)
    assert nearest(twins, np.array([0])).edge.tolist() == [0]
    one_each = ground(edge("unknown"), edge(plot=2), buildings=[boxes[0], {**boxes[1], "plot": 2}])
    found = nearest(one_each, np.array([0, 1]))
    assert (found.building.tolist(), found.edge.tolist()) == ([0, 1], [0, 1])


@pytest.mark.parametrize(
    ("eaves", "overhang"),
    [(0.7, 0.7), (0.0, 0.0), (-0.5, 0.0), (np.nan, 0.0), (np.inf, 0.0), (-np.inf, 0.0)],
)
def test_eaves_that_are_none_reach_nowhere(eaves: float, overhang: float) -> None:
    world = ground(buildings=[{"geometry": shapely.box(5, 5, 9, 9), "eaves_m": eaves}])
    assert outlines(world)[1].tolist() == [overhang]


def test_a_building_without_walls_is_its_roof() -> None:
    foot, roof = shapely.box(5, 5, 9, 9), shapely.box(4, 4, 10, 10)
    rows = [
        {"geometry": foot, "kind": "carport", "eaves_m": 0.4},
        {"geometry": foot, "kind": "garage", "eaves_m": 0.4},
        {"geometry": None, "kind": "covered_terrace", "eaves_m": 0.4},
        {"geometry": foot, "kind": "carport", "eaves_m": 0.4},
        {"geometry": shapely.Point(1, 1), "kind": "garage"},
    ]
    halves = [shapely.box(4, 4, 7, 10), shapely.box(7, 4, 10, 10)]
    facets = [{"building": k, "geometry": half} for k in (0, 1, 2) for half in halves]
    facets.append({"building": 3, "geometry": None})
    world = ground(buildings=rows, facets=pd.DataFrame([{"facet": k, **f} for k, f in enumerate(facets)]))
    found, eaves = outlines(world)
    assert [None if shape is None else shape.area for shape in found] == [36.0, 16.0, 36.0, 16.0, None]
    assert found[0].equals(roof)
    assert eaves.tolist() == [0.0, 0.4, 0.0, 0.4, 0.0]
    assert outlines(world)[0] is found


def test_outlines_are_flat() -> None:
    raised = shapely.force_3d(shapely.box(5, 5, 9, 9), 3.0)
    found = outlines(ground(buildings=[{"geometry": raised}]))[0]
    assert not found[0].has_z
