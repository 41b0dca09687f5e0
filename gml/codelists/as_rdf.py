"""Lists and values as SKOS, in JSON (JSON-LD with its context inside) and in XML (RDF/XML): the same graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gml.codelists.lists import Code, CodeList
from gml.writer import escape

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
#: Names of the JSON, with what they mean; nothing has to be fetched.
CONTEXT: Final = {
    "id": "@id",
    "type": "@type",
    "ConceptScheme": f"{_SKOS}ConceptScheme",
    "Concept": f"{_SKOS}Concept",
    "label": {"@id": f"{_SKOS}prefLabel", "@container": "@language"},
    "note": {"@id": f"{_SKOS}note", "@container": "@language"},
    "code": f"{_SKOS}notation",
    "list": {"@id": f"{_SKOS}inScheme", "@type": "@id"},
    "values": {"@reverse": f"{_SKOS}inScheme"},
    "extends": {"@id": f"{_SKOS}broadMatch", "@type": "@id"},
    "broader": {"@id": f"{_SKOS}broadMatch", "@type": "@id"},
}


def _label(danish: str, english: str) -> dict[str, str]:
    return {"da": danish, "en": english}


def value_json(space: str, owner: CodeList, code: Code) -> dict[str, Any]:
    """A value; ``space`` is our name space."""
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"{space}/{owner.path}/{code.value}",
        "type": "Concept",
        "code": code.value,
        "label": _label(code.name_da, code.name_en),
        "list": f"{space}/{owner.path}",
    }
    if code.note_da:
        found["note"] = _label(code.note_da, code.note_en)
    if code.broader:
        found["broader"] = list(code.broader)
    return found


def list_json(space: str, owner: CodeList) -> dict[str, Any]:
    """A list with all its values."""
    values = [value_json(space, owner, code) for code in owner.codes()]
    for value in values:
        del value["@context"], value["list"]
    found = {
        "@context": CONTEXT,
        "id": f"{space}/{owner.path}",
        "type": "ConceptScheme",
        "label": _label(owner.name_da, owner.name_en),
        "values": values,
    }
    return found | ({"extends": owner.extends} if owner.extends else {})


def value_xml(space: str, owner: CodeList, code: Code) -> str:
    """A value."""
    return _document([_value(space, owner, code)])


def list_xml(space: str, owner: CodeList) -> str:
    """A list with all its values."""
    own = f'<skos:ConceptScheme rdf:about="{escape(f"{space}/{owner.path}")}">\n'
    own += _texts("prefLabel", owner.name_da, owner.name_en)
    if owner.extends:
        own += _reference("broadMatch", owner.extends)
    return _document(
        [f"{own}</skos:ConceptScheme>\n", *(_value(space, owner, code) for code in owner.codes())]
    )


def _document(parts: Iterable[str]) -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="{_RDF}" xmlns:skos="{_SKOS}">\n'
    return f"{head}{''.join(parts)}</rdf:RDF>\n"


def _value(space: str, owner: CodeList, code: Code) -> str:
    found = f'<skos:Concept rdf:about="{escape(f"{space}/{owner.path}/{code.value}")}">\n'
    found += f"<skos:notation>{escape(code.value)}</skos:notation>\n"
    found += _texts("prefLabel", code.name_da, code.name_en)
    if code.note_da:
        found += _texts("note", code.note_da, code.note_en)
    found += _reference("inScheme", f"{space}/{owner.path}")
    found += "".join(_reference("broadMatch", address) for address in code.broader)
    return f"{found}</skos:Concept>\n"


def _texts(name: str, danish: str, english: str) -> str:
    told = (("da", danish), ("en", english))
    return "".join(f'<skos:{name} xml:lang="{code}">{escape(text)}</skos:{name}>\n' for code, text in told)


def _reference(name: str, address: str) -> str:
    return f'<skos:{name} rdf:resource="{escape(address)}"/>\n'
