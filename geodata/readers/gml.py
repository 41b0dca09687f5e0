"""GML of the registers, streamed: one feature after the other, no DTD, no entities, no network.

The geometry is what registers write: rings and lines of straight pieces as ``posList``; an arc is refused
rather than straightened in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import shapely
from lxml import etree

from geodata.readers.files import sniff
from geodata.readers.refusal import CannotRead

_CHUNK: Final = 2**16
_POSITIONS: Final = ("posList", "pos", "coordinates")
#: Root elements of collections of features.
COLLECTIONS: Final = ("FeatureCollection", "CityModel", "MetaFeatureCollection")
_CURVED: Final = ("Arc", "ArcString", "Circle", "ArcByCenterPoint", "CubicSpline", "BSpline", "Bezier")
_CODE: Final = re.compile(r"(?:EPSG|epsg)[:/#]+(?:[\d.]*[:/])?(\d+)$")


class BadGeometry(ValueError):
    """One feature's geometry cannot be read; the message says why."""


def local(tag: Any) -> str:
    """Name of an element without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class _RootReached(Exception):
    pass


def refuse_doctype(path: Path) -> None:
    """Read up to the root element and refuse a DOCTYPE, before any entity could be declared.

    Raises
    ------
    CannotRead : the file has a DOCTYPE, or is no XML.
    """

    def doctype(*_: Any) -> None:
        raise CannotRead(
            f"{path.name} has a DOCTYPE; no register's file needs one, and it can name other files. Remove it",
            "dtd",
        )

    def root(*_: Any) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except _RootReached:
        return
    except expat.ExpatError as error:
        raise CannotRead(f"{path.name} is not XML: {error}. Fetch it again", "syntax") from None


def members(path: Path) -> Iterator[tuple[int, Any]]:
    """Features of a collection with their number from 0, each forgotten when the next one is asked for.

    Raises
    ------
    CannotRead : no XML, no feature collection, cut off, or a DOCTYPE.
    """
    if sniff(path) != "xml":
        raise CannotRead(
            f"{path.name} is not GML ({sniff(path)} by its content); deliver the register's GML",
            "not_what_it_says",
        )
    refuse_doctype(path)
    # The file is opened here, so that it is closed too when the reading stops half-way.
    with path.open("rb") as file:
        try:
            yield from _members(path, file)
        except etree.XMLSyntaxError as error:
            raise CannotRead(
                f"{path.name} is cut off or broken: {error}. Nothing of it was taken; fetch it again",
                "truncated",
            ) from None


def _members(path: Path, file: Any) -> Iterator[tuple[int, Any]]:
    context = etree.iterparse(
        file,
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    number = 0
    _, root = next(iter(context))
    if local(root.tag) not in COLLECTIONS:
        raise CannotRead(
            f"{path.name}: the root element is {local(root.tag)}; expected a GML FeatureCollection",
            "not_what_it_says",
        )
    for event, element in context:
        if event != "end" or local(element.tag) not in ("featureMember", "member", "featureMembers"):
            continue
        for child in element:
            if isinstance(child.tag, str):
                yield number, child
                number += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def texts(feature: Any) -> dict[str, str]:
    """Leaf elements of a feature that are not geometry: name → text, empty ones left out."""
    found: dict[str, str] = {}
    for element in feature.iter(etree.Element):
        if len(element) == 0 and element.text and local(element.tag) not in _POSITIONS:
            text = element.text.strip()
            if text:
                found.setdefault(local(element.tag), text)
    return found


def system(feature: Any) -> str | None:
    """Code of the coordinate system that a feature's geometry names (``25832``), None = it names none."""
    for element in feature.iter(etree.Element):
        name = element.get("srsName")
        if name:
            code = _CODE.search(name)
            return code.group(1) if code else str(name)
    return None


def geometry(feature: Any) -> Any:
    """Shape of a feature: (Multi)Polygon, (Multi)LineString or Point, with the numbers as written; None = none.

    Raises
    ------
    BadGeometry : arcs, an odd number of values, text among the numbers, an open or too short ring.
    """
    rings: list[tuple[Any, list[Any]]] = []
    lines, points = [], []
    for element in feature.iter(etree.Element):
        name = local(element.tag)
        if name in _CURVED:
            raise BadGeometry(f"it has a curved piece ({name}), and curves are not straightened in silence")
        if name in ("Polygon", "PolygonPatch"):
            shells = [_ring(e) for e in element if local(e.tag) == "exterior"]
            holes = [_ring(e) for e in element if local(e.tag) == "interior"]
            if len(shells) != 1:
                raise BadGeometry(f"a surface has {len(shells)} outer rings")
            rings.append((shells[0], holes))
        elif name in ("LineString", "LineStringSegment"):
            lines.append(_positions(element))
        elif name == "Point":
            points.append(_positions(element))
    try:
        if rings:
            parts = [shapely.Polygon(shell, holes) for shell, holes in rings]
            return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        if lines:
            shapes = [shapely.LineString(line) for line in lines]
            return shapes[0] if len(shapes) == 1 else shapely.MultiLineString(shapes)
        return shapely.Point(points[0][0]) if points else None
    except (ValueError, shapely.errors.GEOSException) as error:
        raise BadGeometry(str(error)) from None


def _ring(boundary: Any) -> npt.NDArray[np.float64]:
    xy = _positions(boundary)
    if len(xy) < 4:
        raise BadGeometry(f"a ring has {len(xy)} positions; at least four are needed")
    if (xy[0] != xy[-1]).any():
        raise BadGeometry(f"a ring is open: it begins at {xy[0].tolist()} and ends at {xy[-1].tolist()}")
    return xy


def _positions(parent: Any) -> npt.NDArray[np.float64]:
    found = [e for e in parent.iter(etree.Element) if local(e.tag) in ("posList", "pos")]
    if not found:
        raise BadGeometry("a shape has no positions")
    dimension = next((int(d) for e in [*found, parent] if (d := e.get("srsDimension", "")).isdigit()), 2)
    try:
        values = np.concatenate([np.array((e.text or "").split(), dtype=np.float64) for e in found])
    except ValueError:
        raise BadGeometry("a position is not a number") from None
    if not len(values) or len(values) % dimension:
        raise BadGeometry(f"{len(values)} numbers do not make positions of {dimension}")
    return values.reshape(-1, dimension)[:, :2]
