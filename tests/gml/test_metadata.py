"""Metadata of the register: records against the schema of ISO 19139, the catalogue as a graph, their links."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import etree
from rdflib import RDF, Graph
from rdflib.namespace import DCAT, DCTERMS

from gml.feed.bulk import gather
from gml.feed.publish import publish
from tests.gml.feed.edits import put

# The library warns of parts of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")
NS = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "srv": "http://www.isotc211.org/2005/srv",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "xlink": "http://www.w3.org/1999/xlink",
    "atom": "http://www.w3.org/2005/Atom",
}
RECORDS = ("/register/metadata/data.xml", "/register/metadata/service.xml")


@pytest.fixture
def plans(db: None, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    put(1, in_force_on=date(2020, 5, 1))
    put(2, status="KV")
    publish()
    gather()


def answers(client: Client, address: str) -> bool:
    """Whether there is something at an address."""
    answer = client.get(address)
    read = b"".join(answer)  # to its end, where the file is closed
    return bool(read) and answer.status_code == 200


class _Folder(etree.Resolver):
    """Schemas from a folder and from nowhere else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def resolve(self, address: str, _id: str, context: Any) -> Any:
        if "://" in address:
            return self.resolve_filename(str(self.folder / address.split("://", 1)[1]), context)
        return None


def schema(folder: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Folder(folder))
    iso = "http://schemas.opengis.net/iso/19139/20070417"
    imports = "".join(
        f'<xs:import namespace="{NS[name]}" schemaLocation="{iso}/{name}/{name}.xsd"/>'
        for name in ("gmd", "gmx")
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser))


@pytest.mark.samples
@pytest.mark.slow
@pytest.mark.django_db
def test_the_records_are_valid_by_the_schema(client: Client, plans: None, samples: Path) -> None:
    judge = schema(samples / "schemas")
    data = etree.fromstring(client.get(RECORDS[0]).content)
    assert judge.validate(data), judge.error_log
    # The schemas at hand have no services: that part is left to the order of its elements, the rest is judged.
    service = etree.fromstring(client.get(RECORDS[1]).content)
    own = service.find(".//srv:SV_ServiceIdentification", NS)
    order = [etree.QName(one).localname for one in own if etree.QName(one).namespace == NS["srv"]]
    assert order == ["serviceType", "extent", "couplingType", "containsOperations", "operatesOn"]
    own.getparent().replace(own, data.find(".//gmd:MD_DataIdentification", NS))
    assert judge.validate(service), judge.error_log
    service.remove(service.find("gmd:contact", NS))
    assert not judge.validate(service)


@pytest.mark.django_db
def test_the_records_tell_where_and_when_and_how_to_get_it(client: Client, plans: None) -> None:
    data = etree.fromstring(client.get(RECORDS[0]).content)
    west, east, south, north = (
        float(one.text) for one in data.iterfind(".//gmd:EX_GeographicBoundingBox/*/*", NS)
    )
    (plan,) = client.get("/ogc/collections/spatialplan").json()["extent"]["spatial"]["bbox"]
    assert [west, south, east, north] == plan
    assert data.findtext(".//{*}beginPosition") == "2020-05-01"
    service = etree.fromstring(client.get(RECORDS[1]).content)
    operates = service.find(".//srv:operatesOn", NS).get(f"{{{NS['xlink']}}}href")
    assert operates.endswith(RECORDS[0])
    for address in [operates, *(one.text for one in data.iterfind(".//gmd:URL", NS))]:
        assert answers(client, address)
    # No test by the official validator, no claim.
    for record in (data, service):
        assert record.find(".//gmd:pass", NS).get(f"{{{NS['gco']}}}nilReason") == "unknown"


@pytest.mark.django_db
def test_the_catalogue_has_what_dcat_ap_demands(client: Client, plans: None) -> None:
    answer = client.get("/register/catalogue.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    graph = Graph().parse(data=answer.content, format="json-ld")
    demanded = {
        DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset, DCAT.service),
        DCAT.Dataset: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.theme, DCAT.contactPoint,
                       DCAT.distribution, DCTERMS.spatial, DCTERMS.temporal, DCTERMS.identifier),
        DCAT.Distribution: (DCAT.accessURL, DCTERMS.format, DCTERMS.rights),
        DCAT.DataService: (DCTERMS.title, DCAT.endpointURL, DCAT.servesDataset),
    }  # fmt: skip
    counts = {}
    for kind, terms in demanded.items():
        found = list(graph.subjects(RDF.type, kind))
        counts[kind] = len(found)
        for one in found:
            assert all(graph.value(one, term, any=True) is not None for term in terms), one
    assert list(counts.values()) == [1, 1, 2, 2]
    told = {
        label.language for label in graph.objects(next(graph.subjects(RDF.type, DCAT.Dataset)), DCTERMS.title)
    }  # type: ignore[attr-defined]
    assert told == {"da", "en"}
    for term in (
        DCAT.accessURL,
        DCAT.downloadURL,
        DCAT.endpointURL,
        DCAT.endpointDescription,
        DCTERMS.isReferencedBy,
    ):
        addresses = set(graph.objects(None, term))
        assert addresses
        for address in addresses:
            assert answers(client, str(address)), address
    # Whatever is not of a vocabulary would have been dropped: every name of the document became a term.
    assert all(str(term).startswith("http") for term in graph.predicates())


@pytest.mark.django_db
def test_feed_and_features_lead_to_the_records(client: Client, plans: None) -> None:
    feed = etree.fromstring(client.get("/register/atom.xml").content)
    records = 'atom:link[@rel="describedby"][@type="application/xml"]'
    assert next(one.get("href") for one in feed.iterfind(records, NS)).endswith(RECORDS[1])
    assert next(one.get("href") for one in feed.iterfind(f"atom:entry/{records}", NS)).endswith(RECORDS[0])
    landing = client.get("/ogc/").json()["links"]
    assert {one["type"] for one in landing if one["rel"] == "describedby"} == {
        "application/xml",
        "application/ld+json",
    }
    links = client.get("/ogc/collections/zoningelement").json()["links"]
    assert next(one["href"] for one in links if one["rel"] == "describedby").endswith(RECORDS[0])
    page = client.get("/register/").content.decode()
    assert "catalogue.jsonld" in page
