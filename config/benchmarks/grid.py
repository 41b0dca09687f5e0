"""Proposals on a seeded, jittered grid: one property, one house and half a garage each, under one local plan.

Every number is drawn so that each rule that asks houses has both answers to give: walls within and beyond
2.5 m, roofs below and above the sloped plane, heights, storeys, ratios and uses on both sides of their limits.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from permits.engine.world import World

Floats = npt.NDArray[np.float64]

CELL_M: Final = 30.0
_SEED: Final = 20_260_302
_ORIGIN: Final = (600_000.0, 6_150_000.0)
#: Properties of one local plan.
_BLOCK: Final = 100
#: Columns of the grid; a property's number says where it lies, however many there are.
_ACROSS: Final = 1000
_DAY: Final = np.datetime64("2026-03-02", "s")
#: Keys of one property: its edges, buildings and so on are numbered from here.
_ROOM: Final = 8


def grid_world(count: int, first: int = 0) -> World:
    """A World of ``count`` properties, from number ``first``; the same number is always the same property."""
    return World.of(**grid_frames(count, first))


def grid_frames(count: int, first: int = 0) -> dict[str, pd.DataFrame]:
    """The frames of :func:`grid_world`, as rows with any of the World's columns."""
    number = np.arange(first, first + count)
    rng = np.random.default_rng([_SEED, first])
    corners = _corners(number)
    plot = shapely.polygons(np.concatenate([corners, corners[:, :1]], axis=1))
    area = shapely.area(plot)
    house = _Boxes.drawn(rng, corners.mean(axis=1), spread=3.0, size=((8.0, 13.0), (10.0, 16.0)))
    garage_at = np.flatnonzero(rng.random(count) < 0.5)
    garage = _Boxes.drawn(
        rng, corners.mean(axis=1)[garage_at] + (-10.0, 9.0), spread=2.0, size=((3.0, 4.0), (5.0, 8.0))
    )
    standing_at = np.flatnonzero(rng.random(count) < 0.3)
    standing = _Boxes.drawn(
        rng, corners.mean(axis=1)[standing_at] + (10.0, -10.0), spread=1.0, size=((2.0, 3.0), (2.0, 4.0))
    )
    storeys = rng.integers(1, 4, count)
    height = rng.uniform(3.0, 9.5, count)
    buildings = pd.concat(
        [
            pd.DataFrame(
                {
                    "building": number * _ROOM,
                    "site": number,
                    "role": "primary",
                    "kind": rng.choice(
                        ["detached_house", "double_house", "business"], count, p=[0.9, 0.05, 0.05]
                    ),
                    "proposed": True,
                    "dwellings": 1,
                    "storeys": storeys.astype(float),
                    "height_m": height,
                    "floor_m2": house.area_m2 * storeys,
                    "eaves_m": rng.uniform(0.0, 0.9, count),
                    "openings": -1,
                    "basis": "wall",
                    "plot": 1,
                    "parcel": number,
                    "zone": "urban",
                    "geometry": house.outline,
                }
            ),
            pd.DataFrame(
                {
                    "building": number[garage_at] * _ROOM + 1,
                    "site": number[garage_at],
                    "role": "secondary",
                    "kind": "garage",
                    "proposed": True,
                    "storeys": 1.0,
                    "height_m": rng.uniform(2.2, 2.8, len(garage_at)),
                    "floor_m2": garage.area_m2,
                    "openings": rng.integers(-1, 2, len(garage_at)),
                    "basis": "wall",
                    "plot": 1,
                    "parcel": number[garage_at],
                    "zone": "urban",
                    "geometry": garage.outline,
                }
            ),
            pd.DataFrame(
                {
                    "building": number[standing_at] * _ROOM + 2,
                    "site": number[standing_at],
                    "role": "secondary",
                    "kind": "shed",
                    "proposed": False,
                    "storeys": 1.0,
                    "floor_m2": standing.area_m2,
                    "basis": "roof",
                    "plot": 1,
                    "parcel": number[standing_at],
                    "zone": "urban",
                    "geometry": standing.outline,
                }
            ),
        ],
        ignore_index=True,
    )
    plan = number // _BLOCK
    return {
        "sites": pd.DataFrame(
            {
                "site": number,
                "case_key": number,
                "work": "new",
                "applied_on": _DAY,
                "as_of": _DAY,
                "ground_a": 0.0,
                "ground_b": 0.0,
                "ground_c": 10.0,
                "has_land": True,
            }
        ),
        "parcels": pd.DataFrame(
            {
                "parcel": number,
                "site": number,
                "registered_m2": np.round(area),
                "drawn_m2": area,
                "road_m2": 0.0,
                "common_m2": 0.0,
                "plot": 1,
                "share_urban": 1.0,
                "share_summer_house": 0.0,
                "share_rural": 0.0,
                "label": "grid",
                "geometry": plot,
            }
        ),
        "buildings": buildings,
        "facets": _roofs(number, house, height),
        "edges": _edges(number, corners, rng),
        **_plans(number, plan, corners, rng),
        "zones": pd.DataFrame({"site": number, "zone": "urban", "geometry": None}),
        "layers": pd.DataFrame(
            {
                "site": np.tile(number, 4),
                "kind": np.repeat(["plans", "zones", "surroundings", "terrain"], count),
                "state": "found",
                "as_of": _DAY,
            }
        ),
    }


def _corners(number: npt.NDArray[np.int64]) -> Floats:
    """Corners of each property, counter-clockwise, (n, 4, 2); neighbours share them exactly."""
    row, column = number // _ACROSS, number % _ACROSS
    at = np.stack(
        [np.stack([column + dx, row + dy], axis=-1) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))], axis=1
    )
    # A corner's shift hangs on its place alone, so that it is the same seen from all four sides.
    key = (at[..., 0] * 73_856_093) ^ (at[..., 1] * 19_349_663)
    shift = np.stack([(key * 2_654_435_761) % 10_007, (key * 40_503) % 10_009], axis=-1) / 10_009.0 - 0.5
    return np.asarray(np.round(at * CELL_M + shift * CELL_M / 4 + _ORIGIN, 3))


class _Boxes:
    """Turned rectangles."""

    def __init__(self, centre: Floats, along: Floats, half: Floats) -> None:
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        self.centre, self.along, self.across, self.half = centre, along, across, half
        self.area_m2 = 4.0 * half[:, 0] * half[:, 1]
        self.outline = self.part(-1.0, 1.0)

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        centre: Floats,
        *,
        spread: float,
        size: tuple[tuple[float, float], tuple[float, float]],
    ) -> _Boxes:
        count = len(centre)
        turn = rng.normal(0.0, 0.1, count)
        half = np.stack([rng.uniform(low, high, size=count) for low, high in reversed(size)], axis=1) / 2.0
        moved = centre + rng.uniform(-spread, spread, (count, 2))
        return cls(moved, np.stack([np.cos(turn), np.sin(turn)], axis=1), half)

    def part(self, low: float, high: float) -> npt.NDArray[np.object_]:
        """The part between two shares of the half width across."""
        ring = [
            self.centre + self.along * (self.half[:, :1] * u) + self.across * (self.half[:, 1:] * v)
            for u, v in ((-1, low), (1, low), (1, high), (-1, high), (-1, low))
        ]
        return np.asarray(shapely.polygons(np.stack(ring, axis=1)), dtype=object)


def _roofs(number: npt.NDArray[np.int64], house: _Boxes, height: Floats) -> pd.DataFrame:
    """Two sloping planes on each house, with the ridge along it."""
    rise = 0.5
    frames = []
    for side, (low, high) in enumerate(((-1.0, 0.0), (0.0, 1.0))):
        sign = -1.0 if side == 1 else 1.0
        a, b = (house.across * (sign * rise)).T
        frames.append(
            pd.DataFrame(
                {
                    "facet": number * _ROOM + side,
                    "building": number * _ROOM,
                    "a": a,
                    "b": b,
                    "c": height - a * house.centre[:, 0] - b * house.centre[:, 1],
                    "reference": "terrain",
                    "geometry": house.part(low, high),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _edges(number: npt.NDArray[np.int64], corners: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Four stretches a property, the road in the south."""
    lines = shapely.linestrings(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2, 2))
    side = np.tile(np.arange(4), len(number))
    odd = rng.random(len(side)) < 0.01
    return pd.DataFrame(
        {
            "edge": np.repeat(number, 4) * _ROOM + side,
            "site": np.repeat(number, 4),
            "plot": 1,
            "kind": np.where(side == 0, "road", np.where(odd, "unknown", "parcel")),
            "kind_src": "line_class",
            "sigma_m": 0.05,
            "neighbour": -1,
            "width_across_m": np.where(side == 0, 8.0, np.nan),
            "ambiguous": odd,
            "geometry": lines,
        }
    )


def _plans(
    number: npt.NDArray[np.int64], plan: npt.NDArray[np.int64], corners: Floats, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """A local plan over each hundred properties, a sub-area over half of them, building fields in each third plan."""
    low, high = corners.min(axis=1) - 2.0, corners.max(axis=1) + 2.0
    start = np.flatnonzero(np.append(True, plan[1:] != plan[:-1]))
    boxes = shapely.box(*np.minimum.reduceat(low, start).T, *np.maximum.reduceat(high, start).T)
    over = boxes[np.cumsum(np.append(False, plan[1:] != plan[:-1]))]
    part = np.flatnonzero(plan % 2 == 0)
    field = np.flatnonzero(plan % 3 == 0)
    middle = corners[field].mean(axis=1)
    reach = rng.uniform(7.0, 12.0, size=(len(field), 2))
    fields = shapely.box(*(middle - reach).T, *(middle + reach).T)
    split = (low[part, 0] + high[part, 0]) / 2.0
    halves = shapely.box(low[part, 0], low[part, 1], split, high[part, 1])
    key = number * _ROOM

    def rows(level: str, of: Any, offset: int, shapes_: Any, parent: Any) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "area": key[of] + offset,
                "site": number[of],
                "plan": plan[of] * 10 + offset if offset < 2 else key[of],
                "level": level,
                "number": "1",
                "title": "grid",
                "parent": parent,
                "in_force": np.datetime64("2010-01-01", "s"),
                "field_state": "yes" if level == "building_field" else "",
                "use": 11,
                "geometry": shapes_,
            }
        )

    every = np.arange(len(number))
    areas = pd.concat(
        [
            rows("local_plan", every, 0, over, -1),
            rows("sub_area", part, 1, halves, key[part]),
            rows("building_field", field, 2, fields, key[field]),
        ],
        ignore_index=True,
    )
    said = [
        ("max_height", 0, every, np.array([6.5, 8.5])[plan % 2], ""),
        ("max_storeys", 0, every, np.array([1.0, 2.0])[plan % 2], ""),
        ("plot_ratio", 0, every, np.array([25.0, 30.0, 40.0])[plan % 3], "property"),
        ("use", 0, every, np.full(len(number), 11.0), ""),
        ("max_height", 1, part, np.full(len(part), 7.5), ""),
        ("building_field", 0, field, np.full(len(field), 1.0), ""),
    ]
    limits = pd.concat(
        [
            pd.DataFrame(
                {
                    "area": key[of] + offset,
                    "matter": matter,
                    "state": "value",
                    "value": value,
                    "per": per,
                    "clause": "§ 6",
                }
            )
            for matter, offset, of, value, per in said
        ],
        ignore_index=True,
    )
    uses = pd.DataFrame({"area": np.tile(key, 2), "code": np.repeat([1110, 1120], len(number))})
    return {"areas": areas, "limits": limits, "uses": uses}
