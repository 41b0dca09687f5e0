"""GML: looked through once as a stream (no DOCTYPE, whole, counts, curves), then read by GDAL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import pyogrio

from geodata.readers.formats import gdal
from geodata.readers.formats.table import Table, Unreadable, Wanted

_CHUNK: Final = 2**16
_GML: Final = "http://www.opengis.net/gml"
_CURVED: Final = ("Arc", "ArcString", "Circle", "ArcByCenterPoint", "CubicSpline", "BSpline", "Bezier")
_DEEPEST: Final = 200


class _Seen:
    """What a pass through the file has found."""

    def __init__(self, path: Path) -> None:
        self.path, self.depth, self.members, self.root = path, 0, 0, ""
        self.gml = False
        self.claimed: int | None = None
        self.curves: set[str] = set()
        self._many = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.gml = self.gml or space.startswith(_GML)
        if self.depth == 0:
            self.root = local
            said = attributes.get("numberReturned") or attributes.get("numberOfFeatures") or ""
            self.claimed = int(said) if said.isdigit() else None
        elif self.depth == 1:
            self._many = local == "featureMembers"
            self.members += local in ("featureMember", "member", "cityObjectMember")
        elif self.depth == 2 and self._many:
            self.members += 1
        if local in _CURVED and space.startswith(_GML):
            self.curves.add(local)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable("nesting", f"{self.path.name} is nested too deep to be GML")

    def end(self, _name: str) -> None:
        self.depth -= 1


def doctype_word(path: Path) -> str:
    """Which danger a DOCTYPE is: ``external_entity``, ``entity_expansion`` or only ``dtd``."""
    with path.open("rb") as file:
        head = file.read(_CHUNK).decode("utf-8", "replace")
    inside = head.partition("<!DOCTYPE")[2].partition("[")[2].partition("]>")[0]
    entities = [part.partition(">")[0] for part in inside.split("<!ENTITY")[1:]]
    if "file:" in inside or any(word in e for e in entities for word in ("SYSTEM", "PUBLIC")):
        return "external_entity"
    return "entity_expansion" if entities else "dtd"


def _look_through(path: Path) -> _Seen:
    seen = _Seen(path)

    def doctype(*_: Any) -> None:
        raise Unreadable(
            doctype_word(path),
            f"{path.name} has a DOCTYPE; no register's file needs one, and it can name other files. Remove it",
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = seen.start
    parser.EndElementHandler = seen.end
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        # Both say that the end came too early; anything else is wrong where it stands.
        at_end = "unclosed token" in str(error) or "no element found" in str(error)
        raise Unreadable(
            "truncated" if at_end else "syntax",
            f"{path.name} is {'cut off' if at_end else 'broken XML'}: {error}. "
            f"Nothing of it was taken; fetch it again",
        ) from None
    return seen


def read(path: Path, wanted: Wanted) -> Table:
    """All features of a layer.

    Raises
    ------
    Unreadable : a DOCTYPE, cut off, no GML, no layer of that name, shapes that cannot be read.
    """
    seen = _look_through(path)
    if not seen.gml:
        raise Unreadable(
            "not_what_it_says",
            f"{path.name} is XML (root element {seen.root}) without any GML; deliver the GML",
        )
    pyogrio.set_gdal_config_options({"GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_GFS_TEMPLATE": ""})
    options = {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}
    try:
        layer = gdal.geometry_layer(path, wanted)
    except Unreadable as error:
        if error.word != "structure":
            raise
        word = "unsupported" if seen.root == "CityModel" else "no_entities"
        raise Unreadable(word, f"{path.name} holds no features that can be read") from None
    table = gdal.read_layer(path, layer, "GML", **options)
    if seen.claimed is not None and seen.claimed != seen.members:
        table.remarks.append(
            (
                "stale_count",
                f"{path.name} says that it holds {seen.claimed} features and holds {seen.members}",
            )
        )
    if seen.curves:
        table.remarks.append(
            (
                "curves",
                f"{path.name}: curves ({', '.join(sorted(seen.curves))}) were drawn as short straight pieces",
            )
        )
    return table
