"""Connections to a feed: each asks again where a server is away, and a few of them fetch at the same time.

Needs nothing but Python, since the harvester is run by itself.
"""

from __future__ import annotations

import hashlib
import http.client
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException, HTTPResponse, IncompleteRead
from queue import LifoQueue
from typing import BinaryIO, Final, TypeVar
from urllib.parse import urlsplit

Thing = TypeVar("Thing")
Found = TypeVar("Found")

_TRIES: Final = 6
_PAUSE_S: Final = 0.25
_TIMEOUT_S: Final = 60.0
#: Enough to keep a register busy, few enough to leave it to others.
_AT_ONCE: Final = 4
#: Nothing that a feed answers is larger; what is larger is not read.
_MOST_BYTES: Final = 1 << 30
_CHUNK: Final = 1 << 20
_OK: Final = 200


class HarvestFailed(Exception):
    """The harvest stands where it was; the message says why and what to do."""


class Client:
    """One connection that stays open, and is opened anew where it breaks."""

    def __init__(self, wait: Callable[[float], object]) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._place: tuple[str, str] = ("", "")
        self._wait = wait

    def get(self, address: str) -> tuple[int, bytes]:
        """Status and body; a server that is away is asked again, with longer and longer breaks."""
        return self._patiently(address, _body, packing="gzip")

    def save(self, address: str, target: BinaryIO) -> tuple[int, str]:
        """Write what an address answers to a file; status, and SHA-256 of what was written."""
        return self._patiently(address, partial(_written, target), packing="identity")

    def _patiently(
        self, address: str, read: Callable[[HTTPResponse], Found], *, packing: str
    ) -> tuple[int, Found]:
        for attempt in range(_TRIES):
            # None before the first repetition: a server closes a connection that was idle.
            pause = _PAUSE_S * (2**attempt - 1)
            try:
                answer = self._asked(address, packing)
                found = read(answer)
                if answer.length:
                    raise IncompleteRead(b"", answer.length)
            except (OSError, HTTPException, zlib.error) as error:
                self.close()
                reason = str(error) or type(error).__name__
            else:
                if answer.status < 500:  # a fault of the server may pass
                    return answer.status, found
                reason = f"the server answered {answer.status}"
                told = answer.headers.get("Retry-After", "")
                pause = max(pause, min(float(told), 120.0) if told.isdigit() else 0.0)
            if attempt + 1 < _TRIES:
                self._wait(pause)
        raise HarvestFailed(
            f"{address} does not answer: {reason}. Run the same command again; it goes on from here"
        )

    def _asked(self, address: str, packing: str) -> HTTPResponse:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise HarvestFailed(f"{address!r} is no http address")
        if self._connection is None or self._place != (parts.scheme, parts.netloc):
            self.close()
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(parts.netloc, timeout=_TIMEOUT_S)
            self._place = (parts.scheme, parts.netloc)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request("GET", target, headers={"Accept-Encoding": packing})
        return self._connection.getresponse()

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _body(answer: HTTPResponse) -> bytes:
    """The body, unpacked."""
    if answer.length is not None and answer.length > _MOST_BYTES:
        raise HarvestFailed(f"the feed answers {answer.length} bytes, where {_MOST_BYTES} are the most")
    body = answer.read(_MOST_BYTES)
    if answer.headers.get("Content-Encoding") == "gzip":
        return zlib.decompressobj(wbits=31).decompress(body, _MOST_BYTES)
    return body


def _written(target: BinaryIO, answer: HTTPResponse) -> str:
    if answer.status != _OK:
        answer.read()
        return ""
    found = hashlib.sha256()
    target.seek(0)
    target.truncate()
    while chunk := answer.read(_CHUNK):
        target.write(chunk)
        found.update(chunk)
    target.flush()
    return found.hexdigest()


class Clients:
    """A few connections to the same feed."""

    def __init__(self, wait: Callable[[float], object]) -> None:
        self._all = [Client(wait) for _ in range(_AT_ONCE)]
        self._idle: LifoQueue[Client] = LifoQueue()
        for client in self._all:
            self._idle.put(client)
        self._pool = ThreadPoolExecutor(_AT_ONCE)

    @contextmanager
    def one(self) -> Iterator[Client]:
        """A connection that nobody else uses meanwhile, rather one that is open."""
        client = self._idle.get()
        try:
            yield client
        finally:
            self._idle.put(client)

    def get(self, address: str) -> tuple[int, bytes]:
        """As of :meth:`Client.get`, by whichever is free."""
        with self.one() as client:
            return client.get(address)

    def each(self, work: Callable[[Client, Thing], Found], things: Iterable[Thing]) -> Iterator[Found]:
        """What the work gives for each of some things, in their order, a few at the same time."""

        def lent(thing: Thing) -> Found:
            with self.one() as client:
                return work(client, thing)

        return self._pool.map(lent, things)

    def close(self) -> None:
        """Begin nothing more, wait for what has begun, and let go of the connections."""
        self._pool.shutdown(cancel_futures=True)
        for client in self._all:
            client.close()
