"""Small situations for tests of rules: a plot, a building, and what an engine run says about it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from permits.engine.rulesets import load
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.rulebook import Ruleset

DISTANCE = "br18.boundary_distance"
PLANE = "br18.sloped_plane"
BOTH = (DISTANCE, PLANE)


def box(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"POLYGON (({x0} {y0}, {x1} {y0}, {x1} {y1}, {x0} {y1}, {x0} {y0}))"


def flat(x0: float, y0: float, x1: float, y1: float, z: float) -> str:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    return "POLYGON Z ((" + ", ".join(f"{x} {y} {z}" for x, y in corners) + "))"


def house(footprint: str | None = box(5, 8, 15, 18), **more: Any) -> dict[str, Any]:
    building = {"id": "h", "role": "primary", "kind": "detached_house", "height": 3.0, **more}
    return building if footprint is None else {**building, "footprint": footprint}


def situation(*buildings: dict[str, Any], **more: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "name": "a test",
        "source": "a test",
        "date": "2026-02-02",
        "zone": "byzone",
        "parcel": {"wkt": box(0, 0, 40, 30)},
        "application": {"work": "new", "buildings": list(buildings)},
        "expect": {DISTANCE: "pass"},
    }
    return case | more


def findings(case: dict[str, Any], rules: tuple[str, ...] = BOTH) -> pd.DataFrame:
    return run(build([case]), rules=rules)


def answer(case: dict[str, Any], rule: str) -> pd.Series:
    table = findings(case, (rule,))
    assert len(table) == 1
    return table.iloc[0]


def moved(case: dict[str, Any], matrix: list[float]) -> dict[str, Any]:
    """The same situation under a plane motion (a, b, d, e, x, y of shapely's affine transformation)."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        if isinstance(value, str) and value.startswith(("POLYGON", "MULTIPOLYGON")):
            shape = shapely.from_wkt(value)
            a, b, d, e, x, y = matrix

            def turn(points: Any) -> Any:
                new = points.copy()
                new[:, 0] = a * points[:, 0] + b * points[:, 1] + x
                new[:, 1] = d * points[:, 0] + e * points[:, 1] + y
                return new

            turned = shapely.transform(shape, turn, include_z=shape.has_z)
            return shapely.to_wkt(turned, rounding_precision=9)
        return value

    return walk(case)


def without(world: World, frame: str, **columns: Any) -> World:
    """The World with columns of one frame overwritten."""
    return world.with_(**{frame: getattr(world, frame).assign(**columns)})


def law(numbers: dict[str, float], version: str = "BR18-2025") -> Ruleset:
    """A version of the law in which some numbers are others, to tell apart numbers that happen to be equal."""
    known = load()[version]
    return Ruleset(known.name, {**known.numbers, **{key: {"value": value} for key, value in numbers.items()}})
