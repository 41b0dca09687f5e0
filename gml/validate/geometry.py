"""Geometry of a feature: coordinate system, axes, simple features, rings, polygons.

What can be read is kept with the feature as shapely shapes with x east, for the stages that look at places. GEOS is
asked for a portion of features at a time: a call for each costs more than what it answers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from lxml import etree

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


#: What most of a geometry consists of; nothing is to be said of these by themselves.
_PLAIN: Final = frozenset(
    f"{_GML}{name}" for name in ("surfaceMember", "exterior", "interior", "LinearRing", "posList", "pos")
)
_SHORTEST: Final = 4
_POS_LIST: Final = f"{_GML}posList"
_MOST_DIGITS: Final = 15
#: A single position tells its dimension by how many numbers it has.
_ANY: Final = "any"
#: Stands for positions that are not read yet.
_NOWHERE: Final = np.empty((0, 2))
#: Share of its parts below which the sum of an area may be zero.
_FLAT: Final = 1e-9
_OTHER_SYSTEM: Final[Any] = etree.XPath("descendant-or-self::*[@srsName != $srs and @srsName != '']")


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
class _Ring:
    """Positions (n, 2), x east; ``bent`` = some of it is a curve, so that its sides are not those written."""

    xy: npt.NDArray[np.float64]
    line: int
    bent: bool = False
    #: Of a ring that is one list: its text, the line and the dimension of it; read with those of other features.
    text: str = ""
    list_line: int = 0
    dimension: str | None = None


@dataclass(slots=True)
class _Patch:
    """A polygon as it is written; ``read`` = all its rings could be read, ``whole`` = and none is a curve."""

    line: int
    rings: list[_Ring]
    whole: bool = True
    read: bool = True


@dataclass(slots=True)
class _Reading:
    """One outermost geometry; what needs GEOS waits until there is a portion of them."""

    feature: Feature
    report: Report
    srs: str
    code: int
    east: bool
    property: str = ""
    line: int = 0
    #: Members of a multi-surface may not overlap; patches of one surface share sides by right.
    apart: bool = False
    patches: list[_Patch] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    points: list[Any] = field(default_factory=list)
    curved: bool = False
    looked_at_axes: bool = False

    def fault(self, rule: str, line: int, place: Any = None, **values: Any) -> None:
        self.report.add(rule, line, self.feature.gid, place=place, crs=self.code, **values)


class Geometries:
    """The stage: each feature is read while its elements are there, and the shapes of a portion are made at once.

    Parameters
    ----------
    report : where faults go; ``report.about`` is set to the feature of each.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._readings: list[_Reading] = []
        self.characters = 0

    def check(self, feature: Feature) -> None:
        """Read every geometry of a feature."""
        for element in feature.element.iter(f"{_GML}*"):
            if element.tag in _PLAIN:
                continue
            local = element.tag.removeprefix(_GML)
            if local in _NOT_SIMPLE:
                self._report.add("not-simple", line_of(element), feature.gid, name=local)
            if local == "Envelope":
                _system(feature, element, local, self._report)
            elif local in _GEOMETRIES and _outermost(element, feature.element):
                reading = _geometry(feature, element, local, self._report)
                self._readings.append(reading)
                self.characters += sum(len(ring.text) for patch in reading.patches for ring in patch.rings)

    def settle(self) -> None:
        """Hold what was read to the rules of rings and polygons, and give the features their shapes."""
        readings, self._readings, self.characters = self._readings, [], 0
        patches = [(reading, patch) for reading in readings for patch in reading.patches]
        _read([(reading, patch, r) for reading, patch in patches for r in patch.rings if r.xy is _NOWHERE])
        for reading, patch in patches:
            if patch.read and not patch.rings:
                self._report.about = reading.feature
                reading.fault("polygon-empty", patch.line)
        good = self._rings(patches)
        sound = [pair for pair, is_good in zip(patches, good, strict=True) if is_good]
        shapes = _polygons([patch for _, patch in sound])
        valid = shapely.is_valid(shapes)
        found: dict[int, list[int]] = {}
        for row, (reading, patch) in enumerate(sound):
            found.setdefault(id(reading), []).append(row)
            if not valid[row]:
                why, place = _reason(shapes[row])
                self._report.about = reading.feature
                reading.fault("polygon-invalid", patch.line, place, detail=why)
        several = [r for r in readings if len(found.get(id(r), ())) > 1]
        rows = [row for r in several for row in found[id(r)]]
        of = np.repeat(np.arange(len(several)), [len(found[id(r)]) for r in several])
        whole = shapely.multipolygons(shapes[rows], indices=of) if several else []
        multi = {id(reading): shape for reading, shape in zip(several, whole, strict=True)}
        for reading in readings:
            own = found.get(id(reading), [])
            shape: Any = shapes[own[0]] if len(own) == 1 else multi.get(id(reading))
            is_valid = len(own) == 1 and bool(valid[own[0]])
            if (
                shape is not None
                and len(own) > 1
                and reading.apart
                and not reading.curved
                and valid[own].all()
            ):
                is_valid = self._members(reading, shape)
            if shape is None:
                shape = _thin(reading)
            if shape is not None and reading.property not in reading.feature.shapes:
                reading.feature.shapes[reading.property] = (shape, reading.code)
                if is_valid:
                    reading.feature.valid.add(reading.property)
        self._report.about = None

    def _members(self, reading: _Reading, shape: Any) -> bool:
        """Whether the members of a multi-surface lie apart."""
        if not (apart := bool(shapely.is_valid(shape))):
            why, place = _reason(shape)
            self._report.about = reading.feature
            reading.fault("members-overlap", reading.line, place, detail=why)
        return apart

    def _rings(self, patches: list[tuple[_Reading, _Patch]]) -> list[bool]:
        """Whether each patch can be made a polygon of; tells of rings that cannot."""
        good = [patch.whole and bool(patch.rings) for _, patch in patches]
        rings = [
            (row, ring, ring is patch.rings[0])
            for row, (_, patch) in enumerate(patches)
            for ring in patch.rings
            if not ring.bent
        ]
        if not rings:
            return good
        xy = np.concatenate([ring.xy for _, ring, _ in rings])
        count = np.array([len(ring.xy) for _, ring, _ in rings])
        first = np.cumsum(count) - count
        is_open = (xy[first] != xy[first + count - 1]).any(axis=1)
        x, y = (xy - np.repeat(xy[first], count, axis=0)).T
        # The step from one ring to the next is between zeros or beside them: the first position is the origin.
        onwards, back = np.zeros(len(xy)), np.zeros(len(xy))
        onwards[:-1], back[:-1] = x[:-1] * y[1:], x[1:] * y[:-1]
        twice = np.add.reduceat(onwards - back, first)
        # So close to zero the order of a sum decides: those are added up by themselves.
        near = np.abs(twice) <= _FLAT * (np.add.reduceat(np.abs(onwards), first) + 1.0)
        wrong = np.array([outer for _, _, outer in rings]) != (twice > 0.0)
        for at in np.flatnonzero((count < _SHORTEST) | is_open | near | wrong):
            row, ring, outer = rings[at]
            self._report.about = patches[row][0].feature
            good[row] &= _ring(ring, patches[row][0], outer=outer)
        return good


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


def _geometry(feature: Feature, element: Any, local: str, report: Report) -> _Reading:
    srs = _system(feature, element, local, report)
    code, east = east_first(srs)
    above = element.getparent()
    reading = _Reading(feature, report, srs, code, east, above.tag.rpartition("}")[2], line_of(element))
    # To look through a geometry costs far more than to see that nothing in the feature names another system.
    if srs and any(other.get("srsName", srs) != srs for other in feature.attributed()):
        for inner in _OTHER_SYSTEM(element, srs=srs):
            name = inner.tag.removeprefix(_GML)
            if name in _GEOMETRIES:
                reading.fault("crs-mixed", line_of(inner), name=name, value=inner.get("srsName"), outer=srs)
    _walk(element, local, reading, element.get("srsDimension"))
    reading.apart = (
        local == "MultiSurface"
        and len(reading.patches) > 1
        and next(element.iter(f"{_GML}PolygonPatch"), None) is None
    )
    return reading


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
    patch = _Patch(line_of(element), [])
    for side in element.iterchildren(f"{_GML}exterior", f"{_GML}interior"):
        for ring in side.iterchildren("*"):
            if len(ring) == 1 and ring[0].tag == _POS_LIST:
                told = ring[0].get("srsDimension") or dimension
                text, line = ring[0].text or "", line_of(ring[0])
                patch.rings.append(_Ring(_NOWHERE, line_of(ring), text=text, list_line=line, dimension=told))
                continue
            bent = any(inner.tag.removeprefix(_GML) in _CURVED for inner in ring.iter(f"{_GML}*"))
            reading.curved |= bent
            patch.whole &= not bent
            xy = _positions(ring, reading, dimension)
            if xy is None:
                patch.read = patch.whole = False
            else:
                patch.rings.append(_Ring(xy, line_of(ring), bent))
    reading.patches.append(patch)


def _ring(ring: _Ring, reading: _Reading, *, outer: bool) -> bool:
    """Whether a polygon can be built of a ring; its first fault is told."""
    xy = ring.xy
    if len(xy) < _SHORTEST:
        reading.fault("ring-short", ring.line, shapely.points(xy[0]), count=len(xy))
        return False
    if (xy[0] != xy[-1]).any():
        reading.fault("ring-open", ring.line, shapely.linestrings(xy[[-1, 0]]))
        return False
    x, y = (xy - xy[0]).T
    twice = float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
    if twice == 0.0:
        reading.fault("ring-flat", ring.line, shapely.points(xy[0]))
        return False
    if (twice > 0.0) != outer:
        which = "gml:exterior" if outer else "gml:interior"
        reading.fault("ring-direction", ring.line, shapely.points(xy[0]), which=which)
    return True


def _polygons(patches: list[_Patch]) -> npt.NDArray[np.object_]:
    """Polygons of patches whose rings are all sound; the first ring of each is its shell."""
    if not patches:
        return np.empty(0, dtype=object)
    xy = [ring.xy for patch in patches for ring in patch.rings]
    of = np.repeat(np.arange(len(xy)), [len(one) for one in xy])
    rings = shapely.linearrings(np.concatenate(xy), indices=of)
    owner = np.repeat(np.arange(len(patches)), [len(patch.rings) for patch in patches])
    return np.asarray(shapely.polygons(rings, indices=owner), dtype=object)


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
    told = element.get("srsDimension") or inherited
    if told is None and element.tag.endswith("}pos"):
        told = _ANY
    return _positions_of(element.text or "", None, reading, line_of(element), told)


def _positions_of(
    text: str, values: npt.NDArray[np.float64] | None, reading: _Reading, line: int, told: str | None
) -> npt.NDArray[np.float64] | None:
    """Positions (n, 2), x east, of a text whose numbers may be known already; None = they cannot be read."""
    known = values is not None
    if values is None:
        try:
            values = np.array(list(map(float, text.split())), dtype=np.float64)
        except ValueError:
            reading.fault("coordinates", line, detail=N_("something is no number"))
            return None
    if told is _ANY:
        told = str(len(values)) if len(values) in (2, 3) else "2"
    told = told or "2"
    size = int(told) if told in ("2", "3") else 0
    if not size or not len(values) or len(values) % size:
        reading.fault("coordinates", line, detail=N_("their number does not fit srsDimension"))
        return None
    if not known and not np.isfinite(values).all():
        reading.fault("coordinates", line, detail=N_("a number is infinite or none"))
        return None
    written = values.reshape(-1, size)[:, :2]
    _axes(written[0], reading, line)
    return written if reading.east else written[:, ::-1]


def _decimals(text: str) -> npt.NDArray[np.float64] | None:
    """Numbers that all have as many decimals, one space between them; None = they may be numbers of another form.

    Whole numbers below 2⁵³ and small powers of ten are doubles, so a quotient is the double next to what is written,
    as ``float`` gives it, at a fourth of the cost.
    """
    raw = np.frombuffer(text.encode(), dtype=np.uint8)
    dots = np.flatnonzero(raw == ord("."))
    ends = np.append(np.flatnonzero(raw == ord(" ")), len(raw))
    if not len(dots) or len(dots) != len(ends) or (dots[1:] < ends[:-1]).any():
        return None
    places = int(ends[0] - dots[0]) - 1
    digits = np.count_nonzero((raw >= ord("0")) & (raw <= ord("9")))
    if not 0 < places <= _MOST_DIGITS or digits + len(dots) + len(ends) - 1 < len(raw):
        return None
    longest = max(int(ends[0]) + 1, int(np.diff(ends).max(initial=0)))
    if (ends - dots != places + 1).any() or longest > _MOST_DIGITS + 2:
        return None
    return np.fromstring(text.replace(".", ""), dtype=np.int64, sep=" ") / 10.0**places


def _read(waiting: list[tuple[_Reading, _Patch, _Ring]]) -> None:
    """Read the positions of rings that are one list each; those that cannot be read leave their patch."""
    if not waiting:
        return
    texts = [ring.text for _, _, ring in waiting]
    values = _decimals(" ".join(texts))
    end = 0
    for reading, patch, ring in waiting:
        own = None
        if values is not None:
            begin, end = end, end + ring.text.count(" ") + 1
            own = values[begin:end]
        reading.report.about = reading.feature
        xy = _positions_of(ring.text, own, reading, ring.list_line, ring.dimension)
        if xy is None:
            patch.whole = patch.read = False
            patch.rings = [other for other in patch.rings if other is not ring]
        else:
            ring.xy = xy
    reading.report.about = None


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


def _reason(shape: Any) -> tuple[str, Any]:
    """What GEOS says of an invalid shape, and the place that it names."""
    words, _, rest = str(shapely.is_valid_reason(shape)).partition("[")
    numbers = rest.rstrip("]").split()
    place = None
    if len(numbers) >= 2 and all(math.isfinite(float(n)) for n in numbers[:2]):
        place = shapely.points(float(numbers[0]), float(numbers[1]))
    return words.strip() or "self-intersection", place


def _thin(reading: _Reading) -> Any:
    """What was read of a geometry that has no area, as one shape; None = nothing."""
    if reading.lines:
        return shapely.multilinestrings(reading.lines) if len(reading.lines) > 1 else reading.lines[0]
    if reading.points:
        return shapely.multipoints(reading.points) if len(reading.points) > 1 else reading.points[0]
    return None
