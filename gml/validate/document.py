"""A GML document, one feature at a time: no network, no entities, memory bounded by the largest feature.

What could blow up is refused before a parser sees it: a DOCTYPE, a file of another encoding family, a feature
larger than any plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO, Final

from lxml import etree

from gml.validate.rules import N_
from gml.validate.tables import COLLECTIONS, FEATURE_TAGS, GML, MEMBERS, PLU, PREFIXES, XSI, shown

#: Largest document and largest single feature that are taken.
MOST_BYTES: Final = 4 * 2**30
MOST_FEATURE_BYTES: Final = 64 * 2**20
_CHUNK: Final = 1 << 17
#: So much may stand before the root element.
_MOST_PROLOG: Final = 1 << 16
_ID: Final = f"{{{GML}}}id"
_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_BETWEEN: Final = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_UTF8: Final = ("UTF-8", "UTF8", "US-ASCII", "ASCII")
#: Foreign features may stand in a collection when their schema is INSPIRE's or GML's own.
_KNOWN: Final = re.compile(
    r"http://inspire\.ec\.europa\.eu/schemas/|http://www\.opengis\.net/|http://www\.isotc211\.org/"
)


_ATTRIBUTED: Final[Any] = etree.XPath("descendant-or-self::*[@*]", smart_strings=False)
#: libxml2 keeps larger line numbers with texts only.
_LONG: Final = 65_535


def line_of(element: Any) -> int:
    """Line of an element, from 1: that on which its start tag ends."""
    line = element.sourceline or 1
    if line < _LONG:
        return int(line)
    # Beyond that it is the line of the end of the first text in the element, or else behind it.
    at = element
    while not at.text and len(at):
        at = at[0]
    return int(line) - (at.text or at.tail or "").count("\n")


@lru_cache(maxsize=4096)
def split(tag: str) -> tuple[str, str]:
    """Name space and local name of a tag ``{namespace}local``; few tags occur, and often."""
    namespace, _, local = tag.rpartition("}")
    return namespace[1:], local


@dataclass(slots=True, eq=False)
class Feature:
    """One feature of the document; ``kind`` is the local name for PLU's own, the full name for others."""

    kind: str
    gid: str
    line: int
    element: Any
    ours: bool
    #: Geometries that the geometry stage has read: property → (shape with x east, EPSG code).
    shapes: dict[str, tuple[Any, int]] = field(default_factory=dict)
    #: Properties of these whose shape is a valid area, by what the geometry stage has found.
    valid: set[str] = field(default_factory=set)
    _children: list[tuple[str, str, Any]] | None = None
    _own: dict[str, list[Any]] | None = None
    _attributed: list[Any] | None = None

    def children(self) -> list[tuple[str, str, Any]]:
        """Name space, local name and element of what stands directly in it."""
        if self._children is None:
            self._children = [(*split(child.tag), child) for child in self.element.iterchildren("*")]
        return self._children

    def own(self) -> dict[str, list[Any]]:
        """PLU's elements that stand directly in it, by their local names."""
        if self._own is None:
            self._own = {}
            for namespace, local, child in self.children():
                if namespace == PLU:
                    self._own.setdefault(local, []).append(child)
        return self._own

    def release(self) -> None:
        """Let go of the elements; what was read of them stays."""
        self.element = self._children = self._own = self._attributed = None

    def attributed(self) -> list[Any]:
        """Elements with an attribute, its own first: whatever refers, is void, or has an id."""
        if self._attributed is None:
            self._attributed = _ATTRIBUTED(self.element)
        return self._attributed


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of the document itself; ``fatal`` = nothing after it can be looked at."""

    rule: str
    line: int
    values: dict[str, Any]
    fatal: bool = False


class Document:
    """Features of a document in order, and afterwards what was left of it.

    Parameters
    ----------
    stream : the bytes.
    most_bytes, most_feature_bytes : what is refused as too large.

    Attributes
    ----------
    findings : faults of the document itself, filled while it is read.
    skeleton : root element without its features, once everything was read; None before and when that failed.
    bytes : how much was read.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        most_bytes: int = MOST_BYTES,
        most_feature_bytes: int = MOST_FEATURE_BYTES,
    ) -> None:
        self._stream = stream
        self._most = most_bytes
        self._most_feature = most_feature_bytes
        self._last = ""
        self._seen_root = False
        self.findings: list[Finding] = []
        self.skeleton: Any = None
        #: ``gml:id`` of the collection, and its line.
        self.own_id: tuple[str, int] | None = None
        self.bytes = 0

    @property
    def refused(self) -> bool:
        """Whether the reading came to an end before the file did."""
        return any(finding.fatal for finding in self.findings)

    def features(self) -> Iterator[Feature]:
        """Yield features one by one; each is gone when the next one is asked for."""
        head = self._prolog()
        if head is None:
            return
        parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=[*MEMBERS, *FEATURE_TAGS, *COLLECTIONS],
            huge_tree=True,
            no_network=True,
            resolve_entities=False,
            load_dtd=False,
        )
        since = 0
        chunk = head
        root = None
        ended = False
        try:
            while chunk:
                parser.feed(chunk)
                for event, element in parser.read_events():
                    if event == "start":
                        self._started(element)
                        continue
                    since = 0
                    yield from self._ended(element)
                since += len(chunk)
                if since > self._most_feature:
                    self._refuse("object-too-large", 1, last=self._last or "-", most=self._most_feature)
                    return
                chunk = self._read()
            if self.refused:
                return
            ended = True
            root = parser.close()
        except etree.XMLSyntaxError as error:
            self._broken(error, ended=ended)
            return
        if not self._seen_root:
            self._root(root)
        if root.tag not in FEATURE_TAGS:
            self.skeleton = root
        if root.tag not in COLLECTIONS and root.tag not in FEATURE_TAGS:
            yield self._feature(root)

    def _read(self) -> bytes:
        chunk = self._stream.read(_CHUNK)
        self.bytes += len(chunk)
        if self.bytes > self._most:
            self._refuse("too-large", 1, most=self._most)
            return b""
        return chunk

    def _refuse(self, rule: str, line: int, **values: Any) -> None:
        self.findings.append(Finding(rule, line, values, fatal=True))

    def _note(self, rule: str, line: int, **values: Any) -> None:
        self.findings.append(Finding(rule, line, values))

    def _prolog(self) -> bytes | None:
        """The first bytes, once it is sure that a root element follows and no DOCTYPE comes before it."""
        head = self._read()
        if head[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00"):
            self._refuse("encoding", 1, encoding="UTF-16")
            return None
        place = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        while True:
            found = _BETWEEN.match(head, place)
            if found and found.end() < len(head):
                place = found.end()
                continue
            rest = head[place : place + 9]
            more = self._read() if (found or len(rest) < 9) and len(head) < _MOST_PROLOG else b""
            if not more:
                break
            head += more
        line = head.count(b"\n", 0, place) + 1
        if rest[:9].upper() == b"<!DOCTYPE":
            self._refuse("doctype", line)
            return None
        if not head.strip():
            self._refuse("xml", 1, detail=N_("it is empty"))
            return None
        if rest[:1] != b"<":
            self._refuse("xml", line, detail=N_("it does not begin with an element"))
            return None
        declared = _DECLARED.match(head, 3 if head.startswith(b"\xef\xbb\xbf") else 0)
        if declared and (name := declared.group(1).decode().upper()) not in _UTF8:
            self._note("encoding", 1, encoding=name)
        return head

    def _broken(self, error: etree.XMLSyntaxError, *, ended: bool) -> None:
        """Note why there is no more to read; ``ended`` = all bytes were in order, only too few."""
        line = error.lineno or 1
        if ended:
            self._refuse("truncated", line, last=self._last or "-")
        else:
            self._refuse("xml", line, detail=(error.msg or "syntax error").split(" (")[0])

    def _started(self, element: Any) -> None:
        if not self._seen_root and element.getparent() is None:
            self._root(element)
        elif element.tag in COLLECTIONS and element.getparent() is not None:
            self._note("nested-collection", line_of(element))

    def _root(self, root: Any) -> None:
        self._seen_root = True
        line = line_of(root)
        if root.tag not in FEATURE_TAGS and (gid := root.get(_ID)):
            self.own_id = (gid, line)
        if root.tag not in COLLECTIONS and root.tag not in FEATURE_TAGS:
            self._note("root", line, name=shown(str(root.tag)))
        if not root.get(f"{{{XSI}}}schemaLocation"):
            self._note("schema-location", line)

    def _ended(self, element: Any) -> Iterator[Feature]:
        parent = element.getparent()
        if element.tag in FEATURE_TAGS:
            if parent is None or parent.tag in MEMBERS:
                yield self._feature(element)
                _emptied(element, parent)
            return
        if element.tag not in MEMBERS:
            return
        for child in element:
            if isinstance(child.tag, str) and child.tag not in FEATURE_TAGS and child.tag not in COLLECTIONS:
                yield self._feature(child)
        for child in list(element):
            element.remove(child)
        _emptied(element, parent)

    def _feature(self, element: Any) -> Feature:
        ours = element.tag in FEATURE_TAGS
        gid = element.get(_ID) or ""
        found = Feature(
            element.tag.rpartition("}")[2] if ours else shown(element.tag),
            gid,
            line_of(element),
            element,
            ours,
        )
        self._last = gid or self._last
        if not ours:
            namespace = element.tag.rpartition("}")[0][1:]
            if namespace not in PREFIXES and not _KNOWN.match(namespace):
                self._note("namespace", found.line, name=element.tag.rpartition("}")[2], namespace=namespace)
        return found


def _emptied(element: Any, parent: Any) -> None:
    """Free what was read: the content of the element, and its elder siblings of the same kind."""
    element.clear(keep_tail=True)
    if parent is None:
        return
    while (elder := element.getprevious()) is not None and elder.tag == element.tag:
        parent.remove(elder)
