"""Vector tiles: right rows, right place, revisions, caching, and who may see them."""

from __future__ import annotations

import gzip
import math
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyproj import Transformer
from shapely.geometry import box

from config.benchmarks.mvt import Feature, decode
from geodata.ledger.revisions import finish_change, open_change
from geodata.registry import layers
from tests.permits.review.town import SOUTH, WEST, Town, add_parcel, build
from tileserver import vector
from tileserver.models.tiles import CachedTile

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]

Z = 16


@pytest.fixture
def town() -> Town:
    return build(check=False)


def tile_at(x: float, y: float, z: int = Z) -> tuple[int, int, int]:
    """The tile that a point of the grid lies in."""
    lon, lat = Transformer.from_crs(25832, 4326, always_xy=True).transform(x, y)
    n = 2**z
    column = int((lon + 180) / 360 * n)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return z, column, row


HERE = tile_at(WEST + 40, SOUTH + 16)


def get(client: Client, layer: str, at: tuple[int, int, int] = HERE, query: str = "", **headers: str) -> Any:
    return client.get(f"/tiles/{layer}/{at[0]}/{at[1]}/{at[2]}.mvt{query}", headers=headers)


def drawn(client: Client, layer: str, at: tuple[int, int, int] = HERE) -> dict[str, list[Feature]]:
    response = get(client, layer, at)
    assert response.status_code == 200, response.content
    return decode(response.content)


def style(client: Client) -> Any:
    return client.get("/tiles/style.json").json()


def test_tile_holds_the_rows_of_its_box(client: Client, town: Town) -> None:
    features = drawn(client, "parcels")["parcels"]
    west, south, east, north = vector.grid_box(*HERE) or (0.0, 0.0, 0.0, 0.0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT object_id, parcel_number FROM t_parcel WHERE geometry && ST_MakeEnvelope(%s,%s,%s,%s,25832)",
            [west, south, east, north],
        )
        expected = dict(cursor.fetchall())
    assert expected
    assert {f.id: f.properties["parcel_number"] for f in features} == expected
    assert all(f.kind == 3 for f in features)
    assert next(f for f in features if f.properties["parcel_number"] == "7000a").properties["is_road"] is True


def test_geometry_lies_where_it_should(client: Client, town: Town) -> None:
    features = drawn(client, "parcels")["parcels"]
    first = next(f for f in features if f.properties["parcel_number"] == "1b")
    west, _south, east, north = vector.web_box(*HERE)
    back = Transformer.from_crs(3857, 25832, always_xy=True)
    unit = (east - west) / vector.EXTENT
    places = [back.transform(west + x * unit, north - y * unit) for x, y in first.points]
    assert min(x for x, _ in places) == pytest.approx(WEST + 25, abs=0.15)
    assert max(y for _, y in places) == pytest.approx(SOUTH + 32, abs=0.15)


def test_each_area_has_one_label_over_all_tiles(client: Client, town: Town) -> None:
    z, x, y = HERE
    found: list[str] = []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            tile = drawn(client, "parcels", (z, x + dx, y + dy))
            found += [f.properties["parcel_number"] for f in tile.get("parcels-label", [])]
    assert sorted(found) == ["1a", "1b", "1c", "1d", "1e", "1f", "7000a"]


def test_edges_carry_their_kind(client: Client, town: Town) -> None:
    kinds = {f.properties["kind"] for f in drawn(client, "edges")["edges"]}
    assert {"parcel", "road", "path"} <= kinds


def test_plans_carry_their_status(client: Client, town: Town) -> None:
    at = tile_at(WEST + 110, SOUTH + 16)
    plans = {
        f.properties["number"]: f.properties["status"]
        for f in drawn(client, "local_plans", at)["local_plans"]
    }
    assert plans["2.11"] == "F"


def test_a_change_without_revision_is_not_drawn(client: Client, town: Town) -> None:
    open_ = open_change("test.open", acting_user=None, themes=["parcel"])
    add_parcel(open_, "99z", box(WEST, SOUTH + 40, WEST + 20, SOUTH + 60))
    assert "99z" not in {f.properties["parcel_number"] for f in drawn(client, "parcels")["parcels"]}
    finish_change(open_)
    assert "99z" in {f.properties["parcel_number"] for f in drawn(client, "parcels")["parcels"]}


def test_revision_in_the_style_follows_changes_of_the_theme(client: Client, town: Town) -> None:
    before = style(client)
    change = open_change("test.more", acting_user=None, themes=["parcel"])
    add_parcel(change, "88b", box(WEST, SOUTH + 40, WEST + 20, SOUTH + 60))
    revision = finish_change(change)
    after = style(client)
    assert f"v={revision}&" in after["sources"]["parcels"]["tiles"][0]
    assert after["sources"]["parcels"] != before["sources"]["parcels"]
    assert after["sources"]["edges"] != before["sources"]["edges"]  # derived from parcels
    assert after["sources"]["local_plans"] == before["sources"]["local_plans"]
    assert "88b" in {f.properties["parcel_number"] for f in drawn(client, "parcels")["parcels"]}


def test_versioned_tile_is_immutable_and_computed_once(client: Client, town: Town) -> None:
    template = style(client)["sources"]["parcels"]["tiles"][0]
    address = template.format(z=HERE[0], x=HERE[1], y=HERE[2])
    first = client.get(address, headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    assert "immutable" in first["Cache-Control"]
    assert "public" in first["Cache-Control"]
    assert CachedTile.objects.filter(layer="parcels").count() == 1
    with CaptureQueriesContext(connection) as queries:
        second = client.get(address, headers={"accept-encoding": "gzip"})
    assert second.content == first.content
    assert len(queries) == 1, "a kept tile is one query"
    plain = client.get(address)
    assert "Content-Encoding" not in plain
    assert plain.content == gzip.decompress(first.content)


def test_tile_without_or_with_old_revision_is_asked_again(client: Client, town: Town) -> None:
    assert get(client, "parcels")["Cache-Control"] == "public, no-cache"
    assert get(client, "parcels", query="?v=999999")["Cache-Control"] == "public, no-cache"
    assert "immutable" in get(client, "parcels", query=f"?v={town.change.revision}")["Cache-Control"]


def test_etag_answers_304_until_something_changes(client: Client, town: Town) -> None:
    etag = get(client, "parcels")["ETag"]
    assert get(client, "parcels", **{"if-none-match": etag}).status_code == 304
    change = open_change("test.more", acting_user=None, themes=["parcel"])
    add_parcel(change, "77c", box(WEST, SOUTH + 40, WEST + 20, SOUTH + 60))
    finish_change(change)
    again = get(client, "parcels", **{"if-none-match": etag})
    assert again.status_code == 200
    assert again["ETag"] != etag
    assert CachedTile.objects.filter(layer="parcels").count() == 1  # the old one is gone


def test_more_rows_than_the_cap_say_so(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(layers["parcels"], feature_cap=3)
    monkeypatch.setitem(layers._entries, "parcels", small)
    response = get(client, "parcels")
    features = decode(response.content)["parcels"]
    assert len(features) == 3
    assert all(f.properties["truncated"] is True for f in features)
    assert response["Planvaerk-Truncated"] == "1"


def test_nothing_is_truncated_otherwise(client: Client, town: Town) -> None:
    assert all("truncated" not in f.properties for f in drawn(client, "parcels")["parcels"])


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/nowhere/16/1/1.mvt",
        "/tiles/parcels/3/1/1.mvt",  # below the layer's zooms
        "/tiles/parcels/16/999999/1.mvt",
        "/tiles/parcels/99/1/1.mvt",
        "/tiles/parcels/16/1/-1.mvt",
    ],
)
def test_what_is_no_tile_is_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("at", [(5, 0, 0), (5, 31, 31), (14, 0, 0), (14, 16383, 8000), (14, 8000, 16383)])
def test_a_tile_at_the_end_of_the_world_is_empty(client: Client, at: tuple[int, int, int]) -> None:
    response = get(client, "municipalities", at)
    assert response.status_code == 200
    assert response.content == b""


def test_case_layer_needs_an_open_tenant(client: Client, town: Town, settings: Any) -> None:
    settings.PLANVAERK_PUBLIC_TENANT = ""
    response = get(client, "applications")
    assert response.status_code == 403
    assert response["Cache-Control"] == "private, no-store"
    assert "applications" not in style(client)["sources"]


def test_case_layer_shows_one_municipality_and_is_never_stored(
    client: Client, town: Town, settings: Any
) -> None:
    at = tile_at(WEST + 75, SOUTH + 16, 14)
    settings.PLANVAERK_PUBLIC_TENANT = "0999"
    response = get(client, "applications", at)
    assert response["Cache-Control"] == "private, no-store"
    mine = {f.properties["public_id"] for f in decode(response.content)["applications"]}
    assert mine == {str(a.public_id) for key, a in town.applications.items() if key != "foreign"}
    settings.PLANVAERK_PUBLIC_TENANT = "0998"
    theirs = {f.properties["public_id"] for f in drawn(client, "applications", at)["applications"]}
    assert theirs == {str(town.applications["foreign"].public_id)}
    assert not CachedTile.objects.filter(layer__in=["applications", "proposals"]).exists()


def test_style_asks_nobody_else_and_has_no_glyphs(client: Client, town: Town) -> None:
    response = client.get("/tiles/style.json")
    assert "http" not in response.content.decode()
    document = response.json()
    assert "glyphs" not in document
    assert "sprite" not in document
    assert set(document["sources"]) == set(layers)
    sources = {layer["source"] for layer in document["layers"] if "source" in layer}
    assert sources == set(document["sources"])
    again = client.get("/tiles/style.json", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_style_speaks_both_languages(client: Client, town: Town) -> None:
    titles = {g["id"]: g["title"] for g in style(client)["metadata"]["legend"]}
    assert titles["edges"] == "Skel"
    client.cookies["django_language"] = "en"
    titles = {g["id"]: g["title"] for g in style(client)["metadata"]["legend"]}
    assert titles["edges"] == "Boundaries"


def test_index_finds_the_rows(town: Town) -> None:
    """The filter compares the stored column with a constant box, so the GiST index serves it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT * FROM ({layers['parcels'].sql}) f "
            "WHERE f.geom && ST_MakeEnvelope(574000, 6224000, 574010, 6224010, 25832)"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "geometry &&" in plan
    assert "Index" in plan
