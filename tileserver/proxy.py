"""Background maps of the municipality or the state, fetched by us: the browser asks nobody but our own origin.

The token stays on the server, only addresses of the settings are asked, no redirection is followed, and what comes
back is a picture of bounded size within a bounded time, or there is no background and the map says so.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Timer
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from tileserver.models.backgrounds import BackgroundTile
from tileserver.vector import web_box

#: Longest time for a whole answer, s, and largest picture, bytes; a tile of 256 pixels has some 100 kB.
LIMIT_S: Final = 8.0
MOST_BYTES: Final = 4 * 2**20
#: A service that cannot be reached is not asked again for so long, s: each tile would wait anew.
PAUSE_S: Final = 30.0
#: Content types that are taken, each with what such a file begins with.
_PICTURES: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
#: Answers that say: there is nothing here.
_NOTHING: Final = (http.client.NO_CONTENT, http.client.NOT_FOUND, http.client.GONE)
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_PLACES: Final = {
    "z": "z", "x": "x", "y": "y", "tilematrix": "z", "tilecol": "x", "tilerow": "y",
    "bbox-epsg-3857": "box", "token": "token",
}  # fmt: skip
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
_log = logging.getLogger(__name__)


class NoBackground(Exception):
    """The service gave no picture; the message says why and holds neither address nor token."""


class NothingThere(Exception):
    """The service answers, and has no picture of this place."""


@dataclass(frozen=True)
class Background:
    """A background map (baggrundskort).

    Attributes
    ----------
    name : in addresses; letters, digits and underscores.
    template : address with ``{z}``, ``{x}``, ``{y}`` (or WMTS' ``{TileMatrix}``, ``{TileCol}``, ``{TileRow}``), or
        with ``{bbox-epsg-3857}`` for a WMS; where the token goes stands ``{token}``.
    token : secret of the service.
    attribution : whose map it is, shown beside it.
    title, title_en : what the legend calls it.
    max_zoom : last zoom that the service has.
    """

    name: str
    template: str
    token: str = field(default="", repr=False)
    attribution: str = ""
    title: str = ""
    title_en: str = ""
    max_zoom: int = 20

    @property
    def edition(self) -> str:
        """Eight letters that change when another map is meant by the name."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:8]

    def address(self, z: int, x: int, y: int) -> str:
        """Where the service has a tile; with the token, so it must not be shown."""
        values = {
            "z": str(z),
            "x": str(x),
            "y": str(y),
            "box": ",".join(f"{side:.6f}" for side in web_box(z, x, y)),
            "token": quote(self.token, safe=""),
        }
        return _PLACE.sub(lambda found: values[_PLACES[found[1].lower()]], self.template)


@dataclass(frozen=True)
class Picture:
    """A tile of a background map, and when it is to be fetched anew."""

    body: bytes
    content_type: str
    ends_at: datetime


def backgrounds() -> dict[str, Background]:
    """The background maps of the settings by name, in their order.

    Raises
    ------
    ImproperlyConfigured : a setting that could not work; the message names it.
    """
    return {name: _background(name, said) for name, said in settings.BACKGROUNDS.items()}


def _background(name: str, said: Mapping[str, str]) -> Background:
    def wrong(why: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"PLANVAERK_BACKGROUND_{name.upper()}_URL {why}")

    if not _NAME.fullmatch(name):
        raise ImproperlyConfigured(
            f"PLANVAERK_BACKGROUNDS: {name!r} is no name; expected small letters, digits and underscores"
        )
    template = said.get("URL", "")
    parts = urlsplit(template)
    if (
        not re.fullmatch(r"[\x21-\x7e]+", template)
        or parts.scheme not in ("https", "http")
        or not parts.hostname
    ):
        raise wrong("is no address: expected https://… without spaces or special letters")
    if parts.username or parts.password or "{" in parts.netloc:
        raise wrong("must name its host plainly; a token goes where {token} stands, after the host")
    places = [found.lower() for found in _PLACE.findall(template)]
    if unknown := [place for place in places if place not in _PLACES]:
        raise wrong(f"has a place of unknown meaning: {{{unknown[0]}}}")
    meant = {_PLACES[place] for place in places}
    if not ({"z", "x", "y"} <= meant or "box" in meant):
        raise wrong("says no place: expected {z}, {x} and {y}, or {bbox-epsg-3857}")
    if ("token" in meant) != bool(said.get("TOKEN")):
        raise wrong(f"and PLANVAERK_BACKGROUND_{name.upper()}_TOKEN: {{token}} and the token belong together")
    zoom = said.get("MAX_ZOOM", "") or "20"
    if not zoom.isdigit() or int(zoom) > 24:
        raise ImproperlyConfigured(f"PLANVAERK_BACKGROUND_{name.upper()}_MAX_ZOOM: expected 0 to 24")
    title = said.get("TITLE", "") or name
    return Background(
        name,
        template,
        said.get("TOKEN", ""),
        said.get("ATTRIBUTION", ""),
        title,
        said.get("TITLE_EN", "") or title,
        int(zoom),
    )


_silent_until: dict[str, float] = {}


def fetch(background: Background, z: int, x: int, y: int) -> Picture:
    """A tile of a background map, kept or fetched; not in a transaction, since it may wait for the service.

    Raises
    ------
    NoBackground, NothingThere : see there.
    """
    now = timezone.now()
    held = BackgroundTile.objects.filter(
        background=background.name, z=z, x=x, y=y, edition=background.edition, ends_at__gt=now
    )
    kept = held.values_list("body", "content_type", "ends_at").first()
    if kept is not None:
        return Picture(bytes(kept[0]), kept[1], kept[2])
    if time.monotonic() < _silent_until.get(background.name, 0.0):
        raise NoBackground("was not reached a moment ago")
    try:
        body, content_type, may_be_kept = ask(background.address(z, x, y))
    except OSError as error:
        _silent_until[background.name] = time.monotonic() + PAUSE_S
        why = "took too long" if isinstance(error, TimeoutError) else "cannot be reached"
        _log.warning("background map %s %s (%s)", background.name, why, type(error).__name__)
        raise NoBackground(why) from None
    except NoBackground as error:
        _log.warning("background map %s %s", background.name, error)
        raise
    picture = Picture(body, content_type, now + timedelta(days=settings.BACKGROUND_DAYS))
    if may_be_kept and settings.BACKGROUND_DAYS > 0:
        _keep(background, (z, x, y), picture, now)
    return picture


def _keep(background: Background, place: tuple[int, int, int], picture: Picture, now: datetime) -> None:
    z, x, y = place
    BackgroundTile.objects.filter(ends_at__lte=now).delete()
    BackgroundTile.objects.update_or_create(
        background=background.name,
        z=z,
        x=x,
        y=y,
        defaults={
            "edition": background.edition,
            "body": picture.body,
            "content_type": picture.content_type,
            "ends_at": picture.ends_at,
        },
    )


def ask(address: str, *, limit_s: float = LIMIT_S) -> tuple[bytes, str, bool]:
    """A picture of the web: bytes, content type, and whether the service lets it be kept.

    Parameters
    ----------
    address : http or https.
    limit_s : for the whole answer, however slowly it drips.

    Raises
    ------
    NoBackground, NothingThere : it answered with something else.
    OSError : it did not answer (TimeoutError: not in time).
    """
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    service = kind(str(parts.hostname), parts.port, timeout=limit_s)
    # The time of the library is one of silence: a drip would keep it waiting for ever.
    line = _Line(limit_s)
    try:
        service.connect()
        line.opened(service.sock)
        target = parts.path or "/"
        service.request(
            "GET",
            f"{target}?{parts.query}" if parts.query else target,
            headers={"User-Agent": "Planvaerk", "Accept": ", ".join(_PICTURES)},
        )
        found = _read(service.getresponse())
        if line.late:  # what came before the cut may look whole
            raise TimeoutError
        return found
    except (OSError, http.client.HTTPException, NoBackground) as error:
        if line.late:
            raise TimeoutError from None
        if isinstance(error, http.client.HTTPException):
            raise ConnectionError(type(error).__name__) from None
        raise
    finally:
        line.end()
        service.close()


class _Line:
    """A connection that is cut after some seconds, whatever it is waiting for."""

    def __init__(self, limit_s: float) -> None:
        self.late = False
        # The library lets go of the socket when the answer says that it is the last one.
        self._socket: socket.socket | None = None
        self._timer = Timer(limit_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def opened(self, opened: socket.socket) -> None:
        self._socket = opened
        if self.late:
            raise TimeoutError

    def end(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.late = True
        if self._socket is not None:
            with suppress(OSError):  # closed meanwhile
                self._socket.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse) -> tuple[bytes, str, bool]:
    if answer.status in _NOTHING:
        raise NothingThere
    if 300 <= answer.status < 400:
        raise NoBackground("sends elsewhere; no redirection is followed")
    if answer.status != http.client.OK:
        raise NoBackground(f"answers {answer.status}")
    content_type = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if content_type not in _PICTURES or answer.getheader("Content-Encoding"):
        raise NoBackground(f"sends {content_type[:40]!r}, no picture")
    claimed = answer.length
    body = b"" if claimed is not None and claimed > MOST_BYTES else answer.read(MOST_BYTES + 1)
    if not 0 < len(body) <= MOST_BYTES:
        raise NoBackground("sends too much" if body or claimed else "sends nothing")
    if claimed is not None and claimed != len(body):
        raise NoBackground("breaks off")
    if not _PICTURES[content_type].match(body):
        raise NoBackground(f"sends something else as {content_type}")
    said = (answer.getheader("Cache-Control") or "").lower()
    return body, content_type, "no-store" not in said and "private" not in said
