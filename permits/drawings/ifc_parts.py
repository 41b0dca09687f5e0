"""The parts of a building model as bodies: what they cover, how high they reach. Runs in the child process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import ifcopenshell.geom
import ifcopenshell.util.element
import ifcopenshell.util.placement
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from permits.drawings.ifc_model import length_unit

#: Parts that stand round a building; entities of IFC2X3 and IFC4 alike.
_WALLS: Final = ("IfcWall", "IfcCurtainWall")
#: Parts of a curtain wall, which has no shape of its own, and of a roof.
_WITH_WALLS: Final = ("IfcPlate", "IfcBeam", "IfcMember")
#: Parts that lie over or under rooms.
_COVERS: Final = ("IfcSlab", "IfcRoof", "IfcSpace", "IfcCovering")
#: What is no part of the building's body.
_NOT_BODY: Final = (
    "IfcOpeningElement", "IfcSpace", "IfcAnnotation", "IfcGrid", "IfcSite", "IfcBuilding", "IfcBuildingStorey",
    "IfcVirtualElement", "IfcFurnishingElement", "IfcFurniture", "IfcGeographicElement", "IfcSpatialZone",
    "IfcDistributionElement", "IfcReinforcingElement",
)  # fmt: skip
#: Gaps between walls up to twice this are drawn shut: joints, not openings.
_JOINT_M: Final = 0.01
#: Coordinates are rounded to this, far below what a drawing can mean.
_GRID_M: Final = 1e-4
#: A wall that ends so little above the ground is a foundation.
_LOW_M: Final = 0.3
#: A yard is open when less than this share of it is covered.
_OPEN_SHARE: Final = 0.5
#: A storey with less than this under the highest part of the building is a roof.
_STANDING_M: Final = 1.5
#: A storey whose floor lies this far below the ground storey is a basement.
_BELOW_M: Final = 0.5

Numbers = npt.NDArray[np.float64]


@dataclass
class Body:
    """One building: polygons (lists of rings, metres of the model), numbers, and what went wrong.

    ``height_m`` above the floor of the ground storey; ``storeys`` from the ground storey up; None = not known.
    ``by_walls``: the outline is that of walls, not of all parts.
    """

    polygons: list[list[list[tuple[float, float]]]] = field(default_factory=list)
    height_m: float | None = None
    storeys: int | None = None
    parts: int = 0
    by_walls: bool = True
    failed: list[str] = field(default_factory=list)


def buildings(model: Any) -> list[tuple[Any, list[Any]]]:
    """Buildings with their parts that have a shape; parts of no building stand under None, where there is none."""
    everything = [p for p in model.by_type("IfcProduct") if p.Representation is not None and _is_part(p)]
    there = model.by_type("IfcBuilding")
    if not there:
        return [(None, everything)] if any(not p.is_a("IfcSpace") for p in everything) else []
    if len(there) == 1:
        return [(there[0], everything)]
    found = []
    for building in there:
        inside = {part.id() for part in ifcopenshell.util.element.get_decomposition(building)}
        found.append((building, [part for part in everything if part.id() in inside]))
    return found


def body(model: Any, building: Any, parts: list[Any]) -> Body:
    """Outline, height and storeys of one building."""
    made = Body(parts=sum(not part.is_a("IfcSpace") for part in parts))
    ground = _ground(model, building)
    drawn = _drawn([part for part in parts if _is(part, (*_WALLS, *_WITH_WALLS, *_COVERS))], made)
    if not any(_is(part, _WALLS) for part, _, _ in drawn):
        drawn = _drawn(parts, made)
    solid = [(part, points, faces) for part, points, faces in drawn if not _is(part, _NOT_BODY)]
    if not solid:
        return made
    floor = ground if ground is not None else min(float(points[:, 2].min()) for _, points, _ in solid)
    walls = [
        (points, faces)
        for part, points, faces in solid
        if _is(part, _WALLS) and points[:, 2].max() > floor + _LOW_M
    ]
    made.by_walls = bool(walls)
    covers = [(points, faces) for part, points, faces in drawn if _is(part, _COVERS)]
    outline = _seen_from_above(walls or [(points, faces) for _, points, faces in solid])
    made.polygons = _rings(_closed(outline, _seen_from_above(covers)))
    top = max(float(points[:, 2].max()) for _, points, _ in solid)
    if ground is not None:
        made.height_m = round(top - ground, 3)
        made.storeys = _storeys(model, building, ground, top)
    return made


def _is(part: Any, kinds: tuple[str, ...]) -> bool:
    return any(part.is_a(kind) for kind in kinds)  # False for entities of other schemas


def _is_part(part: Any) -> bool:
    return part.is_a("IfcSpace") or (part.is_a("IfcElement") and not _is(part, _NOT_BODY))


def _drawn(parts: list[Any], made: Body) -> list[tuple[Any, Numbers, npt.NDArray[np.int64]]]:
    """Corners (n, 3) in metres and triangles (m, 3) of each part."""
    geometry: Any = ifcopenshell.geom  # its types are made by a machine and say too much
    settings = geometry.settings()
    settings.set("use-world-coords", True)
    # A hole in a wall changes neither outline nor height, and cutting it takes most of the time.
    settings.set("disable-opening-subtractions", True)
    drawn = []
    for part in parts:
        try:
            shape = geometry.create_shape(settings, part)
        except RuntimeError:  # its geometry kernel raises nothing else
            made.failed.append(f"{part.is_a()} #{part.id()}")
            continue
        points = np.array(shape.geometry.verts, dtype=np.float64).reshape(-1, 3)
        faces = np.array(shape.geometry.faces, dtype=np.int64).reshape(-1, 3)
        if len(points) and len(faces) and np.isfinite(points).all():
            drawn.append((part, points, faces))
    return drawn


def _seen_from_above(bodies: list[tuple[Numbers, npt.NDArray[np.int64]]]) -> BaseGeometry:
    """What bodies cover in plan."""
    triangles: list[Numbers] = [points[faces][:, :, :2] for points, faces in bodies]
    if not triangles:
        return shapely.Polygon()
    corners = np.round(np.concatenate(triangles) / _GRID_M) * _GRID_M
    one, two, three = corners[:, 0], corners[:, 1], corners[:, 2]
    doubled = np.abs(
        (two[:, 0] - one[:, 0]) * (three[:, 1] - one[:, 1])
        - (three[:, 0] - one[:, 0]) * (two[:, 1] - one[:, 1])
    )
    kept = corners[doubled > 1e-6]
    if not len(kept):
        return shapely.Polygon()
    return shapely.union_all(shapely.polygons(kept), grid_size=_GRID_M)


def _closed(outline: BaseGeometry, covers: BaseGeometry) -> BaseGeometry:
    """Joints drawn shut, rooms filled, open yards left."""
    joined = shapely.buffer(outline, _JOINT_M, join_style="mitre")
    joined = shapely.buffer(joined, -_JOINT_M, join_style="mitre")
    filled = []
    for polygon in shapely.get_parts(joined):
        yards = []
        for ring in polygon.interiors:
            yard = shapely.Polygon(ring)
            if covers.intersection(yard).area < _OPEN_SHARE * yard.area and not covers.is_empty:
                yards.append(ring)
        filled.append(shapely.Polygon(polygon.exterior, yards))
    whole = shapely.union_all(filled)
    return shapely.simplify(whole, _GRID_M * 2)


def _rings(whole: BaseGeometry) -> list[list[list[tuple[float, float]]]]:
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon" and not p.is_empty]
    return [
        [[(round(x, 6), round(y, 6)) for x, y in ring.coords] for ring in (p.exterior, *p.interiors)]
        for p in parts
    ]


def _levels(model: Any, building: Any) -> list[tuple[float, Any]]:
    """Storeys of a building with the level of their floor in metres of the model, lowest first."""
    unit, _ = length_unit(model)
    storeys = model.by_type("IfcBuildingStorey")
    if building is not None and len(model.by_type("IfcBuilding")) > 1:
        inside = {part.id() for part in ifcopenshell.util.element.get_decomposition(building)}
        storeys = [storey for storey in storeys if storey.id() in inside]
    found = []
    for storey in storeys:
        matrix = ifcopenshell.util.placement.get_local_placement(storey.ObjectPlacement)
        found.append((float(matrix[2][3]) * unit, storey))
    return sorted(found, key=lambda pair: pair[0])


def _ground(model: Any, building: Any) -> float | None:
    """Level of the floor of the ground storey: of the storey whose elevation is nearest to nought."""
    levels = _levels(model, building)
    if not levels:
        return None
    return min(levels, key=lambda pair: abs(float(pair[1].Elevation or 0.0)))[0]


def _storeys(model: Any, building: Any, ground: float, top: float) -> int | None:
    """Storeys from the ground up that hold rooms, or walls where no storey holds rooms; None where neither is."""
    levels = _levels(model, building)
    above = [storey for level, storey in levels if ground - _BELOW_M < level <= top - _STANDING_M]
    held = [ifcopenshell.util.element.get_decomposition(storey) for storey in above]
    for kinds in (("IfcSpace",), _WALLS):
        count = sum(any(_is(part, kinds) for part in parts) for parts in held)
        if count:
            return count
    return None
