"""The reference harvester against a running site: complete, unhurt by kills, honest about a register restored."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from lxml import etree

from geodata.ledger.models import Epoch
from gml.feed.changes import digest
from gml.feed.client import HarvestFailed
from gml.feed.harvester import Outdated, harvest
from gml.feed.publish import publish, state
from tests.gml.feed.edits import edit, put

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_clock]
ROOT = Path(__file__).parents[3]
#: The harvester by itself: it needs nothing but Python, so it is started quickly and killed often.
ALONE = (
    "import sys; from pathlib import Path; from gml.feed.harvester import harvest; "
    "harvest(sys.argv[1], Path(sys.argv[2]))"
)


@pytest.fixture(autouse=True)
def _epoch(transactional_db: None) -> None:
    """A test with transactions of its own empties all tables when it ends, also the one with the first epoch."""
    Epoch.objects.get_or_create(number=1)


def never(_seconds: float) -> None:
    """Do not wait."""


def held(into: Path) -> dict[str, str]:
    """Plan → sha256 of the files as they lie there."""
    return {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in (into / "plans").glob("*.gml")}


def proof(into: Path) -> tuple[str, int]:
    """The digest of the files, worked out once more."""
    files = held(into)
    lines = "".join(f"{plan} {sha256}\n" for plan, sha256 in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest(), len(files)


def register() -> tuple[str, int]:
    publish()
    now = state()
    assert now is not None
    return digest(now)


def test_a_harvest_is_complete_and_the_next_one_takes_only_what_changed(
    live_server: Any, tmp_path: Path
) -> None:
    for number in range(5):
        put(number)
    done = harvest(f"{live_server.url}/register", tmp_path, wait=never)
    assert (done.changed, done.gone, done.held, done.complete) == (5, 0, 5, True)
    for path in (tmp_path / "plans").iterdir():
        etree.parse(path)
    put(2, title="Ny")
    put(3, status="KV")
    done = harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    assert (done.changed, done.gone, done.held, done.complete) == (1, 1, 4, True)
    assert proof(tmp_path) == register()
    assert harvest(f"{live_server.url}/register/", tmp_path, wait=never).changed == 0


def test_the_command_says_what_it_did(
    live_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(1)
    call_command("harvest", f"{live_server.url}/register/", "--into", str(tmp_path))
    assert "1 plans fetched, 0 taken away, 1 held, proved complete" in capsys.readouterr().out
    with pytest.raises(CommandError, match="another folder") as stop:
        call_command("harvest", f"{live_server.url}/other/", "--into", str(tmp_path))
    assert stop.value.returncode == 2


def test_after_a_restore_it_begins_anew_when_told_to_and_fetches_only_what_differs(
    live_server: Any, tmp_path: Path
) -> None:
    put(1)
    put(2)
    harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    with connection.cursor() as at:
        at.execute("INSERT INTO ledger_epoch (number) SELECT max(number) + 1 FROM ledger_epoch")
    put(2, title="Efter")
    with pytest.raises(Outdated, match="--anew"):
        harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    assert len(held(tmp_path)) == 2
    done = harvest(f"{live_server.url}/register/", tmp_path, anew=True, wait=never)
    assert (done.changed, done.held, done.complete) == (1, 2, True)
    assert proof(tmp_path) == register()


def test_a_folder_that_somebody_emptied_is_filled_again(live_server: Any, tmp_path: Path) -> None:
    put(1)
    harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    for path in (tmp_path / "plans").iterdir():
        path.unlink()
    done = harvest(f"{live_server.url}/register/", tmp_path, anew=True, wait=never)
    assert (done.changed, done.complete) == (1, True)


def test_a_file_that_is_not_what_was_published_is_fetched_again(live_server: Any, tmp_path: Path) -> None:
    for number in range(3):
        put(number)
    harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    next((tmp_path / "plans").iterdir()).write_bytes(b"<half")
    done = harvest(f"{live_server.url}/register/", tmp_path, anew=True, wait=never)
    assert (done.changed, done.complete) == (1, True)
    assert proof(tmp_path) == register()


def test_of_a_plan_that_changed_twice_only_the_last_is_fetched(live_server: Any, tmp_path: Path) -> None:
    for title in ("Første", "Anden"):
        put(1, title=title)
        publish()
    done = harvest(f"{live_server.url}/register/", tmp_path, wait=never)
    assert (done.changed, done.held, done.complete) == (1, 1, True)
    assert "Anden" in next((tmp_path / "plans").iterdir()).read_text()


class _Wrong(BaseHTTPRequestHandler):
    """A server that answers what it is told to."""

    answers: dict[str, tuple[int, bytes]] = {}  # set by each test anew
    withheld = 0  # bytes that it promises and does not send

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        status, body = self.answers.get(path, (404, b"{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - self.withheld])

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def wrong() -> Any:
    """A server of one's own, and what it answers."""
    with HTTPServer(("127.0.0.1", 0), _Wrong) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        _Wrong.answers, _Wrong.withheld = {}, 0
        yield f"http://127.0.0.1:{server.server_port}/", _Wrong.answers
        server.shutdown()
        thread.join()


PLAN = "00000000-0000-4000-8000-000000000001"


def _page(**change: Any) -> bytes:
    return json.dumps(
        {
            "cursor": "1.1",
            "more": False,
            "changes": [{"plan": PLAN, "revision": 1, "state": "current", **change}],
        }
    ).encode()


def test_bytes_that_are_not_those_told_of_are_never_kept(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    answers["/changes"] = (200, _page(sha256="0" * 64, href=f"{url}p.gml"))
    answers["/p.gml"] = (200, b"<half")
    with pytest.raises(HarvestFailed, match="Nothing of it was kept"):
        harvest(url, tmp_path, wait=never)
    assert held(tmp_path) == {}


def test_a_server_that_fails_is_asked_again_and_then_told_of(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    answers["/changes"] = (500, b"")
    breaks: list[float] = []
    with pytest.raises(HarvestFailed, match="the server answered 500"):
        harvest(url, tmp_path, wait=breaks.append)
    assert breaks == sorted(breaks)
    assert len(breaks) == 5


def test_an_answer_that_breaks_off_is_asked_for_again(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    answers["/changes"] = (200, b'{"cursor": "1.1", "more": false, "changes": []} ')
    answers["/manifest.json"] = (200, json.dumps({"cursor": "1.2"}).encode())
    _Wrong.withheld = 1
    breaks: list[float] = []

    def whole_at_last(seconds: float) -> None:
        breaks.append(seconds)
        _Wrong.withheld = 0 if len(breaks) % 2 == 0 else 1

    assert harvest(url, tmp_path, wait=whole_at_last).cursor == "1.1"
    assert breaks == [0.0, 0.25]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b'{"changes": 1, "cursor": "1.1"}', b"<html>"),
        *(b'{"changes": [], "cursor": "1.1"}', b'{"changes": 1, "cursor": "1.1", "more": false}'),
        *(
            b'{"changes": [{}], "cursor": "1.1", "more": false}',
            _page(),
            _page(plan=None),
            _page(sha256="0" * 64),
        ),
    ],
)
def test_an_answer_that_is_no_page_is_refused(wrong: Any, tmp_path: Path, body: bytes) -> None:
    url, answers = wrong
    answers["/changes"] = (200, body)
    with pytest.raises(HarvestFailed):
        harvest(url, tmp_path, wait=never)


def test_a_name_that_would_leave_the_folder_is_refused(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    evil = {"plan": "../../evil", "revision": 1, "state": "current", "sha256": "0" * 64, "href": url}
    answers["/changes"] = (200, json.dumps({"cursor": "1.1", "more": False, "changes": [evil]}).encode())
    with pytest.raises(HarvestFailed, match="UUID"):
        harvest(url, tmp_path / "in", wait=never)
    assert not (tmp_path / "evil.gml").exists()


def test_a_manifest_that_proves_nothing_is_refused(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    answers["/changes"] = (200, b'{"cursor": "1.1", "more": false, "changes": []}')
    answers["/manifest.json"] = (200, b'{"cursor": "1.1"}')
    with pytest.raises(HarvestFailed, match="no digest"):
        harvest(url, tmp_path, wait=never)


@pytest.mark.parametrize("body", [b"<x/>", b""])
def test_a_bulk_file_that_is_none_is_refused(wrong: Any, tmp_path: Path, body: bytes) -> None:
    url, answers = wrong
    sha256 = hashlib.sha256(body).hexdigest()
    file = {"scope": "0167", "bytes": len(body), "sha256": sha256, "href": f"{url}0167.gml"}
    answers["/manifest.json"] = (200, json.dumps({"bulk": {"cursor": "1.1", "files": [file]}}).encode())
    answers["/0167.gml"] = (200, body)
    with pytest.raises(HarvestFailed, match="cannot be taken apart"):
        harvest(url, tmp_path, wait=never)


def test_a_register_that_tells_of_less_than_it_has_is_found_out(wrong: Any, tmp_path: Path) -> None:
    url, answers = wrong
    answers["/changes"] = (200, b'{"cursor": "1.1", "more": false, "changes": []}')
    answers["/manifest.json"] = (200, b'{"cursor": "1.1", "digest": {"value": "00"}}')
    with pytest.raises(HarvestFailed, match="other plans"):
        harvest(url, tmp_path, wait=never)


def _drill(url: str, into: Path, kills: int, seed: int, between: Callable[[random.Random], None]) -> int:
    """Harvests killed at a moment drawn from the seed, with edits in between; answers how many were killed."""
    rng, killed = random.Random(seed), 0
    for _ in range(kills):
        between(rng)
        child = subprocess.Popen(
            [sys.executable, "-c", ALONE, url, str(into)], cwd=ROOT, stderr=subprocess.PIPE
        )
        try:
            child.wait(rng.uniform(0.02, 0.6))
        except subprocess.TimeoutExpired:
            child.kill()
            killed += 1
        child.communicate()
        if (into / "harvest.db").exists():
            with closing(sqlite3.connect(into / "harvest.db")) as book:
                assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                tables = {row[0] for row in book.execute("SELECT name FROM sqlite_master")}
                rows = book.execute("SELECT plan, sha256 FROM held").fetchall() if "held" in tables else []
            files = held(into)
            # Nothing half-written stands under its name, and nothing is put down that is not there.
            assert all(files.get(plan) is not None for plan, _sha256 in rows)
    return killed


def test_a_harvest_that_is_killed_goes_on(live_server: Any, tmp_path: Path) -> None:
    for number in range(12):
        put(number)
    killed = _drill(f"{live_server.url}/register/", tmp_path, 6, 11, edit)
    done = harvest(f"{live_server.url}/register/", tmp_path)
    assert done.complete
    assert killed > 0
    assert proof(tmp_path) == register()
