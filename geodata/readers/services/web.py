"""One question to a web service: tried again with growing pauses, never believed to be empty when it fails."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from geodata.readers.refusal import CannotRead

#: Largest page, longest silence and longest pause that a service may ask for.
MOST_BYTES: Final = 512 * 2**20
SILENCE_S: Final = 60.0
LONGEST_PAUSE_S: Final = 60.0
TRIES: Final = 5
_CHUNK: Final = 2**20
_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)


class NotAnswered(CannotRead):
    """The service did not answer, or not to the end; what it has is unknown and nothing may be ended by it."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "not_answered")


@dataclass(frozen=True)
class Answer:
    """Bytes of an answer and its ETag; ``body`` None = what was fetched before is still the same."""

    body: bytes | None
    etag: str | None


class _SameKind(HTTPRedirectHandler):
    """Follows redirections to the web only, never to a file."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise URLError(f"redirected to {newurl[:60]!r}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER: Final = build_opener(_SameKind())


def named(url: str) -> str:
    """An address as it may be shown: without its question, which can hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def ask(
    url: str, *, etag: str | None = None, wait_s: float = 1.0, sleep: Callable[[float], None] = time.sleep
) -> Answer:
    """The answer to one question.

    Parameters
    ----------
    url : http or https.
    etag : of what was fetched before (If-None-Match).
    wait_s : first pause, s; each further one is twice as long, unless the service says how long (Retry-After).

    Raises
    ------
    NotAnswered : unreachable, broken off again and again, or refused.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise CannotRead(f"{url[:60]!r} is no address of a web service (http or https)")
    why = ""
    for attempt in range(TRIES):
        pause = wait_s * 2**attempt
        try:
            return _once(url, etag)
        except HTTPError as error:
            why = f"HTTP {error.code}"
            asked = _retry_after(error.headers.get("Retry-After"))
            error.close()
            if error.code not in _AGAIN:
                break
            pause = pause if asked is None else asked
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            why = f"{type(reason).__name__}: {reason}"[:120]
        if attempt < TRIES - 1:
            sleep(min(pause, LONGEST_PAUSE_S))
    raise NotAnswered(f"{named(url)} did not answer ({why})")


def _once(url: str, etag: str | None) -> Answer:
    headers = {"User-Agent": "Planvaerk", "Accept": "application/geo+json, application/json, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    try:
        with _OPENER.open(Request(url, headers=headers), timeout=SILENCE_S) as response:  # noqa: S310 - http(s) only
            chunks, held = [], 0
            while chunk := response.read(_CHUNK):
                held += len(chunk)
                if held > MOST_BYTES:
                    raise CannotRead(
                        f"{named(url)}: a page is larger than {MOST_BYTES:,} bytes; ask for fewer"
                    )
                chunks.append(chunk)
            claimed = response.headers.get("Content-Length")
            if claimed is not None and claimed.isdigit() and int(claimed) != held:
                # Reading in pieces, the library does not count.
                raise http.client.IncompleteRead(b"", int(claimed) - held)
            return Answer(b"".join(chunks), response.headers.get("ETag"))
    except HTTPError as error:
        if error.code == http.client.NOT_MODIFIED and etag:
            error.close()
            return Answer(None, etag)
        raise


def _retry_after(said: str | None) -> float | None:
    """Pause in seconds, said as a number or as a time."""
    if not said:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
