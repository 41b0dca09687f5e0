"""Plans as INSPIRE has them in ``/ogc/``: what the published files say, and what other programs read of it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree
from shapely.geometry import box, shape

from geodata.ledger.models import Epoch
from gml.feed import bulk
from gml.feed.bulk import gather
from gml.feed.publish import publish, state
from gml.models.plu import PluFeature
from gml.models.published import PublishedPlan
from gml.ogc import plu
from gml.profiles.plu_tables import ELEMENTS
from tests.gml.feed.edits import put
from tests.gml.plans import NS, features, limit, record, square, store, value
from tests.gml.plans import shape as written_shape

GRID = "http://www.opengis.net/def/crs/EPSG/0/25832"
KINDS = {key: one.kind for key, one in plu.COLLECTIONS.items()}


@pytest.fixture
def plans(db: None) -> None:
    stored()


def stored() -> None:
    """A local plan with two zones, one over the other, and a building field; a municipal plan; a draft."""
    Epoch.objects.get_or_create(number=1)
    whole = record(
        "1",
        geometry=square(0, 0, 300),
        use_general=11,
        use_specific=(1110,),
        in_force_on=date(2020, 5, 1),
        adopted_on=date(2020, 4, 1),
        published_on=date(2020, 4, 15),
        register_updated_at=datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC),
        document_url="https://planer.example/1.pdf",
        limits=(limit("max_height", 8.5), limit("plot_ratio", 30.0, per="plot")),
        plan_type="20.1",
    )
    part = {"parent_register_id": "1", "title": None, "number": None}
    store(
        [
            whole,
            record("1a", level="sub_area", geometry=square(0, 0), use_general=31, part_number="A", **part),
            record("1b", level="sub_area", geometry=square(50, 50), use_general=21, part_number="B", **part),
            record("1c", level="building_field", geometry=square(20, 20, 10), field_state="yes", **part),
            record("2", level="municipal_plan", geometry=square(0, 0, 500), title="Kommuneplan & <mere>"),
            record("3", geometry=square(500, 0), status="KV"),
            record("4", geometry=square(600, 0), status="F", in_force_on=None),
        ]
    )


def everything(client: Client, key: str, **query: Any) -> list[dict[str, Any]]:
    found = client.get(f"/ogc/collections/{key}/items", {"crs": GRID, **query})
    assert found.status_code == 200, found.content
    return list(found.json()["features"])


@pytest.mark.django_db
def test_the_collections_say_what_the_published_files_say(client: Client, plans: None) -> None:
    published: Counter[str] = Counter()
    shown = {key: {one["id"]: one for one in everything(client, key)} for key in KINDS}
    for row in PublishedPlan.objects.filter(gone=False):
        assert row.content is not None
        root = etree.fromstring(gzip.decompress(bytes(row.content)))
        for key, kind in KINDS.items():
            for feature in features(root, kind):
                published[kind] += 1
                compared(kind, feature, shown[key][value_of(feature)])
    assert published == Counter({kind: len(shown[key]) for key, kind in KINDS.items()})
    assert all(published[kind] for kind in KINDS.values())


def value_of(feature: Any) -> str:
    found: str = feature.find(".//base:localId", NS).text
    return found


def compared(kind: str, feature: Any, shown: dict[str, Any]) -> None:
    told = shown["properties"]
    assert told["identifier"] == feature.find("gml:identifier", NS).text
    for name, _ in ELEMENTS[kind]:
        there = feature.findall(f"plu:{name}", NS)
        if name in ("extent", "geometry"):
            assert shape(shown["geometry"]).equals(written_shape(feature))
            continue
        own = value(feature, name)
        if name in ("inspireId", "planDocument"):
            assert told.get(f"{name}_localId", told.get(f"{name}_link")) in (
                value_of(feature), there[0].findtext(".//base2:link", None, NS),
            )  # fmt: skip
        elif not there or (own or "").startswith("void"):
            assert not told[name]
            assert told["nilReason"].get(name) == (own and own.removeprefix("void "))
        elif isinstance(told[name], list):
            assert len(told[name]) == len(there)
            if isinstance(told[name][0], str):
                assert told[name][0].rpartition("/")[2].removeprefix(f"{kind}.") in (
                    own,
                    own.partition(".")[2],
                )
        else:
            assert str(told[name]).lower().rpartition("/")[2] in (own.lower(), own.lower().partition(".")[2])
    if kind == "OfficialDocumentation":
        assert shown["geometry"] is None


@pytest.mark.django_db
def test_numbers_and_references_are_what_they_are(client: Client, plans: None) -> None:
    (plan,) = everything(client, "spatialplan", registerId="1")
    told = plan["properties"]
    assert (told["register"], told["municipality"], told["validFrom"]) == ("plandata", "0167", "2020-05-01")
    assert told["ordinance"][0] == {
        "ordinanceDate": "2020-04-01T00:00:00Z", "ordinanceReference": "datovedt"
    }  # fmt: skip
    zones = everything(client, "zoningelement", plan=plan["id"])
    assert sorted(told["member"]) == sorted(zone["id"] for zone in zones)
    rest = next(zone for zone in zones if zone["id"] == f"{plan['id']}.zone")
    limits = rest["properties"]["dimensioningIndication"]
    assert {"indicationReference": "maxbygnhjd", "value": 8.5, "uom": "m"} in limits
    (document,) = everything(client, "officialdocumentation")
    assert told["officialDocument"] == [document["id"]]
    assert document["properties"]["planDocument_link"] == "https://planer.example/1.pdf"
    assert document["properties"]["planDocument_date"] == "2020-04-15"
    assert told["nilReason"]["backgroundMap"] == "other:unpopulated"


@pytest.mark.django_db
def test_drafts_are_not_there_and_ids_stay(client: Client, db: None) -> None:
    put(1)
    put(2, status="KV")
    before = everything(client, "spatialplan")
    assert [one["properties"]["officialTitle"] for one in before] == ["Plan 1"]
    put(1, title="Et andet navn")
    after = everything(client, "spatialplan")
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert after[0]["properties"]["officialTitle"] == "Et andet navn"
    put(1, status="KV")
    assert everything(client, "spatialplan") == []
    assert client.get(f"/ogc/collections/spatialplan/items/{before[0]['id']}").status_code == 404
    assert not PluFeature.objects.exists()


@pytest.mark.django_db
def test_an_area_that_moves_to_another_plan_stands_once(client: Client, db: None) -> None:
    put(1)
    put(2)
    put(5, level="sub_area", parent_register_id="1")
    assert len(everything(client, "zoningelement")) == 3
    put(5, level="sub_area", parent_register_id="2")
    zones = {zone["id"]: zone["properties"]["plan"] for zone in everything(client, "zoningelement")}
    plans = {one["properties"]["registerId"]: one["id"] for one in everything(client, "spatialplan")}
    moved = [key for key in zones if not key.endswith(".zone")]
    assert [zones[key] for key in moved] == [plans["2"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2020-05-01", {"1"}),
        ("2020-04-30", set()),
        ("2020-04-30T21:59:59Z", set()),
        ("2020-04-30T22:00:00Z", {"1"}),  # summer time: the first of May has begun in Denmark
        ("2020-05-01T00:30:00+02:00", {"1"}),
        ("2020-04-30T23:59:59Z/..", {"1"}),
        ("../2020-05-01", {"1"}),
        ("../2020-04-30", set()),
        ("2019-01-01/2019-12-31", set()),
        ("/2030-01-01", {"1"}),
    ],
)
def test_a_time_takes_the_plans_that_hold_then(
    client: Client, plans: None, asked: str, expected: set[str]
) -> None:
    found = everything(client, "spatialplan", datetime=asked)
    assert {one["properties"]["registerId"] for one in found} == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    ["yesterday", "2020-13-01", "2021-01-01/2020-01-01", "..", "2020-01-01/x", "9999-12-31T23:30:00Z"],
)
def test_a_time_that_is_none_is_told(client: Client, asked: str) -> None:
    for key in ("spatialplan", "local_plans"):
        answer = client.get(f"/ogc/collections/{key}/items", {"datetime": asked})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameter"] == "datetime"


@pytest.mark.django_db
def test_a_collection_tells_its_extent_and_where_all_of_it_is_as_gml(
    client: Client, plans: None, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    publish()
    told = client.get("/ogc/collections/spatialplan").json()
    assert not [link for link in told["links"] if link["rel"] == "enclosure"]
    assert client.get("/register/bulk/all.gml").status_code == 503
    gather()
    told = client.get("/ogc/collections/spatialplan").json()
    west, south, east, north = told["extent"]["spatial"]["bbox"][0]
    assert box(west, south, east, north).covers(
        shape(
            everything(client, "spatialplan", crs="http://www.opengis.net/def/crs/OGC/1.3/CRS84")[0][
                "geometry"
            ]
        )
    )
    assert told["extent"]["temporal"]["interval"] == [["2020-05-01T00:00:00Z", None]]
    enclosures = [link for link in told["links"] if link["rel"] == "enclosure"]
    assert len(enclosures) == 2  # all plans, and those of the municipality
    for link in enclosures:
        answer = client.get(link["href"])
        assert answer["Content-Type"] == link["type"] == "application/gml+xml"
        document = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        root = etree.fromstring(document)
        head = client.head(link["href"])
        assert b"".join(head) == b""
        assert len(document) == link["length"] == int(head["Content-Length"])
        assert len(features(root, "SpatialPlan")) == 3
        assert len(root.findall("gml:featureMember", NS)) == PluFeature.objects.count()
        again = client.get(link["href"], headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
    one = everything(client, "spatialplan")[0]["id"]
    links = client.get(f"/ogc/collections/spatialplan/items/{one}").json()["links"]
    (own,) = [link for link in links if link["rel"] == "enclosure"]
    assert one.encode() in client.get(own["href"]).content


@pytest.mark.django_db
def test_all_collections_cost_few_more_questions_than_one(
    client: Client, plans: None, django_assert_max_num_queries: Any
) -> None:
    publish()
    client.get("/ogc/collections")  # the layers of the map ask once what their columns are
    with CaptureQueriesContext(connection) as one:
        client.get("/ogc/collections/spatialplan")
    with django_assert_max_num_queries(len(one)):
        assert len(client.get("/ogc/collections").json()["collections"]) > len(KINDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.real_clock
def test_features_are_answered_while_bulk_files_are_written(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR = tmp_path
    with transaction.atomic():
        stored()
    publish()
    done: list[bool] = []
    write = bulk._write

    def refreshed() -> bool:
        now = state()
        assert now is not None
        try:
            return plu.refresh(now)
        finally:
            connection.close()

    def meanwhile(*given: Any) -> tuple[str, int]:
        with ThreadPoolExecutor(1) as another:
            done.append(another.submit(refreshed).result())
        return write(*given)

    monkeypatch.setattr(bulk, "_write", meanwhile)
    assert gather() is not None
    assert done
    assert all(done)


@pytest.mark.django_db
def test_where_too_much_has_changed_the_plans_wait_for_the_command(
    client: Client, plans: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = publish()
    assert state is not None
    monkeypatch.setattr("gml.ogc.features.plu.refresh.__kwdefaults__", {"most": 1, "progress": None})
    answer = client.get("/ogc/collections/spatialplan/items")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert client.get("/ogc/collections").status_code == 200


PYOGRIO = """
import json, sys, pyogrio
told = {}
for layer in sys.argv[2:]:
    frame = pyogrio.read_dataframe(sys.argv[1], layer=layer, PAGE_SIZE=2)
    if "geometry" in frame:
        frame = frame.to_crs(25832)
        frame["wkt"] = frame.geometry.to_wkt()
        frame = frame.drop(columns="geometry")
    told[layer] = json.loads(frame.to_json(orient="records"))
print(json.dumps(told))
"""
OWSLIB = """
import json, sys
from owslib.ogcapi.features import Features
service = Features(sys.argv[1])
told = {"collections": service.feature_collections(), "conformance": service.conformance()["conformsTo"]}
for key in sys.argv[2:]:
    page, rows = service.collection_items(key, limit=2), []
    while True:
        rows += page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        after = following[0].split("after=")[1].split("&")[0]
        page = service.collection_items(key, limit=2, after=after)
    told[key] = rows
    one = service.collection_item(key, rows[0]["id"])
    assert one["properties"] == rows[0]["properties"]
    told[key + ".queryables"] = sorted(service.collection_queryables(key)["properties"])
    told[key + ".filtered"] = [
        row["id"] for row in service.collection_items(
            key, filter="inspireId_localId = '" + rows[0]["id"] + "'")["features"]
    ]
print(json.dumps(told))
"""


def run(program: str, *arguments: str) -> dict[str, Any]:
    # In a process of its own, as a stranger's program; this one answers it.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.django_db(transaction=True)
@pytest.mark.real_clock
@pytest.mark.slow
def test_other_programs_get_the_features_of_the_database(live_server: Any) -> None:
    with transaction.atomic():
        stored()
    publish()
    gdal = run(PYOGRIO, f"OAPIF:{live_server.url}/ogc/", *KINDS)
    owslib = run(OWSLIB, f"{live_server.url}/ogc/", *KINDS)
    assert set(KINDS) <= set(owslib["collections"])
    assert any(name.endswith("conf/cql2-text") for name in owslib["conformance"])
    for key, kind in KINDS.items():
        rows = {row.local_id: row for row in PluFeature.objects.filter(kind=kind)}
        assert rows
        assert {one["id"]: one["properties"] for one in owslib[key]} == {
            local_id: row.properties for local_id, row in rows.items()
        }
        assert owslib[f"{key}.filtered"] == [owslib[key][0]["id"]]
        assert {row["inspireId_localId"] for row in gdal[key]} == rows.keys()
        for read in gdal[key]:
            row = rows[read["inspireId_localId"]]
            assert read["identifier"] == row.properties["identifier"]
            if row.geometry is not None:
                there = shapely.from_wkt(read["wkt"])
                assert shapely.hausdorff_distance(there, shapely.from_wkb(bytes(row.geometry.wkb))) < 0.001
