"""The feed: pages of changes that can be replayed from zero, files with strong tags, tombstones, restores."""

from __future__ import annotations

import gzip
import hashlib
import random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from lxml import etree

from geodata.ledger.models import Epoch
from gml.export import write_plans
from gml.feed.publish import publish
from gml.models.published import PublishedPlan
from tests.gml.feed.edits import edit, put

pytestmark = pytest.mark.django_db
FEED = "/register/changes"


def changes(client: Client, since: str = "", **more: Any) -> dict[str, Any]:
    answer = client.get(FEED, {**({"since": since} if since else {}), **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def replay(client: Client, limit: int = 500, since: str = "") -> dict[str, str]:
    """Plan → sha256 of what stands, by following the feed."""
    held: dict[str, str] = {}
    while True:
        page = changes(client, since, limit=limit)
        for change in page["changes"]:
            held.pop(change["plan"], None)
            if change["state"] == "current":
                held[change["plan"]] = change["sha256"]
        since = page["cursor"]
        if not page["more"]:
            return held


def digest_of(held: dict[str, str]) -> str:
    return hashlib.sha256("".join(f"{p} {s}\n" for p, s in sorted(held.items())).encode()).hexdigest()


def test_before_the_first_plan_there_is_an_empty_feed(client: Client) -> None:
    page = changes(client)
    assert (page["changes"], page["more"]) == ([], False)
    assert client.get("/register/manifest.json").json()["plans"] == 0
    assert "endnu" in client.get("/register/").text or "yet" in client.get("/register/").text


def test_a_plan_is_handed_on_as_the_export_writes_it(client: Client) -> None:
    put(1)
    (change,) = changes(client)["changes"]
    assert (change["number"], change["title"], change["state"]) == ("1.1", "Plan 1", "current")
    answer = client.get(change["href"])
    assert answer["Content-Type"] == "application/gml+xml"
    assert hashlib.sha256(answer.content).hexdigest() == change["sha256"]
    assert len(answer.content) == change["bytes"]
    from io import BytesIO

    whole = BytesIO()
    write_plans(whole)
    assert answer.content == whole.getvalue()
    etree.fromstring(answer.content)


def test_only_what_changed_since_the_cursor_is_told(client: Client) -> None:
    put(1)
    put(2)
    cursor = changes(client)["cursor"]
    assert changes(client, cursor)["changes"] == []
    put(2, title="Ny")
    (change,) = changes(client, cursor)["changes"]
    assert change["title"] == "Ny"


def test_what_is_read_again_unchanged_is_no_news(client: Client) -> None:
    put(1)
    cursor = changes(client)["cursor"]
    put(1)
    assert changes(client, cursor)["changes"] == []


def test_a_plan_that_is_withdrawn_leaves_a_tombstone_and_its_old_file(client: Client) -> None:
    put(1)
    first = changes(client)
    put(1, status="KV")
    (gone,) = changes(client, first["cursor"])["changes"]
    assert (gone["state"], gone["number"], "href" in gone) == ("gone", "1.1", False)
    assert client.get(f"/register/plans/{gone['plan']}.gml").status_code == 410
    assert client.get(first["changes"][0]["href"]).status_code == 200
    assert "deleted-entry" in client.get("/register/atom/plans.xml").text
    put(1)
    (back,) = changes(client, f"{first['cursor'].split('.')[0]}.{gone['revision']}")["changes"]
    assert back["state"] == "current"


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_replayed_from_zero_in_any_portions_it_is_what_stands(client: Client, limit: int) -> None:
    rng = random.Random(5)
    for _ in range(25):
        edit(rng)
        if rng.random() < 0.5:
            changes(client)
    held = replay(client, limit)
    manifest = client.get("/register/manifest.json").json()
    assert manifest["plans"] == len(held) > 3
    assert manifest["digest"]["value"] == digest_of(held)


def test_a_page_never_shows_a_revision_half_published(client: Client) -> None:
    put(1)
    cursor = changes(client)["cursor"]
    put(2)
    put(3)
    # What a publisher that was killed leaves: a file of a revision that the state does not tell of yet.
    row = PublishedPlan.objects.get(latest=True)
    row.pk, row.revision, row.latest, row.plan = None, row.revision + 1, False, "0" * 32
    row.save()
    told = {change["number"] for change in changes(client, cursor)["changes"]}
    assert told >= {"1.2", "1.3"}
    assert digest_of(replay(client))


def test_a_cursor_of_before_a_restore_is_told_to_begin_anew(client: Client) -> None:
    put(1)
    cursor = changes(client)["cursor"]
    with connection.cursor() as at:
        at.execute("INSERT INTO ledger_epoch (number) SELECT max(number) + 1 FROM ledger_epoch")
    answer = client.get(FEED, {"since": cursor})
    assert answer.status_code == 410
    assert "Begin from zero" in answer.json()["detail"]
    assert Epoch.objects.count() > 1
    ahead = changes(client)["cursor"].split(".")
    assert client.get(FEED, {"since": f"{ahead[0]}.{int(ahead[1]) + 5}"}).status_code == 410
    (change,) = changes(client)["changes"]
    assert client.get(change["href"]).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"since": "x"}, {"limit": "0"}, {"limit": "1001"}, {"limit": "0001001"}, {"sort": "1"}, {"since": "1"}],
)
def test_a_request_that_makes_no_sense_is_told_why(client: Client, query: dict[str, str]) -> None:
    answer = client.get(FEED, query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == next(iter(query))


def test_files_have_strong_tags_ranges_and_gzip(client: Client) -> None:
    put(1)
    href = changes(client)["changes"][0]["href"]
    whole = client.get(href)
    tag = whole["ETag"]
    assert not tag.startswith("W/")
    assert client.get(href, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(href, headers={"If-Modified-Since": whole["Last-Modified"]}).status_code == 304
    head = client.head(href)
    assert (head.status_code, head["Content-Length"], head["ETag"]) == (200, str(len(whole.content)), tag)
    packed = client.get(href, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] != tag
    assert gzip.decompress(packed.content) == whole.content
    part = client.get(href, headers={"Range": "bytes=10-19", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    assert client.get(href, headers={"Range": "bytes=-5"}).content == whole.content[-5:]
    assert client.get(href, headers={"Range": "bytes=5-"}).content == whole.content[5:]
    assert client.get(href, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert client.get(href, headers={"Range": "bytes=0-3", "If-Range": '"other"'}).status_code == 200
    assert "immutable" in whole["Cache-Control"]


def test_the_current_address_follows_the_plan_and_a_version_stays(client: Client) -> None:
    put(1)
    (first,) = changes(client)["changes"]
    put(1, title="Ny")
    current = client.get(f"/register/plans/{first['plan']}.gml")
    assert "Ny" in current.text
    assert "no-cache" in current["Cache-Control"]
    assert "Ny" not in client.get(first["href"]).text


def test_what_is_not_there_is_not_found(client: Client) -> None:
    put(1)
    (first,) = changes(client)["changes"]
    assert client.get("/register/plans/00000000-0000-0000-0000-000000000000.gml").status_code == 404
    assert client.get(f"/register/plans/{first['plan']}/999999.gml").status_code == 404


def test_drafts_never_reach_the_feed(client: Client) -> None:
    put(1, status="KV")
    assert changes(client)["changes"] == []


def test_atom_names_the_data_set_and_its_plans(client: Client) -> None:
    put(1, title='Bo & "Byg" <ved> åen')
    service = etree.fromstring(client.get("/register/atom.xml").content)
    names = {"a": "http://www.w3.org/2005/Atom", "d": "http://inspire.ec.europa.eu/schemas/inspire_dls/1.0"}
    assert service.xpath("string(a:entry/d:spatial_dataset_identifier_code)", namespaces=names)
    assert service.xpath("a:author/a:email", namespaces=names)
    feed = etree.fromstring(client.get("/register/atom/plans.xml").content)
    assert feed.xpath("string(a:entry/a:title)", namespaces=names) == '1.1 Bo & "Byg" <ved> åen'
    link = feed.xpath("a:entry/a:link[@rel='alternate']", namespaces=names)[0]
    file = client.get(link.get("href"))
    assert (file["Content-Type"], str(len(file.content))) == (link.get("type"), link.get("length"))
    etree.fromstring(client.get("/register/opensearch.xml").content)


def test_more_than_a_page_can_wait_for_is_left_to_the_command(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gml.feed.views.WHILE_WAITING", 1)
    put(1)
    put(2)
    answer = client.get(FEED)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    done = publish()
    assert done is not None
    assert done.changed == 2
    assert len(changes(client)["changes"]) == 2
