"""OGC API Features: pages, boxes, coordinate systems; and GDAL and a browser's map get what the database holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import shapely
from django.test import Client
from pyproj import Transformer
from shapely.geometry import box, shape

from geodata.frames import read_sql
from geodata.ledger.models import Epoch
from gml.ogc.crs import SUPPORTED
from tests.gml.feed.edits import E, N, put

ITEMS = "/ogc/collections/local_plans/items"
GRID = "http://www.opengis.net/def/crs/EPSG/0/25832"


READ = """
import json, sys, pyogrio
layers = [str(name) for name, _kind in pyogrio.list_layers(sys.argv[1])]
frame = pyogrio.read_dataframe(sys.argv[1], layer="local_plans").to_crs(25832).sort_values("number")
print(json.dumps({"layers": layers, "numbers": frame["number"].tolist(), "shapes": frame.geometry.to_wkt().tolist()}))
"""


@pytest.fixture
def plans(db: None) -> None:
    """Seven local plans in a row, one a proposal; a draft that nobody sees."""
    for number in range(7):
        put(number, status="F" if number == 3 else "V")
    put(9, status="KV")


@pytest.mark.django_db
def test_each_link_of_the_landing_page_leads_somewhere(client: Client) -> None:
    landing = client.get("/ogc/").json()
    for link in landing["links"]:
        answer = client.get(link["href"])
        assert answer.status_code == 200, link
        assert answer["Content-Type"].split(";")[0] == link["type"].split(";")[0]
    classes = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes


@pytest.mark.django_db
def test_only_public_layers_are_collections(client: Client) -> None:
    names = {one["id"] for one in client.get("/ogc/collections").json()["collections"]}
    assert {"local_plans", "parcels"} <= names
    assert not {name for name in names if "application" in name or "case" in name}
    assert client.get("/ogc/collections/nothing").status_code == 404
    assert client.get("/ogc/collections/nothing/items").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_follow_each_other_and_hold_everything_once(client: Client, plans: None, limit: int) -> None:
    seen: list[int] = []
    address: str | None = f"{ITEMS}?limit={limit}"
    while address:
        page = client.get(address).json()
        assert page["numberReturned"] == len(page["features"]) <= limit
        seen += [one["id"] for one in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.django_db
def test_a_box_takes_what_it_meets_in_any_system(client: Client, plans: None) -> None:
    asked = {"bbox": f"{E + 150},{N},{E + 450},{N + 50}", "bbox-crs": GRID}
    numbers = [one["properties"]["number"] for one in client.get(ITEMS, asked).json()["features"]]
    assert sorted(numbers) == ["1.1", "1.2"]
    first = shape(client.get(ITEMS, {"number": "1.1"}).json()["features"][0]["geometry"])
    west, south, east, north = first.buffer(-1e-5).bounds
    found = client.get(ITEMS, {"bbox": f"{west},{south},{east},{north}"}).json()["features"]
    assert [one["properties"]["number"] for one in found] == ["1.1"]
    turned = {
        "bbox": f"{south},{west},{north},{east}",
        "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
    }
    assert len(client.get(ITEMS, turned).json()["features"]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("uri", SUPPORTED)
def test_the_answer_is_in_the_system_asked_for_and_says_so(client: Client, plans: None, uri: str) -> None:
    answer = client.get(ITEMS, {"crs": uri, "number": "1.0"})
    assert answer["Content-Crs"] == f"<{uri}>"
    found = shape(answer.json()["features"][0]["geometry"])
    crs = SUPPORTED[uri]
    expected = shapely.transform(
        box(E, N, E + 100, N + 100),
        Transformer.from_crs(25832, crs.srid, always_xy=True).transform,
        interleaved=False,
    )
    if crs.north_first:
        expected = shapely.transform(expected, lambda xy: xy[:, ::-1])
    assert found.hausdorff_distance(expected) < 10 ** -(crs.decimals - 1)


@pytest.mark.django_db
def test_properties_filter_and_one_feature_is_found_by_its_id(client: Client, plans: None) -> None:
    (only,) = client.get(ITEMS, {"status": "F"}).json()["features"]
    assert only["properties"]["title"] == "Plan 3"
    one = client.get(f"{ITEMS}/{only['id']}").json()
    assert (one["id"], one["properties"]) == (only["id"], only["properties"])
    assert client.get(f"{ITEMS}/999999999").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"bbox": "1,2,3"},
        {"bbox": "1,nan,3,4"},
        {"bbox": "1,5,3,4"},
        {"crs": "EPSG:25832"},
        {"bbox-crs": "x"},
        {"colour": "red"},
        {"after": "-1"},
    ],
)
def test_a_request_that_makes_no_sense_is_told_why(client: Client, query: dict[str, str]) -> None:
    answer = client.get(ITEMS, query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == next(iter(query))


@pytest.mark.django_db
def test_all_faults_are_told_at_once(client: Client) -> None:
    faults = client.get(ITEMS, {"limit": "0", "bbox": "1", "colour": "red"}).json()["errors"]
    assert {fault["parameter"] for fault in faults} == {"limit", "bbox", "colour"}


@pytest.mark.django_db
def test_the_interface_names_every_path(client: Client) -> None:
    told: dict[str, Any] = client.get("/ogc/api").json()
    assert told["openapi"].startswith("3.0")
    names = {one["id"] for one in client.get("/ogc/collections").json()["collections"]}
    assert {f"/collections/{name}/items" for name in names} <= set(told["paths"])
    operations = [path["get"]["operationId"] for path in told["paths"].values()]
    assert len(operations) == len(set(operations))


@pytest.mark.django_db(transaction=True)
@pytest.mark.real_clock
def test_gdal_reads_the_features_of_the_database(live_server: Any) -> None:
    Epoch.objects.get_or_create(number=1)
    for number in range(7):
        put(number)
    # In a process of its own: GDAL holds the interpreter while it waits for the site, which runs in this one.
    done = subprocess.run(
        [sys.executable, "-c", READ, f"OAPIF:{live_server.url}/ogc/"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(done.stdout)
    assert "local_plans" in told["layers"]
    stored = read_sql("SELECT number, ST_AsBinary(geometry) AS geometry FROM t_plan ORDER BY number")
    assert told["numbers"] == stored["number"].tolist()
    there = shapely.from_wkt(told["shapes"])
    assert shapely.hausdorff_distance(there, stored.geometry.to_numpy()).max() < 0.001
