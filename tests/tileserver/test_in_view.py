"""The list of what the map shows: names, links, zooms, what is hidden, and whose applications."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pyproj import Transformer

from tests.permits.review.town import DEPTH, HOSTILE, SOUTH, WEST, WIDTH, Town, build
from tileserver import in_view

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def town() -> Town:
    return build(check=False)


def degrees(west: float, south: float, east: float, north: float) -> str:
    to = Transformer.from_crs(25832, 4326, always_xy=True)
    (w, s), (e, n) = to.transform(west, south), to.transform(east, north)
    return f"{w:.7f},{s:.7f},{e:.7f},{n:.7f}"


#: Inside of the second and third parcel.
HERE = degrees(WEST + WIDTH + 2, SOUTH + 2, WEST + 3 * WIDTH - 2, SOUTH + DEPTH - 2)


def ask(client: Client, bbox: str = HERE, zoom: float = 17, **more: str) -> dict[str, Any]:
    response = client.get("/tiles/in-view.json", {"bbox": bbox, "zoom": zoom, **more})
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-store"
    return {group["id"]: group for group in response.json()["groups"]}


def lines(group: Any) -> dict[str, str]:
    return {line["name"]: line["link"] for line in group["lines"]}


def test_what_lies_in_the_view_has_names_and_links(client: Client, town: Town) -> None:
    found = ask(client)
    assert lines(found["parcels"]) == {
        "1b, Prøveby": "/ejendom/99001/1b/",
        "1c, Prøveby": "/ejendom/99001/1c/",
    }
    assert client.get("/ejendom/99001/1b/").status_code == 200
    assert lines(found["local_plans"]) == {
        "1.07 Boliger ved Prøvevej · Boligområde": "https://dokument.plandata.dk/20_1_TEST.pdf"
    }
    assert list(lines(found["buildings"])) == ["Bygning"]
    near, high = (town.applications[key] for key in ("near", "high"))
    cases = lines(found["applications"])
    assert set(cases.values()) == {f"/sager/{near.public_id}/", f"/sager/{high.public_id}/"}
    assert any(name.startswith("BYG-2026-001 Nyt enfamiliehus · ") for name in cases)
    assert list(found)[-1] != "municipalities", "as the layers are registered"


def test_lines_of_one_name_are_one_with_a_number_and_a_common_box(client: Client, town: Town) -> None:
    # Degrees are turned against the grid: some metres around.
    here = degrees(WEST - 6, SOUTH - 6, WEST + 6 * WIDTH + 6, SOUTH + DEPTH + 6)
    edges = ask(client, here, layers="edges")["edges"]
    assert {line["name"]: line["count"] for line in edges["lines"]} == {
        "mod nabo": 10,
        "mod vej": 6,
        "mod sti": 4,
        "mod sti (kan være af en anden slags)": 1,
        "mod vand": 1,
        "ukendt slags": 2,
    }
    assert (edges["count"], edges["more"]) == (24, False)
    (road,) = [line for line in edges["lines"] if line["name"] == "mod vej"]
    west, south, east, north = (float(side) for side in here.split(","))
    assert road["box"][0] == pytest.approx(west, abs=2e-4)
    assert road["box"][2] == pytest.approx(east, abs=2e-4)
    assert south < road["box"][1] <= road["box"][3] < north


def test_layers_come_with_the_zoom_and_when_they_are_asked_for(client: Client, town: Town) -> None:
    assert set(ask(client, zoom=10)) == {"municipalities", "local_plans", "applications"}
    assert set(ask(client, zoom=10, layers="local_plans,parcels,nonsense")) == {"local_plans"}
    assert ask(client, degrees(WEST - 9000, SOUTH, WEST - 8990, SOUTH + 10)) == {}


def test_more_than_is_listed_is_said(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = degrees(WEST - 30, SOUTH - 30, WEST + 300, SOUTH + 100)
    assert [line["name"][:2] for line in ask(client, whole)["parcels"]["lines"]][:3] == ["1a", "1b", "1c"]
    monkeypatch.setattr(in_view, "MOST_LINES", 3)
    parcels = ask(client, whole)["parcels"]
    assert (len(parcels["lines"]), parcels["count"], parcels["more"]) == (3, 7, True)
    monkeypatch.setattr(in_view, "MOST_FEATURES", 2)
    parcels = ask(client, whole)["parcels"]
    assert (len(parcels["lines"]), parcels["count"], parcels["more"]) == (2, 2, True)


def test_applications_are_those_of_the_open_municipality(client: Client, town: Town, settings: Any) -> None:
    whole = degrees(WEST - 30, SOUTH - 30, WEST + 300, SOUTH + 100)
    settings.PLANVAERK_PUBLIC_TENANT = "0998"
    assert list(lines(ask(client, whole)["applications"]).values()) == [
        f"/sager/{town.applications['foreign'].public_id}/"
    ]
    settings.PLANVAERK_PUBLIC_TENANT = ""
    assert not {"applications", "proposals"} & set(ask(client, whole))


def test_names_are_data(client: Client, town: Town) -> None:
    whole = degrees(WEST - 30, SOUTH - 30, WEST + 300, SOUTH + 100)
    assert any(HOSTILE in name for name in lines(ask(client, whole)["applications"]))


def test_a_document_of_another_kind_of_address_is_no_link(client: Client, town: Town) -> None:
    assert in_view._plan(
        {"number": "1", "title": None, "status": "F", "use_general": None}, "javascript:alert(1)"
    ) == ("1 (forslag)", "")


@pytest.mark.parametrize(
    ("bbox", "zoom"),
    [("", "3"), ("1,2,3", "3"), ("a,b,c,d", "3"), ("9,55,8,56", "3"), ("9,55,10,nan", "3"), ("9,55,10,56", "x"),
     ("9,55,10,56", "inf"), ("-900,55,10,56", "3"), ("9,55,10,56", "")],
)  # fmt: skip
def test_a_view_that_is_none_is_refused(client: Client, bbox: str, zoom: str) -> None:
    assert client.get("/tiles/in-view.json", {"bbox": bbox, "zoom": zoom}).status_code == 400
