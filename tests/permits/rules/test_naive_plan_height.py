"""plan.height against a reference written for clarity: one house, one plan area and one part of a roof at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.world import World
from permits.rules.plan_height import RULE
from tests.permits.rules.ragged import ragged

LAW = load()["BR18-2025"]
LAND = shapely.box(-50, -50, 50, 50)
SIZES = [100, pytest.param(300, marks=pytest.mark.slow), pytest.param(5_000, marks=pytest.mark.slow)]

GRID_M = 1e-8

Plane = tuple[float, float, float]


class House(NamedTuple):
    """A house under a local plan with sub-areas, each with its own limit."""

    outline: Any
    roof: list[tuple[Any, Plane]]
    height: float
    plan_limit: float
    parts: list[tuple[Any, float]]


def houses(rng: np.random.Generator, size: int) -> list[House]:
    """Ragged houses under none to three ragged sub-areas; roofs cover all, one side, or nothing."""
    made = []
    for _ in range(size):
        outline = ragged(rng, 6.0, rng.uniform(-3, 3, 2))
        angle, off = rng.uniform(0, np.pi), rng.uniform(-3, 3)
        half = shapely.affinity.rotate(shapely.box(-100, -100, off, 100), np.degrees(angle), origin=(0, 0))
        sides = [outline.intersection(half), outline.difference(half)][: int(rng.integers(0, 3))]
        roof = [
            (piece, (*rng.uniform(-0.5, 0.5, 2).tolist(), float(rng.uniform(3, 8))))
            for side in sides
            for piece in shapely.get_parts(side)
            if piece.geom_type == "Polygon" and piece.area > 0.5
        ]
        centres = rng.uniform(-5, 5, (int(rng.integers(0, 4)), 2))
        parts = [(ragged(rng, 8.0, centre), float(rng.choice([4.0, 6.0, 8.5]))) for centre in centres]
        made.append(House(outline, roof, float(rng.uniform(2, 9)), 5.0, parts))
    return made


def deep(shape: Any) -> list[Any]:
    """Connected polygons of a shape."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0.0]


def top(house: House, place: Any) -> float:
    """Highest part of the house within a place, in metres."""
    heights, bare = [], place
    for facet, (a, b, c) in house.roof:
        # On a fine grid: without one GEOS loses overlaps of shapes that share a side but for float noise.
        for part in deep(shapely.intersection(facet, place, grid_size=GRID_M)):
            heights += [a * x + b * y + c for x, y in shapely.get_coordinates(part).tolist()]
        bare = shapely.difference(bare, facet, grid_size=GRID_M)
    whole = house.height if bare.area > max(0.01, 0.05 * place.length / 2) else -np.inf
    highest = max([*heights, whole])
    return highest if highest >= 0.0 else np.nan


def cells(house: House) -> Iterator[tuple[list[int], Any]]:
    """What lies under one and the same sub-areas, none among them, piece by piece."""
    count = len(house.parts)
    for number in range(2**count):
        over = [k for k in range(count) if number >> k & 1]
        rest = house.outline
        for k, (shape, _) in enumerate(house.parts):
            rest = rest.intersection(shape) if k in over else rest.difference(shape)
        for piece in deep(rest):
            yield over, piece


def reference(house: House) -> dict[tuple[int, str], float] | None:
    """Outcome and height by plan area (-1 = the local plan itself); ``None`` where a cell is shallow."""
    told: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for over, piece in cells(house):
        if piece.area < 0.05 or 2 * piece.area / piece.length < 0.12:
            return None
        height = top(house, piece)
        said = [(k, house.parts[k][1]) for k in over] or [(-1, house.plan_limit)]
        differ = len({limit for _, limit in said}) > 1
        for area, limit in said:
            if np.isnan(height):
                outcome = "needs_manual missing_data"
            elif height > limit + 0.0005:
                outcome = "needs_dispensation "
            else:
                outcome = "needs_manual legal_text" if differ else "pass "
            told.setdefault((area, outcome), []).append((limit - height, height))
    return {key: min(rows)[1] for key, rows in told.items()}


def world_of(made: list[House]) -> World:
    size = len(made)
    parts = [(k, shape, limit) for k, house in enumerate(made) for shape, limit in house.parts]
    facets = [(k, shape, plane) for k, house in enumerate(made) for shape, plane in house.roof]
    areas = pd.DataFrame(
        {
            "area": range(size + len(parts)),
            "site": [*range(size), *(k for k, _, _ in parts)],
            "level": ["local_plan"] * size + ["sub_area"] * len(parts),
            "parent": [-1] * size + [k for k, _, _ in parts],
            "geometry": [LAND] * size + [shape for _, shape, _ in parts],
        }
    )
    limits = pd.DataFrame(
        {
            "area": areas["area"],
            "matter": "max_height",
            "state": "value",
            "value": [house.plan_limit for house in made] + [limit for _, _, limit in parts],
        }
    )
    return World.of(
        sites=pd.DataFrame({"site": range(size), "as_of": pd.Timestamp("2026-03-01")}),
        buildings=pd.DataFrame(
            {
                "building": range(size),
                "site": range(size),
                "role": "primary",
                "kind": "detached_house",
                "proposed": True,
                "height_m": [house.height for house in made],
                "geometry": [house.outline for house in made],
            }
        ),
        facets=pd.DataFrame(
            {
                "facet": range(len(facets)),
                "building": [k for k, _, _ in facets],
                "reference": "terrain",
                **{name: [plane[at] for _, _, plane in facets] for at, name in enumerate("abc")},
                "geometry": [shape for _, shape, _ in facets],
            }
        ),
        areas=areas,
        limits=limits,
    )


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference(size: int) -> None:
    made = houses(np.random.default_rng(11), size)
    first = np.cumsum([0, *(len(house.parts) for house in made)])
    table = RULE.check(prepare(world_of(made)), LAW)
    found = dict(iter(table.groupby("building")))
    sure, seen = 0, set()
    for k, house in enumerate(made):
        expected = reference(house)
        if expected is None:
            continue
        sure += 1
        rows = found[k]
        own = np.where(rows["area"] < size, -1, rows["area"] - size - first[k])
        said = (rows["outcome"] + " " + rows["reason"]).tolist()
        answer = dict(zip(zip(own.tolist(), said, strict=True), rows["measured"].tolist(), strict=True))
        assert set(answer) == set(expected), k
        for key, height in expected.items():
            assert answer[key] == pytest.approx(height, abs=1e-6, nan_ok=True), (k, key)
        seen |= {outcome for _, outcome in expected}
    assert sure > size / 2
    assert {"needs_dispensation ", "needs_manual legal_text", "pass "} <= seen
