"""Rules of the data set that the European suite leaves out: extent, exclusive zones, links both ways.

Geometries wait in a file until their plan is complete, so that memory does not grow with the document.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, cast

import numpy as np
import numpy.typing as npt
import shapely

from geodata.shapes import OVERLAP_M2, counted, polygons, same_nodes
from gml.validate.document import Feature
from gml.validate.fault import Report
from gml.validate.geometry import GEOGRAPHIC
from gml.validate.outline import outlines
from gml.validate.tables import PLU, XLINK

_HREF: Final = f"{{{XLINK}}}href"
_DOWN: Final = {"member": "ZoningElement", "restriction": "SupplementaryRegulation"}
_UP: Final = {kind: name for name, kind in _DOWN.items()}
#: Metres of a degree on the sphere; plans are small, so that is exact enough to measure what counts.
_DEGREE_M: Final = 111_195.0
#: Points and lines lie in the extent when they are not farther from it than this, metres.
_NEAR_M: Final = 0.05
#: Coordinates are rounded to millimetres (degrees to nine decimals): what strays less is no fault.
_ROUNDED_M: Final = 0.002
#: Up to here geometries wait in memory, bytes.
_IN_MEMORY: Final = 8 * 2**20
#: So many plans are looked at together.
_TOGETHER: Final = 500

_AREAL: Final = 2
#: Numbers of outlines are added up modulo this.
_MODULUS: Final = 2**64

Shapes = npt.NDArray[np.object_]


@dataclass(slots=True)
class _Member:
    gid: str
    kind: str
    line: int
    plan: str
    crs: int
    place: tuple[int, int]  # offset and length in the waiting file
    outline: int = 0  # of its sides, see gml.validate.outline; 0 = it is no area, or no valid one


@dataclass(slots=True)
class _Plan:
    gid: str
    line: int
    crs: int
    place: tuple[int, int]
    names: dict[str, str] = field(default_factory=dict)  # target → property
    outline: int = 0


class DataSet:
    """The stage for one file. Use as a context, since it keeps a temporary file."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._plans: dict[str, _Plan] = {}
        self._members: list[_Member] = []
        self._waiting = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - __exit__ closes it
        self._size = 0
        self._unshaped: list[tuple[Feature, str, _Plan | _Member]] = []

    def __enter__(self) -> DataSet:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()

    def check(self, feature: Feature) -> None:
        """Note a feature."""
        if feature.kind == "SpatialPlan":
            plan = _Plan(feature.gid, feature.line, 0, (0, 0))
            self._unshaped.append((feature, "extent", plan))
            for namespace, local, element in feature.children():
                href = element.get(_HREF) or ""
                if namespace == PLU and local in _DOWN and href.startswith("#"):
                    plan.names[href[1:]] = local
            self._plans[feature.gid] = plan
        elif feature.kind in _UP:
            hrefs = [element.get(_HREF) or "" for element in feature.own().get("plan", ())]
            plan_id = hrefs[0][1:] if hrefs and hrefs[0].startswith("#") else ""
            member = _Member(feature.gid, feature.kind, feature.line, plan_id, 0, (0, 0))
            self._members.append(member)
            self._unshaped.append((feature, "geometry", member))

    def settle(self) -> None:
        """Put the shapes of the features noted since aside."""
        found = [(*feature.shapes.get(name, (None, 0)), thing) for feature, name, thing in self._unshaped]
        valid = np.array([name in feature.valid for feature, name, _ in self._unshaped], dtype=bool)
        self._unshaped.clear()
        shapes = np.empty(len(found), dtype=object)
        shapes[:] = [shape for shape, _, _ in found]
        sides = np.zeros(len(found), dtype=np.uint64)
        sides[valid] = outlines(shapes[valid])
        for data, outline, (_, crs, thing) in zip(shapely.to_wkb(shapes), sides.tolist(), found, strict=True):
            thing.crs, thing.outline = crs, outline
            if data is not None:
                self._waiting.write(data)
                thing.place = (self._size, len(data))
                self._size += len(data)

    def _shapes(self, things: Sequence[_Member | _Plan]) -> Shapes:
        found: list[bytes | None] = []
        for thing in things:
            offset, length = thing.place
            if length:
                self._waiting.seek(offset)
                found.append(self._waiting.read(length))
            else:
                found.append(None)
        return np.asarray(shapely.from_wkb(np.array(found, dtype=object)), dtype=object)

    def finish(self) -> None:
        """Look at every plan with all that belongs to it."""
        self._waiting.flush()
        by_plan: dict[str, list[_Member]] = {}
        for member in self._members:
            by_plan.setdefault(member.plan, []).append(member)
        plans = [(plan, by_plan.get(plan.gid, [])) for plan in self._plans.values()]
        for begin in range(0, len(plans), _TOGETHER):
            portion = plans[begin : begin + _TOGETHER]
            for (plan, members), in_order in zip(portion, self._in_order(portion), strict=True):
                self._links(plan, members)
                if members and plan.place[1] and not in_order:
                    self._places(plan, members)

    def _in_order(self, portion: Sequence[tuple[_Plan, list[_Member]]]) -> list[bool]:
        """Plans that are surely as they ought to be: zones side by side fill the extent, all else lies within.

        Of the others nothing is known yet; to cut their areas costs far more.
        """
        found = [_filled(plan, members) for plan, members in portion]
        inside = [
            (row, member)
            for row, (_, members) in enumerate(portion)
            if found[row]
            for member in members
            if member.kind != "ZoningElement" and member.place[1]
        ]
        if inside:
            rows, of = np.unique([row for row, _ in inside], return_inverse=True)
            extents = self._shapes([portion[row][0] for row in rows])
            shapely.prepare(extents)
            covered = shapely.covers(extents[of], self._shapes([member for _, member in inside]))
            for row in rows[of[~covered]]:
                found[row] = False
        return found

    def _links(self, plan: _Plan, members: list[_Member]) -> None:
        back = {member.gid for member in members}
        for target, name in plan.names.items():
            if target not in back:
                self._report.add("one-way-down", plan.line, plan.gid, target=target, name=f"plu:{name}")
        for member in members:
            if member.gid not in plan.names:
                self._report.add(
                    "one-way-up", member.line, member.gid, target=plan.gid, name=f"plu:{_UP[member.kind]}"
                )

    def _places(self, plan: _Plan, members: list[_Member]) -> None:
        there = [m for m in members if m.place[1] and m.crs == plan.crs]
        if len(there) < len([m for m in members if m.place[1]]):
            return  # several systems in one plan are told as faults of their own
        raw = self._shapes([plan, *there])
        scale = _Scale(plan.crs, raw)
        shapes = scale.metres(raw)
        invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
        if invalid.any():
            shapes[invalid] = shapely.make_valid(shapes[invalid])
        extent, parts = shapes[0], shapes[1:]
        area = shapely.get_dimensions(parts) == _AREAL
        is_zone = np.array([m.kind == "ZoningElement" for m in there], dtype=bool)
        zones_only = parts[is_zone & area]
        zoned = zones_only[0] if len(zones_only) == 1 else _union(zones_only)
        # As a plan ought to be: then no zone strays and nothing lacks, which costs far more to see by cutting.
        whole = same_nodes(extent, zoned)
        if len(zones_only) == 1 and not whole:
            zoned = _union(zones_only)
        # Zones that together cover what they have cannot overlap; to look at pairs costs far more.
        if shapely.area(parts[is_zone]).sum() - shapely.area(zoned) > OVERLAP_M2:
            zones = [m for m, one in zip(there, is_zone, strict=True) if one]
            self._zones(plan, zones, parts[is_zone], scale)
        look = ~(is_zone & area) if whole else np.ones(len(there), dtype=bool)
        self._beyond(plan, [m for m, one in zip(there, look, strict=True) if one], parts[look], extent, scale)
        if whole:
            return
        covered = zoned
        if not _within(extent, zoned):
            covered = _union(parts[area])
        if area.any() and not (covered is zoned or _within(extent, covered)):
            lacking = counted(np.array([shapely.difference(extent, covered)], dtype=object))
            if lacking.area_m2[0] > 0.0:
                self._report.add(
                    "extent", plan.line, plan.gid, place=scale.back(lacking.shape[0]), crs=plan.crs,
                    area=f"{lacking.area_m2[0]:.2f}",
                )  # fmt: skip

    def _beyond(
        self,
        plan: _Plan,
        there: list[_Member],
        parts: Shapes,
        extent: Any,
        scale: _Scale,
    ) -> None:
        shapely.prepare(extent)
        out = np.flatnonzero(~shapely.covers(extent, parts))
        if not len(out):
            return
        rim = shapely.buffer(extent, _ROUNDED_M, join_style="mitre")
        shapely.prepare(rim)
        out = out[~shapely.covers(rim, parts[out])]
        area = shapely.get_dimensions(parts) == _AREAL
        areas = out[area[out]]
        found = counted(np.asarray(shapely.difference(parts[areas], extent), dtype=object))
        for row, member in enumerate(areas):
            if found.area_m2[row] > 0.0:
                self._report.add(
                    "beyond-extent", there[member].line, there[member].gid, place=scale.back(found.shape[row]),
                    crs=plan.crs, area=f"{found.area_m2[row]:.2f}", type=there[member].kind, id=there[member].gid,
                )  # fmt: skip
        thin = out[~area[out]]
        near = shapely.buffer(extent, _NEAR_M) if len(thin) else None
        for member in thin:
            rest = shapely.difference(parts[member], near)
            if not shapely.is_empty(rest):
                self._report.add(
                    "beyond-extent", there[member].line, there[member].gid, place=scale.back(rest), crs=plan.crs,
                    area="0", type=there[member].kind, id=there[member].gid,
                )  # fmt: skip

    def _zones(self, plan: _Plan, zones: list[_Member], shapes: Shapes, scale: _Scale) -> None:
        for a, b, area, piece in _overlaps(shapes):
            self._report.add(
                "zones-overlap", zones[b].line, zones[b].gid, place=scale.back(piece), crs=plan.crs,
                id=zones[a].gid, other=zones[b].gid, area=f"{area:.2f}",
            )  # fmt: skip


def _filled(plan: _Plan, members: list[_Member]) -> bool:
    """Whether the zones of a plan fill its extent, by their sides; False where a shape is in doubt."""
    there = [member for member in members if member.place[1]]
    if not plan.outline or not all(member.outline and member.crs == plan.crs for member in there):
        return False
    return sum(m.outline for m in there if m.kind == "ZoningElement") % _MODULUS == plan.outline


def _overlaps(shapes: Shapes) -> Iterator[tuple[int, int, float, Any]]:
    """Pairs of areas that have more in common than a rim, with the area and the piece."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    found = counted(np.asarray(shapely.intersection(shapes[left], shapes[right]), dtype=object))
    for at in np.flatnonzero(found.area_m2 > 0.0):
        yield int(left[at]), int(right[at]), float(found.area_m2[at]), found.shape[at]


def _within(inner: Any, outer: Any) -> bool:
    """Whether nothing of ``inner`` lies outside ``outer`` but what rounding brings there: cheaper than to cut."""
    return bool(shapely.covers(shapely.buffer(outer, _ROUNDED_M, join_style="mitre"), inner))


def _union(shapes: Shapes) -> Any:
    flat, _ = polygons(shapes)
    if len(flat) and bool(shapely.coverage_is_valid(flat)):
        return shapely.coverage_union_all(flat)
    return shapely.union_all(flat)


class _Scale:
    """Metres for what is in degrees, by one scale a plan, so that straight lines stay straight; and back again."""

    def __init__(self, crs: int, shapes: Shapes) -> None:
        self._factor: npt.NDArray[np.float64] | None = None
        if crs in GEOGRAPHIC:
            bounds = shapely.total_bounds(shapes)
            self._factor = np.array([_DEGREE_M * np.cos(np.radians((bounds[1] + bounds[3]) / 2)), _DEGREE_M])

    def metres(self, shapes: Shapes) -> Shapes:
        if self._factor is None:
            return shapes
        return np.asarray(shapely.transform(shapes, lambda xy: xy * self._factor), dtype=object)

    def back(self, shape: Any) -> Any:
        return shape if self._factor is None else shapely.transform(shape, lambda xy: xy / self._factor)
