"""Ids and references: unique, leading somewhere, and to the right kind of object; inside and across files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from gml.validate.document import Feature, line_of, split
from gml.validate.fault import Report
from gml.validate.tables import GML, TARGETS, XLINK

_HREF: Final = f"{{{XLINK}}}href"
_ID: Final = f"{{{GML}}}id"
#: GML objects that must have an id: the copy of GML 3.2.1 that the European suite validates with wants one.
_OBJECTS: Final = tuple(
    f"{{{GML}}}{name}"
    for name in (
        "Polygon", "MultiSurface", "Surface", "Curve", "LineString", "Point", "MultiCurve", "MultiPoint",
        "CompositeCurve", "MultiGeometry",
    )
)  # fmt: skip


class _Link(NamedTuple):
    target: str
    type: str
    name: str
    line: int
    gid: str


@dataclass(slots=True)
class Ids:
    """What one file names: every ``gml:id`` with its line, the kind of each feature, and addresses of features."""

    lines: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    #: namespace/localId of each feature → its kind.
    addresses: dict[str, str] = field(default_factory=dict)


class References:
    """The stage for one file; :meth:`settle` answers once all files have been read."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._file = len(report.files) - 1
        self._links: list[_Link] = []
        self.ids = Ids()

    def begin(self, gid: str, line: int) -> None:
        """Note the id of the collection."""
        self.ids.lines.setdefault(gid, line)

    def check(self, feature: Feature) -> None:
        """Note the ids and references of a feature."""
        report, ids = self._report, self.ids
        if not feature.gid:
            report.add("id-missing", feature.line, name=feature.kind)
        for element in feature.element.iter(*_OBJECTS):
            if element.get(_ID) is None:
                report.add("id-missing", line_of(element), feature.gid, name=element.tag.rpartition("}")[2])
        if feature.gid:
            ids.kinds.setdefault(feature.gid, feature.kind)
        for element in feature.attributed():
            own, href = element.get(_ID), element.get(_HREF)
            if own is not None:
                self._named(feature, element, own)
            if href is not None:
                self._refers(feature, element, href)

    def _named(self, feature: Feature, element: Any, own: str) -> None:
        line = line_of(element)
        first = self.ids.lines.setdefault(own, line)
        if first != line or (element is not feature.element and own == feature.gid):
            self._report.add("id-twice", line, feature.gid, value=own[:200], first=first)

    def _refers(self, feature: Feature, element: Any, href: str) -> None:
        _, name = split(element.tag)
        if not href.strip():
            self._report.add("reference-empty", line_of(element), feature.gid, name=name)
        elif href[0] == "#" or (feature.kind, name) in TARGETS:
            self._links.append(_Link(href, feature.kind, name, line_of(element), feature.gid))

    def settle(self, others: dict[str, Ids]) -> None:
        """Follow every reference, to this file or to one of ``others`` (name of file → its ids)."""
        addresses: dict[str, str] = {}
        for ids in others.values():
            addresses |= ids.addresses
        for link in self._links:
            self._follow(link, others, addresses)

    def _follow(self, link: _Link, others: dict[str, Ids], addresses: dict[str, str]) -> None:
        file, hash_, target = link.target.partition("#")
        if not file:
            ids = self.ids
        elif hash_ and file in others:
            ids = others[file]
        else:
            kind = addresses.get(link.target)
            if kind is None:
                self._report.files[self._file].not_followed += 1
            else:
                self._kind(link, kind)
            return
        if target not in ids.lines:
            self._fault("reference-dangling", link, target=link.target[:200])
        elif target in ids.kinds:
            self._kind(link, ids.kinds[target])

    def _kind(self, link: _Link, kind: str) -> None:
        want = TARGETS.get((link.type, link.name))
        if want and kind != want:
            self._fault("reference-kind", link, kind=kind, want=want)

    def _fault(self, rule: str, link: _Link, **values: Any) -> None:
        self._report.add(rule, link.line, link.gid, file=self._file, name=f"plu:{link.name}", **values)
