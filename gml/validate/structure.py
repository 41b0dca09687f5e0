"""Elements of PLU features by our own tables: which, how often, in which order, void or not, of which kind."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any, Final

from gml.validate.document import Feature, line_of
from gml.validate.fault import Report
from gml.validate.tables import BASE2, FEATURES, GML, GML_FIRST, PLU, VALUES, VOID_REASONS, XLINK, XSI, Row

_NIL: Final = f"{{{XSI}}}nil"
_HREF: Final = f"{{{XLINK}}}href"
_ZONE: Final = r"(Z|[+\-](0\d|1[0-4]):[0-5]\d)?"
_DAY: Final = r"-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
#: Lexical forms of XML Schema's simple types, as far as plans use them.
_FORMS: Final = {
    "date": re.compile(_DAY + _ZONE),
    "dateTime": re.compile(_DAY + r"T([01]\d|2[0-4]):[0-5]\d:[0-5]\d(\.\d+)?" + _ZONE),
    "boolean": re.compile("true|false|0|1"),
    "integer": re.compile(r"[+\-]?\d+"),
    "number": re.compile(r"[+\-]?(\d+(\.\d*)?|\.\d+)([eE][+\-]?\d+)?|-?INF|NaN"),
}
_ROWS: Final = {
    kind: {row.name: (place, row) for place, row in enumerate(rows)} for kind, rows in FEATURES.items()
}
_DOCUMENTS: Final = ("legislationCitation", "regulationText", "planDocument")


def check(feature: Feature, report: Report) -> None:
    """Hold one feature to the tables; features of other name spaces are left to the schema."""
    if not feature.ours:
        return
    rows = _ROWS[feature.kind]
    children = feature.children()
    if not _in_order(feature.kind, tuple([(namespace, local) for namespace, local, _ in children])):
        _order(feature, report)
    filled = False
    for namespace, local, element in children:
        found = rows.get(local) if namespace == PLU else None
        if found is not None and _content(feature, found[1], element, report):
            filled |= local in _DOCUMENTS
    if feature.kind == "OfficialDocumentation" and not filled:
        report.add("documentation-empty", feature.line, feature.gid)
    _voids(feature, report)


@lru_cache(maxsize=4096)
def _in_order(kind: str, names: tuple[tuple[str, str], ...]) -> bool:
    """Whether what stands in a feature is all known, as often as it should, in order; few sequences occur."""
    rows = _ROWS[kind]
    own = [(namespace, local) for namespace, local in names if namespace != GML or local not in GML_FIRST]
    if own != list(names[len(names) - len(own) :]) or any(n != PLU or local not in rows for n, local in own):
        return False
    places = [rows[local][0] for _, local in own]
    counts = Counter(local for _, local in own)
    return places == sorted(places) and all(
        row.least <= counts[row.name] and not 0 < row.most < counts[row.name] for row in FEATURES[kind]
    )


def _order(feature: Feature, report: Report) -> None:
    """Say what is not known, out of order, lacking or too many."""
    rows = _ROWS[feature.kind]
    counts: dict[str, int] = {}
    furthest, before, begun = -1, "", False
    for namespace, local, element in feature.children():
        line = line_of(element)
        name = f"plu:{local}"
        if namespace == GML and local in GML_FIRST:
            if begun:
                report.add("element-order", line, feature.gid, name=f"gml:{local}", before=before)
            continue
        found = rows.get(local) if namespace == PLU else None
        if found is None:
            report.add("unknown-element", line, feature.gid, type=feature.kind, name=local)
            continue
        begun = True
        place, _ = found
        if place < furthest:
            report.add("element-order", line, feature.gid, name=name, before=before)
        else:
            furthest, before = place, name
        counts[local] = counts.get(local, 0) + 1
    for row in FEATURES[feature.kind]:
        number = counts.get(row.name, 0)
        if number < row.least:
            report.add(
                "element-missing", feature.line, feature.gid, type=feature.kind, name=f"plu:{row.name}"
            )
        elif row.most and number > row.most:
            report.add(
                "element-repeated",
                feature.line,
                feature.gid,
                name=f"plu:{row.name}",
                count=number,
                most=row.most,
            )


def is_void(element: Any) -> bool:
    """Whether an element is void (``xsi:nil``)."""
    return element.get(_NIL) in ("true", "1")


def _content(feature: Feature, row: Row, element: Any, report: Report) -> bool:
    """Check what stands in an element; whether it has a value."""
    kind = row.kind
    if is_void(element):
        if not row.void:
            report.add("not-voidable", line_of(element), feature.gid, name=f"plu:{row.name}")
        if len(element) or (element.text or "").strip():
            report.add("void-with-content", line_of(element), feature.gid, name=f"plu:{row.name}")
        return False
    if kind == "string":
        return True
    if kind == "reference":
        if element.get(_HREF) is None and not len(element):
            report.add("value-missing", line_of(element), feature.gid, name=f"plu:{row.name}")
    elif kind in _FORMS:
        text = (element.text or "").strip()
        if not _FORMS[kind].fullmatch(text):
            report.add(
                "value", line_of(element), feature.gid, name=f"plu:{row.name}", value=text[:80], type=kind
            )
    else:
        _inside(feature, row, element, report)
    return True


def _inside(feature: Feature, row: Row, element: Any, report: Report) -> None:
    """Check the objects in an element."""
    inside = list(element.iterchildren("*"))
    name = f"plu:{row.name}"
    if len(inside) > 1 and row.kind in ("surface", "geometry"):
        report.add("several-geometries", line_of(element), feature.gid, name=name, count=len(inside))
    if not inside and element.get(_HREF) is None:
        report.add("value-missing", line_of(element), feature.gid, name=name)
    for child in inside:
        namespace, _, local = child.tag.rpartition("}")
        if namespace[1:] == PLU and local in VALUES:
            _values(feature, local, child, report)
        elif row.kind == "object" and namespace[1:] == BASE2:
            _citation(feature, local, child, report)


def _values(feature: Feature, kind: str, element: Any, report: Report) -> None:
    inside = list(element.iterchildren("*"))
    names = tuple([child.tag.rpartition("}")[2] for child in inside])
    want = VALUES[kind]
    forms = dict(want)
    if names != tuple(forms):
        order = list(forms)
        for name, _ in want:
            if name not in names:
                report.add("element-missing", line_of(element), feature.gid, type=kind, name=f"plu:{name}")
        told = [order.index(name) for name in names if name in forms]
        if told != sorted(told):
            report.add(
                "element-order",
                line_of(element),
                feature.gid,
                name=f"plu:{order[0]}",
                before=f"plu:{names[0]}",
            )
    for name, child in zip(names, inside, strict=True):
        if name not in forms:
            report.add("unknown-element", line_of(child), feature.gid, type=kind, name=name)
            continue
        form = _FORMS.get(forms[name])
        text = (child.text or "").strip()
        if form is not None and not form.fullmatch(text) and not is_void(child):
            report.add(
                "value", line_of(child), feature.gid, name=f"plu:{name}", value=text[:80], type=forms[name]
            )


def _citation(feature: Feature, kind: str, element: Any, report: Report) -> None:
    names = [child.tag.rpartition("}")[2] for child in element if isinstance(child.tag, str)]
    wanted = ("name", "date", "link", "level") if kind == "LegislationCitation" else ("name", "date", "link")
    for name in wanted:
        if name not in names:
            report.add("element-missing", line_of(element), feature.gid, type=kind, name=f"base2:{name}")


def _voids(feature: Feature, report: Report) -> None:
    for element in feature.attributed():
        reason = element.get("nilReason")
        void = is_void(element)
        if reason in VOID_REASONS if void else not reason:
            continue
        line = line_of(element)
        name = element.tag.rpartition("}")[2]
        if not void:
            report.add("reason-without-void", line, feature.gid, name=name)
        elif not reason:
            report.add("void-without-reason", line, feature.gid, name=name)
        else:
            report.add("void-reason", line, feature.gid, name=name, reason=reason)
