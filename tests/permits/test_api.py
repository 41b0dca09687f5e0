"""The rules for programs: a drawing in, findings out; what applies; the interface describes itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from permits.models.applications import Application
from permits.rulebook import discover
from tests.permits.portal.way import DISTRICT, NUMBER, drawing
from tests.permits.review.town import build

pytestmark = pytest.mark.django_db
SET = ["height=4", "storeys=1", "floor_area=120"]


@pytest.fixture
def street(db: None) -> None:
    build(check=False)


def sent(name: str = "hus.dxf", **more: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, drawing(west=1.8), **more)


def test_a_drawing_is_answered_with_findings_and_remedies_and_nothing_is_stored(
    client: Client, street: None
) -> None:
    before = Application.objects.count()
    answer = client.post(
        "/api/assess", {"drawing": sent(), "parcel": f"{DISTRICT} {NUMBER}", "set": SET, "lang": "en"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["exit"] == 1
    distance = next(f for f in told["findings"] if f["rule"] == "br18.boundary_distance")
    assert distance["measured"] == pytest.approx(1.8)
    assert any(remedy["kind"] == "move" for remedy in told["remedies"])
    assert told["not_checked"]
    assert "no-store" in answer["Cache-Control"]
    assert Application.objects.count() == before


def test_only_the_rules_asked_for_answer(client: Client, street: None) -> None:
    told = client.post(
        "/api/assess",
        {"drawing": sent(), "parcel": f"{DISTRICT} {NUMBER}", "set": SET, "rules": "br18.height"},
    ).json()
    assert {f["rule"] for f in told["findings"]} == {"br18.height"}


def test_a_drawing_that_cannot_be_used_is_refused_with_every_fault(client: Client, street: None) -> None:
    broken = SimpleUploadedFile("hus.geojson", b'{"type": "FeatureCollection", "features": [')
    answer = client.post("/api/assess", {"drawing": broken, "parcel": f"{DISTRICT} {NUMBER}"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["detail"]


def test_land_that_is_not_known_is_not_found(client: Client, street: None) -> None:
    answer = client.post("/api/assess", {"drawing": sent(), "parcel": "1 99z", "set": SET})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (404, "parcel")


@pytest.mark.parametrize("parcel", ["99001 1\x00d", "99001\x00 1d", "1d"])
def test_a_name_that_no_land_can_have_is_not_found(client: Client, street: None, parcel: str) -> None:
    answers = [
        client.post("/api/assess", {"drawing": sent(), "parcel": parcel}),
        client.get("/api/applies", {"parcel": parcel}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (404, "parcel")


def test_all_faults_of_a_request_are_told_at_once(client: Client, street: None) -> None:
    answer = client.post(
        "/api/assess", {"work": "x", "applied": "y", "rules": "no.rule", "lang": "fr", "colour": "red"}
    )
    assert answer.status_code == 400
    told = {fault["parameter"] for fault in answer.json()["errors"]}
    assert told == {"work", "applied", "rules", "lang", "colour", "drawing"}


def test_a_drawing_is_sent_by_post(client: Client, street: None) -> None:
    assert client.get("/api/assess").status_code == 405


def test_what_applies_is_told_for_every_rule(client: Client, street: None) -> None:
    told = client.get("/api/applies", {"parcel": f"{DISTRICT} {NUMBER}", "lang": "en"}).json()
    assert {one["rule"] for one in told["applies"]} == set(discover())
    assert client.get("/api/applies").status_code == 400
    assert client.get("/api/applies", {"parcel": "1 99z"}).status_code == 404


def test_the_interface_describes_every_address(client: Client, street: None) -> None:
    answer = client.get("/api/openapi.json")
    told = answer.json()
    assert told["openapi"].startswith("3.1")
    assert {"/api/assess", "/api/applies", "/api/property/", "/register/changes"} <= set(told["paths"])
    ids = [operation["operationId"] for path in told["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    filled = {
        "{district}": str(DISTRICT), "{number}": NUMBER, "{revision}": "1",
        "{plan}": "00000000-0000-4000-8000-000000000000",
    }  # fmt: skip
    for path, operations in told["paths"].items():
        for place, value in filled.items():
            path = path.replace(place, value)  # noqa: PLW2901  # filled in
        for method in operations:
            status = getattr(client, method)(path).status_code
            assert status in (200, 400, 404), (method, path, status)
            # The very same statuses are described.
            assert str(status) in operations[method]["responses"], (method, path, status)
