"""What naive references share: BR18 chapter 23 in ordinary Python, one shape at a time, written from the law.

Nothing here looks at the rules or their parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from permits.engine.run import run
from tests.permits.rules.places import Building, Edge, Place, world_of

#: A difference of at most this counts as equal.
EQUAL = 0.0005
NEIGHBOUR = ("parcel", "path", "unknown")
ROAD = ("road",)
OPEN_SIDED = ("carport", "covered_terrace")
#: Outcome, reason, and the number where the answer has one.
Answer = tuple[str, str, float | None]
NOTHING: Answer = ("not_applicable", "", None)
MISSING: Answer = ("needs_manual", "missing_data", None)


def sound(shape: Any) -> bool:
    """An area that can be measured."""
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return False
    return bool(np.isfinite(shape.bounds).all()) and shape.is_valid and shape.area > 0.0


def outline(b: Building) -> tuple[Any, float]:
    """What distances run from, and how far eaves beyond half a metre reach farther."""
    facets = [shape for shape, _ in b.roof if sound(shape)]
    if b.kind in OPEN_SIDED and facets:
        # Facets share sides but for float noise; a grid of a nanometre takes the slits between them away.
        return shapely.force_2d(shapely.union_all(facets, grid_size=1e-9)), 0.0
    if not sound(b.footprint):
        return None, 0.0
    eaves = b.eaves if np.isfinite(b.eaves) else 0.0
    return shapely.force_2d(b.footprint), max(0.0, eaves - 0.5)


def measurable(line: Any) -> bool:
    return line is not None and not line.is_empty and bool(np.isfinite(line.bounds).all())


@dataclass
class Around:
    """Boundaries of some kinds around one building.

    known: its plot has a boundary at all. whole: all of it can be measured.
    """

    edges: list[Edge]
    known: bool
    whole: bool


def around(place: Place, b: Building, kinds: tuple[str, ...]) -> Around:
    mine = [e for e in place.edges if e.plot == b.plot and b.plot > 0]
    good = [e for e in mine if measurable(e.line)]
    asked = [e for e in mine if e.kind in kinds]
    return Around(
        [e for e in asked if measurable(e.line)], bool(good), all(measurable(e.line) for e in asked)
    )


def unsure(e: Edge) -> bool:
    return e.ambiguous or e.kind == "unknown"


def counted(b: Building, e: Edge) -> float:
    """Distance from the outer walls, wide eaves taken off (§ 457)."""
    shape, excess = outline(b)
    return max(0.0, shape.distance(e.line) - excess)


def keeps(place: Place, b: Building, kinds: tuple[str, ...], limit: float, zone: float = 0.0) -> Answer:
    """Whether a building keeps a distance; closer than ``zone`` it goes by rules of its own."""
    beside = around(place, b, kinds)
    if outline(b)[0] is None or not beside.known:
        return MISSING
    sure = min((counted(b, e) for e in beside.edges if not unsure(e)), default=np.inf)
    perhaps = min((counted(b, e) for e in beside.edges if unsure(e)), default=np.inf)
    if min(sure, perhaps) < zone - EQUAL:
        return NOTHING
    if sure < limit - EQUAL:
        return "needs_manual", "overall_assessment", sure
    if perhaps < limit - EQUAL:
        return "needs_manual", "ambiguous_boundary", perhaps
    if not beside.whole:
        return MISSING
    return ("pass", "", min(sure, perhaps)) if beside.edges else NOTHING


def depth(shape: Any) -> float:
    return 2.0 * shape.area / shape.length if shape.length else 0.0


def parts_of(shape: Any) -> list[Any]:
    """Connected polygons of anything."""
    if shape.geom_type == "Polygon":
        return [] if shape.is_empty else [shape]
    return [p for g in getattr(shape, "geoms", []) for p in parts_of(g)]


@dataclass
class Part:
    """A part of a roof (or a box where none is drawn) and its height above ground, a·x + b·y + c."""

    shape: Any
    plane: tuple[float, float, float]
    box: bool = False

    def height(self, x: float, y: float) -> float:
        a, b, c = self.plane
        return a * x + b * y + c

    @property
    def top(self) -> float:
        return max(self.height(x, y) for x, y in shapely.get_coordinates(self.shape))


def ground(place: Place) -> tuple[float, float, float] | None:
    return (0.0, 0.0, place.datum) if np.isfinite(place.datum) else place.ground


def roof_parts(place: Place, b: Building, eaves_free: float = 0.5) -> tuple[list[Part], bool]:
    """The parts that heights are measured over (§ 456(4)), and whether the height of some part is not known."""
    walls, level = outline(b)[0], ground(place)
    found, lost, bare = [], False, [walls]
    for shape, drawn in b.roof:
        if not sound(shape) or not np.isfinite(drawn).all() or (b.absolute and level is None):
            lost = True
            continue
        a, s, c = level if b.absolute and level is not None else (0.0, 0.0, 0.0)
        plane = (drawn[0] - a, drawn[1] - s, drawn[2] - c)
        if b.kind in OPEN_SIDED or walls.covers(shape):
            cut = [shape]
        else:
            wide = shapely.buffer(walls, eaves_free, join_style="mitre", mitre_limit=10.0)
            cut = parts_of(shape.intersection(walls)) + parts_of(shape.difference(wide))
            cut = [piece for piece in cut if depth(piece) > EQUAL]
        found += [Part(piece, plane) for piece in cut]
    if lost:
        return found, True
    roof = [part.shape for part in found]
    # On a grid of a micrometre, or a spur of float noise along a shared side would be a place without a roof.
    bare = [walls] if not roof else parts_of(walls.difference(shapely.union_all(roof), grid_size=1e-6))
    if roof:
        bare = [piece for piece in bare if piece.area > 0.01 and depth(piece) > 0.05]
    if bare and (not np.isfinite(b.height) or (b.absolute and level is None)):
        return found, True
    a, s, c = level if b.absolute and level is not None else (0.0, 0.0, 0.0)
    return found + [Part(piece, (-a, -s, b.height - c), box=True) for piece in bare], False


def straight(line: Any) -> list[Any]:
    """Straight pieces of a line or of the rings of a polygon."""
    rings = [line] if line.geom_type == "LineString" else []
    for part in parts_of(line):
        rings += [part.exterior, *part.interiors]
    return [
        ((x0, y0), (x1, y1))
        for ring in rings
        for (x0, y0), (x1, y1) in zip(ring.coords[:-1], ring.coords[1:], strict=True)
        if (x0, y0) != (x1, y1)
    ]


def gap(x: float, y: float, piece: Any) -> float:
    """Distance of a point to a straight piece."""
    (x0, y0), (x1, y1) = piece
    dx, dy = x1 - x0, y1 - y0
    t = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)
    t = min(1.0, max(0.0, t))
    return float(np.sqrt((x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2))


def least(f: Callable[[float], float]) -> float:
    """Where a convex function on 0 … 1 is smallest, by thirds."""
    low, high = 0.0, 1.0
    for _ in range(75):
        third = (high - low) / 3.0
        if f(low + third) <= f(high - third):
            high -= third
        else:
            low += third
    return min((0.0, 1.0, (low + high) / 2.0), key=f)


def compare(
    places: list[Place], rule: str, reference: Callable[[Place, Building], Answer], within: float = 1e-6
) -> pd.DataFrame:
    """Hold ``run`` against a reference, building by building; what was answered, for a look at the mixture.

    Numbers may differ by less than ``within``.
    """
    table = run(world_of(places), rules=[rule])
    hold_against(places, table, reference, within)
    return table


def hold_against(
    places: list[Place],
    table: pd.DataFrame,
    reference: Callable[[Place, Building], Answer],
    within: float = 1e-6,
) -> None:
    """Findings of ``run`` say what a reference says; otherwise the first few that do not are told."""
    wrong = disagreements(places, table, reference, within)
    if wrong:
        rows = [f"building {n}: said {said}, expected {expected}" for n, said, expected in wrong[:5]]
        raise AssertionError("\n".join([f"{len(wrong)} of {len(table)} differ", *rows]))


def disagreements(
    places: list[Place],
    table: pd.DataFrame,
    reference: Callable[[Place, Building], Answer],
    within: float = 1e-6,
) -> list[tuple[int, list[Any], Answer]]:
    """Buildings of which findings and a reference say different things: number, said, expected."""
    every = [(place, b) for place in places for b in place.buildings]
    got = {
        int(n): row
        for n, *row in table[["building", "outcome", "reason", "measured"]].itertuples(index=False)
    }
    wrong = []
    for number, (place, b) in enumerate(every):
        if not b.proposed:
            assert number not in got
            continue
        outcome, reason, measured = reference(place, b)
        said = got[number]
        same = (said[0], said[1]) == (outcome, reason)
        if measured is not None:
            same &= bool(abs(said[2] - measured) < within)
        if not same:
            wrong.append((number, said, (outcome, reason, measured)))
    return wrong
