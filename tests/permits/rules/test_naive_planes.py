"""Naive references of the rules with a plane that rises from a boundary, written from BR18 §§ 177 and 456."""

from __future__ import annotations

from functools import cache

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
    Around,
    Part,
    around,
    compare,
    counted,
    depth,
    gap,
    least,
    outline,
    parts_of,
    roof_parts,
    straight,
    unsure,
)
from tests.permits.rules.places import DAYS, Building, Edge, Place, footprint, land, roof, stretches

HOUSES = ("detached_house", "two_family_horizontal", "double_house")
KINDS = {
    "primary": (*HOUSES, *HOUSES, "summer_house", "row_house"),
    "secondary": ("garage", "carport", "shed", "covered_terrace"),
    "raised_area": ("terrace",),
}
SIZES = [40, pytest.param(150, marks=pytest.mark.slow), pytest.param(5_000, marks=pytest.mark.slow)]


@cache
def places(size: int) -> list[Place]:
    """Houses and garages under roofs of all sorts, level and steep, above ground or by absolute levels."""
    rng = np.random.default_rng(size + 2)
    found = []
    for _ in range(size):
        shape = land(rng, (0.0, 0.0))
        buildings = []
        for role in ("primary", "raised_area" if rng.random() < 0.1 else "secondary"):
            drawn = footprint(rng, shape)
            absolute = rng.random() < 0.15
            base = 20.0 if absolute else 0.0
            buildings.append(
                Building(
                    role,
                    str(rng.choice(KINDS[role])),
                    drawn,
                    plot=int(rng.choice([1, 0], p=[0.98, 0.02])),
                    height=float(rng.choice([base + rng.uniform(1.0, 6.0), np.nan], p=[0.9, 0.1])),
                    roof=roof(
                        rng, drawn, base + float(rng.uniform(1.0, 5.0)), float(rng.choice([0.3, 1.2, 2.0]))
                    ),
                    integrated=role == "secondary" and rng.random() < 0.2,
                    absolute=absolute,
                )
            )
        hill = tuple(map(float, (*rng.uniform(-0.1, 0.1, 2), 20.0)))
        found.append(
            Place(
                str(rng.choice(list(DAYS), p=[0.1, 0.1, 0.4, 0.4])),
                str(rng.choice(["urban", "rural", "summer_house", ""], p=[0.6, 0.2, 0.1, 0.1])),
                buildings,
                stretches(rng, 1, shape),
                ground=None if rng.random() < 0.15 else hill,
                datum=float(rng.choice([np.nan, 19.8], p=[0.8, 0.2])),
                land=[shape],
            )
        )
    return found


def tightest(part: Part, e: Edge, factor: float, start: float) -> tuple[float, float]:
    """Smallest room below the plane from one stretch, and the height there.

    The room is convex along every side of the part against every straight piece of boundary, so thirds find its
    smallest value; within the part it has one only where the boundary itself runs below.
    """
    best = (np.inf, np.nan)
    top = part.top
    sides = straight(part.shape)
    for piece in straight(e.line):
        ground = shapely.LineString(piece)
        if factor * part.shape.distance(ground) + start - top > best[0]:
            continue
        crossed = shapely.get_coordinates(ground.intersection(part.shape))
        for x, y in crossed:
            best = min(best, (start - part.height(x, y), part.height(x, y)))
        for (x0, y0), (x1, y1) in sides:
            if np.hypot(x1 - x0, y1 - y0) < 0.004:
                # On sides of a millimetre (arcs) an end is as good as any place.
                height = part.height(x0, y0)
                best = min(best, (factor * gap(x0, y0, piece) + start - height, height))
                continue
            if factor * shapely.LineString([(x0, y0), (x1, y1)]).distance(ground) + start - top > best[0]:
                continue

            def place(
                t: float, a: float = x0, b: float = y0, c: float = x1, d: float = y1
            ) -> tuple[float, float]:
                return a + t * (c - a), b + t * (d - b)

            def room(t: float, at=place, line=piece) -> float:  # type: ignore[no-untyped-def]
                return factor * gap(*at(t), line) + start - part.height(*at(t))

            t = least(room)
            best = min(best, (room(t), part.height(*place(t))))
    return best


def below(parts: list[Part], beside: Around, factor: float, lost: bool) -> Answer:
    """Whether parts stay below the planes from stretches; of a road the plane starts at factor × its width."""
    found = []
    for e in beside.edges:
        known = e.kind != "road" or (np.isfinite(e.width) and e.width >= 0.0)
        start = factor * e.width if e.kind == "road" and known else 0.0
        for part in parts:
            room, height = tightest(part, e, factor, start)
            found.append((room, height, part.box, unsure(e) or not known, known))
    broken = [f for f in found if f[0] < -EQUAL]
    certain = [f for f in broken if not f[2] and not f[3]]
    if certain:
        return "needs_manual", "overall_assessment", min(certain)[1]
    if any(f[2] for f in broken):
        return MISSING
    if broken:
        worst = min(broken)
        return ("needs_manual", "ambiguous_boundary", worst[1]) if worst[4] else MISSING
    if lost:
        return MISSING
    return ("pass", "", min(found)[1]) if found else NOTHING


def sloped_plane(place: Place, b: Building) -> Answer:
    """§ 177, no. 1; secondary buildings from 2.5 m on (§ 181)."""
    summer, known = place.zone == "summer_house", place.zone != ""
    free = b.role == "secondary" and not b.integrated and not summer
    house = b.role == "primary" and b.kind in HOUSES
    if b.role == "primary" and b.kind == "summer_house":
        if not known:
            return MISSING
        house = not summer
    house |= b.role == "secondary" and b.integrated and not summer
    if not (house or free):
        return NOTHING
    beside = around(place, b, NEIGHBOUR)
    if outline(b)[0] is None or not beside.known:
        return MISSING
    if not beside.edges:
        return NOTHING if beside.whole else MISSING
    parts, lost = roof_parts(place, b)
    # Only what stands within the height zone of secondary buildings leaves the plane to begin at 2.5 m.
    if free and min(counted(b, e) for e in beside.edges) < 2.5 - EQUAL:
        strips = shapely.union_all([shapely.buffer(e.line, 2.5, quad_segs=2048) for e in beside.edges])
        rest = [
            Part(piece, part.plane, part.box)
            for part in parts
            for piece in parts_of(part.shape.difference(strips))
            if depth(piece) > EQUAL
        ]
        if not rest and not lost:
            return NOTHING
        parts = rest
    return below(parts, beside, 1.4, lost or not beside.whole or (free and not known))


def road_slope(place: Place, b: Building) -> Answer:
    """§ 177, no. 3 as it read in BR18-2021: 0.4 × the distance to the opposite road line."""
    summer, known = place.zone == "summer_house", place.zone != ""
    house = (b.role == "primary" and b.kind in HOUSES and not summer) or (
        b.role == "secondary" and b.integrated and not summer
    )
    house |= b.role == "primary" and b.kind == "summer_house" and known and not summer
    if b.role == "raised_area" and b.kind == "terrace" and b.height <= 0.3005 + 1e-9:
        return NOTHING
    if b.role == "primary" and not house and place.zone in ("urban", "rural"):
        return NOTHING
    placed = b.plot > 0 and any(e.plot == b.plot for e in place.edges)
    mine = [e for e in place.edges if e.plot == b.plot] if placed else place.edges
    road, blind = any(e.kind == "road" for e in mine), any(e.kind == "unknown" for e in mine) or not mine
    if not road:
        return MISSING if blind else NOTHING
    if not house:
        undecided = not known and b.role == "primary"
        return MISSING if undecided else ("needs_manual", "legal_text", None)
    beside = around(place, b, ROAD)
    if outline(b)[0] is None or not beside.known or not beside.edges:
        return MISSING
    parts, lost = roof_parts(place, b)
    return below(parts, beside, 0.4, lost or not beside.whole or blind)


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference_of_the_sloped_plane(size: int) -> None:
    table = compare(places(size), "br18.sloped_plane", sloped_plane)
    seen = table[["outcome", "reason"]].value_counts()
    assert len(seen) >= 4


@pytest.mark.parametrize("size", SIZES)
def test_naive_reference_of_the_plane_from_the_opposite_road_line(size: int) -> None:
    settled = [place for place in places(size) if place.version == "BR18-2021"]
    table = compare(settled, "br18.road_side", road_slope)
    seen = table[["outcome", "reason"]].value_counts()
    assert len(seen) >= 4
