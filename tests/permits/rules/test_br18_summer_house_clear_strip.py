from __future__ import annotations

import numpy as np
import pytest
import shapely

from permits.engine.run import run
from permits.example_world import build
from tests.permits.rules.secondary import STRIP, nowhere, road, shed, summer
from tests.permits.situations import answer, box, flat, house, situation


@pytest.mark.parametrize(
    ("wall", "reason"),
    [(6.0, ""), (2.5, ""), (2.4995, ""), (2.4994, "overall_assessment"), (0.0, "overall_assessment")],
)
def test_nothing_within_two_and_a_half_metres(wall: float, reason: str) -> None:
    found = answer(summer(shed(box(wall, 8, wall + 3, 12))), STRIP)
    assert (found["reason"], found["limit"]) == (reason, 2.5)
    assert found["measured"] == pytest.approx(wall)


def test_carport_is_measured_from_its_roof_and_eaves_beyond_half_a_metre_count() -> None:
    port = shed(box(3, 8, 6, 12), kind="carport", roof=[flat(2.4, 8, 6, 12, 2.3)])
    assert answer(summer(port), STRIP)["measured"] == pytest.approx(2.4)
    assert answer(summer(shed(box(3, 8, 6, 12), eaves_overhang=1.2)), STRIP)["measured"] == pytest.approx(2.3)


def test_the_road_is_another_rule() -> None:
    case = summer(shed(box(10, 1, 14, 5)), surroundings=road(-20, -9, 60, 0))
    assert answer(case, STRIP)["measured"] == pytest.approx(10.0)


@pytest.mark.parametrize("building", [shed(integrated=True), house(box(0, 8, 9, 12))])
def test_not_asked(building: dict[str, object]) -> None:
    assert answer(summer(building), STRIP)["outcome"] == "not_applicable"
    assert answer(situation(shed()), STRIP)["outcome"] == "not_applicable"


def test_what_is_not_known() -> None:
    assert answer(summer(shed(None)), STRIP)["reason"] == "missing_data"
    assert answer(nowhere(shed()), STRIP)["reason"] == "missing_data"
    assert answer(summer(shed(), missing_layers=["surroundings"]), STRIP)["reason"] == "ambiguous_boundary"


def test_agrees_with_dense_sampling() -> None:
    rng = np.random.default_rng(3)
    cases, expected = [], []
    for _ in range(40):
        turn = np.sort(rng.uniform(0, 2 * np.pi, 7))
        parcel = shapely.Polygon(
            np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(9, 30, 7)[:, None]
        )
        drawn = shapely.affinity.rotate(shapely.box(-2, -3, 2, 3), rng.uniform(0, 90))
        if parcel.is_valid and parcel.contains(drawn):
            cases.append(summer(shed(drawn.wkt), parcel={"wkt": parcel.wkt}))
            points = parcel.exterior.interpolate(np.arange(0, parcel.exterior.length, 0.05))
            expected.append(float(shapely.distance(points, drawn).min()))
    gap = np.array(expected) - run(build(cases), rules=[STRIP])["measured"].to_numpy()
    assert (gap >= -1e-9).all()
    assert (gap <= 0.03).all()
