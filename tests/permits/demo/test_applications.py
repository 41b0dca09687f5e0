"""The applications: a third breaches something, every design is drawn, and files read back as they were drawn."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from permits.demo.applications import DemoApplication
from permits.demo.demo import DemoTown
from permits.demo.designs import DISTANCE, HEIGHT, RATIO, RULES, SLOPE, designs
from permits.demo.load import as_read
from permits.drawings.read import read_drawing


def by_name(demo: DemoTown, name: str) -> DemoApplication:
    return next(a for a in demo.applications if a.design.name == name)


def test_sixty_of_which_a_third_breaches(demo: DemoTown) -> None:
    assert len(demo.applications) == len(list(designs())) == 60
    assert 18 <= sum(bool(a.breaches) for a in demo.applications) <= 22
    for rule in RULES:
        assert sum(rule in a.breaches for a in demo.applications) >= 3
    for application in demo.applications:
        assert set(application.breaches) == set(application.design.breaks)
        assert set(application.expected) == set(RULES)


def test_numbers_are_unique_and_days_in_order(demo: DemoTown) -> None:
    numbers = [a.number for a in demo.applications]
    assert len(set(numbers)) == len(numbers)
    days = [a.applied_on for a in demo.applications]
    assert days == sorted(days)
    assert sum(day.year >= 2024 for day in days) == 58
    faces = [face for a in demo.applications for face in a.faces]
    assert len(set(faces)) == len(faces)


@pytest.mark.parametrize(
    ("name", "rule", "outcome", "reason", "measured"),
    [
        ("ydervæg 2,40 m fra skel", DISTANCE, "needs_manual", "overall_assessment", 2.40),
        ("ydervæg 2,49 m fra skel", DISTANCE, "needs_manual", "overall_assessment", 2.49),
        ("ydervæg præcis 2,50 m fra skel", DISTANCE, "pass", "", 2.50),
        ("ydervæg 2,51 m fra skel", DISTANCE, "pass", "", 2.51),
        ("ukendt skel mod nabokommunen, 1,80 m", DISTANCE, "needs_manual", "ambiguous_boundary", 1.80),
        ("halvanden etage tæt ved skel, skråplan brudt", SLOPE, "needs_manual", "overall_assessment", None),
        ("højde ikke oplyst", SLOPE, "needs_manual", "missing_data", None),
        ("bebyggelsesprocent 31", RATIO, "needs_manual", "overall_assessment", 31.0),
        ("bebyggelsesprocent præcis 30", RATIO, "pass", "", 30.0),
        ("7,20 m højt i lokalplan med 6,5 m", HEIGHT, "needs_dispensation", "", 7.20),
        ("præcis 6,50 m i lokalplan med 6,5 m", HEIGHT, "pass", "", 6.50),
        ("højde ikke oplyst, under lokalplan", HEIGHT, "needs_manual", "missing_data", None),
        ("ældre lokalplan uden registreret højde", HEIGHT, "needs_manual", "legal_text", None),
    ],
)
def test_designed_truths(
    demo: DemoTown, name: str, rule: str, outcome: str, reason: str, measured: float | None
) -> None:
    answer = by_name(demo, name).expected[rule]
    assert (answer.outcome, answer.reason) == (outcome, reason)
    if measured is not None:
        assert answer.measured == pytest.approx(measured, abs=1e-4)


def test_drawings_read_back(demo: DemoTown) -> None:
    for application in demo.applications[::8]:
        drawn = as_read(application.buildings, application.sha256)
        read = read_drawing(application.drawing, filename="tegning.geojson")
        assert read.sha256 == drawn.sha256
        columns = [c for c in drawn.buildings.columns if c != "geometry"]
        pd.testing.assert_frame_equal(read.buildings[columns], drawn.buildings[columns])
        for mine, theirs in zip(drawn.buildings.geometry, read.buildings.geometry, strict=True):
            assert shapely.hausdorff_distance(mine, theirs) < 1e-6
        assert len(read.facets) == len(drawn.facets)
        for mine, theirs in zip(drawn.facets.itertuples(), read.facets.itertuples(), strict=True):
            assert shapely.equals_exact(shapely.normalize(mine.geometry), theirs.geometry, tolerance=1e-6)
            assert (mine.a, mine.b) == pytest.approx((theirs.a, theirs.b), abs=1e-6)


def test_five_come_as_dxf_too_and_read_back(demo: DemoTown) -> None:
    both = [a for a in demo.applications if a.drawing_dxf is not None]
    assert len(both) == 5
    for application in both[:2]:
        near = shapely.union_all([demo.town.fabric.faces[f] for f in application.faces])
        read = read_drawing(application.drawing_dxf or b"", filename="tegning.dxf", near=near)
        drawn = application.buildings[0]
        assert shapely.hausdorff_distance(read.buildings.geometry.iloc[0], drawn.footprint) < 1e-3
        assert read.buildings["kind"].iloc[0] == drawn.attributes["kind"]
        if "height" in drawn.attributes:
            assert read.buildings["height_m"].iloc[0] == pytest.approx(drawn.attributes["height"])
