"""Features of a published file as flat properties and a geometry: the file itself is read, nothing is mapped anew.

Names are those of the schema. Coded values are the addresses that stand in the file, references are local ids, an
identifier and a citation are laid flat with an underscore (``inspireId_localId``, ``planDocument_link``). A void is
None, or an empty list, and its reason stands in ``nilReason``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from lxml import etree

from gml.profiles import plu_tables as t

#: Coded values and references that may come more than once.
_MANY: Final = frozenset(
    {
        "hilucsLandUse", "specificLandUse", "specificSupplementaryRegulation", "supplementaryRegulation",
        "officialDocument", "member", "restriction",
    }
)  # fmt: skip
_TYPES: Final = {
    "validFrom": "date",
    "validTo": "date",
    "beginLifespanVersion": "date-time",
    "endLifespanVersion": "date-time",
    "inheritedFromOtherPlans": "boolean",
    "ordinance": "objects",
    "dimensioningIndication": "objects",
}
_FLAT: Final = {
    "inspireId": ("inspireId_localId", "inspireId_namespace", "inspireId_versionId"),
    "planDocument": ("planDocument_name", "planDocument_date", "planDocument_link"),
}
#: What every feature has beside the elements of its type.
_NAMES: Final = ("identifier", "name", "register", "registerId", "municipality")
_PLACES: Final = frozenset({"extent", "geometry"})


def _columns(kind: str) -> dict[str, str]:
    found = dict.fromkeys(_NAMES if kind != "OfficialDocumentation" else _NAMES[:1], "string")
    for name, _ in t.ELEMENTS[kind]:
        if name in _FLAT:
            found |= dict.fromkeys(_FLAT[name], "string")
        elif name not in _PLACES:
            found[name] = "strings" if name in _MANY else _TYPES.get(name, "string")
    if "planDocument_date" in found:
        found["planDocument_date"] = "date"
    return found


#: Kind of feature → property → type: string, strings, boolean, date, date-time or objects.
PROPERTIES: Final = {kind: _columns(kind) for kind in t.ELEMENTS}


class PluJson(NamedTuple):
    """A feature; ``geometry`` is polygonal in EPSG:25832, None for a document."""

    kind: str
    local_id: str
    properties: dict[str, Any]
    geometry: Any


_PLU, _BASE, _BASE2, _GML, _GCO = (f"{{{t.NAMESPACES[p]}}}" for p in ("plu", "base", "base2", "gml", "gco"))
_HREF: Final = f"{{{t.NAMESPACES['xlink']}}}href"
_NIL: Final = f"{{{t.NAMESPACES['xsi']}}}nil"


def features(xml: bytes) -> Iterator[PluJson]:
    """The features of a file that was written in EPSG:25832, in its order.

    Raises
    ------
    ValueError : the bytes are no such file.
    """
    try:
        root = etree.fromstring(
            xml, etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, huge_tree=True)
        )
    except etree.XMLSyntaxError as error:
        raise ValueError(f"this is no file of plans: {error}") from error
    for member in root.iterfind(f"{_GML}featureMember"):
        yield _feature(member[0])


def _feature(element: Any) -> PluJson:
    kind = etree.QName(element).localname
    properties: dict[str, Any] = {
        name: [] if type_ in ("strings", "objects") else None for name, type_ in PROPERTIES[kind].items()
    }
    reasons: dict[str, str] = {}
    shape = None
    for child in element:
        namespace, _, name = child.tag.rpartition("}")
        if namespace[1:] == t.NAMESPACES["gml"]:
            _named(name, child, properties)
        elif child.get(_NIL) == "true":
            reasons[name] = child.get("nilReason", "")
        elif name in _PLACES:
            shape = _shape(child)
        else:
            _told(name, child, properties)
    properties["nilReason"] = reasons
    return PluJson(kind, properties["inspireId_localId"], properties, shape)


def _named(name: str, child: Any, properties: dict[str, Any]) -> None:
    """``gml:identifier`` and the names: what people call it, and what register and municipality do."""
    if name == "identifier":
        properties["identifier"] = child.text
        return
    space = child.get("codeSpace") or ""
    if t.REGISTER_SPACE in space:
        properties["registerId"], properties["register"] = child.text, space.rpartition(t.REGISTER_SPACE)[2]
    else:
        properties["municipality" if space.endswith(t.MUNICIPALITY_SPACE) else "name"] = child.text


def _told(name: str, child: Any, properties: dict[str, Any]) -> None:
    href = child.get(_HREF)
    if name in _FLAT:
        _flat(name, child, properties)
    elif name == "ordinance":
        told = {"ordinanceDate": None, "ordinanceReference": None}
        properties[name].append(told | {etree.QName(part).localname: part.text for part in child[0]})
    elif name == "dimensioningIndication":
        properties[name].append(_indication(child[0]))
    elif href is not None:
        # A reference within the file names the type before the id.
        value = href.partition(".")[2] if href.startswith("#") else href
        if name in _MANY:
            properties[name].append(value)
        else:
            properties[name] = value
    else:
        properties[name] = child.text == "true" if _TYPES.get(name) == "boolean" else child.text


def _flat(name: str, child: Any, properties: dict[str, Any]) -> None:
    if name == "inspireId":
        for part in child[0]:
            properties[f"inspireId_{etree.QName(part).localname}"] = part.text
        return
    citation = child[0]
    properties["planDocument_name"] = citation.findtext(f"{_BASE2}name")
    properties["planDocument_link"] = citation.findtext(f"{_BASE2}link")
    properties["planDocument_date"] = citation.findtext(f".//{_GCO}Date")


def _indication(value: Any) -> dict[str, Any]:
    """A number or text of a plan; the kind stands in the name of the element."""
    told = value.find(f"{_PLU}value")
    kind = etree.QName(value).localname.removeprefix("DimensioningIndication").removesuffix("Value")
    number = told.text
    if kind != "Character":
        number = int(told.text) if kind == "Integer" or told.text.isdecimal() else float(told.text)
    found = {"indicationReference": value.findtext(f"{_PLU}indicationReference"), "value": number}
    return found | ({"uom": told.get("uom")} if told.get("uom") else {})


def _shape(child: Any) -> Any:
    polygons = []
    for polygon in child.iter(f"{_GML}Polygon"):
        rings = [np.fromstring(ring.text, sep=" ").reshape(-1, 2) for ring in polygon.iter(f"{_GML}posList")]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(polygons)
