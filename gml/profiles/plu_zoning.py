"""Which areas of a plan are zones, which are supplementary regulations, and what is left of the plan.

Zones of one plan exclude each other, so of two that overlap only the first stays a zone. What a local plan covers
outside its sub-areas is one more zone, under the provisions of the plan itself; otherwise there would be holes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata.shapes import counted, overlap, same_nodes
from gml.geometry import canonical
from gml.profiles.plu_limits import Indication, indications
from gml.profiles.plu_tables import ZONING
from planning.models.plans import Level
from planning.records import PlanRecord

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
Warn = Callable[[PlanRecord, str], None]

#: What follows the id of a plan in that of its own zone, and of its own outline.
OWN_ZONE: Final = ".zone"
OWN_OUTLINE: Final = ".outline"
#: Frameworks with a theme or a village boundary lie over the ordinary ones by design.
OVERLAID: Final = frozenset({"10.2", "10.3"})
#: Makes one number of a plan and the four coordinates of a side; no two roots are multiples of each other.
_MIXED: Final = np.sqrt([11.0, 2.0, 3.0, 5.0, 7.0])


@dataclass(frozen=True, slots=True)
class Area:
    """A zone or a regulation: the record that says what holds there, and where (MultiPolygon, EPSG:25832).

    ``local_id`` is the id that it keeps for life. ``mute``: its place is all that it tells, since the plan's own zone
    tells what the record provides. ``numbers``: what the record limits, where the layout had to know; else None.
    """

    local_id: str
    record: PlanRecord
    shape: Any
    mute: bool = False
    numbers: tuple[Indication, ...] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A plan taken apart. ``extent`` covers all its zones and regulations (polygonal, EPSG:25832)."""

    plan: PlanRecord
    extent: Any
    zones: tuple[Area, ...]
    regulations: tuple[Area, ...]


class Parted(NamedTuple):
    """A plan and its geometry, its parts and theirs, none missing; as :func:`gml.geometry.canonical` makes them."""

    plan: PlanRecord
    shape: Any
    parts: Sequence[PlanRecord]
    shapes: Shapes


def lay_out(plans: Sequence[Parted], statuses: Collection[str], warn: Warn) -> list[Layout]:
    """Take plans apart into zones, regulations and their extent.

    Parameters
    ----------
    plans : in EPSG:25832.
    statuses : states of parts that are written; others only leave a hole.
    warn : called with a plan and a sentence when a number of it cannot be written.

    Notes
    -----
    Overlaps and remainders count when a connected piece is larger than 0.01 m² and deeper than 0.05 m. Where parts
    of a local plan reach beyond it, the plan's own outline is a regulation, since the extent no longer shows it; and
    so it is where sub-areas leave no zone of its own, since what it provides holds in them wherever they are silent.
    """
    drafts = [_Draft(given, statuses) for given in plans]
    asked = [draft for draft in drafts if draft.zoning and not (draft.local and draft.gone)]
    if asked:
        areas = [draft.shapes[draft.zoning] for draft in asked]
        owner = np.repeat(np.arange(len(asked)), [len(own) for own in areas])
        filled = _filled(_array([draft.shape for draft in asked]), np.concatenate(areas), owner)
        for draft, is_filled in zip(asked, filled.tolist(), strict=True):
            draft.filled = is_filled
    return [draft.layout(warn) for draft in drafts]


class _Draft:
    """A plan whose parts are sorted: written ones in the order of their precedence, zones to be, and gone ones.

    ``filled`` : its zones to be are the plan, side by side and node by node.
    """

    def __init__(self, given: Parted, statuses: Collection[str]) -> None:
        self.plan, self.shape, self.parts, self.shapes = given
        plan, parts = self.plan, self.parts
        self.local = plan.level == Level.LOCAL_PLAN.value
        self.filled = False
        order = sorted(
            range(len(parts)), key=lambda k: (parts[k].plan_type in OVERLAID, parts[k].objekt_id.int)
        )
        self.written = [k for k in order if parts[k].status in statuses or parts[k].status == plan.status]
        self.zoning = [k for k in self.written if parts[k].level in ZONING]
        self.outer = [k for k in self.written if parts[k].level not in ZONING]
        kept = set(self.written)
        self.gone = [k for k in order if k not in kept and parts[k].level == Level.SUB_AREA.value]

    def layout(self, warn: Warn) -> Layout:
        plan, shape, parts, shapes, zoning = self.plan, self.shape, self.parts, self.shapes, self.zoning
        areas = _Areas(shapes[zoning], clean=self.filled)
        over = set(np.array(zoning)[areas.overlaid()].tolist())
        zones = [Area(str(parts[k].objekt_id), parts[k], shapes[k]) for k in zoning if k not in over]
        regulations = [
            Area(str(parts[k].objekt_id), parts[k], shapes[k])
            for k in self.written
            if parts[k].level not in ZONING or k in over
        ]
        if self.local:
            outline = _without(shape, shapes[self.gone])
            rest = outline
            all_zones = self.filled or (
                outline is not None and bool(zoning) and same_nodes(outline, areas.union())
            )
            if all_zones:
                rest = None
            elif outline is not None and zoning:
                rest = counted(_array([shapely.difference(outline, areas.union())])).shape[0]
            if rest is not None:
                zones.append(Area(f"{plan.objekt_id}{OWN_ZONE}", plan, rest))
            base = areas.union() if outline is None and zoning else shape if outline is None else outline
            extent = _widened(base, shapes[self.outer if all_zones else self.written])
            if outline is not None:
                mute = rest is not None
                numbers = () if mute else tuple(indications(plan, partial(warn, plan)))
                provides = bool(numbers) or plan.use_general is not None or bool(plan.use_specific)
                if extent is not base or (provides and not mute):
                    own = f"{plan.objekt_id}{OWN_OUTLINE}"
                    regulations.append(Area(own, plan, outline, mute=mute, numbers=numbers))
        elif zoning:
            extent = _widened(shape if self.filled else areas.union(), shapes[self.outer])
        else:  # by definition the extent is what its objects cover
            extent = shapely.union_all(shapes[self.outer]) if self.outer else shape
        zones.sort(key=lambda area: area.local_id)
        regulations.sort(key=lambda area: area.local_id)
        return Layout(plan, extent, tuple(zones), tuple(regulations))


def _filled(outlines: Shapes, areas: Shapes, owner: Ints) -> Bools:
    """Which outlines their areas fill without a gap, none lying over another, all of them sharing their nodes.

    Every side of an area must also be the side of a neighbour, run the other way, or a side of the outline. Rings
    all turn the same way, so the areas then add up to the outline, which leaves room for neither gap nor overlap.
    """
    parts, part_row = shapely.get_parts(np.concatenate([outlines, areas]), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    side = np.flatnonzero(ring[1:] == ring[:-1])
    row = part_row[ring_part[ring[side]]]
    plan = np.concatenate([np.arange(len(outlines)), owner])[row]
    (x, y), (to_x, to_y) = xy[side].T, xy[side + 1].T
    back = (x > to_x) | ((x == to_x) & (y > to_y))
    told = np.vstack([plan, np.where(back, [to_x, to_y, x, y], [x, y, to_x, to_y])])
    sign = np.where(back == (row < len(outlines)), 1, -1)
    # Equal sides come together. Should others come between them, the plan is cut like those that are not filled.
    order = np.argsort((_MIXED[:, None] * told).sum(axis=0))
    told = told[:, order]
    first = np.flatnonzero(np.append(True, (told[:, 1:] != told[:, :-1]).any(axis=0)))
    unmatched = np.add.reduceat(sign[order], first) != 0
    filled = np.ones(len(outlines), dtype=bool)
    filled[plan[order][first[unmatched]]] = False
    return filled


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

    def __init__(self, shapes: Shapes, *, clean: bool) -> None:
        self._shapes = shapes
        # Neighbours that share all their nodes neither overlap nor need their intersections looked for.
        self._clean = clean or len(shapes) < 2 or bool(shapely.coverage_is_valid(shapes))

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
