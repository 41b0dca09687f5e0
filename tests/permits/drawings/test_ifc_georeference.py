"""Rules of georeferencing on what a model states; the models themselves need the group ``ifc``."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from permits.drawings.ifc_georeference import Georeference, Operation, Stated, breaches, place

SYSTEM = Stated("#3", "EPSG:25832")
OPERATION = Operation(
    "#4", "IfcMapConversion", "#2", "#3", {"eastings": 600000.0, "northings": 6200000.0, "scale": 0.001}
)
GOOD = Georeference(0.001, "#1", ("#2",), (SYSTEM,), (OPERATION,), "#9")


def rules(stated: Georeference) -> list[str]:
    return [breach.rule for breach in breaches(stated)]


def operated(**values: Any) -> Georeference:
    return replace(GOOD, operations=(replace(OPERATION, values={**OPERATION.values, **values}),))


def test_a_sound_model_lies_where_it_says() -> None:
    assert rules(GOOD) == []
    there = place(GOOD, [])
    assert there is not None
    assert there.crs == "EPSG:25832"
    assert there(10.0, 5.0) == pytest.approx((600010.0, 6200005.0))


def test_the_axis_turns_the_model() -> None:
    turned = operated(axis_x=math.cos(math.radians(71)), axis_y=math.sin(math.radians(71)))
    there = place(turned, breaches(turned))
    assert there is not None
    x, y = there(10.0, 0.0)
    assert math.degrees(math.atan2(y - 6200000, x - 600000)) == pytest.approx(71)
    assert math.hypot(x - 600000, y - 6200000) == pytest.approx(10)


@pytest.mark.parametrize(
    ("rule", "stated"),
    [
        ("GRF001", replace(GOOD, contexts=("#2", "#8"))),
        ("FACTORS", operated(factor_x=1.0, factor_y=2.0, factor_z=1.0)),
        ("GRF002", replace(GOOD, systems=(replace(SYSTEM, name="25832"),))),
        ("GRF003", replace(GOOD, systems=(), operations=())),
        ("GRF004", replace(GOOD, systems=(replace(SYSTEM, name="EPSG:1234"),))),
        ("GRF004", replace(GOOD, systems=(replace(SYSTEM, datum="EPSG:0000"),))),
        ("GRF005", operated(scale=1000.0)),
        ("GRF005", operated(scale=0.00100002)),
        ("GRF008", replace(GOOD, operations=(replace(OPERATION, measures=("IfcPositiveLengthMeasure",)),))),
    ],
)
def test_a_broken_rule_is_named_and_keeps_the_model_from_its_place(rule: str, stated: Georeference) -> None:
    assert rule in rules(stated)
    assert place(stated, breaches(stated)) is None


def test_a_scale_rounded_by_its_writer_is_no_breach() -> None:
    assert rules(operated(scale=0.001000005)) == []


def test_a_vertical_datum_that_is_none_is_told_but_the_plan_is_sound() -> None:
    stated = replace(GOOD, systems=(replace(SYSTEM, vertical="EPSG:4326"),))
    assert rules(stated) == ["GRF007"]
    assert place(stated, breaches(stated)) is not None
    assert rules(replace(GOOD, systems=(replace(SYSTEM, vertical="EPSG:5799"),))) == []


def test_a_system_without_a_name_needs_a_description() -> None:
    unnamed = replace(SYSTEM, name="")
    assert rules(replace(GOOD, systems=(unnamed,))) == ["GRF002", "GRF006"]
    assert rules(replace(GOOD, systems=(replace(unnamed, wkt=True),))) == ["GRF002"]


def test_older_schemas_cannot_break_what_they_cannot_say() -> None:
    assert rules(replace(GOOD, systems=(), operations=(), speaks=False)) == []
    assert place(replace(GOOD, systems=(), operations=()), []) is None
