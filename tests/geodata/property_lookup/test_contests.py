"""Contested values: who may say so, what is kept, and the one answer that closes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from geodata.accounts.models import Membership, Role, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from geodata.property_lookup.actions.answer_contest import answer_contest
from geodata.property_lookup.actions.contest_value import CannotContest, contest_value
from geodata.property_lookup.models.contests import Contest, ContestAnswer
from geodata.property_lookup.place import Place, place_of
from tests.permits.review.town import OTHER, OWN, Town, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]
KEY = "parcel.registered_m2"
PATH = "/ejendom/99001/1a/indsigelse/"


@pytest.fixture
def town() -> Town:
    return build(check=False)


@pytest.fixture
def place(town: Town) -> Place:
    found = place_of(99_001, "1a")
    assert found is not None
    return found


def person(role: Role, code: str = OWN, name: str = "") -> User:
    user = User.objects.create(username=name or f"{role}-{code}")
    Membership.objects.create(user=user, municipality_id=code, role=role)
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def kept() -> list[Contest]:
    with tenant(OWN):
        return list(Contest.objects.select_related("answer").order_by("id"))


def test_the_value_as_shown_is_kept_beside_the_reason(place: Place) -> None:
    owner = person(Role.APPLICANT)
    made = contest_value(place, KEY, "  Landinspektøren\nmålte 812 ", proposed="812 m²", acting_user=owner)
    assert (made.reason, made.proposed, made.facet) == ("Landinspektøren målte 812", "812 m²", "parcel")
    assert made.original["said"] == "800 m²"
    assert made.original["value"] == 800.0
    assert made.original["source"] == "test"
    with tenant(OWN):
        row = AuditRow.objects.get(verb="lookup.contest_value")
    assert (row.acting_user_id, row.detail["contest"]) == (owner.pk, made.pk)
    assert place_of(99_001, "1a") == place  # the register says what it said


@pytest.mark.parametrize(
    ("key", "reason", "said"),
    [
        (KEY, " \n ", "Skriv, hvorfor"),
        (KEY, "x" * 1001, "for lang"),
        ("parcel.nothing", "fejl", "findes ikke"),
        ("cases", "fejl", "findes ikke"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    place: Place, key: str, reason: str, said: str
) -> None:
    with pytest.raises(CannotContest, match=said):
        contest_value(place, key, reason, acting_user=person(Role.APPLICANT))
    assert kept() == []
    with tenant(OWN):
        assert not AuditRow.objects.filter(verb="lookup.contest_value").exists()


def test_only_people_of_the_municipality_contest_and_only_case_workers_answer(place: Place) -> None:
    with pytest.raises(PermissionDenied):
        contest_value(place, KEY, "fejl", acting_user=person(Role.APPLICANT, OTHER))
    with pytest.raises(PermissionDenied):
        contest_value(place, KEY, "fejl", acting_user=AnonymousUser())  # type: ignore[arg-type]
    made = contest_value(place, KEY, "fejl", acting_user=person(Role.APPLICANT))
    for user, code in ((person(Role.PLANNER), OWN), (person(Role.LEAD, OTHER), OWN)):
        with pytest.raises(PermissionDenied):
            answer_contest(made.pk, "upheld", "Ja", acting_user=user, municipality=code)
    with pytest.raises(CannotContest):  # a lead of the other municipality, who speaks for it, sees none
        answer_contest(
            made.pk, "upheld", "Ja", acting_user=person(Role.CASE_WORKER, OTHER), municipality=OTHER
        )
    assert [c.pk for c in kept() if not hasattr(c, "answer")] == [made.pk]


def test_one_answer_closes_it(place: Place) -> None:
    worker = person(Role.CASE_WORKER)
    made = contest_value(place, KEY, "fejl", acting_user=person(Role.APPLICANT))
    for outcome, text in (("upheld", " "), ("perhaps", "Ja"), ("upheld", "x" * 1001)):
        with pytest.raises(CannotContest):
            answer_contest(made.pk, outcome, text, acting_user=worker, municipality=OWN)
    answer_contest(made.pk, "upheld", "Matriklen rettes.", acting_user=worker, municipality=OWN)
    with pytest.raises(CannotContest, match="allerede besvaret"):
        answer_contest(made.pk, "rejected", "Nej", acting_user=worker, municipality=OWN)
    assert [(c.answer.outcome, c.answer.text) for c in kept()] == [("upheld", "Matriklen rettes.")]
    with tenant(OWN):
        assert AuditRow.objects.filter(verb="lookup.answer_contest").count() == 1


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_rows_are_written_once_also_by_the_owner(place: Place, statement: str) -> None:
    made = contest_value(place, KEY, "fejl", acting_user=person(Role.APPLICANT))
    answer_contest(made.pk, "upheld", "Ja", acting_user=person(Role.CASE_WORKER), municipality=OWN)
    for table in ("lookup_contest", "lookup_contestanswer"):
        with (
            tenant(OWN),
            pytest.raises(IntegrityError, match="written once"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table))
    with tenant(OWN):
        assert ContestAnswer.objects.count() == 1


def test_from_the_page_to_the_answer_and_back(place: Place) -> None:
    owner, worker = client_of(person(Role.APPLICANT, name="ejer")), client_of(person(Role.CASE_WORKER))
    assert f"{PATH}?value=parcel.registered_m2" in owner.get("/ejendom/99001/1a/").content.decode()
    form = owner.get(PATH, {"value": KEY}).content.decode()
    assert "800 m²" in form
    empty = owner.post(PATH, {"value": KEY, "reason": " "})
    assert (empty.status_code, "Skriv, hvorfor" in empty.content.decode()) == (400, True)
    sent = owner.post(PATH, {"value": KEY, "reason": "Målt til <b>812</b>", "proposed": "812 m²"})
    assert sent["Location"] == "/ejendom/99001/1a/"
    shown = worker.get("/ejendom/indsigelser/").content.decode()
    assert "Målt til &lt;b&gt;812&lt;/b&gt;" in shown
    assert "Registreret areal" in shown
    number = kept()[0].pk
    worker.post(f"/ejendom/indsigelser/{number}/svar/", {"outcome": "rejected", "text": "Målt om: 800 m²."})
    page = owner.get("/ejendom/99001/1a/").content.decode()
    assert "Målt om: 800 m²." in page
    assert "Oplysningen står ved magt" in page
    again = worker.get("/ejendom/indsigelser/").content.decode()
    assert "Svar og afslut" not in again


def test_others_learn_that_a_value_is_contested_and_not_why(place: Place) -> None:
    contest_value(place, KEY, "Min nabo lyver", acting_user=person(Role.APPLICANT, name="ejer"))
    neighbour = client_of(person(Role.ADVISER)).get("/ejendom/99001/1a/").content.decode()
    assert "Indsigelse" in neighbour
    assert "Min nabo lyver" not in neighbour
    visitor = Client().get("/ejendom/99001/1a/").content.decode()
    assert "lookup-mark" not in visitor
    assert PATH not in visitor
    foreign = client_of(person(Role.LEAD, OTHER)).get("/ejendom/99001/1a/").content.decode()
    assert "lookup-mark" not in foreign


def test_pages_are_closed_to_those_who_may_not(place: Place) -> None:
    for path in (PATH, "/ejendom/indsigelser/"):
        assert Client().get(path)["Location"].startswith("/konto/login/")
    planner = client_of(person(Role.PLANNER))
    assert planner.get("/ejendom/indsigelser/").status_code == 403
    assert planner.post("/ejendom/indsigelser/1/svar/", {}).status_code == 403
    assert client_of(person(Role.CASE_WORKER, OTHER)).get(PATH, {"value": KEY}).status_code == 403
    own: Any = client_of(person(Role.APPLICANT)).get(PATH, {"value": "nothing"})
    assert own.status_code == 404
