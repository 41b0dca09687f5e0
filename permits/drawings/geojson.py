"""GeoJSON: text to outlines. Runs in the child process; standard library only, so that it starts fast."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from permits.drawings.drawing import Parsed, Position, Ring, Rings, Shape
from permits.drawings.sniff import encoding

#: Deeper nesting is no drawing; far below what the reader's stack can bear.
MAX_DEPTH: Final = 64
#: More positions than this are not measured.
MAX_POSITIONS: Final = 500_000
#: No coordinate of any system in use is larger.
MAX_NUMBER: Final = 1e9

_OUTLINES: Final = ("Polygon", "MultiPolygon")
_GEOMETRIES: Final = (
    *_OUTLINES,
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "GeometryCollection",
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_WKT: Final = re.compile(r"\s*POLYGON\s*(Z?)\s*\((.*)\)\s*\Z", re.IGNORECASE | re.DOTALL)
_WKT_RING: Final = re.compile(r"\s*\(([^()]*)\)\s*(?:,|\Z)")


class _BadError(Exception):
    """A value that stops the reading of one feature; the arguments are those of a fault."""

    def __init__(self, code: str, **parts: Any) -> None:
        self.code, self.parts = code, parts
        super().__init__(code)


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a FeatureCollection, a Feature or a bare geometry.

    Parameters
    ----------
    data : the file, UTF-8 by definition; UTF-16 and UTF-32 are recognised.
    options : none.

    Returns
    -------
    :meth:`Parsed.plain`: positions in the file's own numbers and order, ``crs`` as declared; ``facts`` has
    ``crs_null`` when the file says ``"crs": null``.
    """
    del options
    parsed = Parsed()
    text = _decode(data, parsed)
    if text is None or not _shallow(text, parsed):
        return parsed.plain()
    tree = _load(text, parsed)
    if tree is not None:
        _Reader(parsed).top(tree)
    return parsed.plain()


def _decode(data: bytes, parsed: Parsed) -> str | None:
    name = encoding(data)
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        parsed.fault("encoding", found=name, where={"byte": error.start})
        return None


def _shallow(text: str, parsed: Parsed) -> bool:
    """Whether the nesting is of a depth that the JSON reader can be trusted with."""
    depth = 0
    for match in _TOKEN.finditer(text):
        mark = match.group()[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                parsed.fault("nesting", found=depth, expected=MAX_DEPTH, where=_line(text, match.start()))
                return False
        elif mark in "]}":
            depth -= 1
    return True


def _line(text: str, position: int) -> dict[str, Any]:
    before = text[:position]
    return {"line": before.count("\n") + 1, "column": position - before.rfind("\n")}


def _load(text: str, parsed: Parsed) -> Any:
    double: list[str] = []
    constants: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            names = [key for key, _ in items]
            double.extend(sorted({key for key in names if names.count(key) > 1}))
        return made

    def constant(name: str) -> float:
        constants.append(name)
        return math.nan

    try:
        tree = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        parsed.fault(_how_broken(text, error), found=error.msg, where=_line(text, error.pos))
        return None
    except ValueError as error:  # a number of thousands of digits
        parsed.fault("syntax", found=str(error)[:120])
        return None
    for key in sorted(set(double)):
        parsed.fault("duplicate_key", found=key[:80], where={"key": key[:80]})
    for name in sorted(set(constants)):
        parsed.fault("not_json_number", found=name)
    return tree


def _how_broken(text: str, error: json.JSONDecodeError) -> str:
    """Cut off, or wrong in the middle: a cut file breaks at its end, or in a word that runs to its end."""
    rest = text[error.pos :].strip()
    unfinished = error.msg.startswith("Unterminated string") or not re.search(r'[\[\]{}",:]', rest[:40])
    return (
        "truncated"
        if not rest or (unfinished and len(rest) < 12) or "Unterminated" in error.msg
        else "syntax"
    )


class _Reader:
    """Walks the tree and fills a :class:`Parsed`."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.positions = 0

    def top(self, tree: Any) -> None:
        if not isinstance(tree, dict):
            self.parsed.fault("unsupported", found=type(tree).__name__)
            return
        kind = tree.get("type")
        self._crs(tree)
        if kind == "FeatureCollection":
            features = tree.get("features")
            if not isinstance(features, list):
                self.parsed.fault("syntax", found="features", where={"key": "features"})
                return
            if not features:
                self.parsed.fault("empty")
            for index, feature in enumerate(features):
                self._feature(feature, {"feature": index})
        elif kind == "Feature":
            self._feature(tree, {"feature": 0})
        elif kind in _GEOMETRIES:
            self._feature({"type": "Feature", "geometry": tree, "properties": {}}, {"feature": 0})
        else:
            self.parsed.fault("unsupported", found=str(kind)[:60], where={"key": "type"})

    def _crs(self, tree: dict[str, Any]) -> None:
        if "crs" not in tree:
            return
        crs = tree["crs"]
        if crs is None:
            self.parsed.facts["crs_null"] = True
            return
        properties = crs.get("properties") if isinstance(crs, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        if isinstance(crs, dict) and crs.get("type") == "name" and isinstance(name, str) and name.strip():
            self.parsed.crs = name.strip()[:200]
        else:
            self.parsed.fault("crs_not_named", found=str(crs)[:120], where={"key": "crs"})

    def _feature(self, feature: Any, where: dict[str, Any]) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            kind = feature.get("type") if isinstance(feature, dict) else type(feature).__name__
            self.parsed.fault("unsupported", found=str(kind)[:60], where=where)
            return
        properties = feature.get("properties")
        attributes = dict(properties) if isinstance(properties, dict) else {}
        if "id" not in attributes and isinstance(feature.get("id"), str | int):
            attributes["id"] = str(feature["id"])
        if isinstance(attributes.get("id"), str | int):
            where = {**where, "id": str(attributes["id"])[:80]}
        try:
            self._outline(feature.get("geometry"), attributes, where)
        except _BadError as bad:
            self.parsed.fault(bad.code, **{"where": {**where, **bad.parts.pop("where", {})}, **bad.parts})

    def _outline(self, geometry: Any, attributes: dict[str, Any], where: dict[str, Any]) -> None:
        if geometry is None:
            raise _BadError("null_geometry", found="null")
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in _GEOMETRIES:
            raise _BadError("unsupported", found=str(kind)[:60])
        if kind not in _OUTLINES:
            # A label or an axis beside the buildings may be left out; something called a building may not.
            meant = "role" in attributes or "kind" in attributes
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
        self.parsed.shapes.append(Shape(where, polygons, attributes, roof))

    def _sane(self, coordinates: Any) -> None:
        """Impossible numbers are told, also in what is left out."""
        if _is_number(coordinates) and not abs(_number(coordinates)) < MAX_NUMBER:
            raise _BadError("out_of_range", found=f"{_number(coordinates):g}")
        for part in coordinates if isinstance(coordinates, list) else ():
            self._sane(part)

    def _polygons(self, geometry: dict[str, Any]) -> list[Rings]:
        coordinates = geometry.get("coordinates")
        if not isinstance(coordinates, list) or not coordinates:
            raise _BadError("null_geometry", found="empty")
        bodies = [coordinates] if geometry["type"] == "Polygon" else coordinates
        polygons = []
        for number, body in enumerate(bodies):
            if not isinstance(body, list) or not body:
                raise _BadError("null_geometry", found="empty", where={"part": number})
            polygons.append([self._ring(ring, number, index) for index, ring in enumerate(body)])
        return polygons

    def _ring(self, ring: Any, part: int, index: int) -> Ring:
        place = {"ring": index} if part == 0 else {"part": part, "ring": index}
        if not isinstance(ring, list) or not ring:
            raise _BadError("null_geometry", found="empty", where=place)
        self.positions += len(ring)
        if self.positions > MAX_POSITIONS:
            raise _BadError("too_many_positions", found=self.positions, expected=MAX_POSITIONS)
        return [self._position(position, place) for position in ring]

    def _position(self, position: Any, place: dict[str, Any]) -> Position:
        if not isinstance(position, list) or len(position) < 2 or not all(map(_is_number, position)):
            raise _BadError("not_a_position", found=json.dumps(position)[:80], where=place)
        numbers = [_number(value) for value in position[:3]]
        if not all(math.isfinite(value) and abs(value) < MAX_NUMBER for value in numbers):
            raise _BadError("out_of_range", found=", ".join(f"{value:g}" for value in numbers), where=place)
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
                raise _BadError("roof_without_z", where={"key": "roof", "facet": number})
        return facets

    def _facets(self, geometry: Any) -> list[Rings]:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind in _OUTLINES:
            return self._polygons(geometry)
        if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
            return [facet for part in geometry["geometries"] for facet in self._facets(part)]
        raise _BadError("roof_not_read", found=str(kind if kind else geometry)[:80], where={"key": "roof"})


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
    raise _BadError("roof_not_read", found=text[:80], where=where)
