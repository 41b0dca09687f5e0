"""Areas that fill an extent are told from their sides; nothing else is taken for it."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from gml.validate.outline import outlines


def fills(extent: object, *parts: object) -> bool:
    numbers = outlines(np.array([extent, *parts], dtype=object)).tolist()
    return bool(sum(numbers[1:]) % 2**64 == numbers[0])


LEFT, RIGHT = box(0, 0, 1, 1), box(1, 0, 2, 1)
BOTH = Polygon([(1, 1), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1)])


def test_neighbours_that_share_their_nodes_fill_what_is_around_them() -> None:
    assert fills(BOTH, LEFT, RIGHT)
    assert fills(shapely.reverse(BOTH), RIGHT, shapely.reverse(LEFT))
    assert fills(MultiPolygon([LEFT, box(5, 5, 6, 6)]), box(5, 5, 6, 6), LEFT)


def test_holes_are_filled_or_stay_open() -> None:
    hole = [(1, 1), (2, 1), (2, 2), (1, 2)]
    ring = Polygon(box(0, 0, 3, 3).exterior, [hole])
    assert fills(box(0, 0, 3, 3), ring, box(1, 1, 2, 2))
    assert fills(ring, ring)
    assert not fills(box(0, 0, 3, 3), ring)
    assert not fills(ring, box(0, 0, 3, 3))


def test_gaps_overlaps_and_other_nodes_are_no_filling() -> None:
    assert not fills(BOTH, LEFT)
    assert not fills(BOTH, LEFT, box(1, 0, 2.001, 1))
    assert not fills(BOTH, LEFT, RIGHT, RIGHT)
    assert not fills(BOTH, BOTH, LEFT)
    assert not fills(box(0, 0, 2, 1), LEFT, RIGHT), (
        "nodes that the extent has not got are for others to judge"
    )


def test_a_lattice_of_many_areas() -> None:
    rng = np.random.default_rng(5)
    nodes = np.stack(np.meshgrid(np.arange(21.0), np.arange(21.0)), axis=-1)
    nodes += np.array([7e5, 6.2e6]) + rng.uniform(-0.3, 0.3, nodes.shape)
    cells = [
        Polygon([nodes[i, k], nodes[i, k + 1], nodes[i + 1, k + 1], nodes[i + 1, k]])
        for i in range(20)
        for k in range(20)
    ]
    rim = [*nodes[0], *nodes[1:, -1], *nodes[-1, -2::-1], *nodes[-2:0:-1, 0]]
    assert fills(Polygon(rim), *cells)
    assert not fills(Polygon(rim), *cells[1:])
    cells[7] = shapely.transform(cells[7], lambda xy: np.round(xy, 6))
    assert not fills(Polygon(rim), *cells)
