"""The register as a catalogue: DCAT-AP in JSON-LD, with its context inside so that nothing has to be fetched."""

from __future__ import annotations

from typing import Any, Final

from gml.metadata.about import DATA_SET, About

_DCT: Final = "http://purl.org/dc/terms/"
_DCAT: Final = "http://www.w3.org/ns/dcat#"
_EU: Final = "http://publications.europa.eu/resource/authority"
_IANA: Final = "https://www.iana.org/assignments/media-types"
CONTEXT: Final[dict[str, Any]] = {
    "dct": _DCT,
    "dcat": _DCAT,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "id": "@id",
    "type": "@type",
    "title": {"@id": "dct:title", "@container": "@language"},
    "description": {"@id": "dct:description", "@container": "@language"},
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "modified": {"@id": "dct:modified", "@type": "xsd:dateTime"},
    **{
        name: {"@id": term, "@type": "@id"}
        for name, term in (
            ("publisher", "dct:publisher"), ("language", "dct:language"), ("theme", "dcat:theme"),
            ("accrualPeriodicity", "dct:accrualPeriodicity"), ("conformsTo", "dct:conformsTo"),
            ("accessRights", "dct:accessRights"), ("format", "dct:format"), ("mediaType", "dcat:mediaType"),
            ("accessURL", "dcat:accessURL"), ("downloadURL", "dcat:downloadURL"), ("page", "foaf:page"),
            ("endpointURL", "dcat:endpointURL"), ("endpointDescription", "dcat:endpointDescription"),
            ("accessService", "dcat:accessService"), ("servesDataset", "dcat:servesDataset"),
            ("dataset", "dcat:dataset"), ("service", "dcat:service"), ("isReferencedBy", "dct:isReferencedBy"),
        )
    },
}  # fmt: skip


def catalogue(danish: About, english: About) -> dict[str, Any]:
    """The catalogue with its data set, services and distributions, texts in both languages."""
    space = danish.space
    publisher = {"id": f"{danish.home}#publisher", "type": "foaf:Agent", "foaf:name": danish.publisher}
    contact = {
        "type": "vcard:Organization",
        "vcard:fn": danish.publisher,
        "vcard:hasEmail": {"id": f"mailto:{danish.contact}"},
    }
    common = {
        "language": [f"{_EU}/language/DAN", f"{_EU}/language/ENG"],
        "modified": danish.changed_at.isoformat(),
        "publisher": publisher,
    }
    rights = {"type": "dct:RightsStatement", "label": {"da": danish.rights, "en": english.rights}}
    data_set = {
        "id": f"{space}/{DATA_SET}",
        "type": "dcat:Dataset",
        "title": {"da": danish.title, "en": english.title},
        "description": {"da": danish.abstract, "en": english.abstract},
        **common,
        "publisher": publisher["id"],
        "dcat:contactPoint": contact,
        "dct:identifier": f"{space}/{DATA_SET}",
        "theme": [f"{_EU}/data-theme/REGI", "http://inspire.ec.europa.eu/theme/lu"],
        "accrualPeriodicity": f"{_EU}/frequency/CONT",
        "accessRights": f"{_EU}/access-right/PUBLIC",
        "conformsTo": "http://www.opengis.net/def/crs/EPSG/0/25832",
        "dct:spatial": {
            "type": "dct:Location",
            "dcat:bbox": {"@type": "geo:wktLiteral", "@value": _wkt(danish)},
        },
        "isReferencedBy": danish.data_record,
        "page": danish.home,
        "dcat:distribution": [
            {
                "id": f"{danish.gml}#distribution",
                "type": "dcat:Distribution",
                "title": {"da": "GML", "en": "GML"},
                "accessURL": danish.atom,
                "downloadURL": danish.gml,
                "format": f"{_EU}/file-type/GML",
                "mediaType": f"{_IANA}/application/gml+xml",
                "dct:rights": rights,
            },
            {
                "id": f"{danish.ogc}#distribution",
                "type": "dcat:Distribution",
                "title": {"da": "GeoJSON", "en": "GeoJSON"},
                "accessURL": danish.ogc,
                "accessService": f"{danish.ogc}#service",
                "format": f"{_EU}/file-type/GEOJSON",
                "mediaType": f"{_IANA}/application/geo+json",
                "dct:rights": rights,
            },
        ],
    }
    if danish.first:
        first = {"@type": "xsd:date", "@value": danish.first}
        data_set["dct:temporal"] = {"type": "dct:PeriodOfTime", "dcat:startDate": first}
    services = [
        {
            "id": f"{address}#service",
            "type": "dcat:DataService",
            "title": {"da": title, "en": title},
            "endpointURL": address,
            **more,
            "servesDataset": f"{space}/{DATA_SET}",
            "isReferencedBy": danish.service_record,
        }
        for address, title, more in (
            (danish.ogc, "OGC API Features", {"endpointDescription": f"{danish.ogc}api"}),
            (danish.atom, "INSPIRE Atom", {}),
        )
    ]
    return {
        "@context": CONTEXT,
        "id": danish.catalogue,
        "type": "dcat:Catalog",
        "title": {"da": danish.service_title, "en": english.service_title},
        "description": {"da": danish.service_abstract, "en": english.service_abstract},
        **common,
        "page": danish.home,
        "dataset": data_set,
        "service": services,
    }


def _wkt(about: About) -> str:
    west, south, east, north = about.box
    return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"
