"""A layer out of a web service, page by page, into one file that the generic reader takes.

Every page is kept as soon as it is whole, so that a service that breaks off is asked again for what is missing
only. A page that has an ETag is not sent again while it is the same.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from geodata.readers.mapping import LayerMapping
from geodata.readers.refusal import CannotRead
from geodata.readers.services.pages import Page, first_page, understood
from geodata.readers.services.web import NotAnswered, ask, named

#: More pages than this are a service that leads in circles.
MOST_PAGES: Final = 1_900
#: A run that stopped longer ago than this begins anew, lest its pages be of different days.
LONGEST_RUN: Final = timedelta(days=1)
Entry = dict[str, str | None]
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the same pages make the same bytes


def is_address(text: str) -> bool:
    """Whether a PATH is the address of a service."""
    return text.startswith(("http://", "https://"))


def harvest(
    url: str,
    mapping: LayerMapping,
    folder: Path,
    *,
    say: Callable[[str], None] = lambda _text: None,
    wait_s: float = 1.0,
) -> Path:
    """Fetch all pages and return the file that holds them.

    Parameters
    ----------
    url : address of a WFS, or of the items of a collection of OGC API Features.
    mapping : names the layer, its key (the order of the pages) and the size of a page.
    folder : where pages are kept between runs.
    say : told of each page.
    wait_s : first pause before a question is asked again, s.

    Raises
    ------
    NotAnswered : the service stopped; the pages so far are kept and the same call goes on behind them.
    CannotRead : the pages do not add up to what the service says it has; they are dropped.
    """
    start = first_page(url, mapping)
    home = folder / sha256(start.encode()).hexdigest()[:24]
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = _State(home / "state.json")
    address: str | None = start
    total = 0
    matched: int | None = None
    seen: set[str] = set()
    fresh: list[Entry] = []
    while address is not None:
        number = len(fresh) + 1
        if number > MOST_PAGES or address in seen:
            raise CannotRead(f"{named(url)} leads in circles after page {number - 1}")
        seen.add(address)
        try:
            entry, page = _page(home, state, number, address, mapping, wait_s)
        except NotAnswered as error:
            raise NotAnswered(
                f"{error} at page {number} of {mapping.title or mapping.source}; {number - 1} pages are kept, and "
                f"the same command goes on with page {number}. Nothing is known of the rest"
            ) from None
        if fresh and page.returned == 0:
            break  # nobody said how many there are, so the end is what has nothing more
        if fresh and entry["sha256"] == fresh[-1]["sha256"]:
            state.drop()
            raise CannotRead(
                f"{named(url)} gave page {number - 1} again as page {number}: it does not count pages. Ask for all "
                f"at once (service.count in the mapping), or for files",
                "same_page",
            )
        fresh.append(entry)
        state.keep(fresh)
        total += page.returned
        matched = page.matched if page.matched is not None else matched
        say(f"{named(url)}: page {number}, {total}{f' of {matched}' if matched is not None else ''} features")
        address = page.next
    if matched is not None and matched != total:
        state.drop()
        raise CannotRead(
            f"{named(url)} says that it has {matched} features and gave {total}; it changed while it was asked. "
            f"Ask again",
            "stale_count",
        )
    state.finish(fresh)
    return _packed(home, mapping, fresh)


class _State:
    """What lies in the folder: pages of a run that is not finished, and of the last one that was.

    Pages of the unfinished run are not asked for again, unless it is older than a day; those of the finished one
    are, by their ETags. Addresses are hashed, since they may hold a key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            told = json.loads(path.read_text("utf-8"))
            self.started = datetime.fromisoformat(told["started"])
            self.open: list[Entry] = told["open"]
            self.old: list[Entry] = told["old"]
        except (OSError, ValueError, KeyError, TypeError):
            self.started, self.open, self.old = datetime.now(UTC), [], []
        if datetime.now(UTC) - self.started > LONGEST_RUN:
            self.old, self.open = self.open or self.old, []
        if not self.open:
            self.started = datetime.now(UTC)

    def keep(self, fresh: list[Entry]) -> None:
        """The run has come so far."""
        rest = self.open[len(fresh) :]
        self._write([*fresh, *rest], self.old)

    def finish(self, fresh: list[Entry]) -> None:
        """The run is at its end."""
        self._write([], fresh)

    def drop(self) -> None:
        """Nothing of it can be used."""
        self._write([], [])

    def _write(self, run: list[Entry], old: list[Entry]) -> None:
        half = self.path.with_suffix(".half")
        half.write_text(json.dumps({"started": self.started.isoformat(), "open": run, "old": old}), "utf-8")
        half.replace(self.path)


def _hashed(address: str) -> str:
    return sha256(address.encode()).hexdigest()


def _page(
    home: Path, state: _State, number: int, address: str, mapping: LayerMapping, wait_s: float
) -> tuple[Entry, Page]:
    """A page and what is written down of it: kept, still the same, or new."""
    known, kept = _kept(home, state.open, number, address)
    if known is not None and kept is not None:
        return known, understood(address, kept, mapping)
    known, kept = _kept(home, state.old, number, address)
    answer = ask(address, etag=known["etag"] if known else None, wait_s=wait_s)
    body = kept if answer.body is None and kept is not None else answer.body or b""
    page = understood(address, body, mapping)
    file = home / f"page-{number:04d}{page.suffix}"
    half = file.with_suffix(".half")
    half.write_bytes(body)
    half.replace(file)
    digest = sha256(body).hexdigest()
    return {"address": _hashed(address), "file": file.name, "etag": answer.etag, "sha256": digest}, page


def _kept(
    home: Path, pages: list[Entry], number: int, address: str
) -> tuple[Entry, bytes] | tuple[None, None]:
    """A page from before with its bytes, when it has the same address and its file is whole."""
    entry = pages[number - 1] if number <= len(pages) else None
    if entry is None or entry["address"] != _hashed(address):
        return None, None
    try:
        body = (home / str(entry["file"])).read_bytes()
    except OSError:
        return None, None
    return (entry, body) if sha256(body).hexdigest() == entry["sha256"] else (None, None)


def _packed(home: Path, mapping: LayerMapping, pages: list[Entry]) -> Path:
    target = home / f"{mapping.id}.zip"
    half = target.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as archive:
        for page in pages:
            file = str(page["file"])
            archive.writestr(zipfile.ZipInfo(file, _DAY), (home / file).read_bytes())
    half.replace(target)
    return target
