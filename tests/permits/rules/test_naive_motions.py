"""Moving, turning, mirroring and re-ordering ragged places changes no verdict, and on the edge both are flagged."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.run import run
from permits.engine.world import World
from permits.rulebook import FLAGS
from tests.permits.rules import test_naive_distances, test_naive_planes, test_naive_secondary
from tests.permits.rules.places import Building, Edge, Place, world_of

RULES = (
    "br18.boundary_distance",
    "br18.sloped_plane",
    "br18.road_side",
    "br18.raised_area",
    "br18.secondary_height",
    "br18.secondary_length",
    "br18.secondary_openings",
    "br18.summer_house_clear_strip",
    "br18.summer_house_distance",
)
#: Angle, mirror (-1) or not, and where to: into a corner of the country in grid metres.
MOTIONS = [(0.7, 1.0), (2.1, -1.0)]
FAR = np.array([720_000.0, 6_170_000.0])
#: What the height plane allows in the rim of a strip of 2.5 m and of 5 m along neighbour boundaries.
RIM_LIMITS_M = np.array([1.4 * 2.5, 1.4 * 5.0])


def moved(world: World, angle: float, mirror: float) -> World:
    """The same places turned, mirrored and moved, and every table upside down."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s * mirror], [s, c * mirror]])

    def shapes(table: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return shapely.transform(
                np.array(table.geometry.array, dtype=object), lambda xy: xy @ turn.T + FAR
            )

    def planes(table: Any, names: tuple[str, str, str]) -> dict[str, Any]:
        with np.errstate(invalid="ignore"):
            slope = table[list(names[:2])].to_numpy() @ turn.T
            level = table[names[2]].to_numpy() - slope @ FAR
        return dict(zip(names, (*slope.T, level), strict=True))

    lines = shapes(world.edges)
    tables = {
        "sites": world.sites.assign(**planes(world.sites, ("ground_a", "ground_b", "ground_c"))),
        "parcels": world.parcels.assign(geometry=shapes(world.parcels)),
        "buildings": world.buildings.assign(geometry=shapes(world.buildings)),
        "facets": world.facets.assign(geometry=shapes(world.facets), **planes(world.facets, ("a", "b", "c"))),
        # The plot stays on the left of its boundary.
        "edges": world.edges.assign(geometry=shapely.reverse(lines) if mirror < 0.0 else lines),
    }
    return world.with_(**{name: pd.DataFrame(table).iloc[::-1] for name, table in tables.items()})


def answers(world: World, rules: tuple[str, ...] = RULES) -> pd.DataFrame:
    return run(world, rules=rules).set_index(["rule", "site", "building"]).sort_index()


def hold(still: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same verdicts, or both flagged."""
    assert still.index.equals(other.index)
    flagged = (still["flags"] & other["flags"] & FLAGS["within_tolerance"]) > 0
    for name in ("outcome", "reason"):
        assert still.index[(still[name] != other[name]) & ~flagged].tolist() == []
    same = (still["outcome"] == other["outcome"]) & (still["reason"] == other["reason"])
    gap = (still["margin"] - other["margin"]).abs()[same]
    # Roofs without walls are put together on a grid of a micrometre, which turns with nothing. Where a side of a roof
    # lies in the rim of a strip, the tip between the two is thinner than that long before it ends.
    rims = RIM_LIMITS_M[:, None]
    in_rim = (np.abs(rims - still["limit"].to_numpy()) < 1e-5).any(axis=0)
    in_rim &= (np.abs(rims - other["limit"].to_numpy()) < 1e-5).any(axis=0)
    assert still.index[same][gap > np.where(in_rim[same], 5e-3, 5e-6)].tolist() == []
    assert ((gap > 5e-6) & in_rim[same]).mean() < 1e-4
    assert (still["margin"].isna() == other["margin"].isna())[same].all()


@pytest.mark.parametrize("size", [20, *(pytest.param(n, marks=pytest.mark.slow) for n in (60, 5_000))])
@pytest.mark.parametrize(("angle", "mirror"), MOTIONS)
@pytest.mark.parametrize("module", [test_naive_distances, test_naive_planes, test_naive_secondary])
def test_motions(module: Any, angle: float, mirror: float, size: int) -> None:
    world = world_of(module.places(size))
    hold(answers(world), answers(moved(world, angle, mirror)))


@pytest.mark.parametrize(("angle", "mirror"), MOTIONS)
def test_a_side_along_the_rim_of_the_strip_adds_nothing(angle: float, mirror: float) -> None:
    west = shapely.LineString([(-8, 7.25), (-8, -7.25), (-2.28, -7.25)])
    drawn = shapely.box(-5.25, -2.25, -0.75, 0.75)
    # Its lower side is 5 m from the line below it, which is where the strip ends; it reaches into that on the left.
    port = Building("secondary", "carport", drawn, height=5.0, roof=[(drawn, (0.2, -0.1, 3.0))])
    world = world_of([Place("BR18-2025", "summer_house", [port], [Edge(1, "parcel", west)])])
    still = answers(world, ("br18.secondary_height",))
    assert still["measured"].tolist() == pytest.approx([3.0 - 0.2 * 3.0 + 0.1 * 2.25])
    hold(still, answers(moved(world, angle, mirror), ("br18.secondary_height",)))


def _square(shape: Any, kind: str) -> list[Edge]:
    corners = list(shapely.orient_polygons(shape).exterior.coords)
    return [Edge(1, kind, shapely.LineString(pair), width=8.0) for pair in itertools.pairwise(corners)]


def on_the_edge(rng: np.random.Generator, slip: float) -> list[Place]:
    """Places where a rule turns within a micrometre: 0.0005 short of its limit, give or take the slip."""
    plot = shapely.box(0, 0, 60, 50)

    def place(zone: str, b: Building, kind: str = "parcel", version: str = "BR18-2025") -> Place:
        house = Building("primary", "detached_house", shapely.box(25, 20, 30, 25), proposed=False)
        return Place(version, zone, [b, house], _square(plot, kind), land=[plot])

    def at(wall: float, **more: Any) -> Any:
        return shapely.box(wall - 0.0005 + rng.uniform(-slip, slip), 12, 14, more.get("top", 20))

    def shed(wall: float, height: float = 2.4, **more: Any) -> Building:
        return Building("secondary", "shed", at(wall, **more), height=height, openings=1)

    roofed = Building("primary", "detached_house", shapely.box(3, 12, 14, 20))
    high = 4.2 + 0.0005 + rng.uniform(-slip, slip)
    roofed.roof = [(roofed.footprint, (0.3, 0.1, high - 0.9 - 2.0))]
    street = Building("primary", "detached_house", shapely.box(3, 12, 14, 20))
    street.roof = [(street.footprint, (0.1, 0.0, 4.4 + 0.0005 + rng.uniform(-slip, slip) - 0.3))]
    tall = Building("secondary", "shed", shapely.box(1, 12, 6, 16), openings=0)
    tall.roof = [(tall.footprint, (0.1, 0.0, 2.25 + 0.0005 + rng.uniform(-slip, slip)))]
    long = Building(
        "secondary", "shed", shapely.box(1, 12, 6, 24.0005 + rng.uniform(-slip, slip)), height=2.0
    )
    return [
        place("urban", Building("primary", "detached_house", at(2.5))),
        place("summer_house", Building("primary", "summer_house", at(5.0))),
        place("urban", Building("raised_area", "pool", at(2.5), height=1.0)),
        place("urban", Building("primary", "detached_house", at(2.5)), "road"),
        place("urban", shed(2.5, 3.0)),
        place("urban", shed(2.5, 3.0, top=30)),
        place("summer_house", shed(2.5)),
        place("", shed(5.0, 3.0)),
        place("urban", roofed),
        place("urban", street, "road", "BR18-2021"),
        place("urban", tall),
        place("urban", long),
    ]


@pytest.mark.parametrize(("angle", "mirror"), MOTIONS)
def test_on_the_edge_both_are_flagged(angle: float, mirror: float) -> None:
    rng = np.random.default_rng(9)
    world = world_of([place for _ in range(10) for place in on_the_edge(rng, 2e-9)])
    still, other = answers(world), answers(moved(world, angle, mirror))
    hold(still, other)
    # Who is on the edge knows it, whatever was said; each of these places has a rule for which it is.
    asked = {
        0: ["br18.boundary_distance"],
        1: ["br18.summer_house_distance"],
        2: ["br18.raised_area"],
        3: ["br18.road_side"],
        4: ["br18.boundary_distance", "br18.secondary_height", "br18.secondary_openings"],
        5: ["br18.secondary_length"],
        6: ["br18.summer_house_clear_strip"],
        7: ["br18.secondary_height", "br18.secondary_length"],
        8: ["br18.sloped_plane"],
        9: ["br18.road_side"],
        10: ["br18.secondary_height"],
        11: ["br18.secondary_length"],
    }
    for table in (still, other):
        flagged = (table["flags"] & FLAGS["within_tolerance"]) > 0
        for number, rules in asked.items():
            for rule in rules:
                sites = flagged.loc[rule]
                mine = sites[sites.index.get_level_values("site") % len(asked) == number]
                assert len(mine) == 10
                assert mine.all(), (number, rule)


def test_a_hair_off_the_edge_nothing_is_flagged() -> None:
    rng = np.random.default_rng(9)
    world = world_of([place for _ in range(4) for place in on_the_edge(rng, 1e-5)])
    flags = answers(world)["flags"]
    assert 0 < (flags > 0).mean() < 0.2
