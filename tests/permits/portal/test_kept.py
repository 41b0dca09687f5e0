"""How long drafts are kept, how many are begun, and what somebody sees whose browser has lost theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from geodata.accounts.models import Role
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from permits.actions.discard_draft import discard_draft
from permits.models.drafts import Draft
from tests.conftest import TODAY
from tests.geodata.accounts.people import person
from tests.permits.portal.way import Way
from tests.permits.review.town import OWN, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


@pytest.fixture
def way(client: Client, db: None) -> Way:
    build(check=False)
    return Way(client)


def drafts() -> list[Draft]:
    with tenant(OWN):
        return list(Draft.objects.order_by("pk"))


def aged(draft: Draft, days: float) -> None:
    with tenant(OWN):
        Draft.objects.filter(pk=draft.pk).update(changed_at=now() - timedelta(days=days))


def test_drafts_are_thrown_away_after_their_days_each_with_an_audit_row(
    way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Det gemmes til 29.08.2026" in way.get("what")
    assert "gemmes til" in way.client.get("/apply/").content.decode()
    assert way.client.session.get_expiry_age() == 180 * 24 * 3600
    Way(way.client)
    old, young = drafts()
    aged(old, 180.01)
    aged(young, 179.99)
    call_command("discard_drafts")
    assert "1 drafts discarded" in capsys.readouterr().out
    assert [draft.pk for draft in drafts()] == [young.pk]
    with tenant(OWN):
        row = AuditRow.objects.get(verb="permits.discard_draft")
    assert (row.subject, row.acting_user, row.detail["gone"]) == (str(old.public_id), None, True)
    # Somebody went on with it after it was listed.
    aged(young, 200)
    listed = drafts()[0]
    aged(young, 0)
    assert discard_draft(listed, acting_user=None, unchanged_since=now() - timedelta(days=180)) is False
    assert len(drafts()) == 1


def test_a_visitor_and_an_address_begin_so_many_drafts_in_an_hour(way: Way, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"begin_draft": "2/h/key,4/h/ip"}
    first = way.client
    assert [first.post("/apply/begin/").status_code for _ in range(3)] == [302, 302, 429]
    refused = first.post("/apply/begin/")
    page = refused.content.decode()
    assert "Du har påbegyndt mange ansøgninger den seneste time" in page
    assert refused["Retry-After"] == "3600"
    assert "/what/" in page  # what was begun can be gone on with
    second = Client()
    assert [second.post("/apply/begin/").status_code for _ in range(2)] == [302, 302]
    assert Client().post("/apply/begin/").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").post("/apply/begin/").status_code == 302
    assert len(drafts()) == 1 + 2 + 2 + 1
    with time_machine.travel(TODAY + timedelta(minutes=61), tick=False):
        assert first.post("/apply/begin/").status_code == 302


def test_a_lost_session_is_told_and_nothing_of_the_draft_is_lost(way: Way) -> None:
    way.post("what", work="new", title="Nyt hus")
    lost = Client()
    seen = lost.get(f"{way.base}where/")
    assert seen.status_code == 404
    assert "Ansøgningen findes ikke her" in seen.content.decode()
    assert f"/konto/login/?next={way.base.replace('/', '%2F')}where%2F" in seen.content.decode()
    assert "blev ikke gemt" not in seen.content.decode()
    for step in ("what", "drawing", "measures", "use", "parties", "submit", "discard"):
        sent = lost.post(f"{way.base}{step}/", {"title": "Andet"})
        assert sent.status_code == 404
        assert "blev ikke gemt" in sent.content.decode()
    assert lost.get(f"{way.base}receipt/").status_code == 404
    assert drafts()[0].answers["what"]["title"] == "Nyt hus"
    # Without any of its cookies a form is not taken in, and the page says what to do.
    bare = Client(enforce_csrf_checks=True)
    refused = bare.post(f"{way.base}what/", {"title": "Andet"})
    assert refused.status_code == 403
    assert "Gå tilbage, genindlæs siden, og send den igen" in refused.content.decode()


def test_who_was_signed_in_comes_back_by_signing_in(way: Way) -> None:
    user = person(Role.APPLICANT, OWN)
    way.client.force_login(user)
    way.post("what", work="new", title="Nyt hus")
    lost = Client()
    assert lost.get(f"{way.base}what/").status_code == 404
    lost.force_login(user)
    assert 'value="Nyt hus"' in lost.get(f"{way.base}what/").content.decode()
