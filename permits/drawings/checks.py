"""Checks of outlines that are the same for every format: rings, sizes, doubles, place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from permits.drawings.drawing import Fault, Ring, Rings, Shape
from permits.rulebook import OVERLAP_DEPTH_M, OVERLAP_M2

#: A ring whose ends are this near each other is closed for the drawer; a wider gap is his to close.
CLOSING_M: Final = 0.001
#: Smaller than this no building is meant; larger only by mistake in units; larger still never.
TINY_M2: Final = 1.0
HUGE_M2: Final = 20_000.0
IMPOSSIBLE_M2: Final = 1_000_000.0
#: Outlines nearer to each other than this are the same line drawn twice.
SAME_M: Final = 0.005
#: The share of the smaller footprint from which two buildings stand in each other's place.
OVERLAP_SHARE: Final = 0.5
#: How far outside an outline of a municipality (drawn coarsely in public data) still counts as its edge.
OUTLINE_M: Final = 100.0

_REASON: Final = re.compile(r"^(?P<why>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")


def outline(shape: Shape, unit_m: float, where: Mapping[str, Any]) -> tuple[BaseGeometry | None, list[Fault]]:
    """Footprint of a shape in the file's own coordinates.

    Parameters
    ----------
    shape : rings as drawn.
    unit_m : length of one unit in metres at most; tells a rounding gap from an open ring.
    where : place in the file, for faults.

    Returns
    -------
    A valid polygon or multipolygon, or ``None`` with the faults that forbid one.
    """
    faults: list[Fault] = []
    parts: list[BaseGeometry] = []
    for number, rings in enumerate(shape.polygons):
        place = {**where, "part": number} if len(shape.polygons) > 1 else dict(where)
        polygon = _polygon(rings, unit_m, place, faults)
        if polygon is not None:
            parts.append(polygon)
    if any(fault.level == "error" for fault in faults) or not parts:
        return None, faults
    whole = _even_odd(parts) if shape.loose else _joined(parts)
    if whole.is_empty or whole.geom_type not in ("Polygon", "MultiPolygon"):
        return None, [*faults, Fault("degenerate", found=0.0, where=dict(where))]
    fault = invalid(whole, where)
    return (None, [*faults, fault]) if fault else (whole, faults)


def _joined(parts: list[BaseGeometry]) -> BaseGeometry:
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _even_odd(parts: list[BaseGeometry]) -> BaseGeometry:
    """Boundaries of a hatch: what lies inside an even number of them is a hole."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.symmetric_difference(part)
    return whole


def _polygon(rings: Rings, unit_m: float, where: dict[str, Any], faults: list[Fault]) -> Polygon | None:
    closed: list[Ring] = []
    for index, ring in enumerate(rings):
        place = {**where, "ring": index} if len(rings) > 1 else where
        flat = [position[:2] for position in ring]
        if len({tuple(position) for position in flat}) < 3:
            faults.append(Fault("degenerate", found=len(flat), where=place))
            return None
        gap = math.dist(flat[0], flat[-1]) * unit_m
        if gap > CLOSING_M:
            faults.append(Fault("unclosed_ring", found=round(gap, 3), where={**place, "at": flat[-1]}))
            return None
        if gap > 0:
            faults.append(Fault("closed_gap", found=round(gap * 1000, 3), where=place, level="warning"))
        closed.append([*flat[:-1], flat[0]] if gap > 0 and len(flat) > 3 else flat)
    polygon = Polygon(closed[0], closed[1:])
    fault = invalid(polygon, where)
    if fault:
        faults.append(fault)
        return None
    return polygon


def invalid(geometry: BaseGeometry, where: Mapping[str, Any]) -> Fault | None:
    """What makes a polygon invalid, with the point where it happens; ``None`` when nothing does."""
    if shapely.is_valid(geometry):
        return None
    if geometry.convex_hull.area == 0:
        return Fault("degenerate", found=0.0, where=dict(where))
    match = _REASON.match(shapely.is_valid_reason(geometry))
    why = match["why"].strip() if match else "invalid"
    place = dict(where)
    if match and match["x"]:
        place["at"] = [float(match["x"]), float(match["y"])]
    lowered = why.lower()
    if "self-intersection" in lowered:
        code = "self_intersection"
    elif "too few points" in lowered:
        code = "degenerate"
    else:
        code = "invalid_ring"
    return Fault(code, found=why, where=place)


def size(footprint: BaseGeometry, where: Mapping[str, Any]) -> list[Fault]:
    """Areas that no building has; footprint in grid metres."""
    area, place = float(footprint.area), dict(where)
    depth = 2 * area / footprint.length if footprint.length else 0.0
    if area <= OVERLAP_M2 or depth <= OVERLAP_DEPTH_M:
        # Below this nothing counts as lying anywhere, so every rule would be silent about it.
        return [Fault("sliver", found=round(area, 4), expected=round(depth, 4), where=place)]
    if area < TINY_M2:
        return [Fault("tiny", found=round(area, 3), where=place, level="warning")]
    if area > IMPOSSIBLE_M2:
        return [Fault("huge", found=round(area), where=place)]
    if area > HUGE_M2:
        return [Fault("huge", found=round(area), where=place, level="warning")]
    return []


def pairs(
    footprints: Sequence[BaseGeometry], names: Sequence[str]
) -> tuple[list[tuple[int, int]], list[Fault]]:
    """Buildings drawn twice, as pairs (first, second), and warnings where two stand in each other's place."""
    same: list[tuple[int, int]] = []
    faults: list[Fault] = []
    tree = shapely.STRtree(list(footprints))
    left, right = tree.query(list(footprints), predicate="intersects")
    for i, j in sorted({(int(a), int(b)) for a, b in zip(left, right, strict=True) if a < b}):
        one, two = footprints[i], footprints[j]
        close = np.abs(np.subtract(one.bounds, two.bounds)).max() <= SAME_M
        if close and one.hausdorff_distance(two) <= SAME_M:
            same.append((i, j))
            continue
        shared = float(one.intersection(two).area)
        if shared > OVERLAP_SHARE * min(one.area, two.area):
            where = {"id": names[i]}
            faults.append(Fault("overlap", round(shared, 2), names[j], where, level="warning"))
    return same, faults


def against_outline(
    footprint: BaseGeometry, municipality: BaseGeometry, where: Mapping[str, Any]
) -> list[Fault]:
    """A footprint outside the municipality, or across its edge; both in grid metres."""
    if footprint.covered_by(municipality):
        return []
    away = float(footprint.distance(municipality))
    centre = footprint.representative_point()
    place = {**where, "grid": [round(centre.x, 2), round(centre.y, 2)]}
    if away > OUTLINE_M:
        return [Fault("outside", found=round(away), where=place)]
    return [Fault("outside", found=round(away), where=place, level="warning")]
