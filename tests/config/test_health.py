"""What the watchers of a server are told: each state of database, worker and registers, and nothing about people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from geodata.ledger.answers import tell
from geodata.ledger.models import AnswerState
from tests.geodata.accounts.people import OWN, municipalities

pytestmark = pytest.mark.django_db


@contextmanager
def database_away() -> Iterator[None]:
    """Every statement fails as it does when the server has gone."""

    def gone(*_given: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(gone):
        yield


def seen(seconds: float) -> None:
    """A worker gave its last sign of life so many seconds ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (clock_timestamp() - make_interval(secs => %s))",
            [seconds],
        )


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/worker", "/health/sources"])
def test_a_database_that_is_away_is_503_with_words(client: Client, path: str) -> None:
    with database_away():
        answer = client.get(path)
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "unreachable"}


def test_alive_whatever_the_database_does(client: Client) -> None:
    with database_away():
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_not_ready_before_it_is_migrated(client: Client) -> None:
    assert client.get("/health/ready").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'permits' AND name = '0001_initial'")
    for path in ("/health/ready", "/health"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["waiting"] == ["permits.0001_initial"]


def test_the_worker_is_alive_silent_or_nobody(client: Client) -> None:
    def told() -> tuple[int, str, int]:
        answer = client.get("/health/worker")
        return answer.status_code, answer.json()["state"], answer.json()["known"]

    assert told() == (503, "none", 0)
    seen(60)
    assert told() == (503, "silent", 1)
    seen(1)
    assert told() == (200, "alive", 2)
    # The site answers without a worker, so that does not take it off the net.
    assert client.get("/health").json()["worker"]["state"] == "alive"


def test_what_waits_in_the_queue_is_counted(client: Client) -> None:
    from procrastinate.contrib.django import app

    assert client.get("/health/worker").json()["queue"] == 0
    app.configure_task("planvaerk.work").defer(job=1)
    found = client.get("/health/worker").json()
    assert found["queue"] == 1
    assert 0 <= found["oldest_s"] < 60


def test_when_each_register_delivered(client: Client) -> None:
    municipalities()
    tell("dai", "protection", OWN, AnswerState.FOUND, as_of=date(2026, 1, 5))
    tell("dai", "protection:lake", None, AnswerState.ABSENT, as_of=date(2026, 2, 1))
    tell("dai", "protection:forest", OWN, AnswerState.NOT_ANSWERED, as_of=None)
    tell("bbr", "building", OWN, AnswerState.NOT_ANSWERED, as_of=None)
    with connection.cursor() as cursor:  # the clock of the tests is another one than the database's
        cursor.execute("UPDATE ledger_sourceanswer SET told_at = clock_timestamp() - interval '36 hours'")
    bbr, dai = client.get("/health/sources").json()["sources"]
    assert (bbr["source"], bbr["delivered"], bbr["age_days"], bbr["unanswered"]) == ("bbr", None, None, 1)
    assert (dai["source"], dai["theme"], dai["as_of"], dai["unanswered"]) == (
        "dai",
        "protection",
        "2026-02-01",
        1,
    )
    assert dai["age_days"] == pytest.approx(1.5, abs=0.01)


def test_health_may_be_read_by_the_site_s_own_role() -> None:
    from config import watching
    from tests.geodata.accounts.people import connected

    with connected("app") as opened:
        for table in (
            "procrastinate_workers",
            "procrastinate_jobs",
            "procrastinate_events",
            "django_migrations",
        ):
            opened.execute(f"SELECT 1 FROM {table} LIMIT 1")
    assert watching.waiting_migrations() == []
