"""Faults of what is stored: kept, replaced, on the map and under ``/api/faults``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from geodata.accounts.models import Municipality
from geodata.checks.models import Fault
from geodata.ledger.revisions import last_revision
from geodata.registry import layers
from tests.geodata.imports import collection, feature, run_check, run_import, square

pytestmark = [pytest.mark.django_db, pytest.mark.real_clock]

MAPPING = """
[source]
name = "town/parcels"
register = "town"
theme = "parcel"
key = "number"
verified = true
visibility = {visibility}
[fields]
parcel_number = "number"
registered_m2 = {{ from = "area", convert = "number" }}
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Two parcels that overlap by 20 m², one of them registered with twice its size; a third that is not public."""
    Municipality.objects.get_or_create(code="0350", defaults={"name": "Lejre"})
    open_one = collection(
        tmp_path / "open.geojson",
        feature(square(), number="1a", area=100),
        feature(square(x=700_008.0), number="1b", area=200),
    )
    closed = collection(tmp_path / "closed.geojson", feature(square(x=700_050.0), number="1c", area=300))
    for path, visibility in ((open_one, 1), (closed, 2)):
        (tmp_path / "town.toml").write_text(MAPPING.format(visibility=visibility))
        outcome = run_import(f"mapping:{tmp_path / 'town.toml'}", path, "--municipality", "0350")
        assert outcome.code == 0, outcome.said
    return tmp_path


def test_faults_are_kept_and_replaced(town: Path, client: Client) -> None:
    before = last_revision(["fault"])
    outcome = run_check("--municipality", "0350", "--geojson", town / "faults.geojson")
    assert outcome.code == 3
    told = dict(line.split(": ", 1) for line in outcome.out.splitlines() if ": " in line)
    assert (told["overlaps"], told["registered_area"], told["slivers"]) == ("1", "2", "0")
    assert told["building_without_record"].startswith("not run, there are no records of building")
    assert Fault.objects.count() == 3
    assert last_revision(["fault"]) > before  # tiles of the layer are stale
    overlap = Fault.objects.get(kind="overlaps")
    assert (overlap.label, overlap.measured, overlap.geometry.area) == (
        "1a",
        pytest.approx(20),
        pytest.approx(20),
    )
    written = json.loads((town / "faults.geojson").read_text())["features"]
    assert sorted(f["properties"]["check"] for f in written) == [
        "overlaps",
        "registered_area",
        "registered_area",
    ]
    assert all(
        8 < f["geometry"]["coordinates"][0][0][0] < 16 for f in written if f["geometry"]["type"] == "Polygon"
    )
    run_check("--check", "overlaps")
    assert Fault.objects.count() == 3  # the other check's faults stay, its own are there once


def test_faults_of_public_data_are_served_in_two_languages(town: Path, client: Client) -> None:
    run_check("--municipality", "0350")
    danish = client.get("/api/faults", {"municipality": "0350"}).json()
    assert (danish["numberMatched"], danish["numberReturned"]) == (2, 2)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get("/api/faults", {"check": "overlaps"}).json()
    said = [
        f["properties"]["title"]
        for d in (danish, english)
        for f in d["features"]
        if f["properties"]["check"] == "overlaps"
    ]
    assert said == ["Jordstykker overlapper hinanden", "Parcels overlap"]
    assert not client.get("/api/faults", {"municipality": "0101"}).json()["features"]
    for wrong in ({"check": "x"}, {"municipality": "x"}, {"after": "x"}, {"after": "²"}, {"after": "9" * 30}):
        assert client.get("/api/faults", wrong).status_code == 400


def test_faults_are_a_layer_of_the_map(town: Path) -> None:
    run_check("--municipality", "0350")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, label, ST_GeometryType(geom) FROM ({layers['faults'].sql}) f ORDER BY kind"
        )
        rows = cursor.fetchall()
    assert rows == [("overlaps", "1a", "ST_Point"), ("registered_area", "1b", "ST_Point")]


def test_an_unknown_municipality_is_refused() -> None:
    outcome = run_check("--municipality", "0999")
    assert outcome.code == 2
    assert "no municipality '0999'" in outcome.said
