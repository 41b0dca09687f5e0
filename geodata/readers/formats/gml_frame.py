"""GML looked through once as a stream before GDAL is asked: no DOCTYPE, whole, counts, curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from geodata.readers.formats.fault import Unreadable

_CHUNK: Final = 2**16
_GML: Final = "http://www.opengis.net/gml"
_CURVED: Final = ("Arc", "ArcString", "Circle", "ArcByCenterPoint", "CubicSpline", "BSpline", "Bezier")
_DEEPEST: Final = 200


class Seen:
    """What a pass through the file has found.

    ``root``: local name of the root; ``gml``: anything is in a namespace of GML; ``members``: features;
    ``claimed``: how many the file says that it holds, None when it says nothing; ``curves``: kinds of arcs in it.
    """

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
            raise Unreadable(
                "nesting",
                f"{self.path.name} is nested too deep to be GML",
                found=self.depth,
                expected=_DEEPEST,
            )

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


def look_through(path: Path) -> Seen:
    """Walk through the file once, as a stream.

    Raises
    ------
    Unreadable : a DOCTYPE, cut off, no XML, nested too deep.
    """
    seen = Seen(path)

    def doctype(*_: Any) -> None:
        raise Unreadable(
            doctype_word(path),
            f"{path.name} has a DOCTYPE; no register's file needs one, and it can name other files. Remove it",
            found="DOCTYPE",
            where={"line": parser.CurrentLineNumber},
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
            found=str(error)[:120],
            where={"line": error.lineno, "column": error.offset + 1},
        ) from None
    return seen
