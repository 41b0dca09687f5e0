from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from tests.permits.rules.secondary import SIZE
from tests.permits.situations import answer, box, house, situation, without


def divided(*plots: dict[str, Any], **more: Any) -> dict[str, Any]:
    return situation(application={"work": "subdivision", "plots": list(plots)}, **more)


@pytest.mark.parametrize(
    ("area", "road", "reason"),
    [
        (700.0, 0.0, ""),
        (760.0, 60.0, ""),
        (699.9995, 0.0, ""),
        (699.99, 0.0, "overall_assessment"),
        (760.0, 65.0, "overall_assessment"),
        (50.0, 60.0, "overall_assessment"),
    ],
)
def test_seven_hundred_square_metres_without_road(area: float, road: float, reason: str) -> None:
    found = answer(divided({"registered_area": area, "road_area": road}), SIZE)
    assert (found["reason"], found["limit"]) == (reason, 700.0)
    assert found["margin"] == pytest.approx(max(area - road, 0.0) - 700.0)


def test_the_smallest_plot_is_told_once_per_site() -> None:
    found = answer(
        divided({"registered_area": 900}, {"registered_area": 720}, {"registered_area": 800}), SIZE
    )
    assert (found["measured"], found["building"]) == (720.0, -1)


@pytest.mark.parametrize(
    ("plot", "zone", "limit"),
    [
        ({}, "byzone", 700.0),
        ({}, "sommerhusomraade", 1200.0),
        ({"kind": "detached_house"}, "sommerhusomraade", 700.0),
        ({"kind": "summer_house"}, "landzone", 1200.0),
    ],
)
def test_the_kind_decides(plot: dict[str, Any], zone: str, limit: float) -> None:
    assert answer(divided({"registered_area": 1500, **plot}, zone=zone), SIZE)["limit"] == limit


def test_other_kinds_have_no_number() -> None:
    found = answer(divided({"registered_area": 9000, "kind": "row_house"}, {"registered_area": 800}), SIZE)
    assert found["reason"] == "overall_assessment"
    assert np.isnan(found["limit"])


@pytest.mark.parametrize(("area", "reason"), [(1200, ""), (900, "missing_data"), (650, "overall_assessment")])
def test_unknown_zone_matters_between_the_limits_only(area: float, reason: str) -> None:
    case = divided({"registered_area": area})
    del case["zone"]
    assert answer(case, SIZE)["reason"] == reason


@pytest.mark.parametrize("area", [np.nan, -5.0, 0.0, np.inf])
def test_an_area_that_is_none_is_missing(area: float) -> None:
    world = build([divided({"registered_area": 900}), divided({"registered_area": 650})])
    world = without(world, "new_plots", registered_m2=[area, 650.0])
    assert run(world, rules=[SIZE])["reason"].tolist() == ["missing_data", "overall_assessment"]


@pytest.mark.parametrize("road", [-5.0, np.inf, -np.inf])
def test_a_road_area_that_is_none_is_missing(road: float) -> None:
    world = without(build([divided({"registered_area": 900})]), "new_plots", road_m2=[road])
    assert run(world, rules=[SIZE])["reason"].tolist() == ["missing_data"]


def test_a_breach_outranks_a_missing_area() -> None:
    assert answer(divided({"registered_area": 650}, {"road_area": 5}), SIZE)["reason"] == "overall_assessment"
    assert answer(divided({"registered_area": 750}, {"road_area": 5}), SIZE)["reason"] == "missing_data"


def test_no_land_is_divided() -> None:
    assert answer(situation(house()), SIZE)["outcome"] == "not_applicable"
    assert answer(divided(), SIZE)["reason"] == "missing_data"
    assert run(World.of(), rules=[SIZE]).empty


def test_drawn_plots_are_measured() -> None:
    assert answer(divided({"wkt": box(0, 0, 40, 20)}), SIZE)["measured"] == 800.0
