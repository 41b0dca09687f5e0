"""The property look-up: three answers, sources, the search, the API, and as many queries whatever is found."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from shapely.geometry import Point, box

from geodata.accounts.tenancy import tenant
from geodata.ledger.answers import tell
from geodata.ledger.models import AnswerState
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.base import object_id
from geodata.models.buildings import BuildingRecord, BuildingRecordVersion
from geodata.models.cadastre import Parcel, ParcelVersion
from geodata.models.fkg import ThemeObject, ThemeVersion
from geodata.property_lookup.answers import Asker, State
from geodata.property_lookup.find import find
from geodata.property_lookup.look import Look, look
from geodata.property_lookup.place import place_of
from geodata.registry import facets
from permits.models.applications import Application, ApplicationParcel
from planning.models.zones import Zone, ZoneVersion
from tests.permits.review.town import (
    DEPTH,
    OTHER,
    OWN,
    SOUTH,
    WEST,
    WIDTH,
    Town,
    add_address,
    add_parcel,
    add_plan,
    build,
    geos,
    many,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]

DAY = date(2026, 2, 20)


@pytest.fixture
def town() -> Town:
    return build(check=False)


def answers(number: str = "1a", asker: Asker | None = None) -> dict[str, Any]:
    return {answer.key: answer for told in looked(number, asker).facets for answer in told.answers}


def looked(number: str = "1a", asker: Asker | None = None) -> Look:
    place = place_of(99_001, number)
    assert place is not None
    return look(place, asker or Asker())


def delivered(*themes: str, code: str | None = OWN) -> None:
    for theme in themes:
        tell("prøve/fil", theme, code, AnswerState.FOUND, as_of=DAY)


@transaction.atomic
def add_theme(
    shape: Any, *, theme: str = "s01", name: str = "Navn", off_kode: int = 1, statuskode: int = 3, **said: Any
) -> None:
    change = open_change("test.theme", acting_user=None, themes=["parcel"])
    key = str(uuid.uuid4())
    thing = ThemeObject.objects.create(
        objekt_id=uuid.uuid4(),
        register="test",
        register_id=key,
        municipality_id=OWN,
        created_by=change,
        theme_id=theme,
    )
    ThemeVersion.objects.create(
        object=thing, theme_id=theme, change_from=change, content_hash=uuid.uuid4(), off_kode=off_kode,
        statuskode=statuskode, attributes={"name": name, **said}, geometry=many(shape),
    )  # fmt: skip
    finish_change(change)


@transaction.atomic
def add_record(**said: Any) -> None:
    """What BBR holds of a building on parcel 1b."""
    change = open_change("test.bbr", acting_user=None, themes=["building_record"])
    record = BuildingRecord.objects.create(
        objekt_id=object_id("bbr", "building_record", "x"), register="bbr", register_id="x", municipality_id=OWN,
        created_by=change,
    )  # fmt: skip
    BuildingRecordVersion.objects.create(
        object=record, change_from=change, content_hash=uuid.uuid4(), geometry=geos(Point(WEST + 30, SOUTH + 10)),
        **said,
    )  # fmt: skip
    finish_change(change)


@transaction.atomic
def renew(parcel: Parcel, **said: Any) -> None:
    """A new version of a parcel that says something else; history is written once."""
    before = ParcelVersion.objects.get(object=parcel, change_to=None)
    change = open_change("test.renew", acting_user=None, themes=["parcel"])
    ParcelVersion.objects.filter(pk=before.pk).update(change_to=change)
    before.pk, before.change_from, before.content_hash = uuid.uuid4(), change, uuid.uuid4()
    for name, value in said.items():
        setattr(before, name, value)
    before.save(force_insert=True)
    finish_change(change)


#: A theme of areas with a name and a link.
AREA = "s01"


def test_silence_is_not_no(town: Town) -> None:
    told = answers()
    assert told["buildings.records"].state is State.NOT_ANSWERED
    assert told["buildings.records"].code == "not_delivered"
    theme = next(key for key in told if key.startswith(f"themes.{AREA}"))
    assert told[theme].state is State.NOT_ANSWERED
    assert not any(a.state is State.NO for a in told.values() if a.key.startswith("themes."))
    delivered("building_record", "building", theme.removeprefix("themes."))
    told = answers()
    for key in ("buildings.records", "buildings.outlines", theme):
        answer = told[key]
        assert (answer.state, answer.source, answer.as_of) == (State.NO, "prøve/fil", DAY)


def test_a_share_of_a_theme_does_not_answer_for_the_whole(town: Town) -> None:
    natura = "themes.s09_natura2000"

    def deliver(*sources: str) -> None:
        for source in sources:
            tell(source, "s09_natura2000", OWN, AnswerState.FOUND, as_of=DAY)

    deliver("dai/habitat_omr", "dai/ramsar_omr")
    assert answers()[natura].code == "not_delivered"
    tell("dai/fugle_bes_omr", "s09_natura2000", OTHER, AnswerState.FOUND, as_of=DAY)
    assert answers()[natura].state is State.NOT_ANSWERED
    tell("dai/fugle_bes_omr", "s09_natura2000", OWN, AnswerState.FOUND, as_of=DAY - timedelta(days=9))
    assert (answers()[natura].state, answers()[natura].as_of) == (State.NO, DAY - timedelta(days=9))


def test_a_source_of_the_whole_answers_beside_a_share(town: Town) -> None:
    for source in ("dai/habitat_omr", "another/register"):
        tell(source, "s09_natura2000", OWN, AnswerState.FOUND, as_of=DAY)
    assert answers()["themes.s09_natura2000"].state is State.NO


def test_another_municipalitys_delivery_proves_nothing_here(town: Town) -> None:
    delivered("building_record", code=OTHER)
    assert answers()["buildings.records"].state is State.NOT_ANSWERED
    delivered("building_record", code=None)  # all of the country
    assert answers()["buildings.records"].state is State.NO


def test_a_plan_that_is_there_does_not_make_no_of_not_answered(town: Town) -> None:
    # A local plan and a proposal are stored in the municipality; nobody has delivered either.
    assert answers("1a")["plans.test:1.07.max_height"].state is State.YES
    for key in ("plans.local_plan", "plans.framework", "plans.proposal"):
        assert answers("1d")[key].code == "not_delivered"
    delivered("plan", "plan:local_plan")
    told = answers("1d")
    assert (told["plans.local_plan"].state, told["plans.local_plan"].as_of) == (State.NO, DAY)
    assert told["plans.framework"].state is State.NOT_ANSWERED
    assert told["plans.proposal"].state is State.NOT_ANSWERED
    delivered("plan:proposal", code=None)
    assert answers("1d")["plans.proposal"].state is State.NO


def test_a_source_that_did_not_answer_is_no_delivery(town: Town) -> None:
    tell("prøve/fil", "building_record", OWN, AnswerState.NOT_ANSWERED, as_of=DAY)
    assert answers()["buildings.records"].state is State.NOT_ANSWERED


def test_empty_fields_of_the_cadastre_are_not_answered(town: Town) -> None:
    told = answers()
    assert (told["parcel.registered_m2"].state, told["parcel.registered_m2"].value) == (State.YES, 800.0)
    assert told["parcel.common_land"].state is State.NOT_ANSWERED
    assert told["parcel.is_road"].state is State.NO
    assert told["parcel.road_m2"].value == 0.0
    assert told["parcel.road_m2"].state is State.YES
    renew(town.parcels[0], registered_m2=None, property_number=None)
    told = answers()
    assert told["parcel.registered_m2"].state is State.NOT_ANSWERED
    assert told["parcel.drawn_m2"].value == WIDTH * DEPTH
    assert told["property.number"].state is State.NOT_ANSWERED


def test_a_property_is_all_of_its_parcels(town: Town) -> None:
    for parcel in town.parcels[:2]:
        renew(parcel, property_number=77)
    told = answers("1b")
    assert told["property.parcels"].said == "1b, Prøveby; 1a, Prøveby"
    assert told["property.registered_m2"].value == 1600.0


def test_boundaries_say_what_lies_beyond_and_how_surely(town: Town) -> None:
    edges = [a for key, a in answers("1a").items() if key.startswith("edges.")]
    assert sorted(str(a.value) for a in edges if a.state is State.YES) == ["parcel", "path", "road"]
    assert next(a for a in edges if a.value == "parcel").said.startswith("nabo 1b, Prøveby; nøjagtighed")
    assert [a.code for a in edges if a.state is State.NOT_ANSWERED] == ["unknown_kind"]
    doubtful = [a for key, a in answers("1e").items() if key.startswith("edges.") and a.value == "path"]
    assert [a.code for a in doubtful] == ["ambiguous"]


def test_buildings_with_what_bbr_holds_and_what_it_does_not(town: Town) -> None:
    add_record(use_code=120, year=1987, floor_m2=143.0)
    told = answers("1b")
    assert told["buildings.bbr:x.floor_m2"].said == "143 m²"
    assert told["buildings.bbr:x.year"].said == "1987"  # no sign between thousands
    assert told["buildings.bbr:x.built_m2"].state is State.NOT_ANSWERED
    assert told["buildings.test:1"].said == "56 m²"  # the outline has no key of BBR
    assert "buildings.bbr:x.floor_m2" not in answers("1a")


@pytest.mark.parametrize("statuskode", [1, 2, 4])
def test_what_is_planned_or_gone_neither_holds_nor_stands(town: Town, statuskode: int) -> None:
    add_theme(box(WEST, SOUTH, WEST + 9, SOUTH + 9), theme=AREA, statuskode=statuskode)
    add_record(floor_m2=143.0, statuskode=statuskode)
    delivered("s01_strandbeskyttelse", "building_record")
    assert answers("1a")["themes.s01_strandbeskyttelse"].state is State.NO
    told = answers("1b")
    assert "buildings.bbr:x.floor_m2" not in told
    assert told["buildings.records"].state is State.NO


def test_themes_have_to_lie_on_the_parcel_and_be_for_everybody(town: Town) -> None:
    west = box(WEST - 30, SOUTH, WEST + 5, SOUTH + DEPTH)
    add_theme(west, theme=AREA, name="Vest")
    add_theme(box(WEST + WIDTH, SOUTH, WEST + 60, SOUTH + DEPTH), theme=AREA, name="Øst, rører kun")
    add_theme(west, theme=AREA, name="Hemmelig", off_kode=2)
    found = [a for key, a in answers().items() if key.startswith(f"themes.{AREA}")]
    assert [(a.state, a.value) for a in found] == [(State.YES, 20.0)]
    assert "20 % af jordstykket" in found[0].said
    assert found[0].as_of == looked().place.recorded_on  # nobody has said a day: when it came in


def test_links_of_registers_lead_to_the_web_or_nowhere(town: Town) -> None:
    add_theme(box(WEST, SOUTH, WEST + 5, SOUTH + 5), theme=AREA, link="javascript:alert(1)")
    found = [a for key, a in answers().items() if key.startswith(f"themes.{AREA}")]
    assert [a.link for a in found] == [""]


def test_zones_with_their_shares(town: Town) -> None:
    assert answers()["zone"].state is State.NOT_ANSWERED
    delivered("zone")
    assert answers()["zone"].state is State.NOT_ANSWERED  # every parcel lies in some zone
    with transaction.atomic():
        change = open_change("test.zone", acting_user=None, themes=["zone"])
        for code, west, east in ((1, WEST - 50, WEST + 20), (2, WEST + 20, WEST + 90)):
            zone = Zone.objects.create(
                objekt_id=uuid.uuid4(),
                register="test",
                register_id=str(code),
                municipality_id=OWN,
                created_by=change,
            )
            ZoneVersion.objects.create(
                object=zone, change_from=change, content_hash=uuid.uuid4(), zone_code=code,
                geometry=many(box(west, SOUTH - 50, east, SOUTH + 90)),
            )  # fmt: skip
        finish_change(change)
    told = answers()
    assert told["zone.1"].said == "Byzone; 80 % af jordstykket"
    assert told["zone.2"].said == "Landzone; 20 % af jordstykket"


def test_an_unknown_parcel_and_one_not_for_everybody(client: Client, town: Town) -> None:
    assert client.get("/ejendom/99001/1a/").status_code == 200
    for path in ("99001/9z", "1/1a", "x/1a", "99001/%00", "99999999999/1a", "0/1a"):
        assert client.get(f"/ejendom/{path}/").status_code == 404, path
    renew(town.parcels[0], off_kode=2)
    assert client.get("/ejendom/99001/1a/").status_code == 404


def test_page_in_danish_first(client: Client, town: Town) -> None:
    response = client.get("/ejendom/99001/1A/")  # large letters
    text = response.content.decode()
    assert "Ikke besvaret" in text
    assert "Registreret areal" in text
    assert "8,5 m" in text
    assert 'href="https://dokument.plandata.dk/20_1_TEST.pdf"' in text
    assert response["Cache-Control"] == "private, no-store"
    client.cookies["django_language"] = "en"
    text = client.get("/ejendom/99001/1a/").content.decode()
    assert "Not answered" in text
    assert "8.5 m" in text


def test_what_registers_say_is_text_and_nothing_else(client: Client, town: Town) -> None:
    renew(town.parcels[0], district_name="<script>alert(1)</script>")
    text = client.get("/ejendom/99001/1a/").content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text


def test_as_many_queries_whatever_is_found(town: Town) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            looked("1b")
        return len(seen)

    before = queries()
    for n in range(12):
        add_theme(box(WEST, SOUTH, WEST + 60, SOUTH + 40), theme=AREA, name=str(n))
    with transaction.atomic():
        change = open_change("test.more", acting_user=None, themes=["plan"])
        for n in range(12):
            add_plan(change, f"9.{n}", box(WEST, SOUTH, WEST + 60, SOUTH + 40))
        finish_change(change)
    assert len(answers("1b")) > 100
    assert queries() == before
    assert before <= 12


def test_search_by_number_district_and_code(town: Town) -> None:
    with transaction.atomic():
        change = open_change("test.more", acting_user=None, themes=["parcel"])
        other = add_parcel(change, "1a", box(WEST, SOUTH + 900, WEST + 9, SOUTH + 909), district=99_002)
        finish_change(change)
    renew(other, district_name="Andenby Mark")
    hits = {words: [(h.district, h.number) for h in find(words)] for words in (
        "1a Prøveby", "1a, prøveby", "99002 1a", "1a 99001", "1a", "1A Andenby", "99001 7000", "Andenby", "7000a",
        "99002", "", "x", "%", "9z Prøveby", "\x00 ' --", "1a %", "٩٩٠٠١ ١",
    )}  # fmt: skip
    both = [(99_001, "1a"), (99_002, "1a")]
    assert hits["1a Prøveby"] == hits["1a, prøveby"] == hits["1a 99001"] == both[:1]
    assert hits["99002 1a"] == hits["1A Andenby"] == hits["Andenby"] == hits["99002"] == both[1:]
    assert hits["1a"] == both
    assert hits["99001 7000"] == hits["7000a"] == [(99_001, "7000a")]
    for nothing in ("", "x", "%", "9z Prøveby", "\x00 ' --", "1a %", "٩٩٠٠١ ١"):
        assert hits[nothing] == []
    assert len(find("Prøveby", 3)) == 3


def test_search_by_address(client: Client, town: Town) -> None:
    x, y = WEST + 5.0, SOUTH + 5.0
    add_address("Prøvevej 7, 9999 Prøveby", x, y)
    add_address("Prøvevej 7B, 9999 Prøveby", x + WIDTH, y)
    add_address("Prøvevej 70, 9999 Prøveby", x + 2 * WIDTH, y)
    add_address("Prøvevej 7, 8888 Andenby", x + 3 * WIDTH, y)
    add_address("Prøvevej 71, 9999 Prøveby", x + 4 * WIDTH, y, status=4)  # closed down
    hits = {words: [h.number for h in find(words)] for words in (
        "Prøvevej 7, 9999 Prøveby", "prøvevej 7 9999", "PRØVEVEJ 7b", "Prøvevej 7 b", "Prøvevej 7", "Prøvevej 70",
        "Prøvevej", "Prøvevej 7 Andenby", "Prøvevej 71", "Prøve_ej 7", "øvevej 7", "Prøvevej 7 %",
    )}  # fmt: skip
    assert hits["Prøvevej 7, 9999 Prøveby"] == ["1a"]
    assert hits["prøvevej 7 9999"] == ["1a"]
    assert hits["PRØVEVEJ 7b"] == hits["Prøvevej 7 b"] == ["1b"]
    assert hits["Prøvevej 7"] == hits["Prøvevej"] == ["1d", "1a", "1c", "1b"]
    assert hits["Prøvevej 70"] == ["1c"]
    assert hits["Prøvevej 7 Andenby"] == ["1d"]
    for nothing in ("Prøvevej 71", "Prøve_ej 7", "øvevej 7", "Prøvevej 7 %"):
        assert hits[nothing] == []
    found = find("prøvevej 7b")[0]
    assert found.address == "Prøvevej 7B, 9999 Prøveby"
    assert found.label == "Prøvevej 7B, 9999 Prøveby · 1b, Prøveby (99001)"
    assert client.get("/ejendom/", {"q": "Prøvevej 7b"})["Location"] == "/ejendom/99001/1b/"
    said = answers("1b")["addresses.dar:point of Prøvevej 7B, 9999 Prøveby"].said
    assert said.startswith("Prøvevej 7B, 9999 Prøveby")


def test_search_page_opens_the_only_hit_and_says_when_there_is_none(client: Client, town: Town) -> None:
    assert client.get("/ejendom/").status_code == 200
    found = client.get("/ejendom/", {"q": "1a prøveby"})
    assert (found.status_code, found["Location"]) == (302, "/ejendom/99001/1a/")
    assert "Ingen ejendom fundet" in client.get("/ejendom/", {"q": "9z Prøveby"}).content.decode()
    assert client.get("/ejendom/", {"q": "Prøveby"}).content.decode().count('href="/ejendom/99001/') == 7


def test_a_parcel_without_a_number_is_not_offered(town: Town) -> None:
    renew(town.parcels[0], parcel_number=None)
    numbers = [hit.number for hit in find("Prøveby")]
    assert len(numbers) == 6
    assert None not in numbers


def test_a_district_without_a_name_is_called_by_its_code(client: Client, town: Town) -> None:
    renew(town.parcels[0], district_name=None)
    assert '<h1 class="h2">1a, 99001</h1>' in client.get("/ejendom/99001/1a/").content.decode()


def test_api_answers_the_same(client: Client, town: Town) -> None:
    delivered("building_record")
    body = client.get("/api/property/99001/1a/").json()
    assert body["parcel"]["number"] == "1a"
    assert body["parcel"]["bounds"]["west"] == WEST
    assert [facet["id"] for facet in body["facets"]] == [k for k, facet in facets.items() if not facet.apart]
    told = {a["key"]: a for facet in body["facets"] for a in facet["answers"]}
    height = told["plans.test:1.07.max_height"]
    assert (height["answer"], height["value"], height["unit"], height["as_of"]) == (
        "yes",
        8.5,
        "m",
        "2019-06-01",
    )
    assert height["link"] == "https://dokument.plandata.dk/20_1_TEST.pdf"
    assert told["buildings.records"]["answer"] == "no"
    with tenant(OWN):
        assert set(told) == set(answers(asker=Asker(tenant=OWN)))
    some = client.get("/api/property/99001/1a/", {"facets": "zone,parcel", "lang": "en"}).json()
    assert [facet["title"] for facet in some["facets"]] == ["Parcel", "Zone"]


def test_api_tells_all_faults_at_once(client: Client, town: Town) -> None:
    response = client.get("/api/property/x/%20/", {"facets": "parcel,nope", "lang": "xx", "q": "1"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert {(e["parameter"], e["code"]) for e in response.json()["errors"]} == {
        ("district", "not_a_code"),
        ("number", "not_a_parcel_number"),
        ("facets", "unknown_facet"),
        ("lang", "unknown_language"),
        ("q", "unknown_parameter"),
    }
    assert client.get("/api/property/99001/9z/").json()["status"] == 404
    bad = client.get("/api/property/", {"q": "x", "limit": "1000"})
    assert {e["parameter"] for e in bad.json()["errors"]} == {"q", "limit"}
    hits = client.get("/api/property/", {"q": "1a prøveby"}).json()["hits"]
    assert [hit["url"] for hit in hits] == ["/ejendom/99001/1a/"]


def test_a_parcel_with_more_cases_than_are_shown_says_so(town: Town) -> None:
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(100)]
    with tenant(OWN):
        made = Application.objects.bulk_create(
            Application(
                municipality_id=OWN, number=f"BYG-{day}", title="Hus", work="new", address="", applied_on=day
            )
            for day in days
        )
        ApplicationParcel.objects.bulk_create(
            ApplicationParcel(application=one, municipality_id=OWN, parcel=town.parcels[1]) for one in made
        )
        asker = Asker(tenant=OWN)
        told = [answer for key, answer in answers("1b", asker).items() if key.startswith("cases")]
    # The case of the town is newer than these, and the oldest of them is the one too many.
    assert len(told) == 101
    assert (told[0].value, told[99].value) == ("BYG-2026-001", "BYG-2020-01-02")
    assert told[100].link == reverse("review:applications")
    assert len(asker.seen["cases"]) == 100


def test_cases_are_the_tenants_only(client: Client, town: Town, settings: Any) -> None:
    with tenant(OWN):
        told = answers("1b", Asker(tenant=OWN))
    assert [a.value for key, a in told.items() if key.startswith("cases")] == ["BYG-2026-001"]
    # The case of another municipality lies on 1f, and nobody of ours sees it there.
    with tenant(OWN):
        assert answers("1f", Asker(tenant=OWN))["cases"].state is State.NO
    with tenant(OTHER):
        told = answers("1f", Asker(tenant=OTHER))
    assert told["cases"].state is State.NOT_ANSWERED
    settings.PLANVAERK_PUBLIC_TENANT = ""
    assert "BYG-2026-001" not in client.get("/ejendom/99001/1b/").content.decode()
