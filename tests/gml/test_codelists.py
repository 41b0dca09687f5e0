"""Our code lists: each address that an export names under our name space answers, in three forms alike."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from lxml import etree
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import SKOS

from gml.codelists.lists import LISTS
from gml.feed.publish import publish
from gml.models.plu import PluFeature
from gml.profiles import plu_tables as t
from planning.records import PlanGroup
from tests.gml.plans import NS, export, record, square, store

# The library warns of parts of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")

SPACE = settings.REGISTER_NAMESPACE
FORMS = {"json": "application/json", "xml": "application/rdf+xml", "html": "text/html"}


@pytest.fixture
def plans(db: None) -> list[PlanGroup]:
    """Plans of every type and level, uses that lists name and that none does, areas over others."""
    found = []
    for number, plan_type in enumerate((None, *t.PLAN_TYPES)):
        general = list(t.LAND_USE)[number]
        uses = {"use_general": general, "use_specific": (1110, 4115, 9999)}
        plan = record(f"{number}", plan_type=plan_type, geometry=square(0, 0, 300), **uses)
        part = {"parent_register_id": f"{number}", "title": None}
        over = {"use_general": 77, "use_specific": (7133,), "geometry": square(50, 50)}
        parts = [
            record(f"{number}a", level="sub_area", use_general=general, use_specific=(3110,), **part),
            record(f"{number}b", level="sub_area", **over, **part),
            record(f"{number}c", level="building_field", geometry=square(280, 280), **part),
            record(f"{number}d", level="building_line", geometry=square(5, 5, 1), **part),
        ]
        found.append(PlanGroup(plan, tuple(parts)))
    frames = [
        record(f"9{n}", level="framework", parent_register_id="9", plan_type=kind, use_general=code)
        for n, (kind, code) in enumerate(zip(("10.1", "10.2", "10.3"), (11, 21, 31), strict=True))
    ]
    found.append(PlanGroup(record("9", level="municipal_plan"), tuple(frames)))
    store([one for group in found for one in (group.plan, *group.parts) if one is not None])
    return found


def addresses(document: bytes) -> set[str]:
    """Whatever stands in a document and lies under our name space, in an attribute or as a text."""
    root = etree.fromstring(document)
    told = {value for element in root.iter() for value in element.attrib.values()}
    told |= {(element.text or "").strip() for element in root.iter()}
    return {one for one in told if one.startswith(f"{SPACE}/")}


@pytest.mark.django_db
def test_each_address_of_an_export_answers(client: Client, plans: list[PlanGroup]) -> None:
    found = addresses(export(*plans)[0])
    lists = {path for path in LISTS if any(one.startswith(f"{SPACE}/{path}") for one in found)}
    assert lists == LISTS.keys()
    ids = {one for one in found if re.search(r"/[0-9a-f]{8}-[0-9a-f-]{27}", one)}
    for address in sorted(found - ids):
        told = client.get(urlsplit(address).path, headers={"Accept": "application/json"})
        assert told.status_code == 200, address
        assert told.json()["id"] == address
    publish()
    known = {f"{SPACE}/{own}" for own in PluFeature.objects.values_list("local_id", flat=True)}
    assert not known  # nobody has asked for one
    for address in sorted(ids)[:3]:
        answer = client.get(urlsplit(address).path, follow=True)
        assert (answer.status_code, answer.json()["properties"]["identifier"]) == (200, address)
    known = {f"{SPACE}/{own}" for own in PluFeature.objects.values_list("local_id", flat=True)}
    assert ids == known


@pytest.mark.django_db
def test_a_title_beside_a_reference_is_the_name_in_the_list(client: Client, plans: list[PlanGroup]) -> None:
    root = etree.fromstring(export(*plans)[0])
    seen = 0
    for element in root.iter():
        href, title = (element.get(f"{{{NS['xlink']}}}{name}") for name in ("href", "title"))
        if title and str(href).startswith(SPACE):
            told = client.get(f"{urlsplit(href).path}.json").json()
            assert told["label"]["da"] == title
            assert told["label"]["en"]
            seen += 1
    assert seen > 10


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*LISTS, "codelist/PlanTypeNameValue/lokalplan",
                                  "codelist/SpecificSupplementaryRegulationValue/plantype_10.2"])  # fmt: skip
def test_the_forms_say_the_same(client: Client, plans: list[PlanGroup], path: str) -> None:
    address = urlsplit(f"{SPACE}/{path}").path
    graphs = []
    for suffix, media in FORMS.items():
        by_suffix = client.get(f"{address}.{suffix}")
        by_accept = client.get(address, headers={"Accept": f"{media}, */*;q=0.1"})
        assert by_suffix["Content-Type"].split(";")[0] == by_accept["Content-Type"].split(";")[0] == media
        assert "Accept" in by_accept["Vary"]
        if suffix == "html":
            shown = by_accept.content.decode()
            assert 'lang="da"' in shown
            assert 'lang="en"' in shown
        else:
            assert by_suffix.content == by_accept.content
            form = {"json": "json-ld", "xml": "xml"}[suffix]
            graphs.append(Graph().parse(data=by_suffix.content, format=form))
    assert isomorphic(*graphs)
    labels = {label.language for label in graphs[0].objects(URIRef(f"{SPACE}/{path}"), SKOS.prefLabel)}  # type: ignore[attr-defined]
    assert labels == {"da", "en"}


@pytest.mark.django_db
def test_a_list_names_its_values_and_what_they_stand_for(client: Client) -> None:
    answer = client.get(urlsplit(f"{SPACE}/codelist/LandUseClassificationValue.json").path)
    graph = Graph().parse(data=answer.content, format="json-ld")
    own = URIRef(f"{SPACE}/codelist/LandUseClassificationValue/31")
    assert (own, SKOS.prefLabel, Literal("Erhvervsområde", lang="da")) in graph
    assert {str(one).rpartition("/")[2] for one in graph.objects(own, SKOS.broadMatch)} == set(
        t.LAND_USE[31][1]
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["codelist/LandUseClassificationValue/9999", "codelist/PlanTypeNameValue/x", "codelist/Nothing",
             "codelist/LandUseClassificationValue/11'", "register/nobody", "kommune/0000",
             "00000000-0000-0000-0000-000000000000"],
)  # fmt: skip
def test_what_no_list_has_and_no_plan_names_is_not_there(client: Client, path: str) -> None:
    answer = client.get(urlsplit(f"{SPACE}/{path}").path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
def test_an_id_leads_to_its_feature_and_to_its_file(client: Client, plans: list[PlanGroup]) -> None:
    assert plans[0].plan is not None
    own = plans[0].plan.objekt_id
    answer = client.get(urlsplit(f"{SPACE}/{own}.zone").path)
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/ogc/collections/zoningelement/items/{own}.zone",
    )
    gml = client.get(urlsplit(f"{SPACE}/{own}").path, headers={"Accept": "application/gml+xml"}, follow=True)
    assert gml["Content-Type"] == "application/gml+xml"
    assert re.search(rf"{SPACE}/{own}\b", gml.content.decode())


@pytest.mark.django_db
def test_pages_speak_the_language_of_the_visitor(client: Client) -> None:
    address = urlsplit(f"{SPACE}/codelist").path
    assert "Kodelister" in client.get(address).content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    shown: Any = client.get(address).content.decode()
    assert "Code lists" in shown
