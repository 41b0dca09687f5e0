"""The reviewer's pages: whose applications, filters, words, escaping, languages, and no foreign address."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geodata.accounts.models import Role
from geodata.accounts.tenancy import tenant
from geodata.ledger.revisions import finish_change, open_change
from permits.actions.check_applications import check_applications
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.models.rechecks import LookedAt
from permits.review import cases
from planning.models.plans import PlanVersion
from tests.geodata.accounts.people import person
from tests.permits.review.town import HOSTILE, OTHER, OWN, SOUTH, WEST, Town, build, every_register_answers

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]


@pytest.fixture
def town() -> Town:
    return build()


def page(client: Client, path: str = "/", **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return str(response.content.decode())


def case_path(town: Town, key: str) -> str:
    return f"/sager/{town.applications[key].public_id}/"


def evidence_of(client: Client, town: Town, key: str) -> list[dict[str, Any]]:
    response = client.get(case_path(town, key) + "evidence.json")
    assert response["Cache-Control"] == "private, no-store"
    return list(response.json()["features"])


def test_list_shows_only_the_open_municipality(client: Client, town: Town) -> None:
    with tenant(OTHER):
        assert Application.objects.filter(title="Den andens hus").exists()  # it is there to be leaked
    text = page(client)
    assert "Nyt enfamiliehus" in text
    assert "Den andens hus" not in text
    assert client.get(case_path(town, "foreign")).status_code == 404
    assert client.get(case_path(town, "foreign") + "evidence.json").status_code == 404


def test_nothing_is_shown_without_an_open_municipality(client: Client, town: Town, settings: Any) -> None:
    settings.PLANVAERK_PUBLIC_TENANT = ""
    text = page(client)
    assert "Ansøgninger vises ikke her" in text
    assert "Nyt enfamiliehus" not in text
    assert client.get(case_path(town, "near")).status_code == 404


def test_drafts_are_nobodys_business(client: Client, town: Town) -> None:
    with tenant(OWN):
        Application.objects.filter(pk=town.applications["near"].pk).update(state="draft")
    assert "Nyt enfamiliehus" not in page(client)
    assert client.get(case_path(town, "near")).status_code == 404


def test_rows_tell_the_worst_answer_and_the_number_of_breaches(client: Client, town: Town) -> None:
    with tenant(OWN):
        rows = {row.number: row for row in cases.page(cases.Filters(), date(2026, 3, 2)).rows}
    near, high = (rows[town.applications[key].number] for key in ("near", "high"))
    assert near.outcome == "overall_assessment"
    assert high.outcome == "needs_dispensation"
    fine = town.applications["fine"].pk
    every_register_answers()
    check_applications([fine], acting_user=None, municipality=OWN, as_of=date(2026, 3, 2))
    with tenant(OWN):
        told = Finding.objects.newest().filter(application_id=town.applications["fine"].pk)
        assert list(told.exclude(outcome__in=("pass", "not_applicable")).values_list("rule", "reason")) == [
            ("planning_act.rural_zone", "missing_data")
        ]
    assert rows[town.applications["fine"].number].outcome == "needs_manual"
    assert near.breaches == 2
    text = page(client)
    assert "Kræver dispensation" in text
    assert "2 overskridelser" in text


def test_filters_by_words_and_answer(client: Client, town: Town) -> None:
    assert "Hus i to etager" in page(client, "/?outcome=needs_dispensation")
    assert "Nyt enfamiliehus" not in page(client, "/?outcome=needs_dispensation")
    both = page(client, "/?outcome=needs_dispensation&outcome=overall_assessment")
    assert "Hus i to etager" in both
    assert "Nyt enfamiliehus" in both
    assert "Nyt enfamiliehus" in page(client, "/?q=pr%C3%B8vevej+3")
    assert "Hus i to etager" not in page(client, "/?q=pr%C3%B8vevej+3,")
    assert "Intet fundet" in page(client, "/?q=findes-ikke")
    # Signs of patterns stand for themselves.
    assert "Intet fundet" in page(client, "/?q=%25")
    assert "Intet fundet" in page(client, "/?q=_")


@pytest.mark.parametrize(
    "query", ["outcome=%00", "outcome=drop+table", "after=2026-99-99.1", "after=x", "q=%00%27%22"]
)
def test_a_spoilt_address_is_no_error(client: Client, town: Town, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_pages_by_key_show_each_application_once(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "PAGE", 2)
    numbers = []
    path = "/"
    for _ in range(4):
        text = page(client, path, **{"hx-request": "true"})
        numbers += re.findall(r'row-number">([^<]+)<', text)
        more = re.search(r'hx-get="(/\?[^"]*after=[^"]*)"', text)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
    assert sorted(numbers) == sorted(a.number for k, a in town.applications.items() if k != "foreign")
    assert numbers == sorted(numbers, reverse=True)


def test_number_of_queries_does_not_grow(client: Client, town: Town) -> None:
    with CaptureQueriesContext(connection) as few:
        page(client)
    with tenant(OWN):
        Application.objects.bulk_create(
            Application(
                municipality_id=OWN, number=f"M-{i}", title="Skur", work="new", applied_on=date(2025, 1, 1)
            )
            for i in range(30)
        )
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert len(many) == len(few)


def test_more_of_the_list_counts_nothing(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "PAGE", 2)
    more = re.search(r'hx-get="(/\?after=[^"]*)"', page(client))
    assert more is not None
    with CaptureQueriesContext(connection) as queries:
        rows = page(client, more[1], **{"hx-request": "true"})
    assert rows.count('class="row-item"') == 2
    assert not [q for q in queries if "count(*)" in q["sql"]]


def test_case_says_why_in_plain_danish(client: Client, town: Town) -> None:
    text = page(client, case_path(town, "near"))
    assert "Bygningen ligger 1,80 m fra skellet mod naboen" in text
    assert "2,50 m" in text
    assert "Vis beregning" in text
    assert "Det er ikke kontrolleret" in text
    assert "servitut" in text.lower()
    assert 'href="https://dokument.plandata.dk/20_1_TEST.pdf"' in text


def test_case_speaks_english_on_request(client: Client, town: Town) -> None:
    client.cookies["django_language"] = "en"
    text = page(client, case_path(town, "near"))
    assert '<html lang="en">' in text
    assert "1.80 m" in text
    assert "Show the calculation" in text
    assert "Vis beregning" not in text


def test_danish_whatever_the_browser_asks_for(client: Client, town: Town) -> None:
    assert '<html lang="da">' in page(client, "/", **{"accept-language": "en-US,en;q=0.9"})
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert answer.status_code == 302
    assert '<html lang="en">' in page(client)


def test_only_the_panel_is_sent_to_the_page_itself(client: Client, town: Town) -> None:
    part = page(client, case_path(town, "near"), **{"hx-request": "true"})
    assert "<html" not in part
    assert 'id="evidence"' in part
    whole = {"hx-request": "true", "hx-history-restore-request": "true"}
    assert "<html" in page(client, case_path(town, "near"), **whole)


def test_hostile_words_stay_words(client: Client, town: Town) -> None:
    for path in ("/", case_path(town, "hostile"), "/?q=%3Cscript%3Ealert(1)%3C/script%3E"):
        text = page(client, path)
        assert "<script>alert(" not in text
        assert "<b>Å</b>" not in text
    assert "&lt;script&gt;alert(" in page(client)


def test_hostile_plan_link_is_left_out(client: Client, town: Town) -> None:
    change = open_change("test.hostile", acting_user=None, themes=["plan"])
    for version in PlanVersion.objects.current():
        PlanVersion.objects.filter(pk=version.pk).update(change_to=change)
        version.pk, version.change_from, version.title = uuid4(), change, HOSTILE
        version.document_url = "javascript:alert(1)"
        version.save(force_insert=True)
    finish_change(change)
    text = page(client, case_path(town, "near"))
    assert 'href="javascript' not in text, "a hostile address is told as text at most"
    assert "<script>alert(" not in text


def test_evidence_is_in_degrees_with_grid_metres_beside(client: Client, town: Town) -> None:
    features = evidence_of(client, town, "near")
    roles = {f["properties"]["role"] for f in features}
    assert {"proposed", "shortest_line"} <= roles
    line = next(f for f in features if f["properties"]["role"] == "shortest_line")
    assert line["properties"]["label"] == "1,80 m"
    assert line["properties"]["grid_crs"] == "EPSG:25832"
    xs = [x for x, _y in line["properties"]["grid_coordinates"]]
    assert min(xs) == pytest.approx(WEST + 25, abs=0.002)
    assert max(xs) == pytest.approx(WEST + 26.8, abs=0.002)
    lon, lat = line["geometry"]["coordinates"][0][:2]
    assert 8 < lon < 13
    assert 54 < lat < 58
    house = next(f for f in features if f["properties"]["role"] == "proposed")
    assert min(y for _x, y in house["properties"]["grid_coordinates"][0]) == pytest.approx(SOUTH + 11)


def test_evidence_of_the_page_is_that_of_the_address(client: Client, town: Town) -> None:
    text = page(client, case_path(town, "near"))
    embedded = re.search(r'<script id="evidence" type="application/json">(.*?)</script>', text, re.S)
    assert embedded is not None
    assert json.loads(embedded[1])["features"] == evidence_of(client, town, "near")


def test_finding_without_a_proof_keeps_its_numbers(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise KeyError("gone")

    monkeypatch.setattr("permits.review.proofs.Prover", refuse)
    text = page(client, case_path(town, "near"))
    assert "Nogle forklaringer kunne ikke laves" in text
    assert "1,80 m" in text


def test_unchecked_application_says_so(client: Client, town: Town) -> None:
    Finding.objects.filter(application_id=town.applications["fine"].pk).delete()
    LookedAt.objects.filter(application_id=town.applications["fine"].pk).delete()
    assert "Ikke kontrolleret endnu" in page(client, case_path(town, "fine"))
    assert "Hus med god plads" in page(client, "/?outcome=unchecked")


def test_no_page_asks_anybody_else(client: Client, town: Town) -> None:
    for path in ("/", case_path(town, "near"), "/sager/ukendt/"):
        text = client.get(path).content.decode()
        for tag in re.findall(r"<(?:script|link|img|iframe|source|form|use)\b[^>]*>", text):
            assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", tag), tag
    policy = client.get("/")["Content-Security-Policy"]
    assert "http:" not in policy
    assert "https:" not in policy


def test_personal_data_is_not_kept_by_caches(client: Client, town: Town) -> None:
    for path in ("/", case_path(town, "near")):
        assert client.get(path)["Cache-Control"] == "private, no-store"


def test_unknown_page_is_danish(client: Client) -> None:
    response = client.get("/findes/ikke")
    assert response.status_code == 404
    assert "Vi kan ikke finde siden" in response.content.decode()


def test_a_failure_is_said_in_danish(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("permits.review.cases.page", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "Noget gik galt hos os" in response.content.decode()


def test_health_tells_the_last_revision(client: Client, town: Town) -> None:
    told = client.get("/health").json()
    assert (told["status"], told["database"]) == ("ok", "ok")
    assert told["revision"] == town.change.revision


def test_a_case_that_something_changed_for_says_so_and_is_checked_again(client: Client, town: Town) -> None:
    path = case_path(town, "near")
    said = "er ændret siden"
    assert said not in client.get(path).text
    LookedAt.objects.filter(application_id=town.applications["near"].pk).update(affected=True)
    assert said in client.get(path).text
    assert "Kør reglerne" not in client.get(path).text  # a visitor looks on
    assert client.post(f"{path}kontrol/").status_code == 403
    client.force_login(person(Role.CASE_WORKER, OWN))
    assert "Kør reglerne" in client.get(path).text
    assert client.post(f"{path}kontrol/", follow=True).status_code == 200
    assert said not in client.get(path).text
