"""What a case worker does on the pages and by the interface: judging, tasks, assigning, the clock, the paper."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geodata.accounts.models import Role, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import SourceAnswer
from geodata.registry import interfaces
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.models.handling import CaseEvent, Judgement, Task
from permits.review import cases
from permits.review.plan_drawing import HEIGHT_MM, SCALES, WIDTH_MM, Frame, frame_of
from tests.geodata.accounts.people import person
from tests.permits.review.town import (
    OTHER,
    OWN,
    SOUTH,
    WEST,
    Town,
    build,
    every_register_answers,
    plot,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]
TODAY = date(2026, 3, 2)


@pytest.fixture
def town() -> Town:
    return build()


@pytest.fixture
def worker(client: Client, town: Town) -> User:
    user = person(Role.CASE_WORKER, OWN, name="sagsbehandler")
    client.force_login(user)
    return user


def path_of(town: Town, key: str = "near") -> str:
    return f"/sager/{town.applications[key].public_id}/"


def finding(town: Town, rule: str = "br18.boundary_distance", key: str = "near") -> int:
    return Finding.objects.newest().get(application_id=town.applications[key].pk, rule=rule).pk


def set_clock(town: Town, key: str, **values: Any) -> None:
    with tenant(OWN):
        Application.objects.filter(pk=town.applications[key].pk).update(**values)


def test_a_finding_is_overridden_on_the_page_and_that_is_undone(
    client: Client, town: Town, worker: User
) -> None:
    path, about = path_of(town), finding(town)
    said = {"instead": "pass", "reason": "Naboen er <b>enig</b>."}
    answer = client.post(f"{path}fund/{about}/tilsidesaet/", said, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"#finding-{about}")
    text = answer.text
    assert "Tilsidesat" in text
    assert "Naboen er &lt;b&gt;enig&lt;/b&gt;." in text
    assert "Bygningen ligger 1,80 m fra skellet" in text  # the finding itself stays
    assert "1 tilsidesat" in text
    again = client.post(f"{path}fund/{about}/tilsidesaet/", said, follow=True)
    assert "Der er allerede taget stilling" in again.text
    with tenant(OWN):
        made = Judgement.objects.get()
    undone = client.post(f"{path}vurdering/{made.pk}/fortryd/", {"finding": about}, follow=True).text
    assert "1 tilsidesat" not in undone
    assert "Fortrudt: stillingtagen" in undone


def test_tasks_assignment_and_clock_on_the_page(client: Client, town: Town, worker: User) -> None:
    path, about = path_of(town), finding(town)
    client.post(
        f"{path}fund/{about}/opgave/", {"text": "Bed om snit", "given_to": worker.pk, "due_on": "2026-03-01"}
    )
    text = client.get(path).text
    assert "Bed om snit" in text
    assert "overskredet" in text
    with tenant(OWN):
        task = Task.objects.get()
    assert "udført" in client.post(f"{path}opgave/{task.pk}/udfoert/", follow=True).text
    client.post(f"{path}tildel/", {"person": worker.pk})
    said = {"kind": "informed", "happened_on": "2026-02-20", "category": "single_family"}
    text = client.post(f"{path}haendelse/", said, follow=True).text
    assert "30 dage tilbage, til og med 1. april 2026" in text
    listed = client.get(f"/?assigned={worker.pk}&sort=due").text
    assert re.findall(r'row-number">([^<]+)<', listed) == [town.applications["near"].number]
    assert "30 dage tilbage" in listed
    assert "kendes ikke, ikke fuldt oplyst" in client.get("/").text


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("fund/{}/opgave/", {"text": "x", "due_on": "i morgen"}),
        ("fund/{}/opgave/", {"text": "x", "given_to": "²"}),
        ("fund/{}/tiltraed/", {"note": "x" * 501}),
        ("tildel/", {"person": "9" * 18}),
        ("haendelse/", {"kind": "informed", "happened_on": "2026-13-45"}),
    ],
)
def test_what_makes_no_sense_is_said_and_not_stored(
    client: Client, town: Town, worker: User, where: str, said: dict[str, str]
) -> None:
    answer = client.post(path_of(town) + where.format(finding(town)), said, follow=True)
    assert answer.status_code == 200
    assert "alert-error" in answer.text
    with tenant(OWN):
        for model in (Task, Judgement, CaseEvent):
            assert not model.objects.exists()


def test_a_visitor_reads_and_does_nothing(client: Client, town: Town) -> None:
    path, about = path_of(town), finding(town)
    text = client.get(path).text
    assert "Tilsidesæt" not in text
    for where in (f"fund/{about}/tiltraed/", f"fund/{about}/tilsidesaet/", "tildel/", "haendelse/"):
        assert client.post(path + where).status_code == 403
    set_clock(town, "near", assigned_to=person(Role.LEAD, OWN, name="leder"))
    assert "leder" not in client.get("/").text
    assert "leder" not in client.get(path).text
    assert len(re.findall("row-item", client.get("/?assigned=nobody").text)) == 4


@pytest.mark.parametrize("where", ["udskrift/", "evidence.json", ""])
def test_a_foreign_case_is_not_there(client: Client, town: Town, worker: User, where: str) -> None:
    assert client.get(path_of(town, "foreign") + where).status_code == 404


# -- the list ------------------------------------------------------------------------------------------------


def test_cases_are_ordered_by_days_left_page_by_page(
    client: Client, town: Town, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(town, "fine", clock="running", due_on=TODAY + timedelta(days=3))
    set_clock(town, "high", clock="running", due_on=TODAY - timedelta(days=1))
    set_clock(town, "hostile", clock="waiting", days_left=12)
    monkeypatch.setattr(cases, "PAGE", 1)
    numbers, path = [], "/?sort=due"
    for _ in range(5):
        text = client.get(path, headers={"hx-request": "true"}).text
        numbers += re.findall(r'row-number">([^<]+)<', text)
        more = re.search(r'hx-get="(/\?[^"]*after=[^"]*)"', text)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
    expected = [town.applications[key].number for key in ("high", "fine", "near", "hostile")]
    assert numbers == expected


def test_the_goal_filters_and_is_told_in_words(client: Client, town: Town, worker: User) -> None:
    set_clock(town, "fine", clock="running", due_on=TODAY + timedelta(days=7))
    set_clock(town, "high", clock="running", due_on=TODAY - timedelta(days=1))
    set_clock(town, "hostile", clock="waiting", days_left=1)
    for goal, key, words in (
        ("soon", "fine", "7 dage tilbage"),
        ("late", "high", "1 dag over servicemålet"),
        ("waiting", "hostile", "1 dag tilbage, afventer ansøger"),
        ("unknown", "near", "kendes ikke"),
    ):
        text = client.get(f"/?goal={goal}").text
        assert re.findall(r'row-number">([^<]+)<', text) == [town.applications[key].number]
        assert words in text.partition('id="results"')[2]


def test_words_are_found_whatever_their_case(client: Client, town: Town) -> None:
    text = client.get("/?q=PR%C3%98VEVEJ+byg-2026-001").text
    assert re.findall(r'row-number">([^<]+)<', text) == ["BYG-2026-001"]


def test_words_are_found_page_by_page_in_the_order_asked_for(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(town, "fine", clock="running", due_on=TODAY)
    monkeypatch.setattr(cases, "PAGE", 1)
    for sort, keys in (("due", ["fine", "near", "high"]), ("newest", ["fine", "high", "near"])):
        filters, found = cases.Filters(words="hus", sort=sort), []  # type: ignore[arg-type]
        with tenant(OWN):
            for _ in range(5):
                page = cases.page(filters, TODAY)
                assert page.total == 3
                found += [row.id for row in page.rows]
                if not page.more:
                    break
                filters = cases.Filters.of(QueryDict(page.more))
        assert found == [town.applications[key].pk for key in keys]


@pytest.mark.parametrize("query", ["assigned=x", "assigned=0", "goal=%00", "sort=due&after=.5", "after=.5"])
def test_a_spoilt_address_is_no_error(client: Client, town: Town, worker: User, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_queries_do_not_grow_with_what_has_been_made_of_a_case(
    client: Client, town: Town, worker: User
) -> None:
    path, about = path_of(town), finding(town)
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(3):
        client.post(f"{path}fund/{about}/opgave/", {"text": f"Opgave {number}", "given_to": worker.pk})
    client.post(f"{path}fund/{about}/tiltraed/")
    client.get(path)  # the messages are told once
    with CaptureQueriesContext(connection) as many:
        assert "Opgave 2" in client.get(path).text
    assert len(many) == len(few)


# -- on paper ------------------------------------------------------------------------------------------------


def test_paper_has_the_plan_the_findings_and_the_sources(client: Client, town: Town, worker: User) -> None:
    client.post(
        f"{path_of(town)}fund/{finding(town)}/tilsidesaet/", {"instead": "pass", "reason": "Enig nabo"}
    )
    answer = client.get(path_of(town) + "udskrift/")
    assert answer["Cache-Control"] == "private, no-store"
    text = answer.text
    scale = re.search(r"Målestok 1:(\d+)", text)
    assert scale is not None
    assert int(scale[1]) == 250  # 25 m × 32 m on 180 mm × 150 mm
    assert 'width="180mm" height="159mm" viewBox="0 0 180 159"' in text
    assert ">1,80 m</text>" in text
    assert text.count('class="plan-badge"') >= 1
    assert "plan-north" in text
    assert len(re.findall(r">1b</text>", text)) == 1  # its own number once, beside those of its neighbours
    assert ">1a</text>" in text
    for words in ("Bygningen ligger 1,80 m", "Enig nabo", "Matriklen", "Lokalplaner", "servitut", "1,80 m"):
        assert words.lower() in text.lower()
    assert f"http://testserver{path_of(town)}" in text
    client.cookies["django_language"] = "en"
    english = client.get(path_of(town) + "udskrift/").text
    assert "Scale 1:250" in english
    assert ">1.80 m</text>" in english


def test_paper_tells_the_day_of_the_register_and_not_that_of_the_check(
    client: Client, town: Town, worker: User
) -> None:
    def rows() -> dict[str, str]:
        text = client.get(path_of(town) + "udskrift/").text
        found = re.findall(r"<tr><td>([^<]+)</td><td>[^<]*</td><td>([^<]+)</td></tr>", text)
        return dict(found)

    assert (rows()["Lokalplaner"], rows()["Zoner"]) == ("–", "–")
    for theme, day in (("plan:local_plan", date(2025, 11, 7)), ("zone", date(2024, 5, 1))):
        SourceAnswer.objects.create(source="test", theme=theme, municipality_id=OWN, state="found", as_of=day)
    assert (rows()["Lokalplaner"], rows()["Zoner"]) == ("7. november 2025", "1. maj 2024")


def test_hostile_words_stay_words_on_paper(client: Client, town: Town) -> None:
    text = client.get(path_of(town, "hostile") + "udskrift/").text
    assert "<script>alert(" not in text
    assert "&lt;script&gt;alert(" in text


def test_the_scale_is_the_largest_usual_one_that_holds_everything() -> None:
    for shape in (plot(1), plot(1).union(plot(5)), plot(0).buffer(700)):
        frame = frame_of([shape])
        assert frame is not None
        west, south, east, north = frame.box
        assert west < shape.bounds[0]
        assert east > shape.bounds[2]
        assert south < shape.bounds[1]
        assert north > shape.bounds[3]
        larger = [n for n in SCALES if n < frame.scale]
        if larger:
            wide, high = shape.bounds[2] - shape.bounds[0], shape.bounds[3] - shape.bounds[1]
            assert max(wide / WIDTH_MM, high / HEIGHT_MM) * 1000 > larger[-1] * 0.85, (
                "a larger scale had room"
            )


def test_a_metre_is_as_long_on_paper_as_the_scale_says() -> None:
    frame = Frame(WEST, SOUTH, 200)
    drawn = frame.paper(plot(0))  # its corner is the middle of the paper
    assert drawn.bounds[0] == pytest.approx(WIDTH_MM / 2)
    assert drawn.bounds[3] == pytest.approx(HEIGHT_MM / 2)
    assert drawn.bounds[2] == pytest.approx(WIDTH_MM)  # 25 m are 125 mm, of which the paper has 90
    assert frame.paper(plot(0).buffer(-10)).bounds[0] - WIDTH_MM / 2 == pytest.approx(50.0)


# -- for programs --------------------------------------------------------------------------------------------


def test_cases_are_read_and_judged_by_programs(client: Client, town: Town, worker: User) -> None:
    listed = client.get("/api/cases/?lang=en&q=BYG-2026-001").json()
    assert (listed["total"], listed["next"]) == (1, None)
    row = listed["cases"][0]
    assert (row["outcome"], row["service_goal"]["state"]) == ("overall_assessment", "not_known")
    case = client.get(f"{row['api']}?lang=en").json()
    about = next(f for f in case["findings"] if f["rule"] == "br18.boundary_distance")
    assert (about["measured"], about["limit"]) == ("1.80 m", "2.50 m")
    assert about["evidence"]["features"]
    below = f"{row['api']}/findings/{about['id']}"
    made = client.post(
        f"{below}/override", {"instead": "pass", "reason": "Agreed"}, content_type="application/json"
    )
    assert (made.status_code, made.json()["finding"]) == (201, about["id"])
    task = client.post(
        f"{below}/task", {"text": "Ask", "due_on": "2026-03-09"}, content_type="application/json"
    )
    assert task.status_code == 201
    case = client.get(row["api"]).json()
    about = next(f for f in case["findings"] if f["rule"] == "br18.boundary_distance")
    assert about["outcome"] == "overall_assessment"
    assert (about["judgement"]["answer"], about["judgement"]["outdated"]) == ("pass", False)
    assert [t["due_on"] for t in about["tasks"]] == ["2026-03-09"]
    twice = client.post(f"{below}/accept", content_type="application/json")
    assert (twice.status_code, twice["Content-Type"]) == (422, "application/problem+json")


def test_programs_are_told_every_fault(client: Client, town: Town, worker: User) -> None:
    below = f"/api/cases/{town.applications['near'].public_id}/findings/{finding(town)}"
    faults = client.post(
        f"{below}/override", {"instead": "maybe", "reason": 3, "x": "y"}, content_type="application/json"
    )
    assert faults.status_code == 400
    assert {fault["parameter"] for fault in faults.json()["errors"]} == {"instead", "reason", "x"}
    for body in ("[]", "{", '{"note":' + "[" * 30_000, "x" * 30_000, r'{"note": "half: \ud800"}'):
        assert client.post(f"{below}/accept", body, content_type="application/json").status_code == 400
    foreign = f"/api/cases/{town.applications['foreign'].public_id}"
    assert client.get(foreign).status_code == 404
    assert client.post(f"{foreign}/findings/1/accept", content_type="application/json").status_code == 404
    assert client.get("/api/cases/?colour=red").status_code == 400
    nonsense = {
        "outcome": "failed",
        "goal": "never",
        "sort": "oldest",
        "assigned": "-1",
        "after": "yesterday",
    }
    faults = client.get("/api/cases/", nonsense)
    assert faults.status_code == 400  # and not all cases, as if they were what was asked for
    assert {fault["parameter"] for fault in faults.json()["errors"]} == nonsense.keys()
    sense = {"outcome": "fail", "goal": "late", "sort": "due", "assigned": "nobody", "after": "2026-03-02.1"}
    assert client.get("/api/cases/", sense).status_code == 200


def test_programs_need_a_session_and_its_token(town: Town) -> None:
    below = f"/api/cases/{town.applications['near'].public_id}/findings/{finding(town)}/accept"
    assert Client().post(below, content_type="application/json").status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person(Role.CASE_WORKER, OWN))
    assert strict.post(below, content_type="application/json").status_code == 403
    with tenant(OWN):
        assert not Judgement.objects.exists()


def test_the_interface_is_declared() -> None:
    declared = {path for path, _ in interfaces.items() if path.startswith("/api/cases")}
    assert len(declared) == 5


def test_the_next_page_of_a_program_speaks_the_same_language(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "PAGE", 1)
    for language, words in (("en", "not fully informed"), ("da", "ikke fuldt oplyst")):
        path = f"/api/cases/?lang={language}"
        for _ in range(2):
            listed = client.get(path).json()
            assert words in listed["cases"][0]["service_goal"]["text"]
            path = listed["next"]


def test_paper_names_the_day_of_what_is_known_of_its_own_municipality(client: Client, town: Town) -> None:
    every_register_answers()
    every_register_answers(OTHER)
    SourceAnswer.objects.filter(municipality=OTHER).update(as_of=date(2026, 4, 9))
    text = client.get(path_of(town) + "udskrift/").text
    assert "1. marts 2026" in text
    assert "9. april 2026" not in text
    assert "<td>Terræn</td>" in text  # every layer by its Danish name
    assert "<td>terrain</td>" not in text
