"""Features with outlines: geometry and properties as GeoJSON has them, into shapes. Runs in the child process.

Every format whose features have attributes hands them on here, so that they mean the same in each. Standard
library only, so that it starts fast.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from permits.drawings.drawing import Parsed, Position, Ring, Rings, Shape

#: More positions than this are not measured.
MAX_POSITIONS: Final = 500_000
#: No coordinate of any system in use is larger.
MAX_NUMBER: Final = 1e9

_OUTLINES: Final = ("Polygon", "MultiPolygon")
GEOMETRIES: Final = (
    *_OUTLINES,
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "GeometryCollection",
)
_WKT: Final = re.compile(r"\s*POLYGON\s*(Z?)\s*\((.*)\)\s*\Z", re.IGNORECASE | re.DOTALL)
_WKT_RING: Final = re.compile(r"\s*\(([^()]*)\)\s*(?:,|\Z)")


class BadFeatureError(Exception):
    """A value that stops the reading of one feature; the arguments are those of a fault."""

    def __init__(self, code: str, **parts: Any) -> None:
        self.code, self.parts = code, parts
        super().__init__(code)


class Features:
    """Gathers features in a :class:`Parsed`; what is wrong with one is a fault with its place."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.positions = 0

    def add(
        self,
        geometry: Any,
        properties: dict[str, Any],
        where: dict[str, Any],
        layer: str | None = None,
    ) -> None:
        """Read one feature.

        Parameters
        ----------
        geometry : as GeoJSON has it, ``None`` for none; positions in the file's own numbers and order.
        properties : by the names of a building in a rule case; ``roof`` as WKT, GeoJSON or ``geometry``.
        where : place in the file.
        layer : that it lies on, if the format has layers.
        """
        attributes = dict(properties)
        if isinstance(attributes.get("id"), str | int):
            where = {**where, "id": str(attributes["id"])[:80]}
        try:
            self._outline(geometry, attributes, where, layer)
        except BadFeatureError as bad:
            self.parsed.fault(bad.code, **{"where": {**where, **bad.parts.pop("where", {})}, **bad.parts})

    def _outline(
        self, geometry: Any, attributes: dict[str, Any], where: dict[str, Any], layer: str | None
    ) -> None:
        if geometry is None:
            raise BadFeatureError("null_geometry", found="null")
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in GEOMETRIES:
            raise BadFeatureError("unsupported", found=str(kind)[:60])
        if kind not in _OUTLINES:
            # A label or an axis beside the buildings may be left out; something called a building may not.
            meant = attributes.get("role") is not None or attributes.get("kind") is not None
            self._sane(geometry.get("coordinates"))
            self.parsed.fault("not_an_area", "error" if meant else "warning", found=kind, where=where)
            return
        polygons = self._polygons(geometry)
        roof_said = attributes.pop("roof", None)
        levels = {
            position[2] for rings in polygons for ring in rings for position in ring if len(position) > 2
        }
        if roof_said == "geometry":
            roof = polygons
        else:
            roof = [] if roof_said is None else self._roof(roof_said)
            if levels - {0.0}:
                self.parsed.fault("z_not_used", "warning", found=max(levels), where=where)
        self.parsed.shapes.append(Shape(where, polygons, attributes, roof, layer))

    def _sane(self, coordinates: Any) -> None:
        """Impossible numbers are told, also in what is left out."""
        if _is_number(coordinates) and not abs(_number(coordinates)) < MAX_NUMBER:
            raise BadFeatureError("out_of_range", found=f"{_number(coordinates):g}")
        for part in coordinates if isinstance(coordinates, list | tuple) else ():
            self._sane(part)

    def _polygons(self, geometry: dict[str, Any]) -> list[Rings]:
        coordinates = geometry.get("coordinates")
        if not isinstance(coordinates, list | tuple) or not coordinates:
            raise BadFeatureError("null_geometry", found="empty")
        bodies = [coordinates] if geometry["type"] == "Polygon" else coordinates
        polygons = []
        for number, body in enumerate(bodies):
            if not isinstance(body, list | tuple) or not body:
                raise BadFeatureError("null_geometry", found="empty", where={"part": number})
            polygons.append([self._ring(ring, number, index) for index, ring in enumerate(body)])
        return polygons

    def _ring(self, ring: Any, part: int, index: int) -> Ring:
        place = {"ring": index} if part == 0 else {"part": part, "ring": index}
        if not isinstance(ring, list | tuple) or not ring:
            raise BadFeatureError("null_geometry", found="empty", where=place)
        self.positions += len(ring)
        if self.positions > MAX_POSITIONS:
            raise BadFeatureError("too_many_positions", found=self.positions, expected=MAX_POSITIONS)
        return [self._position(position, place) for position in ring]

    def _position(self, position: Any, place: dict[str, Any]) -> Position:
        if not isinstance(position, list | tuple) or len(position) < 2 or not all(map(_is_number, position)):
            raise BadFeatureError("not_a_position", found=json.dumps(position)[:80], where=place)
        numbers = [_number(value) for value in position[:3]]
        if not all(math.isfinite(value) and abs(value) < MAX_NUMBER for value in numbers):
            raise BadFeatureError(
                "out_of_range", found=", ".join(f"{value:g}" for value in numbers), where=place
            )
        return numbers

    def _roof(self, roof: Any) -> list[Rings]:
        """Facets: a list of WKT ``POLYGON Z``, or a GeoJSON geometry with z."""
        facets: list[Rings] = []
        if isinstance(roof, str):
            roof = [roof]
        if isinstance(roof, list):
            for number, item in enumerate(roof):
                facets += [_wkt(item, number)] if isinstance(item, str) else self._facets(item)
        else:
            facets = self._facets(roof)
        for number, facet in enumerate(facets):
            if any(len(position) < 3 for ring in facet for position in ring):
                raise BadFeatureError("roof_without_z", where={"key": "roof", "facet": number})
        return facets

    def _facets(self, geometry: Any) -> list[Rings]:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind in _OUTLINES:
            return self._polygons(geometry)
        if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
            return [facet for part in geometry["geometries"] for facet in self._facets(part)]
        raise BadFeatureError(
            "roof_not_read", found=str(kind if kind else geometry)[:80], where={"key": "roof"}
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: float) -> float:
    """As a float; an integer too large for one is as far out of range as infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _wkt(text: str, number: int) -> Rings:
    """Rings of a WKT ``POLYGON Z``; a fault names the facet."""
    where = {"key": "roof", "facet": number}
    match = _WKT.match(text)
    rings: Rings = []
    if match:
        body, position = match.group(2), 0
        while ring := _WKT_RING.match(body, position):
            try:
                rings.append([[float(v) for v in point.split()] for point in ring.group(1).split(",")])
            except ValueError:
                break
            position = ring.end()
        if rings and position == len(body) and all(2 <= len(p) <= 3 for r in rings for p in r):
            flat = [value for r in rings for p in r for value in p]
            if all(math.isfinite(value) and abs(value) < MAX_NUMBER for value in flat):
                return rings
    raise BadFeatureError("roof_not_read", found=text[:80], where=where)
