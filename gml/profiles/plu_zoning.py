"""Which areas of a plan are zones, which are supplementary regulations, and what is left of the plan.

Zones of one plan exclude each other, so of two that overlap only the first stays a zone. What a local plan covers
outside its sub-areas is one more zone, under the provisions of the plan itself; otherwise there would be holes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata.shapes import counted, overlap, same_nodes
from gml.geometry import canonical
from gml.profiles.plu_tables import ZONING
from planning.models.plans import Level
from planning.records import PlanRecord

Shapes = npt.NDArray[np.object_]

#: What follows the id of a plan in that of its own zone, and of its own outline.
OWN_ZONE: Final = ".zone"
OWN_OUTLINE: Final = ".outline"
#: Frameworks with a theme or a village boundary lie over the ordinary ones by design.
OVERLAID: Final = frozenset({"10.2", "10.3"})


@dataclass(frozen=True, slots=True)
class Area:
    """A zone or a regulation: the record that says what holds there, and where (MultiPolygon, EPSG:25832).

    ``local_id`` is the id that it keeps for life.
    """

    local_id: str
    record: PlanRecord
    shape: Any


@dataclass(frozen=True, slots=True)
class Layout:
    """A plan taken apart. ``extent`` covers all its zones and regulations (polygonal, EPSG:25832)."""

    plan: PlanRecord
    extent: Any
    zones: tuple[Area, ...]
    regulations: tuple[Area, ...]


def lay_out(
    plan: PlanRecord, shape: Any, parts: Sequence[PlanRecord], shapes: Shapes, statuses: Collection[str]
) -> Layout:
    """Take a plan apart into zones, regulations and its extent.

    Parameters
    ----------
    plan, shape : the plan and its geometry.
    parts, shapes : its parts and their geometries, none missing, all in EPSG:25832.
    statuses : states of parts that are written; others only leave a hole.

    Notes
    -----
    Overlaps and remainders count when a connected piece is larger than 0.01 m² and deeper than 0.05 m. Where parts
    of a local plan reach beyond it, the plan's own outline is a regulation, since the extent no longer shows it.
    """
    order = sorted(range(len(parts)), key=lambda k: (parts[k].plan_type in OVERLAID, parts[k].objekt_id))
    written = [k for k in order if parts[k].status in statuses or parts[k].status == plan.status]
    zoning = [k for k in written if parts[k].level in ZONING]
    areas = _Areas(shapes[zoning])
    over = {k for k, is_over in zip(zoning, areas.overlaid(), strict=True) if is_over}
    zones = [Area(str(parts[k].objekt_id), parts[k], shapes[k]) for k in zoning if k not in over]
    regulations = [
        Area(str(parts[k].objekt_id), parts[k], shapes[k])
        for k in written
        if parts[k].level not in ZONING or k in over
    ]
    if plan.level == Level.LOCAL_PLAN.value:
        gone = [k for k in order if k not in written and parts[k].level == Level.SUB_AREA.value]
        outline = _without(shape, shapes[gone])
        rest = outline
        # Most plans are all zones, node by node; that is seen at a small part of what it costs to cut.
        all_zones = outline is not None and bool(zoning) and same_nodes(outline, areas.union())
        if all_zones:
            rest = None
        elif outline is not None and zoning:
            rest = counted(_array([shapely.difference(outline, areas.union())])).shape[0]
        if rest is not None:
            zones.append(Area(f"{plan.objekt_id}{OWN_ZONE}", plan, rest))
        base = areas.union() if outline is None and zoning else shape if outline is None else outline
        extent = _widened(base, shapes[[k for k in written if not all_zones or parts[k].level not in ZONING]])
        if extent is not base and outline is not None:
            regulations.append(Area(f"{plan.objekt_id}{OWN_OUTLINE}", plan, outline))
    else:
        outer = [k for k in written if parts[k].level not in ZONING]
        if zoning:
            extent = _widened(areas.union(), shapes[outer])
        else:  # by definition the extent is what its objects cover
            extent = shapely.union_all(shapes[outer]) if outer else shape
    zones.sort(key=lambda area: area.local_id)
    regulations.sort(key=lambda area: area.local_id)
    return Layout(plan, extent, tuple(zones), tuple(regulations))


def _without(shape: Any, gone: Shapes) -> Any:
    """A plan without its parts that are no longer there, on the grid of what is written; None = nothing is left."""
    if not len(gone):
        return shape
    left = counted(_array([shapely.difference(shape, shapely.union_all(gone))])).shape
    return canonical(left)[0]


def _widened(extent: Any, shapes: Shapes) -> Any:
    """The extent with what shapes have beside it, as far as that counts; itself when nothing does."""
    if not len(shapes):
        return extent
    shapely.prepare(extent)
    outside = shapes[~shapely.covers(extent, shapes)]
    if len(outside):
        beyond = counted(np.asarray(shapely.difference(outside, extent), dtype=object)).shape
        pieces = beyond[~shapely.is_missing(beyond)]
        if len(pieces):
            return shapely.union_all(np.append(pieces, extent))
    return extent


class _Areas:
    """Areas of one plan that ought to exclude each other, in the order of their precedence."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        # Neighbours that share all their nodes neither overlap nor need their intersections looked for.
        self._clean = len(shapes) < 2 or bool(shapely.coverage_is_valid(shapes))

    def union(self) -> Any:
        if len(self._shapes) == 1:
            return self._shapes[0]
        return shapely.coverage_union_all(self._shapes) if self._clean else shapely.union_all(self._shapes)

    def overlaid(self) -> npt.NDArray[np.bool_]:
        """Which areas overlap one that comes before them and stays."""
        over = np.zeros(len(self._shapes), dtype=bool)
        if self._clean:
            return over
        later, earlier = shapely.STRtree(self._shapes).query(self._shapes, predicate="intersects")
        pair = earlier < later
        later, earlier = later[pair], earlier[pair]
        real = overlap(self._shapes[later], self._shapes[earlier]).area_m2 > 0.0
        later, earlier = later[real], earlier[real]
        for at in np.argsort(later, kind="stable"):
            over[later[at]] |= not over[earlier[at]]
        return over


def _array(shapes: Sequence[Any]) -> Shapes:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found
