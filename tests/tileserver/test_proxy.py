"""Background maps by way of ourselves, against a service of our own that behaves well, badly, or not at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from tests.tileserver.test_tiles import style
from tileserver import proxy
from tileserver.models.backgrounds import BackgroundTile
from tileserver.raster import png

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_clock,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]

SQUARE = np.full((4, 4), 200, dtype=np.uint8)
PICTURE = png(SQUARE, SQUARE)
SECRET = "s3cret&/#"
LIMIT_S = 0.4


class Service(ThreadingHTTPServer):
    """A map service; the first part of the path says how it behaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.stop = Event()
        self.sent = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        with suppress(OSError):  # the other side had enough
            getattr(self, f"_{self.path.split('/')[1]}")()

    def _send(self, body: bytes, content_type: str = "image/png", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _good(self) -> None:
        self._send(PICTURE)

    def _private(self) -> None:
        self._send(PICTURE, Cache_Control="no-store")

    def _html(self) -> None:
        self._send(b"<html><script>alert(1)</script>", "text/html")

    def _disguised(self) -> None:
        self._send(b"<svg onload='alert(1)'/>", "image/png")

    def _svg(self) -> None:
        self._send(b"<svg/>", "image/svg+xml")

    def _elsewhere(self) -> None:
        self._send(b"", status=302, Location=f"{self.server.origin}/good/1/1/1")

    def _broken(self) -> None:
        self._send(PICTURE, Content_Length=str(len(PICTURE) + 10))

    def _fails(self) -> None:
        self._send(b"", status=500)

    def _nothing(self) -> None:
        self._send(b"", status=404)

    def _silent(self) -> None:
        self.server.stop.wait(20)

    def _drips(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        for byte in PICTURE:
            self.wfile.write(bytes([byte]))
            if self.server.stop.wait(0.05):
                return

    def _large(self) -> None:
        self._flood({"Content-Length": str(50 * 2**20)})

    def _endless(self) -> None:
        self._flood({})

    def _flood(self, headers: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(PICTURE)
        for _ in range(50):
            self.server.sent += self.wfile.write(bytes(2**20))


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A short time limit, and nothing remembered from the test before."""
    monkeypatch.setattr(proxy.ask, "__kwdefaults__", {"limit_s": LIMIT_S})
    proxy._silent_until.clear()
    yield
    proxy._silent_until.clear()


def say(settings: LazySettings, url: str, **more: str) -> None:
    settings.BACKGROUNDS = {"kort": {"URL": url, **more}}


def get(client: Client, at: str = "10/537/320", name: str = "kort", **headers: str) -> Any:
    return client.get(f"/tiles/background/{name}/{at}", headers=headers)


def test_a_tile_is_fetched_once_and_the_token_stays_here(
    client: Client, service: Service, settings: LazySettings
) -> None:
    say(settings, service.origin + "/good/{z}/{y}/{x}.png?token={token}", TOKEN=SECRET, ATTRIBUTION="© Prøve")
    first = get(client)
    assert (first.status_code, first["Content-Type"], first.content) == (200, "image/png", PICTURE)
    assert "max-age=604" in first["Cache-Control"]
    assert get(client).content == PICTURE
    assert service.asked == ["/good/10/320/537.png?token=s3cret%26%2F%23"]
    said = client.get("/tiles/style.json").content.decode()
    assert "s3cret" not in said
    assert service.origin not in said
    document = style(client)
    assert document["sources"]["background-kort"]["tiles"][0].startswith("/tiles/background/kort/{z}/{x}/{y}")
    (group,) = [g for g in document["metadata"]["legend"] if g["id"] == "background-kort"]
    assert group["attribution"] == "© Prøve"
    assert "s3cret" not in repr(proxy.backgrounds())


def test_what_is_kept_has_an_end(client: Client, service: Service, settings: LazySettings) -> None:
    say(settings, service.origin + "/good/{z}/{x}/{y}")
    get(client)
    get(client, "10/538/320")
    BackgroundTile.objects.update(ends_at=timezone.now())
    assert get(client).status_code == 200
    assert len(service.asked) == 3
    assert BackgroundTile.objects.count() == 1, "what has ended is taken away"
    settings.BACKGROUND_DAYS = 0
    BackgroundTile.objects.all().delete()
    get(client)
    get(client)
    assert len(service.asked) == 5
    say(settings, service.origin + "/good/{z}/{x}/{y}.png")
    settings.BACKGROUND_DAYS = 7
    get(client)
    assert service.asked[-1].endswith(".png"), "another address is another map"


def test_what_may_not_be_kept_is_not(client: Client, service: Service, settings: LazySettings) -> None:
    say(settings, service.origin + "/private/{z}/{x}/{y}")
    assert get(client).status_code == 200
    assert not BackgroundTile.objects.exists()


@pytest.mark.parametrize(
    ("template", "asked"),
    [
        ("/good/wmts?TileMatrix={TileMatrix}&TileRow={TileRow}&TileCol={TileCol}",
         "/good/wmts?TileMatrix=10&TileRow=320&TileCol=537"),
        ("/good/wms?bbox={bbox-epsg-3857}",
         "/good/wms?bbox=978393.962051,7474929.869862,1017529.720533,7514065.628343"),
    ],
)  # fmt: skip
def test_wmts_and_wms_are_asked_in_their_own_words(
    client: Client, service: Service, settings: LazySettings, template: str, asked: str
) -> None:
    say(settings, service.origin + template)
    assert get(client, "10/537/320").status_code == 200
    if "bbox" in template:
        # 2^10 columns of 39,135.758482 m from -20,037,508.342789 m
        west, south, east, north = (float(v) for v in service.asked[0].split("=")[1].split(","))
        assert west == pytest.approx(-20_037_508.342789 + 537 * 39_135.758482, abs=0.01)
        assert north == pytest.approx(20_037_508.342789 - 320 * 39_135.758482, abs=0.01)
        assert (east - west, north - south) == pytest.approx((39_135.758482, 39_135.758482), abs=0.001)
    else:
        assert service.asked == [asked]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("html", "sends 'text/html', no picture"),
        ("svg", "sends 'image/svg+xml', no picture"),
        ("disguised", "sends something else as image/png"),
        ("elsewhere", "sends elsewhere; no redirection is followed"),
        ("broken", "breaks off"),
        ("fails", "answers 500"),
        ("large", "sends too much"),
        ("endless", "sends too much"),
        ("silent", "took too long"),
        ("drips", "took too long"),
    ],
)
def test_what_is_no_picture_is_no_background(
    client: Client, service: Service, settings: LazySettings, path: str, why: str
) -> None:
    say(settings, f"{service.origin}/{path}/{{z}}/{{x}}/{{y}}?t={{token}}", TOKEN=SECRET)
    start = time.monotonic()
    answer = get(client)
    assert time.monotonic() - start < LIMIT_S + 2
    assert answer.status_code == 503
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json() == {"title": "Baggrundskortet svarer ikke.", "status": 503, "reason": why}
    assert len(service.asked) == 1, "no redirection is followed"
    assert not BackgroundTile.objects.exists()
    assert service.sent < 40 * 2**20, "the rest was not taken in"


def test_a_silent_service_is_left_alone_for_a_while(
    client: Client, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    server = Service()
    server.server_close()  # nobody listens there any more
    say(settings, server.origin + "/good/{z}/{x}/{y}?t={token}", TOKEN=SECRET)
    with caplog.at_level(logging.WARNING):
        assert get(client).json()["reason"] == "cannot be reached"
        assert get(client, "10/538/320").json()["reason"] == "was not reached a moment ago"
    assert len(caplog.records) == 1
    assert "s3cret" not in caplog.text
    assert str(server.server_port) not in caplog.text


def test_a_place_without_a_picture_is_404(client: Client, service: Service, settings: LazySettings) -> None:
    say(settings, service.origin + "/nothing/{z}/{x}/{y}", MAX_ZOOM="12")
    assert get(client).status_code == 404
    assert len(service.asked) == 1
    for at, name in (("13/1/1", "kort"), ("3/9/1", "kort"), ("10/537/320", "other")):
        assert get(client, at, name).status_code == 404
    assert len(service.asked) == 1


def test_pages_of_others_get_nothing(client: Client, service: Service, settings: LazySettings) -> None:
    say(settings, service.origin + "/good/{z}/{x}/{y}")
    assert get(client, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert get(client, **{"sec-fetch-site": "same-origin"}).status_code == 200
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"URL": ""}, "is no address"),
        ({"URL": "file:///etc/passwd?{z}{x}{y}"}, "is no address"),
        ({"URL": "https://kort.example/{z}/{x}/{y} .png"}, "without spaces"),
        ({"URL": "https://{z}.kort.example/{x}/{y}"}, "name its host plainly"),
        ({"URL": "https://me:word@kort.example/{z}/{x}/{y}"}, "name its host plainly"),
        ({"URL": "https://kort.example/{z}/{x}"}, "says no place"),
        ({"URL": "https://kort.example/{z}/{x}/{y}/{layer}"}, "{layer}"),
        ({"URL": "https://kort.example/{z}/{x}/{y}?t={token}"}, "belong together"),
        ({"URL": "https://kort.example/{z}/{x}/{y}", "TOKEN": SECRET}, "belong together"),
        ({"URL": "https://kort.example/{z}/{x}/{y}", "MAX_ZOOM": "x"}, "0 to 24"),
    ],
)
def test_a_setting_that_could_not_work_is_told(
    settings: LazySettings, said: dict[str, str], why: str
) -> None:
    settings.BACKGROUNDS = {"kort": said}
    with pytest.raises(ImproperlyConfigured) as told:
        proxy.backgrounds()
    assert why in str(told.value)
    assert "KORT" in str(told.value)
    assert "s3cret" not in str(told.value)


def test_a_name_is_one_of_an_address(settings: LazySettings) -> None:
    settings.BACKGROUNDS = {"../x": {"URL": "https://kort.example/{z}/{x}/{y}"}}
    with pytest.raises(ImproperlyConfigured, match="is no name"):
        proxy.backgrounds()
