"""site.inside_parcel: pieces that count, own inner lines, bad land and bad footprints, a naive reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from permits.engine.rulesets import load
from permits.engine.world import World
from permits.examples import check, read
from permits.rulebook import FLAGS, worst
from permits.rules.site_inside_parcel import RULE
from tests import tier
from tests.permits.rules.ragged import naive_pieces, ragged
from tests.permits.shared import shared_cases

LAW = load()["BR18-2025"]
CASES = Path(__file__).parents[1] / "cases" / "site_inside_parcel.yaml"
BOW = shapely.from_wkt("POLYGON ((0 0, 20 20, 20 0, 0 20, 0 0))")


def place(footprint: Any, *land: Any, sigma: float = 0.0, **building: Any) -> World:
    """One new building on a property of some parcels."""
    row = {"building": 4, "site": 0, "role": "primary", "proposed": True, "geometry": footprint, **building}
    edges = [
        {"edge": k, "site": 0, "plot": 1, "kind": "parcel", "sigma_m": sigma, "geometry": shape.exterior}
        for k, shape in enumerate(land)
        if shape is not None and sigma
    ]
    return World.of(
        sites=pd.DataFrame([{"site": 0, "work": "new"}]),
        parcels=pd.DataFrame([{"parcel": k, "site": 0, "geometry": shape} for k, shape in enumerate(land)]),
        buildings=pd.DataFrame([row]),
        edges=pd.DataFrame(edges),
    )


def answer(world: World) -> Any:
    table = RULE.check(world, LAW)
    assert set(table["rule"]) == {RULE.id}
    return worst(table).iloc[0]


def test_own_cases() -> None:
    results = check(read([CASES]), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert len(results) == 5


@pytest.mark.samples
def test_shared_cases() -> None:
    results = check(shared_cases(), [RULE.id])
    assert [r.line() for r in results if r.disagreements] == []
    assert results


@pytest.mark.parametrize(
    ("over", "outcome", "near"),
    [
        (0.0, "pass", 0),
        (0.0004, "pass", 0),
        (0.04, "pass", 1),
        (0.06, "needs_manual", 0),
        (2.0, "needs_manual", 0),
    ],
)
def test_only_what_is_deep_counts(over: float, outcome: str, near: int) -> None:
    found = answer(place(shapely.box(5, 5, 20 + over, 15), shapely.box(0, 0, 20, 20)))
    assert (found["outcome"], found["flags"]) == (outcome, near * FLAGS["near_line"])
    assert found["measured"] == pytest.approx(10 * over if outcome == "needs_manual" else 0.0)
    assert found["reason"] == ("assessment" if outcome == "needs_manual" else "")
    assert found["margin"] == -found["measured"]


def test_worst_point_lies_in_the_part_outside() -> None:
    found = answer(place(shapely.box(5, 5, 22, 15), shapely.box(0, 0, 20, 20)))
    assert 20.0 < found["x"] < 22.0
    assert 5.0 < found["y"] < 15.0


def test_gap_between_own_parcels_that_is_float_noise() -> None:
    halves = shapely.box(0, 0, 10 - 3e-9, 20), shapely.box(10, 0, 20, 20)
    found = answer(place(shapely.box(5, 5, 15, 15), *halves))
    assert (found["outcome"], found["flags"]) == ("pass", 0)


@pytest.mark.parametrize("footprint", [None, shapely.Polygon(), BOW, shapely.Point(3, 3)])
def test_footprint_that_cannot_be_measured(footprint: Any) -> None:
    found = answer(place(footprint, shapely.box(0, 0, 20, 20)))
    assert (found["outcome"], found["reason"]) == ("needs_manual", "missing_data")
    assert np.isnan(found["measured"])


@pytest.mark.parametrize("land", [(), (None,), (shapely.Polygon(),), (BOW,)])
def test_land_that_cannot_be_measured(land: tuple[Any, ...]) -> None:
    found = answer(place(shapely.box(1, 1, 2, 2), *land))
    assert (found["outcome"], found["reason"], found["flags"]) == ("needs_manual", "missing_data", 0)


def test_bad_parcel_matters_only_where_it_could_help() -> None:
    good = shapely.box(0, 0, 20, 20)
    assert answer(place(shapely.box(1, 1, 5, 5), good, BOW))["outcome"] == "pass"
    assert answer(place(shapely.box(15, 1, 25, 5), good, BOW))["reason"] == "missing_data"


def test_three_dimensions_are_no_matter() -> None:
    raised = shapely.from_wkt("POLYGON Z ((5 5 9, 22 5 9, 22 15 9, 5 15 9, 5 5 9))")
    assert answer(place(raised, shapely.box(0, 0, 20, 20)))["measured"] == pytest.approx(20.0)


@pytest.mark.parametrize(("sigma", "flag"), [(0.0, 0), (0.5, 0), (2.0, FLAGS["within_tolerance"])])
def test_shallower_than_the_boundary_is_known(sigma: float, flag: int) -> None:
    found = answer(place(shapely.box(5, 5, 21, 15), shapely.box(0, 0, 20, 20), sigma=sigma))
    assert (found["outcome"], found["flags"]) == ("needs_manual", flag)


def test_what_stands_is_not_asked() -> None:
    found = answer(place(shapely.box(5, 5, 22, 15), shapely.box(0, 0, 20, 20), proposed=False))
    assert (found["outcome"], found["building"]) == ("not_applicable", -1)


def test_nothing_at_all() -> None:
    assert RULE.check(World.of(), LAW).empty


@pytest.fixture(scope="module")
def many() -> tuple[World, list[Any], list[list[Any]]]:
    """Properties of one to three ragged parcels, with a ragged building each."""
    rng = np.random.default_rng(11)
    houses, lands = [], []
    for _ in range(tier.cases(5_000, fast=500)):
        land = [ragged(rng, 12.0, centre) for centre in rng.uniform(-8, 8, (int(rng.integers(1, 4)), 2))]
        houses.append(ragged(rng, 6.0, rng.uniform(-8, 8, 2)))
        lands.append(land)
    size = len(houses)
    world = World.of(
        sites=pd.DataFrame({"site": np.arange(size), "work": "new"}),
        parcels=pd.DataFrame(
            [{"parcel": 0, "site": k, "geometry": shape} for k, land in enumerate(lands) for shape in land]
        ),
        buildings=pd.DataFrame(
            {
                "building": np.arange(size),
                "site": np.arange(size),
                "role": "primary",
                "proposed": True,
                "geometry": houses,
            }
        ),
    )
    return world, houses, lands


def test_naive_reference(many: tuple[World, list[Any], list[list[Any]]]) -> None:
    world, houses, lands = many
    table = RULE.check(world, LAW).set_index("building").sort_index()
    kinds = set()
    for k, (house, land) in enumerate(zip(houses, lands, strict=True)):
        expected = sum(naive_pieces(house, land))
        assert table["measured"].iloc[k] == pytest.approx(expected, abs=1e-4), k
        assert table["outcome"].iloc[k] == ("needs_manual" if expected else "pass"), k
        kinds.add((bool(expected), bool(table["flags"].iloc[k])))
    assert len(kinds) >= 3


@pytest.mark.parametrize("angle", [0.3, 1.9])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_motions(many: tuple[World, list[Any], list[list[Any]]], angle: float, mirror: float) -> None:
    world = many[0]
    first = np.arange(300)
    still = world.select(first)
    c, s = np.cos(angle), np.sin(angle)

    def turn(points: Any) -> Any:
        x, y = points[:, 0], points[:, 1] * mirror
        return np.stack([c * x - s * y + 721_000.0, s * x + c * y + 6_170_000.0], axis=1)

    moved = still.with_(
        parcels=still.parcels.assign(geometry=shapely.transform(still.parcels.geometry.to_numpy(), turn)),
        buildings=still.buildings.assign(
            geometry=shapely.transform(still.buildings.geometry.to_numpy(), turn)
        ).iloc[::-1],
    )
    a, b = (RULE.check(w, LAW).set_index("building").sort_index() for w in (still, moved))
    np.testing.assert_allclose(a["measured"], b["measured"], atol=1e-4)
    assert (a["outcome"] == b["outcome"]).all()


def test_sliver_without_a_property_is_not_inside_of_anything() -> None:
    sliver = shapely.box(2, 2, 2.05, 6)
    assert answer(place(sliver, shapely.box(0, 0, 20, 20)))["outcome"] == "pass"
    assert answer(place(sliver))["reason"] == "missing_data"


#: Width of a piece 10 m long that is 0.05 m deep: 2 × area / perimeter.
TURNS = 0.05 * 10.0 / (10.0 - 0.05)


@pytest.mark.parametrize(
    ("slip", "flagged", "outcome"),
    [
        (-1e-4, False, "pass"),
        (-1e-6, True, "pass"),
        (1e-6, True, "needs_manual"),
        (1e-4, False, "needs_manual"),
    ],
)
@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_a_micrometre_from_counting_is_told(slip: float, flagged: bool, outcome: str, angle: float) -> None:
    shapes = [shapely.box(5, 5, 15 + TURNS + slip, 15), shapely.box(0, 0, 15, 40)]
    world = place(*(shapely.affinity.rotate(s, angle, origin=(0, 0)) for s in shapes))
    found = answer(world)
    assert found["outcome"] == outcome
    assert bool(found["flags"] & FLAGS["within_tolerance"]) is flagged
