"""Geometry of a feature: coordinate system, axes, simple features, rings, polygons.

What can be read is kept with the feature as shapely shapes with x east, for the stages that look at places.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from gml.validate.document import Feature, line_of
from gml.validate.fault import Report
from gml.validate.rules import N_
from gml.validate.tables import GML

_GML: Final = f"{{{GML}}}"
_URI: Final = re.compile(r"http://www\.opengis\.net/def/crs/EPSG/0/(\d{4,6})")
_DIGITS: Final = re.compile(r"(\d{4,6})/?$")
#: Degrees, latitude first.
GEOGRAPHIC: Final = frozenset({4258, 4326, 4936, 4937})
_EAST_FIRST: Final = frozenset(range(25828, 25838))
_NORTH_FIRST: Final = frozenset({3034, 3035, 3006, *range(3038, 3052)})
#: LAEA and LCC Europe put northing first too, but their numbers tell nothing of the order.
_AMBIGUOUS: Final = frozenset({3034, 3035})
#: Annex II 1.3 of Regulation 1089/2010, with the national ones endorsed by MIG-T 76 (2023-11-30).
INSPIRE_CRS: Final = frozenset(
    {4258, 4936, 4937, 3034, 3035, *range(3038, 3052), 3006, 25832, 25833, 3812, 3765, 5730, 5861, 5715, 5621,
     7409, 7423, 5013, 5014, 5015, 9389, 9390, 4080, 4081, 4082, 4083}
)  # fmt: skip
_GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "Curve", "OrientableCurve", "CompositeCurve", "MultiCurve", "Polygon",
     "Surface", "OrientableSurface", "CompositeSurface", "PolyhedralSurface", "TriangulatedSurface", "Tin",
     "MultiSurface", "MultiGeometry", "Solid", "CompositeSolid", "MultiSolid", "GeometricComplex", "Grid",
     "RectifiedGrid"}
)  # fmt: skip
_PATCHES: Final = frozenset({"Polygon", "PolygonPatch", "Triangle", "Rectangle"})
_CURVED: Final = frozenset(
    {"Arc", "ArcString", "ArcByCenterPoint", "ArcByBulge", "ArcStringByBulge", "Circle", "CircleByCenterPoint",
     "CubicSpline", "BSpline", "Bezier", "Clothoid", "GeodesicString", "OffsetCurve"}
)  # fmt: skip
_NOT_SIMPLE: Final = _CURVED | {
    "Solid", "MultiSolid", "CompositeSolid", "CompositeCurve", "CompositeSurface", "OrientableSurface",
    "PolyhedralSurface", "TriangulatedSurface", "Tin", "Triangle", "Rectangle", "Grid", "RectifiedGrid", "Node",
    "Edge", "Face", "TopoSolid", "TopoComplex", "Cone", "Cylinder", "Sphere", "GeometricComplex", "pointMembers",
    "curveMembers", "surfaceMembers", "geometryMembers", "coordinates",
}  # fmt: skip


def east_first(srs: str) -> tuple[int, bool]:
    """EPSG code of a srsName (0 = none), and whether its first coordinate is the easting or longitude."""
    found = _DIGITS.search(srs)
    if found is None:
        return 0, True
    code = int(found.group(1))
    # The old short form has always meant east first, whatever the authority says.
    short = srs.upper().startswith("EPSG:")
    return code, short or not (code in GEOGRAPHIC or code in _NORTH_FIRST)


@dataclass(slots=True)
class _Reading:
    """One outermost geometry while it is read."""

    feature: Feature
    report: Report
    srs: str
    code: int
    east: bool
    polygons: list[Any] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    points: list[Any] = field(default_factory=list)
    curved: bool = False
    looked_at_axes: bool = False

    def fault(self, rule: str, line: int, place: Any = None, **values: Any) -> None:
        self.report.add(rule, line, self.feature.gid, place=place, crs=self.code, **values)


def check(feature: Feature, report: Report) -> None:
    """Look at every geometry of a feature, and keep its shapes."""
    for element in feature.element.iter(f"{_GML}*"):
        local = element.tag.removeprefix(_GML)
        if local in _NOT_SIMPLE:
            report.add("not-simple", line_of(element), feature.gid, name=local)
        if local == "Envelope":
            _system(feature, element, local, report)
        elif local in _GEOMETRIES and _outermost(element, feature.element):
            _geometry(feature, element, local, report)


def _outermost(element: Any, top: Any) -> bool:
    above = element.getparent()
    while above is not None and above is not top:
        if above.tag.startswith(_GML) and above.tag.removeprefix(_GML) in _GEOMETRIES:
            return False
        above = above.getparent()
    return True


def _system(feature: Feature, element: Any, local: str, report: Report) -> str:
    srs = element.get("srsName")
    line = line_of(element)
    if not srs:
        report.add("crs-missing", line, feature.gid, name=local)
        return ""
    if (found := _URI.fullmatch(srs)) is None:
        report.add("crs-address", line, feature.gid, value=srs[:200])
    elif int(found.group(1)) not in INSPIRE_CRS:
        report.add("crs-not-inspire", line, feature.gid, code=int(found.group(1)))
    return str(srs)


def _geometry(feature: Feature, element: Any, local: str, report: Report) -> None:
    srs = _system(feature, element, local, report)
    code, east = east_first(srs)
    reading = _Reading(feature, report, srs, code, east)
    for inner in element.iter(f"{_GML}*"):
        own = inner.get("srsName")
        if own and srs and own != srs and inner.tag.removeprefix(_GML) in _GEOMETRIES:
            reading.fault(
                "crs-mixed", line_of(inner), name=inner.tag.removeprefix(_GML), value=own, outer=srs
            )
    _walk(element, local, reading, element.get("srsDimension"))
    _polygons_valid(reading, element, local)
    shape = _whole(reading)
    if shape is not None:
        above = element.getparent()
        feature.shapes.setdefault(above.tag.rpartition("}")[2], (shape, code))


def _walk(element: Any, local: str, reading: _Reading, dimension: str | None) -> None:
    """Read what stands in a geometry, from the outside inwards; depth is bounded by the parser."""
    open_elements = [(element, local, dimension)]
    while open_elements:
        at, name, inherited = open_elements.pop()
        own = at.get("srsDimension") or inherited
        if name in _PATCHES:
            _polygon(at, reading, own)
        elif name in ("LineString", "LineStringSegment", *_CURVED):
            if name in _CURVED:
                reading.curved = True
            xy = _positions(at, reading, own)
            if xy is not None and len(xy) > 1:
                reading.lines.append(shapely.linestrings(xy))
        elif name == "Point":
            xy = _positions(at, reading, own)
            if xy is not None:
                reading.points.append(shapely.points(xy[0]))
        else:
            inside = [c for c in at if isinstance(c.tag, str) and c.tag.startswith(_GML)]
            open_elements += [(c, c.tag.removeprefix(_GML), own) for c in reversed(inside)]


def _polygon(element: Any, reading: _Reading, dimension: str | None) -> None:
    line = line_of(element)
    rings: list[npt.NDArray[np.float64]] = []
    good, curved = True, False
    for side in element:
        which = side.tag.removeprefix(_GML) if isinstance(side.tag, str) else ""
        if which not in ("exterior", "interior"):
            continue
        for ring in side:
            if not isinstance(ring.tag, str):
                continue
            bent = any(inner.tag.removeprefix(_GML) in _CURVED for inner in ring.iter(f"{_GML}*"))
            curved |= bent
            xy = _positions(ring, reading, dimension)
            if xy is None:
                good = False
            elif not bent:
                good &= _ring(xy, reading, line_of(ring), outer=not rings)
            if xy is not None:
                rings.append(xy)
    reading.curved |= curved
    if not rings:
        if good:
            reading.fault("polygon-empty", line)
        return
    if good and not curved:
        reading.polygons.append((line, shapely.Polygon(rings[0], rings[1:])))


def _ring(xy: npt.NDArray[np.float64], reading: _Reading, line: int, *, outer: bool) -> bool:
    """Whether positions (n, 2), x east, make a ring that a polygon can be built of."""
    if len(xy) < 4:
        reading.fault("ring-short", line, shapely.points(xy[0]), count=len(xy))
        return False
    if (xy[0] != xy[-1]).any():
        reading.fault("ring-open", line, shapely.linestrings(xy[[-1, 0]]))
        return False
    x, y = (xy - xy[0]).T
    twice = float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
    if twice == 0.0:
        reading.fault("ring-flat", line, shapely.points(xy[0]))
        return False
    if (twice > 0.0) != outer:
        reading.fault(
            "ring-direction", line, shapely.points(xy[0]), which="gml:exterior" if outer else "gml:interior"
        )
    return True


def _positions(element: Any, reading: _Reading, dimension: str | None) -> npt.NDArray[np.float64] | None:
    """Positions (n, 2) under an element, x east; joints of pieces stand once. None = they cannot be read."""
    found: list[npt.NDArray[np.float64]] = []
    for inner in element.iter(f"{_GML}pos", f"{_GML}posList"):
        xy = _numbers(inner, reading, dimension)
        if xy is None:
            return None
        if found and inner.tag.endswith("posList") and (found[-1][-1] == xy[0]).all():
            xy = xy[1:]
        if len(xy):
            found.append(xy)
    if not found:
        reading.fault("coordinates", line_of(element), detail=N_("there are none"))
        return None
    return np.concatenate(found)


def _numbers(element: Any, reading: _Reading, inherited: str | None) -> npt.NDArray[np.float64] | None:
    line = line_of(element)
    texts = (element.text or "").split()
    try:
        values = np.array(list(map(float, texts)), dtype=np.float64)
    except ValueError:
        reading.fault("coordinates", line, detail=N_("something is no number"))
        return None
    told = element.get("srsDimension") or inherited
    if told is None:
        told = str(len(values)) if element.tag.endswith("}pos") and len(values) in (2, 3) else "2"
    size = int(told) if told in ("2", "3") else 0
    if not size or not len(values) or len(values) % size:
        reading.fault("coordinates", line, detail=N_("their number does not fit srsDimension"))
        return None
    if not np.isfinite(values).all():
        reading.fault("coordinates", line, detail=N_("a number is infinite or none"))
        return None
    written = values.reshape(-1, size)[:, :2]
    _axes(written[0], reading, line)
    return written if reading.east else written[:, ::-1]


def _axes(first: npt.NDArray[np.float64], reading: _Reading, line: int) -> None:
    """Say once a geometry when its first position cannot be in the system that it names."""
    if reading.looked_at_axes or not reading.code or reading.srs.upper().startswith("EPSG:"):
        return
    reading.looked_at_axes = True
    a, b = float(first[0]), float(first[1])
    low, high = 2.5e6, 9.5e6
    want = ""
    if reading.code in GEOGRAPHIC:
        # Europe with its seas, in degrees.
        want = "" if 27 <= a <= 82 and -32 <= b <= 46 else "latitude, longitude"
    elif reading.code in _EAST_FIRST:
        want = "" if -2e6 <= a <= 2.5e6 and low <= b <= high else "easting, northing"
    elif reading.code in _NORTH_FIRST - _AMBIGUOUS:
        want = "" if low <= a <= high else "northing, easting"
    if want:
        reading.fault("axis-order", line, code=reading.code, want=want, first=f"{a:.10g} {b:.10g}")


def _polygons_valid(reading: _Reading, element: Any, local: str) -> None:
    if not reading.polygons:
        return
    shapes = np.array([shape for _, shape in reading.polygons], dtype=object)
    valid = shapely.is_valid(shapes)
    for at in np.flatnonzero(~valid):
        why, place = _reason(shapes[at])
        reading.fault("polygon-invalid", reading.polygons[at][0], place, detail=why)
    if local == "MultiSurface" and len(shapes) > 1 and valid.all() and not reading.curved:
        # Patches of one surface share sides by right; members of a multi-surface do not.
        if next(element.iter(f"{_GML}PolygonPatch"), None) is not None:
            return
        whole = shapely.multipolygons(shapes)
        if not shapely.is_valid(whole):
            why, place = _reason(whole)
            reading.fault("members-overlap", line_of(element), place, detail=why)


def _reason(shape: Any) -> tuple[str, Any]:
    """What GEOS says of an invalid shape, and the place that it names."""
    words, _, rest = str(shapely.is_valid_reason(shape)).partition("[")
    numbers = rest.rstrip("]").split()
    place = None
    if len(numbers) >= 2 and all(math.isfinite(float(n)) for n in numbers[:2]):
        place = shapely.points(float(numbers[0]), float(numbers[1]))
    return words.strip() or "self-intersection", place


def _whole(reading: _Reading) -> Any:
    """All that was read of a geometry as one shape; None = nothing."""
    polygons = [shape for _, shape in reading.polygons]
    if polygons:
        return shapely.multipolygons(polygons) if len(polygons) > 1 else polygons[0]
    if reading.lines:
        return shapely.multilinestrings(reading.lines) if len(reading.lines) > 1 else reading.lines[0]
    if reading.points:
        return shapely.multipoints(reading.points) if len(reading.points) > 1 else reading.points[0]
    return None
