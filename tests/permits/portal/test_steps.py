"""The applicant's way through the pages: nothing is lost, nothing is seen by others, and it is sent in once."""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from shapely.geometry import box

from geodata.accounts.models import Municipality, Role
from geodata.accounts.tenancy import tenant
from geodata.crs import to_degrees
from geodata.ledger.models import AuditRow
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.cadastre import ParcelVersion
from geodata.uploads import Taken, takers
from permits.actions.change_draft import change_draft
from permits.actions.submit_draft import submit_draft
from permits.drawings import sniff
from permits.models.applications import Application, Drawing, ProposedBuilding
from permits.models.drafts import Draft
from permits.models.findings import Finding
from permits.portal.pages import shown
from planning.models.plans import PlanVersion
from planning.themes import spread_limits
from tests.geodata.accounts.people import person
from tests.permits.portal.way import CORNER, DISTRICT, NUMBER, Way, drawing
from tests.permits.review.town import (
    OTHER,
    OWN,
    WIDTH,
    Town,
    add_address,
    add_plan,
    build,
    every_register_answers,
    many,
    plot,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]


@pytest.fixture
def town(db: None) -> Town:
    return build(check=False)


@pytest.fixture
def way(client: Client, town: Town) -> Way:
    return Way(client)


def drafts(code: str = OWN) -> list[Draft]:
    with tenant(code):
        return list(Draft.objects.order_by("pk"))


def applications() -> list[Application]:
    with tenant(OWN):
        return list(Application.objects.filter(number__contains="-A"))


def titles(page: str) -> list[str]:
    """What can be changed, as the page says it."""
    return [t.strip() for t in re.findall(r'id="remedy-title-\d+">([^<]+)<', page)]


def test_a_visitor_goes_all_the_way_to_signing_in(way: Way) -> None:
    way.draw()
    page = way.get("answer")
    assert "Ingen brud på de kontrollerede regler" in page
    assert "Det er ikke kontrolleret" in page
    way.parties()
    review = way.get("review")
    for said in ("Nyt hus", "1d, Prøveby", "Prøvevej 7", "hus.dxf", "Prøve Ansøger"):
        assert said in review
    assert "Log ind og send" in review
    assert way.post("submit")["Location"].startswith("/konto/")
    assert applications() == []


def test_the_property_is_found_by_its_address_and_the_address_is_kept(way: Way) -> None:
    add_address("Prøvevej 7, 9999 Prøveby", CORNER[0] + 5.0, CORNER[1] + 5.0)
    way.post("what", work="new", title="Nyt hus")
    page = way.get("where", q="prøvevej 7")
    assert "Prøvevej 7, 9999 Prøveby · 1d, Prøveby (99001)" in page
    hidden = dict(re.findall(r'type="hidden" name="(address of [^"]+)" value="([^"]+)"', page))
    assert hidden == {f"address of {DISTRICT} {NUMBER}": "Prøvevej 7, 9999 Prøveby"}
    way.post("where", parcel=f"{DISTRICT} {NUMBER}", address="", **hidden)
    assert drafts()[0].answers["where"]["address"] == "Prøvevej 7, 9999 Prøveby"
    way.post("where", parcel=f"{DISTRICT} {NUMBER}", address="Prøvevej 7, bagbygningen", **hidden)
    assert drafts()[0].answers["where"]["address"] == "Prøvevej 7, bagbygningen"


def test_every_format_that_the_page_names_is_taken(way: Way) -> None:
    way.begin()
    page = way.get("drawing")
    assert 'accept=".dxf,.geojson,.json,.gpkg,.gml,.ifc,.zip"' in page
    frame = gpd.GeoDataFrame(
        {"kind": ["detached_house"]},
        geometry=[box(CORNER[0] + 3, CORNER[1] + 8, CORNER[0] + 15, CORNER[1] + 18)],
        crs="EPSG:25832",
    )
    for name, driver in (("hus.gpkg", "GPKG"), ("hus.gml", "GML")):
        memory = io.BytesIO()
        frame.to_file(
            memory, driver=driver, engine="pyogrio", **({"FORMAT": "GML3.2"} if driver == "GML" else {})
        )
        way.upload(memory.getvalue(), name)
        assert drafts()[0].original_name == name
        assert len(drafts()[0].buildings) == 1


@pytest.mark.slow
def test_three_breaches_are_told_with_what_can_be_changed_and_changed_by_a_button(way: Way) -> None:
    # 1.8 m from the neighbour, 9.0 m high, and 400 m² of floor on 800 m².
    way.draw(drawing(west=1.8), height_m="9", storeys="2", floor_m2="400")
    page = way.get("answer")
    assert "Bygningen ligger 1,80 m fra skellet mod naboen" in page
    assert {"Flyt bygningen 0,70 m mod øst", "Gør bygningen 0,50 m lavere"} <= set(titles(page))
    evidence = json.loads(re.search(r'id="evidence" type="application/json">(.+?)</script>', page)[1])
    roles = {f["properties"]["role"] for f in evidence["features"]}
    assert {"plot", "proposed", "shortest_line", "remedy_outline", "remedy_arrow", "remedy_piece"} <= roles
    while titles(page):
        token = re.search(r'name="remedy" value="(\w+)"', page)[1]
        way.post("use", remedy=token)
        page = way.get("answer")
        assert "Svaret herunder gælder den ændrede tegning" in page
    row = drafts()[0].buildings[0]
    assert row["height_m"] == pytest.approx(8.5)
    assert row["floor_m2"] < 400
    # Without a drawn roof it keeps below the sloped plane as a box: 8.5 m / 1.4 from the neighbour.
    assert f"{CORNER[0] + 6.08:.2f}" in row["wkt"]
    assert "Bygningen holder en afstand på 6,08 m" in page


def test_rules_that_wait_for_a_register_are_told_together(way: Way) -> None:
    way.draw()
    page = way.get("answer")
    told = re.search(r"(\d+) regler kunne ikke kontrolleres", page)
    section = page[page.index('id="waits-title"') : page.index('id="unchecked-title"')]
    waiting = section[: section.index("</section>")]
    assert waiting.count("<article") == int(told[1]) > 10
    assert "Strandbeskyttelse" in waiting
    assert "kunne ikke kontrolleres." in page[page.index("apply-sum") :].split("</p>")[0]
    # What is in the drawing or the plan is not among them.
    assert "Bebyggelsesprocent" not in waiting
    every_register_answers()
    rest = way.get("answer")
    assert "1 regel kunne ikke kontrolleres" in rest
    assert "<summary>Landzonetilladelse</summary>" in rest  # of zones there is no register here


def test_a_remedy_that_no_longer_fits_changes_nothing(way: Way) -> None:
    way.draw(drawing(west=1.8))
    before = drafts()[0].buildings
    way.post("use", remedy="0123456789abcdef")
    assert drafts()[0].buildings == before
    told = way.get("answer")
    assert "passer ikke længere" in told
    assert 'id="unfit"' in told
    assert "alert-success" not in told  # nothing was done, so nothing is said of a changed drawing


def test_a_mended_file_takes_the_place_of_the_first(way: Way) -> None:
    way.draw(drawing(west=1.8))
    assert titles(way.get("answer"))
    way.upload(drawing(west=3.0))
    way.measures()
    assert titles(way.get("answer")) == []
    assert len(drafts()[0].buildings) == 1


def test_sent_in_once_however_often_it_is_clicked(way: Way) -> None:
    way.draw(drawing(west=1.8))
    way.parties()
    way.client.force_login(person(Role.APPLICANT, OWN))
    way.client.session.save()
    stale = drafts()[0]
    first = way.post("submit")
    assert first["Location"] == f"{way.base}receipt/"
    assert way.post("submit")["Location"] == first["Location"]
    sent = applications()
    assert len(sent) == 1
    # Two requests that both read the draft before either had sent it in.
    with tenant(OWN):
        again = submit_draft(
            stale,
            acting_user=sent[0].applicant,
            title="Nyt hus",
            address="",
            work="new",
            applied_on=sent[0].applied_on,
            parcels=[],
            drawings=[],
        )
        assert again.pk == sent[0].pk
        assert ProposedBuilding.objects.filter(application=again).count() == 1
        assert Finding.objects.filter(application_id=again.pk, rule="br18.boundary_distance").exists()
        names = list(Drawing.objects.filter(application=again).values_list("file_name", flat=True))
        assert sorted(names) == ["drawn.geojson", "hus.dxf"]
    assert len(applications()) == 1
    receipt = way.get("receipt")
    assert sent[0].number in receipt
    assert "Prøve Ansøger" in receipt
    assert "1d, Prøveby" in receipt
    # The draft holds nothing twice, and no step of it can be changed.
    kept = drafts()[0]
    assert (kept.buildings, kept.original) == ([], None)
    assert way.post("what", work="new", title="Andet")["Location"] == first["Location"]


def test_a_step_that_is_told_while_another_tab_sends_in_shows_the_receipt(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    way.draw(drawing(west=1.8))
    way.parties()
    way.client.force_login(person(Role.APPLICANT, OWN))

    before = drafts()[0]
    way.post("submit")
    real = shown.opened

    @contextmanager
    def as_before(request: HttpRequest, public_id: uuid.UUID) -> Iterator[Draft]:
        monkeypatch.undo()
        with real(request, public_id):
            yield before  # as it was read when the other tab had not sent it in yet

    monkeypatch.setattr(shown, "opened", as_before)
    told = way.post("parties", name="En anden", email="ansoeger@example.dk", role="owner")
    assert told["Location"] == f"{way.base}receipt/"
    assert "En anden" not in way.get("receipt")
    assert len(applications()) == 1


def test_what_is_sent_in_is_what_was_answered(way: Way) -> None:
    way.draw(drawing(west=1.8))
    page = way.get("answer")
    way.post("use", remedy=re.search(r'name="remedy" value="(\w+)"', page)[1])
    way.parties()
    way.client.force_login(person(Role.APPLICANT, OWN))
    way.post("submit")
    with tenant(OWN):
        built = ProposedBuilding.objects.get(application=applications()[0])
        assert built.footprint is not None
        assert built.footprint.extent[0] == pytest.approx(CORNER[0] + 2.5)
        answers = dict(
            Finding.objects.filter(application_id=applications()[0].pk).values_list("rule", "outcome")
        )
    assert answers["br18.boundary_distance"] == "pass"


def test_somebody_without_a_role_may_not_send_in_and_is_told(way: Way) -> None:
    way.draw()
    way.parties()
    way.client.force_login(person(Role.APPLICANT, OTHER))
    assert "Du kan ikke søge her med din konto" in way.get("review")
    way.post("submit", expect=403)
    assert applications() == []


def test_a_draft_is_nobody_elses(way: Way, town: Town) -> None:
    way.draw()
    stranger = Client()
    for step in ("what", "answer", "review", "receipt"):
        assert stranger.get(f"{way.base}{step}/").status_code == 404
    assert stranger.post(f"{way.base}discard/").status_code == 404
    stranger.force_login(person(Role.LEAD, OWN))
    assert stranger.get(f"{way.base}answer/").status_code == 404
    assert len(drafts()) == 1
    assert "Nyt hus" in way.client.get("/apply/").content.decode()
    assert "Nyt hus" not in stranger.get("/apply/").content.decode()


def test_who_signs_in_finds_the_draft_in_another_browser(way: Way) -> None:
    user = person(Role.APPLICANT, OWN)
    way.client.force_login(user)
    way.begin()
    other = Client()
    other.force_login(user)
    assert "Nyt hus" in other.get("/apply/").content.decode()
    assert 'value="Nyt hus"' in other.get(f"{way.base}what/").content.decode()


def test_rows_of_drafts_are_under_row_level_security(way: Way) -> None:
    way.begin()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'permits_draft'"
        )
        assert cursor.fetchone() == (True, True)
    assert len(drafts()) == 1
    assert drafts(OTHER) == []
    with tenant(None):
        assert not Draft.objects.exists()


def test_land_of_another_municipality_takes_the_draft_along(way: Way, town: Town) -> None:
    way.post("what", work="new", title="Nyt hus")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE geodata_parcel SET municipality_id = %s WHERE id = %s", [OTHER, town.parcels[3].pk]
        )
    way.post("where", parcel=f"{DISTRICT} {NUMBER}")
    assert drafts() == []
    assert drafts(OTHER)[0].answers["what"]["title"] == "Nyt hus"
    assert "1d, Prøveby" in way.get("applies")


def test_steps_cannot_be_skipped_and_what_was_told_stands_there_again(way: Way) -> None:
    assert way.client.get(f"{way.base}answer/")["Location"] == f"{way.base}what/"
    way.begin()
    assert way.client.get(f"{way.base}review/")["Location"] == f"{way.base}drawing/"
    page = way.get("what")
    assert 'value="Nyt hus"' in page
    assert re.search(r'value="new"\s+checked', page)
    way.upload(drawing())
    way.measures(height_m="4,25")
    assert 'value="4,25"' in way.get("measures")
    assert way.client.get(f"{way.base}measures/")["Cache-Control"] == "private, no-store"


def test_a_change_from_the_review_leads_back_to_it(way: Way) -> None:
    way.draw()
    way.parties()
    way.get("review")
    # Also by way of what had to be put right first.
    sent = way.post("what", work="new", title="", back_to="review")
    assert sent["Location"] == f"{way.base}what/?back_to=review"
    assert 'name="back_to" value="review"' in way.get("what", back_to="review")
    sent = way.post("what", work="new", title="Hus og have", back_to="review")
    assert sent["Location"] == f"{way.base}review/"
    assert "Hus og have" in way.get("review")


def test_what_is_wrong_is_told_beside_what_was_typed(way: Way) -> None:
    page = way.post("what", expect=422, title="Kun ord").content.decode()
    assert 'value="Kun ord"' in page
    assert "Vælg, hvad du vil" in page
    way.begin()
    way.upload(drawing())
    given = {"0-kind": "", "0-height_m": "fire", "0-storeys": "999"}
    page = way.post("measures", expect=422, **given).content.decode()
    assert page.count("form-error-message") == 3
    assert 'value="fire"' in page
    assert drafts()[0].answers.get("measures") is None
    # Loading the page again loses nothing of it; what was put right is not told again.
    assert 'value="fire"' in way.get("measures")
    way.measures()
    assert "form-error-message" not in way.get("measures")
    page = way.post("parties", expect=422, name="Prøve", email="ansoeger@", role="agent").content.decode()
    assert 'value="ansoeger@"' in page
    assert 'href="#owner"' in page


def test_a_role_that_is_stated_stays_with_its_kind_and_a_wall_is_a_wall() -> None:
    from permits.portal.measures import read, wrong

    shape = {"wkt": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}
    rows = [
        {"name": "s", "kind": "other", "role": "secondary", **shape},
        {"name": "m", "kind": "", "role": "wall", **shape},
        {"name": "x", "kind": "", "role": "primary", **shape},
    ]
    changed, told = read(rows, {"0-kind": "other", "1-kind": "wall", "2-kind": "wall"})
    assert [(row["role"], row["kind"]) for row in changed[:2]] == [("secondary", "other"), ("wall", "")]
    assert [box for box, _words in wrong(told)] == ["2-kind"]
    changed, _ = read(rows[1:2], {"0-kind": "shed"})
    assert (changed[0]["role"], changed[0]["kind"]) == ("secondary", "shed")


def test_numbers_are_read_with_comma_and_point_and_a_roof_follows_its_height() -> None:
    from permits.portal.measures import raised, read

    rows = [
        {"name": "h", "kind": "detached_house", "role": "primary", "wkt": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}
    ]
    given = {"0-kind": "garage", "0-height_m": "3,5 m", "0-storeys": "1.5", "0-floor_m2": "1 200"}
    changed, told = read(rows, given)
    assert (changed[0]["height_m"], changed[0]["storeys"], changed[0]["floor_m2"]) == (3.5, 1.5, 1200.0)
    assert (changed[0]["role"], changed[0]["dwellings"], changed[0]["eaves_m"]) == ("secondary", -1, None)
    assert not any(f.error for one in told for f in one.fields)
    facets = [{"building": 0, "c": 3.0}]
    assert raised(facets, [{"height_m": 3.0}], [{"height_m": 3.5}]) == [{"building": 0, "c": 3.5}]
    assert raised(facets, [{"height_m": None}], [{"height_m": 3.5}]) == facets


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("hus.dxf", b"", "tom"),
        ("hus.dxf", b"this is no drawing", "."),
        ("plan.pdf", b"%PDF-1.7", "."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_words(
    way: Way, name: str, content: bytes, said: str
) -> None:
    way.begin()
    page = way.post("drawing", 422, file=SimpleUploadedFile(name, content)).content.decode()
    errors = re.search(r'id="errors".+?</div>', page, re.DOTALL)[0]
    assert said in errors
    assert "<li>" in errors
    assert drafts()[0].buildings == []


def test_a_drawing_of_another_place_is_refused(way: Way) -> None:
    way.begin()
    page = way.upload(drawing(west=900.0), expect=422).content.decode()
    assert "km fra ejendommen" in page


def test_a_file_that_is_too_large_is_not_taken_in(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way.begin()
    monkeypatch.setitem(takers._entries, "/apply/", Taken(100_000))
    page = way.upload(b"0\nSECTION\n" * 60_000, name="stor.dxf", expect=422).content.decode()
    assert "stor.dxf er større end" in page
    assert f"{sniff.MAX_BYTES // 2**20} MB" in page


class Endless(io.RawIOBase):
    """A form with a file of so many bytes, made as it is read; ``given`` counts what was asked for."""

    def __init__(self, size: int) -> None:
        head = b'--bound\r\nContent-Disposition: form-data; name="file"; filename="stor.dxf"\r\n\r\n'
        self.head, self.tail, self.left = head, b"\r\n--bound--\r\n", size
        self.length, self.given = len(head) + size + len(self.tail), 0

    def read(self, size: int = -1) -> bytes:
        if self.head:
            part, self.head = self.head, b""
        elif self.left:
            part = b"0\nSECTION\n" * (min(size, self.left, 65_530) // 10) or b"\n" * min(size, self.left, 9)
            self.left -= len(part)
        else:
            part, self.tail = self.tail[:size], self.tail[size:]
        self.given += len(part)
        return part


def test_200_megabytes_are_refused_while_they_come_and_leave_nothing(way: Way, tmp_path: Path) -> None:
    way.begin()
    before = drafts()[0].changed_at
    sent = Endless(200 * 2**20)
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
        answer = way.client.generic(
            "POST",
            f"{way.base}drawing/",
            **{
                "wsgi.input": sent,
                "CONTENT_LENGTH": str(sent.length),
                "CONTENT_TYPE": "multipart/form-data; boundary=bound",
            },
        )
    assert answer["Location"] == f"{way.base}drawing/"
    assert sent.given == sent.length
    assert "stor.dxf er større end" in way.get("drawing")
    assert list(tmp_path.iterdir()) == []
    assert (drafts()[0].original, drafts()[0].changed_at) == (None, before)


def test_what_is_drawn_on_the_map_is_a_drawing_like_any_other(way: Way) -> None:
    way.begin()
    shape = to_degrees(shapely.box(CORNER[0] + 3, CORNER[1] + 8, CORNER[0] + 13, CORNER[1] + 18))
    drawn = {"features": [{"geometry": shapely.geometry.mapping(shape)}]}
    way.post("drawing", drawn=json.dumps(drawn), kind="garage")
    row = drafts()[0].buildings[0]
    assert (row["kind"], row["role"]) == ("garage", "secondary")
    assert shapely.from_wkt(row["wkt"]).area == pytest.approx(100, abs=0.1)
    assert drafts()[0].original_name == "sketch.geojson"  # beside drawn.geojson, which is what is measured
    way.post("drawing", 422, drawn=json.dumps(drawn), kind="")
    way.post("drawing", 422, drawn="[not json", kind="garage")
    way.post("drawing", 422, drawn="[" * 100_000, kind="garage")


def test_it_says_what_changed_when_plans_changed_meanwhile(way: Way, town: Town) -> None:
    way.draw(height_m="7")
    assert "har ændret sig" not in way.get("answer")
    change = open_change("test.plan", acting_user=None, themes=["plan"])
    add_plan(change, "9.99", plot(3), height_m=5.0)
    with connection.cursor() as cursor:
        spread_limits(cursor, change.pk)
    finish_change(change)
    assert PlanVersion.objects.filter(number="9.99").exists()
    way.parties()
    page = way.get("review")
    assert "Noget har ændret sig" in page
    assert "9.99" in page
    assert "Højde efter lokalplan" in page
    # Said until the answer has been seen again, and then no more.
    assert "Noget har ændret sig" in way.get("answer")
    assert "Noget har ændret sig" not in way.get("answer")


def test_a_parcel_that_is_gone_is_told_and_the_drawing_is_kept(way: Way, town: Town) -> None:
    way.draw()
    change = open_change("test.merge", acting_user=None, themes=["parcel"])
    ParcelVersion.objects.filter(parcel_number=NUMBER).update(change_to=change)
    finish_change(change)
    for step in ("applies", "answer"):
        assert "kendes ikke længere" in way.get(step)
    assert len(drafts()[0].buildings) == 1


def test_a_parcel_merged_into_its_neighbour_stops_each_step_and_keeps_the_drawing(
    way: Way, town: Town
) -> None:
    way.draw(drawing(west=1.8))
    token = re.search(r'name="remedy" value="(\w+)"', way.get("answer"))[1]
    way.parties()
    drawn = drafts()[0].buildings
    way.client.force_login(person(Role.APPLICANT, OWN))
    change = open_change("test.merge", acting_user=None, themes=["parcel"])
    ParcelVersion.objects.filter(parcel_number=NUMBER).update(change_to=change)
    neighbour = ParcelVersion.objects.get(parcel_number="1e", change_to=None)
    ParcelVersion.objects.filter(pk=neighbour.pk).update(change_to=change)
    neighbour.pk, neighbour.change_from, neighbour.content_hash = None, change, uuid.uuid4()
    neighbour.geometry = many(shapely.union(plot(3), plot(4)))
    neighbour.save(force_insert=True)
    finish_change(change)
    for step in ("drawing", "review"):
        assert "kendes ikke længere" in way.get(step)
    assert way.post("use", remedy=token)["Location"] == f"{way.base}answer/"
    assert way.post("submit")["Location"] == f"{way.base}where/"
    assert applications() == []
    # The parcel that it was merged into is chosen: what was drawn stands there.
    way.post("where", parcel=f"{DISTRICT} 1e")
    assert drafts()[0].buildings == drawn
    assert "1e, Prøveby" in way.get("review")
    # A parcel that nothing of it stands on is another matter.
    way.post("where", parcel=f"{DISTRICT} 1a")
    assert drafts()[0].buildings == []


def test_a_drawing_of_the_neighbours_parcel_is_refused_and_one_across_the_boundary_is_measured(
    way: Way,
) -> None:
    way.begin()
    page = way.upload(drawing(west=3.0 + WIDTH), expect=422).content.decode()
    assert "den nærmeste bygning ligger 3,00 m fra den" in page
    assert drafts()[0].buildings == []
    way.upload(drawing(west=WIDTH - 2.0))
    way.measures()
    page = way.get("answer")
    assert re.search(r"\d+ regler? er ikke overholdt", page)


def test_a_draft_can_be_thrown_away(way: Way) -> None:
    way.begin()
    way.post("discard")
    assert drafts() == []
    assert way.client.get(f"{way.base}what/").status_code == 404
    with tenant(OWN):
        verbs = set(AuditRow.objects.values_list("verb", flat=True))
    assert {"permits.start_draft", "permits.change_draft", "permits.discard_draft"} <= verbs


def test_nothing_begins_where_no_municipality_takes_applications(client: Client, db: Any) -> None:
    Municipality.objects.filter(code=OWN).delete()
    assert client.post("/apply/begin/").status_code == 403


def test_pages_are_english_by_the_switch(way: Way) -> None:
    way.draw(drawing(west=1.8))
    way.client.cookies["django_language"] = "en"
    page = way.get("answer")
    assert "Move the building 0.70 m to the east" in page
    assert "What was not checked" in page


def test_a_draft_that_was_sent_in_is_not_changed_by_a_late_step(way: Way) -> None:
    from geodata.ledger.action import Refused

    way.draw()
    way.parties()
    stale = drafts()[0]
    way.client.force_login(person(Role.APPLICANT, OWN))
    way.post("submit")
    with tenant(OWN), pytest.raises(Refused, match="sent in"):
        change_draft(stale, acting_user=None, step="what", answers={"work": "new"})
