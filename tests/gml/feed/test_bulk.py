"""Bulk files: what the plans' own files hold, written once a change, and where a harvest begins; signatures."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from geodata.ledger.models import Epoch
from gml.export import write_plans
from gml.feed import bulk
from gml.feed.bulk import gather
from gml.feed.client import HarvestFailed
from gml.feed.harvester import harvest
from gml.feed.pieces import plans
from gml.feed.publish import publish
from gml.feed.signing import BadKey, public_key, verified
from tests.gml.feed.edits import put

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_clock]
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def _register(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    Epoch.objects.get_or_create(number=1)
    settings.VAR = tmp_path / "var"
    for number in range(3):
        put(number)
    publish()
    gather()


def test_a_bulk_file_is_the_export_and_can_be_taken_apart(client: Client) -> None:
    answer = client.get("/register/bulk/0999.gml", HTTP_ACCEPT_ENCODING="gzip")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    whole = io.BytesIO()
    write_plans(whole, municipality="0999")
    assert body == whole.getvalue()
    assert answer["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    told = client.get("/register/changes").json()["changes"]
    assert {n: hashlib.sha256(b).hexdigest() for n, b in plans(body)} == {
        change["plan"]: change["sha256"] for change in told
    }
    part = client.get("/register/bulk/all.gml", HTTP_RANGE="bytes=5-9")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, body[5:10])  # type: ignore[attr-defined]
    assert client.get("/register/bulk/all.gml", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    assert client.get("/register/bulk/all.gml", HTTP_RANGE=f"bytes={len(body)}-").status_code == 416
    assert client.get("/register/bulk/0101.gml").status_code == 404


def test_only_what_changed_is_written_again() -> None:
    assert gather() == bulk.Gathered(0, 2)
    put(1, title="Ny")
    publish()
    assert gather() == bulk.Gathered(2, 0)
    assert not list(bulk.folder().glob(".*"))


def test_what_a_killed_run_left_half_written_is_cleared_away() -> None:
    left = bulk.folder() / ".all-0123abcd.part"
    left.write_bytes(b"half")
    gather()
    assert not left.exists()


def test_files_of_before_are_cleared_away_before_anybody_else_may_gather(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = bulk.folder() / f"all-{'0' * 64}.gml"
    old.write_bytes(b"")
    seen: list[bool] = []
    unlink = Path.unlink

    def noted(path: Path, missing_ok: bool = False) -> None:
        if path == old:
            seen.append(connection.in_atomic_block)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", noted)
    gather()
    assert seen == [True]
    assert not old.exists()


@pytest.mark.parametrize("cut", [0, 10, 4_000, -1])
def test_a_bulk_file_that_breaks_off_is_refused(cut: int) -> None:
    whole = io.BytesIO()
    write_plans(whole)
    with pytest.raises(ValueError, match="bulk file"):
        list(plans(whole.getvalue()[:cut]))


def test_a_harvest_begins_with_bulk_files_and_goes_on_with_changes(live_server: Any, tmp_path: Path) -> None:
    put(1, title="Ny")
    put(2, status="KV")
    done = harvest(f"{live_server.url}/register/", tmp_path / "in")
    assert (done.changed, done.gone, done.held, done.complete) == (4, 1, 2, True)
    assert not (tmp_path / "in" / "bulk.part").exists()


def test_a_start_that_was_broken_off_misses_nothing_that_went_since(
    live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gml.feed.harvester._page", broken)
        patch.setattr("gml.feed.harvester._keep", _but_the_cursor)
        with pytest.raises(KeyboardInterrupt):
            harvest(f"{live_server.url}/register/", tmp_path / "in")
    put(2, status="KV")
    publish()
    gather()
    done = harvest(f"{live_server.url}/register/", tmp_path / "in")
    assert (done.gone, done.held, done.complete) == (1, 2, True)


def _but_the_cursor(book: Any, name: str, value: str) -> None:
    if name != "cursor":
        book.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", [name, value])


def test_a_manifest_is_signed_or_says_that_it_is_not(client: Client, settings: Any) -> None:
    settings.REGISTER_KEY = ""
    told = client.get("/register/manifest.json").json()
    assert told["signature"]["signed"] is False
    assert not verified(told, public_key(KEY))
    assert client.get("/register/key.json").status_code == 404
    settings.REGISTER_KEY = KEY
    told = client.get("/register/manifest.json").json()
    assert client.get("/register/key.json").json()["public_key"] == public_key(KEY)
    assert verified(told, public_key(KEY))
    assert not verified(told | {"plans": 2}, public_key(KEY))
    assert not verified(told, base64.b64encode(b"\x01" * 32).decode())
    with pytest.raises(BadKey, match="32 bytes"):
        verified(told, "no key")


def test_a_harvester_with_a_key_takes_nothing_unsigned(
    live_server: Any, tmp_path: Path, settings: Any
) -> None:
    settings.REGISTER_KEY = ""
    with pytest.raises(HarvestFailed, match="not signed"):
        harvest(f"{live_server.url}/register/", tmp_path / "in", key=public_key(KEY))
    settings.REGISTER_KEY = KEY
    assert harvest(f"{live_server.url}/register/", tmp_path / "in", key=public_key(KEY)).complete


def test_exports_since_a_cursor(client: Client, tmp_path: Path) -> None:
    cursor = client.get("/register/changes").json()["cursor"]
    asked = ["export_plans", "--profile", "inspire-plu", "--since", cursor, "--out", str(tmp_path / "x.gml")]
    with pytest.raises(CommandError, match="changed since"):
        call_command(*asked)
    put(1, title="Ny")
    put(2, status="KV")
    err, out = io.StringIO(), io.StringIO()
    call_command(*asked, stderr=err, stdout=out)
    assert "1 plans" in out.getvalue()
    assert err.getvalue().startswith("gone: ")
    assert b"Ny" in (tmp_path / "x.gml").read_bytes()
    asked[4] = "2.1"
    with pytest.raises(CommandError, match="restored since"):
        call_command(*asked)
