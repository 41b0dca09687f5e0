"""The log of look-ups: who saw which cases, what for, and the table that is taken away."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from geodata.accounts.models import Role
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from geodata.property_lookup.actions.export_looks import export_looks, harmless
from geodata.property_lookup.log import note
from geodata.property_lookup.models.looks import Look
from tests.geodata.property_lookup.test_contests import client_of, person
from tests.permits.review.town import OTHER, OWN, Town, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]
PAGE = "/ejendom/99001/1b/"


@pytest.fixture
def town() -> Town:
    return build(check=False)


def looks(code: str = OWN) -> list[Look]:
    with tenant(code):
        return list(Look.objects.select_related("user").order_by("id"))


def days() -> tuple[str, str]:
    """The day of the first look, which is the database's own, and the day after."""
    day = timezone.localtime(looks()[0].at).date()
    return day.isoformat(), (day + timedelta(days=1)).isoformat()


def test_the_purpose_is_asked_once_a_session_and_stands_with_every_look(town: Town) -> None:
    worker = client_of(person(Role.CASE_WORKER))
    before = worker.get(PAGE).content.decode()
    assert "BYG-2026-001" not in before
    assert "Hvad er formålet med opslaget?" in before
    assert looks() == []
    answer = worker.post("/ejendom/formaal/", {"purpose": "  Tilsyn\nuge 9 ", "next": PAGE})
    assert answer["Location"] == PAGE
    assert "BYG-2026-001" in worker.get(PAGE).content.decode()
    worker.get("/api/property/99001/1c/")
    rows = [(r.user.username, r.subject, r.seen, r.purpose, r.purpose_src) for r in looks()]
    name = "case_worker-0999"
    assert rows == [
        (name, "99001 1b", ["BYG-2026-001"], "Tilsyn uge 9", "session"),
        (name, "99001 1c", ["BYG-2026-002"], "Tilsyn uge 9", "session"),
    ]
    assert "BYG-2026-001" not in client_of(person(Role.LEAD)).get(PAGE).content.decode()  # another session


def test_on_a_case_the_purpose_follows_from_it(town: Town) -> None:
    worker = client_of(person(Role.CASE_WORKER))
    case = town.applications["near"]
    worker.get(f"/sager/{case.public_id}/")
    worker.get(f"/sager/{case.public_id}/evidence.json")
    assert [(r.subject, r.purpose, r.purpose_src) for r in looks()] == [
        (case.number, case.number, "case")
    ] * 2


def test_what_was_not_seen_is_not_written_down(town: Town) -> None:
    visitor = Client()
    assert "BYG-2026-001" in visitor.get(PAGE).content.decode()  # invented people of the public demonstration
    foreign = client_of(person(Role.LEAD, OTHER))
    foreign.post("/ejendom/formaal/", {"purpose": "Nysgerrig"})
    assert "BYG-2026-001" not in foreign.get(PAGE).content.decode()
    assert foreign.get(f"/sager/{town.applications['near'].public_id}/").status_code == 404
    assert looks() == looks(OTHER) == []


def test_a_purpose_leads_back_to_our_own_pages_only(town: Town) -> None:
    worker = client_of(person(Role.CASE_WORKER))
    for away in ("https://evil.example/", "//evil.example", ""):
        sent = worker.post("/ejendom/formaal/", {"purpose": "Tilsyn", "next": away})
        assert sent["Location"] == "/ejendom/"
    assert Client().post("/ejendom/formaal/", {"purpose": "x"}).status_code == 403


def test_the_log_is_read_by_its_readers_and_filtered_by_day(town: Town) -> None:
    user = person(Role.CASE_WORKER)
    with tenant(OWN):
        note(user, OWN, what="cases", subject="99001 1b", seen=["BYG-1"], purpose="Tilsyn")
    day, after = days()
    lead = client_of(person(Role.LEAD))
    assert "Tilsyn" in lead.get("/ejendom/opslag/").content.decode()
    assert "Tilsyn" in lead.get(f"/ejendom/opslag/?since={day}&until={day}&after=x").content.decode()
    assert "Ingen har slået" in lead.get(f"/ejendom/opslag/?since={after}").content.decode()
    assert "Tilsyn" not in client_of(person(Role.AUDITOR, OTHER)).get("/ejendom/opslag/").content.decode()
    assert client_of(user).get("/ejendom/opslag/").status_code == 403
    assert Client().get("/ejendom/opslag/")["Location"].startswith("/konto/login/")


def test_the_table_is_taken_by_those_who_may_and_that_is_recorded(town: Town) -> None:
    user = person(Role.CASE_WORKER, name="=HYPERLINK(1)")
    with tenant(OWN):
        note(
            user, OWN, what="cases", subject="99001 1b", seen=["+1", "b"], purpose=" =cmd|' /C calc'!A0;x\ny"
        )
    day, after = days()
    auditor = client_of(person(Role.AUDITOR))
    response = auditor.post("/ejendom/opslag/csv/", {"since": day, "until": day})
    assert response["Content-Disposition"] == f'attachment; filename="opslag-{OWN}.csv"'
    text = response.content.decode("utf-8-sig")
    assert response.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(text), delimiter=";")
    assert head[:3] == ["at", "user", "what"]
    assert row[1:] == [
        "'=HYPERLINK(1)", "cases", "99001 1b", "'+1, b", "' =cmd|' /C calc'!A0;x\ny", "session",
    ]  # fmt: skip
    with tenant(OWN):
        assert AuditRow.objects.get(verb="lookup.export_looks").detail["rows"] == 1
    assert auditor.post("/ejendom/opslag/csv/", {"since": after}).content.decode().count("\r\n") == 1
    assert auditor.get("/ejendom/opslag/csv/").status_code == 405
    assert client_of(person(Role.LEAD)).post("/ejendom/opslag/csv/").status_code == 403
    with pytest.raises(PermissionDenied):
        export_looks(acting_user=person(Role.AUDITOR, OTHER), municipality=OWN, until=date.max)


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff=1", "＝1", "－1"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["1", "a=1", "", "Prøvevej 3", "'x"])
def test_plain_cells_are_left_alone(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize("statement", ["UPDATE lookup_look SET purpose = 'x'", "DELETE FROM lookup_look"])
def test_the_log_is_written_once_also_by_the_owner(town: Town, statement: str) -> None:
    with tenant(OWN):
        note(person(Role.CASE_WORKER), OWN, what="cases", subject="s", seen=[], purpose="p")
    with (
        tenant(OWN),
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert [row.purpose for row in looks()] == ["p"]


def test_menu_shows_the_pages_to_those_who_may(town: Town) -> None:
    def menu(role: Role) -> Any:
        text = client_of(person(role, name=f"menu-{role}")).get("/ejendom/").content.decode()
        return ("/ejendom/indsigelser/" in text, "/ejendom/opslag/" in text)

    assert menu(Role.CASE_WORKER) == (True, False)
    assert menu(Role.LEAD) == (True, True)
    assert menu(Role.AUDITOR) == (False, True)
    assert menu(Role.APPLICANT) == (False, False)
    assert "/ejendom/" in Client().get("/").content.decode()
