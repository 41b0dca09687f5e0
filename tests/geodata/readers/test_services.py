"""Layers out of web services: a real server on this machine, which stops, hesitates, lies and leads in circles."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings

from geodata.ledger.answers import answers
from geodata.ledger.models import AnswerState
from geodata.models.cadastre import ParcelVersion
from geodata.readers.mapping import parse
from geodata.readers.services.harvest import harvest
from geodata.readers.services.web import NotAnswered
from tests.geodata.imports import counts, feature, run_import, square

pytestmark = [pytest.mark.django_db, pytest.mark.real_clock]

MAPPING = """
[source]
name = "town/parcels"
register = "town"
theme = "parcel"
layer = "town:parcels"
key = "number"
crs = "EPSG:25832"
verified = true
[service]
kind = "{kind}"
count = 10
format = "application/json"
[fields]
parcel_number = "number"
"""


class Server(ThreadingHTTPServer):
    """A service of 95 parcels; ``stop_at`` breaks off in the middle of that page, ``busy`` asks to wait first."""

    daemon_threads = True
    features = [feature(square(x=700_000.0 + 20 * i), number=f"{i:03d}") for i in range(95)]
    claim: int | str = 95

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[int] = []
        self.stop_at: int | None = None
        self.busy = 0
        #: Never more than so many features a page, whatever is asked for.
        self.most = 1_000
        #: Gives the first page again and again.
        self.circles = False
        self.lines: list[dict[str, list[str]]] = []

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        said = parse_qs(parts.query)
        self.server.lines.append(said)
        wfs = parts.path == "/wfs"
        start = int(said["startIndex" if wfs else "offset"][0]) if wfs or "offset" in said else 0
        size = int(said["count" if wfs else "limit"][0])
        number = start // size + 1
        if self.server.busy:
            self.server.busy -= 1
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.asked.append(number)
        if self.server.circles:
            start = 0
        features = self.server.features[start : start + min(size, self.server.most)]
        document: dict[str, Any] = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": "EPSG:25832"}},
            "features": features,
            "numberMatched": self.server.claim,
            "numberReturned": len(features),
        }
        if not wfs and start + size < len(self.server.features):
            document["links"] = [{"rel": "next", "href": f"{parts.path}?limit={size}&offset={start + size}"}]
        body = json.dumps(document).encode()
        etag = f'"{hash(body)}"'
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/geo+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if number == self.server.stop_at:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR, settings.SERVICE_WAIT_S = tmp_path / "var", 0.01


def source(folder: Path, kind: str) -> str:
    path = folder / "town.toml"
    path.write_text(MAPPING.format(kind=kind))
    return f"mapping:{path}"


def address(server: Server, kind: str) -> str:
    return f"{server.root}/wfs?apikey=secret" if kind == "wfs" else f"{server.root}/collections/parcels/items"


@pytest.mark.parametrize("kind", ["wfs", "features"])
def test_a_service_that_stops_in_the_middle_of_page_7_goes_on_there(
    server: Server, tmp_path: Path, kind: str
) -> None:
    said, url = source(tmp_path, kind), address(server, kind)
    server.stop_at = 7
    first = run_import(said, url, "--municipality", "0350")
    assert first.code == 2
    assert "6 pages are kept" in first.said
    assert "goes on with page 7" in first.said
    assert "secret" not in first.said
    assert server.asked == [1, 2, 3, 4, 5, 6, *[7] * 5]
    assert not ParcelVersion.objects.exists()
    assert answers(["parcel"], None)["parcel"][0] is AnswerState.NOT_ANSWERED
    server.stop_at, server.asked = None, []
    second = run_import(said, url, "--municipality", "0350")
    assert (second.code, second.line) == (0, counts(new=95)), second.said
    assert server.asked == [7, 8, 9, 10]
    third = run_import(said, url, "--municipality", "0350")
    assert (third.code, third.line) == (0, counts(unchanged=95)), third.said


def test_pages_are_asked_for_in_a_stable_order(server: Server, tmp_path: Path) -> None:
    mapping = parse(MAPPING.format(kind="wfs"), "town")
    harvest(address(server, "wfs"), mapping, tmp_path)
    assert {line["sortBy"][0] for line in server.lines} == {"number"}
    assert {line["typeNames"][0] for line in server.lines} == {"town:parcels"}
    assert [int(line["startIndex"][0]) for line in server.lines] == list(range(0, 100, 10))


def test_a_busy_service_is_given_the_time_that_it_asks_for(server: Server, tmp_path: Path) -> None:
    server.busy = 3
    harvest(
        address(server, "features"), parse(MAPPING.format(kind="features"), "town"), tmp_path, wait_s=30.0
    )
    assert server.asked == list(range(1, 11))  # Retry-After: 0 counts, not our own half minute


def test_what_is_still_the_same_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    mapping = parse(MAPPING.format(kind="features"), "town")
    first = harvest(address(server, "features"), mapping, tmp_path).read_bytes()
    changed = [*server.features]
    changed[33] = feature(square(x=1.0 + 700_660.0), number="033")
    server.features = changed
    second = harvest(address(server, "features"), mapping, tmp_path).read_bytes()
    assert second != first
    server.features = Server.features
    assert harvest(address(server, "features"), mapping, tmp_path).read_bytes() == first


def test_an_unreachable_service_has_not_answered(tmp_path: Path) -> None:
    outcome = run_import(source(tmp_path, "wfs"), "http://127.0.0.1:9/wfs", "--municipality", "0350")
    assert outcome.code == 2
    assert "did not answer" in outcome.said
    assert "Nothing was stored" in outcome.said
    assert answers(["parcel"], None)["parcel"][0] is AnswerState.NOT_ANSWERED


def test_a_service_that_lies_about_its_number_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.claim = 96
    outcome = run_import(source(tmp_path, "features"), address(server, "features"))
    assert outcome.code == 2
    assert "says that it has 96 features and gave 95" in outcome.said


def test_a_service_that_does_not_say_how_many_there_are_is_asked_to_its_end(
    server: Server, tmp_path: Path
) -> None:
    server.claim, server.most = "unknown", 4
    outcome = run_import(source(tmp_path, "wfs"), address(server, "wfs"), "--municipality", "0350")
    assert (outcome.code, outcome.line) == (0, counts(new=95)), outcome.said


def test_a_service_that_gives_one_page_for_ever_is_refused(server: Server, tmp_path: Path) -> None:
    server.claim, server.circles = "unknown", True
    outcome = run_import(source(tmp_path, "wfs"), address(server, "wfs"), "--municipality", "0350")
    assert outcome.code == 2
    assert "gave page 1 again as page 2" in outcome.said
    assert len(server.lines) == 2


def test_only_the_web_is_asked(tmp_path: Path) -> None:
    outcome = run_import("dagi", "http://127.0.0.1:9/wfs")
    assert outcome.code == 2
    assert "a service needs a mapping" in outcome.said
    with pytest.raises(NotAnswered):
        harvest("http://127.0.0.1:9/x", parse(MAPPING.format(kind="wfs"), "town"), tmp_path, wait_s=0.0)
