"""The reference harvester: follows a feed into a folder, survives being killed, and proves that it is complete.

A file is written whole under its name before it is put down as held, and the cursor is put down last, all in one
small database beside the files. So a harvest that is killed goes on where it was, and does again at most one page.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import UUID

from gml.feed.pieces import plans

_TRIES: Final = 6
_TIMEOUT_S: Final = 60.0
_PAGE: Final = 500
#: Nothing that a feed answers is larger; what is larger is not read.
_MOST_BYTES: Final = 1 << 30
_CHUNK: Final = 1 << 20
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS held (plan TEXT PRIMARY KEY, sha256 TEXT NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class HarvestFailed(Exception):
    """The harvest stands where it was; the message says why and what to do."""


class Outdated(HarvestFailed):
    """The register was restored since: the cursor means nothing any more."""


@dataclass(frozen=True)
class Harvested:
    """What one harvest did; ``complete``: the files are proved to be all that the register has at ``cursor``."""

    cursor: str
    changed: int
    gone: int
    held: int
    complete: bool


class _Client:
    """One connection that stays open, and is opened anew where it breaks."""

    def __init__(self, wait: Callable[[float], object]) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._place: tuple[str, str] = ("", "")
        self._wait = wait

    def get(self, address: str) -> tuple[int, bytes]:
        """Status and body; a server that is away is asked again, with longer and longer breaks."""
        for attempt in range(_TRIES):
            try:
                status, body, pause = self._once(address)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                reason = str(error) or type(error).__name__
                pause = 0.0
            else:
                if status < 500:  # a fault of the server may pass
                    return status, body
                reason = f"the server answered {status}"
            if attempt + 1 < _TRIES:
                self._wait(max(pause, 0.2 * 2**attempt))
        raise HarvestFailed(
            f"{address} does not answer: {reason}. Run the same command again; it goes on from here"
        )

    def _once(self, address: str) -> tuple[int, bytes, float]:
        answer = self._asked(address)
        body = answer.read(_MOST_BYTES)
        pause = answer.headers.get("Retry-After", "0")
        return answer.status, body, min(float(pause) if pause.isdigit() else 0.0, 120.0)

    def _asked(self, address: str) -> http.client.HTTPResponse:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise HarvestFailed(f"{address!r} is no http address")
        if self._connection is None or self._place != (parts.scheme, parts.netloc):
            self.close()
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(parts.netloc, timeout=_TIMEOUT_S)
            self._place = (parts.scheme, parts.netloc)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request("GET", target, headers={"Accept-Encoding": "identity"})
        return self._connection.getresponse()

    def save(self, address: str, target: Path) -> str:
        """Write what an address answers to a file; SHA-256 of it, empty where it answers no file."""
        for attempt in range(_TRIES):
            try:
                found, reason = self._saved(address, target)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                reason = str(error) or type(error).__name__
            else:
                if not reason:
                    return found
            if attempt + 1 < _TRIES:
                self._wait(0.2 * 2**attempt)
        raise HarvestFailed(
            f"{address} does not answer: {reason}. Run the same command again; it goes on from here"
        )

    def _saved(self, address: str, target: Path) -> tuple[str, str]:
        answer = self._asked(address)
        if answer.status != 200:  # HTTP: all is well
            answer.read()
            return "", f"the server answered {answer.status}" if answer.status >= 500 else ""
        found = hashlib.sha256()
        expected, got = int(answer.headers.get("Content-Length", -1)), 0
        with target.open("wb") as stream:
            while chunk := answer.read(_CHUNK):
                stream.write(chunk)
                found.update(chunk)
                got += len(chunk)
        if expected >= 0 and got != expected:
            self.close()
            return "", f"it broke off after {got} of {expected} bytes"
        return found.hexdigest(), ""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def harvest(
    address: str,
    into: Path,
    *,
    anew: bool = False,
    key: str | None = None,
    tell: Callable[[str], object] = lambda _line: None,
    wait: Callable[[float], object] = time.sleep,
) -> Harvested:
    """Bring a folder up to what a register publishes (høst af register).

    Parameters
    ----------
    address : of the feed, such as ``https://…/register/``.
    into : folder; ``plans/<plan>.gml`` and ``harvest.db`` are kept in it.
    anew : begin from zero; files that are unchanged are not fetched again, and what is not told of is taken away.
    key : public key of the register (base64); a manifest that its owner has not signed is refused. None = not held
        against any.
    tell : called with a line for each page.
    wait : called with seconds before an address is asked again.

    Raises
    ------
    Outdated : the register was restored since; ``anew`` begins from zero.
    HarvestFailed : the feed does not answer, or answers what it should not; nothing that was held is lost.
    """
    (into / "plans").mkdir(parents=True, exist_ok=True)
    root = address if address.endswith("/") else f"{address}/"
    client = _Client(wait)
    with closing(sqlite3.connect(into / "harvest.db")) as book:
        book.executescript(_SCHEMA)
        before = _kept(book, "address")
        if before is not None and before != root:
            raise HarvestFailed(f"{into} holds a harvest of {before}; take another folder")
        cursor = None if anew else _kept(book, "cursor")
        started = cursor is None
        fresh_start = started and not anew
        told: set[str] = set()
        changed = gone = 0
        try:
            if key is not None:
                _manifest(client, root, key)
            if fresh_start:
                cursor, changed = _from_bulk(client, book, into, root, key, tell)
            while True:
                page = _page(client, root, cursor)
                fresh = 0
                for change in page["changes"]:
                    name = str(UUID(change["plan"]))
                    told.add(name)
                    if change["state"] == "gone":
                        gone += _take_away(book, into, name)
                    else:
                        fresh += _fetch(client, book, into, name, change)
                changed += fresh
                cursor = page["cursor"]
                with book:
                    _keep(book, "address", root)
                    _keep(book, "cursor", cursor)
                tell(f"{cursor}: {fresh} plans fetched")
                if not page["more"]:
                    break
            if started and anew:
                for name in {row[0] for row in book.execute("SELECT plan FROM held")} - told:
                    gone += _take_away(book, into, name)
            complete = _proved(client, book, root, cursor, key)
        finally:
            client.close()
        held = book.execute("SELECT count(*) FROM held").fetchone()[0]
        return Harvested(cursor, changed, gone, held, complete)


def _page(client: _Client, root: str, cursor: str | None) -> dict[str, Any]:
    query = urlencode({"limit": _PAGE, **({"since": cursor} if cursor else {})})
    status, body = client.get(urljoin(root, f"changes?{query}"))
    if status == 410:  # HTTP: gone
        raise Outdated(
            f"the register was restored since the cursor {cursor}: begin from zero with --anew; unchanged plans are "
            "not fetched again"
        )
    page = _json(status, body, root)
    if not isinstance(page.get("changes"), list) or not isinstance(page.get("cursor"), str):
        raise HarvestFailed(f"{root}changes answers something that is no page of changes")
    return page


def _json(status: int, body: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if status != 200 or not isinstance(document, dict):  # HTTP: all is well
        said = (
            document.get("detail", document.get("title", ""))
            if isinstance(document, dict)
            else repr(body[:80])
        )
        raise HarvestFailed(f"{where} answered {status}: {said}")
    return document


def _fetch(client: _Client, book: sqlite3.Connection, into: Path, name: str, change: dict[str, Any]) -> int:
    """Hold a plan as the feed tells it; answers 1 where it was fetched, 0 where it is held already."""
    sha256 = str(change["sha256"])
    target = into / "plans" / f"{name}.gml"
    held = book.execute("SELECT sha256 FROM held WHERE plan = ?", [name]).fetchone()
    if held is not None and held[0] == sha256 and target.exists():
        with book:
            book.execute("UPDATE held SET revision = ? WHERE plan = ?", [change["revision"], name])
        return 0
    status, body = client.get(str(change["href"]))
    found = hashlib.sha256(body).hexdigest()
    if status != 200 or found != sha256:  # HTTP: all is well
        raise HarvestFailed(
            f"{change['href']} answered {status} with sha256 {found}; the feed says {sha256}. Nothing of it was kept"
        )
    draft = target.with_suffix(".part")
    with draft.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(target)
    with book:
        book.execute("INSERT OR REPLACE INTO held VALUES (?, ?, ?)", [name, sha256, change["revision"]])
    return 1


def _take_away(book: sqlite3.Connection, into: Path, name: str) -> int:
    """Forget a plan; answers 1 where it was held."""
    with book:
        found = book.execute("DELETE FROM held WHERE plan = ?", [name]).rowcount
    (into / "plans" / f"{name}.gml").unlink(missing_ok=True)
    return int(found > 0)


def _manifest(client: _Client, root: str, key: str | None) -> dict[str, Any]:
    manifest = _json(*client.get(urljoin(root, "manifest.json")), root)
    if key is not None:
        # Here, since the harvester needs nothing but Python where no key is given.
        from gml.feed.signing import verified

        if not verified(manifest, key):
            raise HarvestFailed(f"the manifest of {root} is not signed with the key that was given")
    return manifest


def _from_bulk(
    client: _Client,
    book: sqlite3.Connection,
    into: Path,
    root: str,
    key: str | None,
    tell: Callable[[str], object],
) -> tuple[str | None, int]:
    """Begin with the bulk files of the municipalities, where there are any; answers the cursor to go on from.

    Each is held against its SHA-256 before anything of it is kept, and taken once, however often one begins.
    """
    try:
        told = _manifest(client, root, key).get("bulk")
    except HarvestFailed:
        if key is not None:
            raise
        told = None  # the pages of changes tell what is the matter
    if not told:
        return None, 0
    taken = 0
    # A start that was broken off goes on from where it began: what went since then is told from there.
    cursor = _kept(book, "bulk cursor") or str(told["cursor"])
    with book:
        _keep(book, "address", root)
        _keep(book, "bulk cursor", cursor)
    files = [file for file in told["files"] if file["scope"] != "all"]
    for file in files:
        sha256 = str(file["sha256"])
        if _kept(book, f"bulk {sha256}"):
            continue
        draft = into / "bulk.part"
        try:
            if client.save(str(file["href"]), draft) != sha256:
                # Written anew since the manifest was read: the pages of changes tell everything.
                return None, taken
            with draft.open("rb") as stream:
                rows = [_placed(into, name, body) for name, body in plans(stream)]
        finally:
            draft.unlink(missing_ok=True)
        # What is put down as held has to be on the disk; one call for all of them.
        os.sync()
        with book:
            book.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, 0)", rows)
            _keep(book, f"bulk {sha256}", "taken")
        taken += len(rows)
        tell(f"{file['scope']}: {len(rows)} plans from {file['bytes']} bytes")
    with book:
        _keep(book, "cursor", cursor)
    return cursor, taken


def _placed(into: Path, name: str, body: bytes) -> tuple[str, str]:
    """Put the file of a plan in its place; answers its id and SHA-256."""
    target = into / "plans" / f"{UUID(name)}.gml"
    draft = target.with_suffix(".part")
    draft.write_bytes(body)
    draft.replace(target)
    return str(UUID(name)), hashlib.sha256(body).hexdigest()


def _proved(client: _Client, book: sqlite3.Connection, root: str, cursor: str, key: str | None) -> bool:
    """Whether what is held is what the register has at the cursor; False where it has gone on meanwhile."""
    manifest = _manifest(client, root, key)
    if manifest["cursor"] != cursor:
        return False
    found = hashlib.sha256()
    for plan, sha256 in book.execute("SELECT plan, sha256 FROM held ORDER BY plan"):
        found.update(f"{plan} {sha256}\n".encode())
    if found.hexdigest() != manifest["digest"]["value"]:
        raise HarvestFailed(
            f"at {cursor} the register holds other plans than this folder; begin from zero with --anew"
        )
    return True


def _kept(book: sqlite3.Connection, name: str) -> str | None:
    row = book.execute("SELECT value FROM kept WHERE name = ?", [name]).fetchone()
    return None if row is None else str(row[0])


def _keep(book: sqlite3.Connection, name: str, value: str) -> None:
    book.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", [name, value])
