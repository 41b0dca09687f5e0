"""Naive references of height and length of garages and sheds near the boundary, written from BR18 §§ 180-183."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

from tests.permits.rules.naive import (
    EQUAL,
    MISSING,
    NEIGHBOUR,
    NOTHING,
    ROAD,
    Answer,
    Part,
    around,
    compare,
    counted,
    gap,
    least,
    outline,
    parts_of,
    roof_parts,
    straight,
    unsure,
)
from tests.permits.rules.places import DAYS, Building, Edge, Place, footprint, land, roof, stretches

KINDS = ("garage", "carport", "shed", "covered_terrace")
SIZES = [40, pytest.param(150, marks=pytest.mark.slow), pytest.param(5_000, marks=pytest.mark.slow)]


@cache
def places(size: int) -> list[Place]:
    """New and standing secondary buildings around 2.5 m high, close to boundaries of all kinds."""
    rng = np.random.default_rng(size + 3)
    found = []
    for _ in range(size):
        plots = [land(rng, (0.0, 0.0))] + ([land(rng, (90.0, 10.0))] if rng.random() < 0.15 else [])
        edges = [e for k, shape in enumerate(plots) for e in stretches(rng, k + 1, shape)]
        buildings = []
        for number in range(int(rng.integers(1, 4))):
            at = int(rng.integers(0, len(plots)))
            drawn = footprint(rng, plots[at])
            absolute = rng.random() < 0.1
            base = 20.0 if absolute else 0.0
            buildings.append(
                Building(
                    "secondary" if rng.random() < 0.95 else "primary",
                    str(rng.choice(KINDS)),
                    drawn,
                    plot=at + 1 if rng.random() < 0.98 else 0,
                    height=float(rng.choice([base + rng.uniform(1.8, 3.2), 2.5, np.nan], p=[0.7, 0.2, 0.1])),
                    eaves=float(rng.choice([np.nan, 0.4, rng.uniform(0, 1.5)])),
                    roof=roof(
                        rng, drawn, base + float(rng.uniform(1.4, 2.2)), float(rng.choice([0.05, 0.15]))
                    ),
                    integrated=rng.random() < 0.05,
                    proposed=number == 0 or rng.random() < 0.4,
                    absolute=absolute,
                )
            )
            buildings[-1].demolished = not buildings[-1].proposed and rng.random() < 0.3
        hill = tuple(map(float, (*rng.uniform(-0.05, 0.05, 2), 20.0)))
        found.append(
            Place(
                str(rng.choice(list(DAYS), p=[0.2, 0.1, 0.1, 0.6])),
                str(rng.choice(["urban", "rural", "summer_house", ""], p=[0.5, 0.1, 0.25, 0.15])),
                buildings,
                edges,
                ground=None if rng.random() < 0.15 else hill,
                datum=float(rng.choice([np.nan, 19.8], p=[0.8, 0.2])),
                land=plots,
            )
        )
    return found


def highest_near(part: Part, line: Any, width: float) -> float:
    """How high a part rises closer than the width to a line; -inf where it stays away.

    What is closer than a width to a straight piece is convex, so a side of the part lies in it from one place to
    another, and these two are the candidates; within the part only the ends of the piece moved uphill by the width.
    """
    best = -np.inf
    a, s, _ = part.plane
    rise = float(np.hypot(a, s))
    for piece in straight(line):
        if part.shape.distance(shapely.LineString(piece)) >= width - EQUAL:
            continue
        for x, y in piece:
            # On a level roof every place is as high; the ends themselves are near, and no side has to be.
            top = (x + width * a / rise, y + width * s / rise) if rise > 0.0 else (x, y)
            if part.shape.covers(shapely.Point(top)):
                best = max(best, part.height(*top))
        for (x0, y0), (x1, y1) in straight(part.shape):
            if shapely.LineString([(x0, y0), (x1, y1)]).distance(shapely.LineString(piece)) >= width - EQUAL:
                continue

            def off(t: float, at=(x0, y0, x1 - x0, y1 - y0), to=piece) -> float:  # type: ignore[no-untyped-def]
                return gap(at[0] + t * at[2], at[1] + t * at[3], to)

            if off(0.0) <= width and off(1.0) <= width:
                best = max(best, part.height(x0, y0), part.height(x1, y1))
                continue
            middle = least(off)
            for end in (0.0, 1.0):
                near, far = middle, end
                for _ in range(60):
                    t = (near + far) / 2.0
                    near, far = (t, far) if off(t) <= width else (near, t)
                t = end if off(end) <= width else near
                best = max(best, part.height(x0 + t * (x1 - x0), y0 + t * (y1 - y0)))
    return best


def highest(parts: list[Part], strips: list[tuple[Edge, float]], *, perhaps: bool) -> float:
    return max(
        (highest_near(p, e.line, width) for p in parts for e, width in strips if unsure(e) == perhaps),
        default=-np.inf,
    )


def height_in(place: Place, b: Building, *, summer: bool) -> tuple[Answer, float]:
    """The answer in one zone, and the margin."""
    width = 5.0 if summer else 2.5
    road = {"BR18-2018": width, "BR18-2025": 0.0 if summer else 2.5}.get(place.version, 0.0)
    beside, street = around(place, b, NEIGHBOUR), around(place, b, ROAD)
    walls = outline(b)[0]
    if walls is None or not beside.known:
        return MISSING, np.nan
    strips = [(e, width) for e in beside.edges] + [(e, road) for e in street.edges if road > 0.0]
    partly = not beside.whole or (road > 0.0 and not street.whole)
    if not any(counted(b, e) < w - EQUAL for e, w in strips):
        return (MISSING if partly else NOTHING), np.nan
    parts, lost = roof_parts(place, b)
    with_eaves, _ = roof_parts(place, b, 0.0)
    sure, perhaps = (highest(parts, strips, perhaps=p) for p in (False, True))
    for top, reason in ((sure, "overall_assessment"), (perhaps, "ambiguous_boundary")):
        if top > 2.5 + EQUAL:
            return ("needs_manual", reason, top), 2.5 - top
    shown = max(sure, perhaps)
    if shown == -np.inf:
        # Eaves that nobody has drawn are no higher than the building.
        if b.absolute or not b.height <= 2.5 + EQUAL:
            return MISSING, np.nan
        shown = b.height
    if lost or partly:
        return MISSING, np.nan
    strictest = max(shown, *(highest(with_eaves, strips, perhaps=p) for p in (False, True)))
    if summer:
        strictest = max([strictest, *(part.top for part in with_eaves)])
    if strictest > 2.5 + EQUAL:
        return ("needs_manual", "legal_text", strictest), 2.5 - strictest
    return ("pass", "", shown), 2.5 - shown


def by_zone(place: Place, inside: tuple[Answer, float], outside: tuple[Answer, float]) -> Answer:
    """Where the zone is not known both are tried; of two answers alike the tighter is told."""
    if place.zone:
        return inside[0] if place.zone == "summer_house" else outside[0]
    if inside[0][:2] != outside[0][:2]:
        return MISSING
    return inside[0] if inside[1] < outside[1] else outside[0]


def secondary_height(place: Place, b: Building) -> Answer:
    """§ 181, no. 1, § 183, no. 1."""
    if b.role != "secondary" or b.integrated:
        return NOTHING
    return by_zone(place, height_in(place, b, summer=True), height_in(place, b, summer=False))


def longest_side(b: Building, edges: list[Edge], width: float) -> float:
    """The longest side that faces a boundary closer than the width; corners of a tenth of a degree are none."""
    shape, excess = outline(b)
    best = 0.0
    for part in parts_of(shapely.orient_polygons(shape)):
        corners = [np.array(p) for p in part.exterior.coords[:-1]]
        # A step of a few micrometres is the noise of a roof put together of facets and has no direction.
        after = [*corners[1:], corners[0]]
        corners = [p for p, q in zip(corners, after, strict=True) if np.hypot(*(q - p)) > 1e-5]
        turning = []
        for k, p in enumerate(corners):
            before, after = p - corners[k - 1], corners[(k + 1) % len(corners)] - p
            cross, dot = before[0] * after[1] - before[1] * after[0], before @ after
            if abs(np.arctan2(cross, dot)) > np.radians(0.1):
                turning.append(p)
        for k, p in enumerate(turning):
            q = turning[(k + 1) % len(turning)]
            length = float(np.hypot(*(q - p)))
            for e in edges:
                for start, end in straight(e.line):
                    along = np.subtract(end, start)
                    cos = (q - p) @ along / length / np.hypot(*along)
                    if np.degrees(np.arccos(np.clip(cos, -1.0, 1.0))) > 45.0001:
                        continue
                    far = shapely.LineString([p, q]).distance(shapely.LineString([start, end])) - excess
                    if far < width - EQUAL:
                        best = max(best, length)
    return best


def length_in(place: Place, b: Building, *, summer: bool) -> tuple[Answer, float]:
    width = 5.0 if summer else 2.5
    beside = around(place, b, NEIGHBOUR)
    if outline(b)[0] is None or not beside.known:
        return MISSING, np.nan
    if not any(counted(b, e) < width - EQUAL for e in beside.edges):
        return (NOTHING if beside.whole else MISSING), np.nan
    every = [o for o in place.buildings if o.role == "secondary" and not o.integrated and not o.demolished]
    lacking = any(outline(o)[0] is None for o in every)
    mine = [o for o in every if outline(o)[0] is not None and o.plot == b.plot]
    sure = [e for e in beside.edges if not unsure(e)]
    certain, total = (sum(longest_side(o, some, width) for o in mine) for some in (sure, beside.edges))
    if certain > 12.0 + EQUAL:
        return ("needs_manual", "overall_assessment", certain), 12.0 - certain
    if total > 12.0 + EQUAL:
        return ("needs_manual", "ambiguous_boundary", total), 12.0 - total
    if lacking or not beside.whole:
        return MISSING, np.nan
    return ("pass", "", total), 12.0 - total


def secondary_length(place: Place, b: Building) -> Answer:
    """§ 181, no. 2, § 183, no. 2."""
    if b.role != "secondary" or b.integrated:
        return NOTHING
    return by_zone(place, length_in(place, b, summer=True), length_in(place, b, summer=False))


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference_of_the_height(size: int) -> None:
    table = compare(places(size), "br18.secondary_height", secondary_height)
    seen = table[["outcome", "reason"]].value_counts()
    assert len(seen) >= 4


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference_of_the_length(size: int) -> None:
    # Roofs without walls are put together on a grid of a micrometre, so a sum of sides is off by a few.
    table = compare(places(size), "br18.secondary_length", secondary_length, within=5e-6)
    seen = table[["outcome", "reason"]].value_counts()
    assert len(seen) >= 4
