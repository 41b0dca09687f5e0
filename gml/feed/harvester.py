"""The reference harvester: follows a feed into a folder, survives being killed, and proves that it is complete.

A file is written whole under its name before it is put down as held, and the cursor is put down last, all in one
small database beside the files. So a harvest that is killed goes on where it was; it looks again at one page at most,
and fetches nothing that lies there already.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final
from urllib.parse import urlencode, urljoin
from uuid import UUID

from gml.feed.client import Client, Clients, HarvestFailed
from gml.feed.pieces import plans

_PAGE: Final = 500
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS held (plan TEXT PRIMARY KEY, sha256 TEXT NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
#: What the feed tells of a plan that stands.
_CURRENT: Final = frozenset({"sha256", "href", "revision"})
#: A row of ``held``: plan, SHA-256, revision.
_Held = tuple[str, str, int]


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
    with closing(sqlite3.connect(into / "harvest.db")) as book, closing(Clients(wait)) as clients:
        book.executescript(_SCHEMA)
        before = _kept(book, "address")
        if before is not None and before != root:
            raise HarvestFailed(f"{into} holds a harvest of {before}; take another folder")
        cursor = None if anew else _kept(book, "cursor")
        from_zero = cursor is None
        told: set[str] = set()
        changed = gone = 0
        if key is not None:
            _manifest(clients, root, key)
        if from_zero and not anew:
            cursor, changed = _from_bulk(clients, book, into, root, key, tell)
        while True:
            page = _page(clients, root, cursor)
            # Of a plan that changed more than once, as it became.
            changes = {str(UUID(change["plan"])): change for change in page["changes"]}
            told.update(changes)
            fresh = _hold(clients, book, into, {n: c for n, c in changes.items() if c["state"] != "gone"})
            gone += _take_away(book, into, [n for n, c in changes.items() if c["state"] == "gone"])
            changed += fresh
            cursor = page["cursor"]
            with book:
                _keep(book, "address", root)
                _keep(book, "cursor", cursor)
            tell(f"{cursor}: {fresh} plans fetched")
            if not page["more"]:
                break
        if from_zero and anew:
            gone += _take_away(book, into, {row[0] for row in book.execute("SELECT plan FROM held")} - told)
        complete = _proved(clients, book, root, cursor, key)
        held = book.execute("SELECT count(*) FROM held").fetchone()[0]
        return Harvested(cursor, changed, gone, held, complete)


def _page(clients: Clients, root: str, cursor: str | None) -> dict[str, Any]:
    query = urlencode({"limit": _PAGE, **({"since": cursor} if cursor else {})})
    status, body = clients.get(urljoin(root, f"changes?{query}"))
    if status == 410:  # HTTP: gone
        raise Outdated(
            f"the register was restored since the cursor {cursor}: begin from zero with --anew; unchanged plans are "
            "not fetched again"
        )
    page = _json(status, body, root)
    try:
        if not isinstance(page["cursor"], str) or not isinstance(page["more"], bool):
            raise TypeError("cursor is a text, and more is true or false")
        for change in page["changes"]:
            UUID(str(change["plan"]))
            if change["state"] != "gone" and (missing := _CURRENT - change.keys()):
                raise KeyError(*missing)
    except (KeyError, TypeError, ValueError) as error:
        raise HarvestFailed(
            f"{root}changes answers something that is no page of changes: {error!r}"
        ) from error
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


def _hold(clients: Clients, book: sqlite3.Connection, into: Path, changes: dict[str, dict[str, Any]]) -> int:
    """Hold plans as a page of the feed tells them; answers how many were fetched."""
    fetched = sum(clients.each(partial(_fetched, into), changes.items()))
    _put_down(book, [(name, str(c["sha256"]), int(c["revision"])) for name, c in changes.items()])
    return fetched


def _fetched(into: Path, client: Client, told: tuple[str, dict[str, Any]]) -> bool:
    """Bring the file of a plan to what the feed tells; answers whether it had to be fetched."""
    name, change = told
    sha256, target = str(change["sha256"]), _file(into, name)
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return False
    status, body = client.get(str(change["href"]))
    found = hashlib.sha256(body).hexdigest()
    if status != 200 or found != sha256:  # HTTP: all is well
        raise HarvestFailed(
            f"{change['href']} answered {status} with sha256 {found}; the feed says {sha256}. Nothing of it was kept"
        )
    _place(into, name, body)
    return True


def _file(into: Path, name: str) -> Path:
    return into / "plans" / f"{name}.gml"


def _place(into: Path, name: str, body: bytes) -> None:
    """Write the file of a plan; whoever reads it meanwhile sees the whole of one or of the other."""
    target = f"{into}/plans/{name}"  # text: a Path takes as long as the file
    with open(f"{target}.part", "wb") as draft:
        draft.write(body)
    os.replace(f"{target}.part", f"{target}.gml")


def _put_down(book: sqlite3.Connection, rows: Collection[_Held], bulk: str = "") -> None:
    """Put files down as held, and with them the bulk file that they are of, by its SHA-256."""
    if rows:
        # What is put down has to be on the disk; one call for all of them.
        os.sync()
        with book:
            book.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, ?)", rows)
            if bulk:
                _keep(book, f"bulk {bulk}", "taken")


def _take_away(book: sqlite3.Connection, into: Path, names: Iterable[str]) -> int:
    """Forget plans; answers how many of them were held."""
    gone = list(names)
    with book:
        found = sum(book.execute("DELETE FROM held WHERE plan = ?", [name]).rowcount for name in gone)
    for name in gone:
        _file(into, name).unlink(missing_ok=True)
    return found


def _manifest(clients: Clients, root: str, key: str | None) -> dict[str, Any]:
    manifest = _json(*clients.get(urljoin(root, "manifest.json")), root)
    if key is not None:
        # Here, since the harvester needs nothing but Python where no key is given.
        from gml.feed.signing import verified

        if not verified(manifest, key):
            raise HarvestFailed(f"the manifest of {root} is not signed with the key that was given")
    return manifest


def _from_bulk(
    clients: Clients,
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
        told = _manifest(clients, root, key).get("bulk")
    except HarvestFailed:
        if key is not None:
            raise
        told = None  # the pages of changes tell what is the matter
    if not told:
        return None, 0
    # A start that was broken off goes on from where it began: what went since then is told from there.
    cursor = _kept(book, "bulk cursor") or str(told["cursor"])
    with book:
        _keep(book, "address", root)
        _keep(book, "bulk cursor", cursor)
    files = [f for f in told["files"] if f["scope"] != "all" and not _kept(book, f"bulk {f['sha256']}")]
    taken, whole = 0, True
    for file, rows in zip(files, clients.each(partial(_taken, into), files), strict=True):
        if rows is None:
            whole = False
            continue
        _put_down(book, rows, file["sha256"])
        taken += len(rows)
        tell(f"{file['scope']}: {len(rows)} plans from {file['bytes']} bytes")
    if not whole:
        return None, taken
    with book:
        _keep(book, "cursor", cursor)
    return cursor, taken


def _taken(into: Path, client: Client, file: dict[str, Any]) -> list[_Held] | None:
    """Take a bulk file apart into the files of its plans.

    Returns
    -------
    None where it was written anew since the manifest was read: the pages of changes tell everything.
    """
    with TemporaryFile(dir=into) as stream:
        if client.save(str(file["href"]), stream)[1] != file["sha256"]:
            return None
        try:
            with mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
                return [_placed(into, str(UUID(name)), body) for name, body in plans(data)]
        except ValueError as error:
            raise HarvestFailed(f"{file['href']} cannot be taken apart: {error}") from error


def _placed(into: Path, name: str, body: bytes) -> _Held:
    """Put the file of a plan in its place."""
    _place(into, name, body)
    return name, hashlib.sha256(body).hexdigest(), 0


def _proved(clients: Clients, book: sqlite3.Connection, root: str, cursor: str, key: str | None) -> bool:
    """Whether what is held is what the register has at the cursor; False where it has gone on meanwhile."""
    manifest = _manifest(clients, root, key)
    if manifest.get("cursor") != cursor:
        return False
    told = manifest.get("digest")
    if not isinstance(told, dict) or "value" not in told:
        raise HarvestFailed(f"the manifest of {root} has no digest, so nothing proves what was harvested")
    found = hashlib.sha256()
    for plan, sha256 in book.execute("SELECT plan, sha256 FROM held ORDER BY plan"):
        found.update(f"{plan} {sha256}\n".encode())
    if found.hexdigest() != told["value"]:
        raise HarvestFailed(
            f"at {cursor} the register holds other plans than this folder; begin from zero with --anew"
        )
    return True


def _kept(book: sqlite3.Connection, name: str) -> str | None:
    row = book.execute("SELECT value FROM kept WHERE name = ?", [name]).fetchone()
    return None if row is None else str(row[0])


def _keep(book: sqlite3.Connection, name: str, value: str) -> None:
    book.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", [name, value])
