"""What the four rules must answer, reckoned by brute force and on purpose not with the engine's own code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from permits.demo.designs import DISTANCE, HEIGHT, RATIO, SLOPE
from permits.demo.roofs import plane
from permits.demo.site import Site

#: Small buildings stand on their own floor up to this, per dwelling (BR18 § 455).
_FREE_SMALL_M2: Final = 50.0
_STEP_M: Final = 0.4


@dataclass(frozen=True)
class Expected:
    """The outcome of one rule; numbers are None where none is promised."""

    outcome: str
    reason: str = ""
    measured: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Situation:
    """What an application's outcomes follow from.

    ``standing_m2`` and ``standing_small_m2`` are floor of the house and of the small buildings that stand;
    ``plan_height`` is ``none``, ``silent`` (nothing recorded), ``open`` (not regulated) or a number in metres;
    ``plan_ratio`` says that a plan rules the plot ratio.
    """

    site: Site
    small: bool
    footprint: Polygon
    facets: Sequence[Polygon]
    height_m: float | None
    floor_m2: float | None
    registered_m2: float
    standing_m2: float
    standing_small_m2: float
    plan_height: float | str
    plan_ratio: bool


def expected(case: Situation) -> dict[str, Expected]:
    """Outcome of each of the four rules."""
    return {DISTANCE: _distance(case), SLOPE: _slope(case), RATIO: _ratio(case), HEIGHT: _height(case)}


def _distance(case: Situation) -> Expected:
    distance = float(shapely.distance(case.footprint, case.site.neighbour))
    certain = float(shapely.distance(case.footprint, case.site.certain))
    if case.small and distance < 2.5 - 0.0005:
        return Expected("not_applicable")
    if distance >= 2.5 - 0.0005:
        return Expected("pass", "", distance, 2.5)
    if certain < 2.5 - 0.0005:
        return Expected("needs_manual", "overall_assessment", certain, 2.5)
    return Expected("needs_manual", "ambiguous_boundary", distance, 2.5)


def margin_m(facets: Sequence[Polygon], footprint: BaseGeometry, line: BaseGeometry) -> float:
    """Smallest room between the roof over a footprint and the sloped plane, by sampling (metres)."""
    least = float("inf")
    for facet in facets:
        a, b, c = plane(facet)
        part = shapely.intersection(shapely.force_2d(facet), footprint)
        if part.is_empty or part.area < 1e-6:
            continue
        west, south, east, north = part.bounds
        x, y = np.meshgrid(np.arange(west, east, _STEP_M), np.arange(south, north, _STEP_M))
        inside = shapely.contains_xy(part, x, y)
        rim = shapely.get_coordinates(shapely.segmentize(part, 0.2))
        xy = np.vstack([np.column_stack([x[inside], y[inside]]), rim])
        room = 1.4 * shapely.distance(shapely.points(xy), line) - (a * xy[:, 0] + b * xy[:, 1] + c)
        least = min(least, float(room.min()))
    return least


def _slope(case: Situation) -> Expected:
    footprint: BaseGeometry = case.footprint
    if case.small:
        footprint = footprint.difference(case.site.neighbour.buffer(2.5, quad_segs=64))
        if footprint.area < 0.5:
            return Expected("not_applicable")
    if not case.facets:
        return Expected("needs_manual", "missing_data")
    room = margin_m(case.facets, footprint, case.site.neighbour)
    if room >= 0.0:
        return Expected("pass")
    certain = margin_m(case.facets, footprint, case.site.certain)
    return Expected("needs_manual", "overall_assessment" if certain < 0.0 else "ambiguous_boundary")


def _ratio(case: Situation) -> Expected:
    if case.plan_ratio:
        return Expected("not_applicable")
    if case.floor_m2 is None:
        return Expected("needs_manual", "missing_data")
    house = case.standing_m2 + (0.0 if case.small else case.floor_m2)
    small = case.standing_small_m2 + (case.floor_m2 if case.small else 0.0)
    ratio = 100.0 * (house + max(0.0, small - _FREE_SMALL_M2)) / case.registered_m2
    if ratio <= 30.0 + 0.0005:
        return Expected("pass", "", ratio, 30.0)
    return Expected("needs_manual", "overall_assessment", ratio, 30.0)


def _height(case: Situation) -> Expected:
    if isinstance(case.plan_height, str):
        return (
            Expected("needs_manual", "legal_text")
            if case.plan_height == "silent"
            else Expected("not_applicable")
        )
    if case.height_m is None:
        return Expected("needs_manual", "missing_data", None, case.plan_height)
    fine = case.height_m <= case.plan_height + 0.0005
    return Expected("pass" if fine else "needs_dispensation", "", case.height_m, case.plan_height)


def breached(outcomes: dict[str, Expected]) -> tuple[str, ...]:
    """Rules whose limit is passed: refused, in need of a dispensation, or handed to an overall assessment."""
    worse = ("fail", "needs_dispensation")
    return tuple(
        rule
        for rule, answer in outcomes.items()
        if answer.outcome in worse or answer.reason == "overall_assessment"
    )
