"""Figures for Prometheus: what is counted, by which names, and who may read them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from geodata.ledger.models import Job
from tests.config.test_health import database_away, seen

pytestmark = pytest.mark.django_db


def figures(client: Client, **headers: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels, read by Prometheus' own parser."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_requests_are_counted_by_view_and_never_by_address(client: Client) -> None:
    wanted = key("planvaerk_requests_total", view="lookup:property", method="GET", status="404")
    before = figures(client).get(wanted, 0)
    client.get("/ejendom/99001/1a/?q=010190-1234")
    client.get("/ejendom/99001/2b/")
    client.get("/no/such/Søndergade 12")
    client.generic("010190-1234", "/")
    after = figures(client)
    assert after[wanted] == before + 2
    assert after[key("planvaerk_request_seconds_count", view="lookup:property")] >= 2
    assert after[key("planvaerk_requests_total", view="none", method="GET", status="404")] >= 1
    # Without the figures themselves, whose decimals may be any.
    names = re.sub(r" \S+$", "", client.get("/metrics").text, flags=re.MULTILINE)
    assert 'view="lookup:property"' in names
    for word in ("99001", "010190", "ndergade"):
        assert word not in names


def test_errors_are_counted_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("permits.review.cases.page", broken)
    client = Client(raise_request_exception=False)
    wanted = key("planvaerk_errors_total", view="review:applications", kind="ZeroDivisionError")
    before = figures(client).get(wanted, 0)
    assert client.get("/").status_code == 500
    assert figures(client)[wanted] == before + 1


def test_jobs_queue_and_worker_are_asked_of_the_database(client: Client) -> None:
    Job.objects.create(kind="geodata.import", state=Job.State.FAILED)
    seen(3)
    found = figures(client)
    assert found[key("planvaerk_jobs", kind="geodata.import", state="failed")] == 1
    assert found[key("planvaerk_queue_jobs")] == 0
    assert 3 <= found[key("planvaerk_worker_silent_seconds")] < 30
    assert found[key("planvaerk_database_up")] == 1


def test_a_database_that_is_away_is_a_figure(client: Client) -> None:
    with database_away():
        found = figures(client)
    assert found[key("planvaerk_database_up")] == 0
    assert key("planvaerk_queue_jobs") not in found


def test_tiles_are_counted_as_kept_or_new(client: Client) -> None:
    def told(found: str) -> float:
        return REGISTRY.get_sample_value("planvaerk_tiles_total", {"layer": "parcels", "found": found}) or 0

    kept, new = told("kept"), told("new")
    for _n in range(3):
        assert client.get("/tiles/parcels/16/34567/20474.mvt").status_code == 200
    assert (told("kept") - kept, told("new") - new) == (2, 1)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
    ],
)
def test_without_a_token_only_the_machine_itself_reads(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_a_site_on_the_net_is_read_by_the_token_alone(client: Client, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://planvaerk.example"]
    assert client.get("/metrics").status_code == 403
    settings.METRICS_TOKEN = "æ-long-word"
    for said in ("", "Bearer", "Bearer ", "Bearer another", "Basic æ-long-word"):
        assert client.get("/metrics", headers={"Authorization": said}).status_code == 403
    settings.METRICS_TOKEN = "a-long-word"
    right = {"Authorization": "Bearer a-long-word"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="192.0.2.7").status_code == 200
