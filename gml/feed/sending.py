"""Send a finished file as harvesters expect it: strong ETag, Last-Modified, HEAD, one range, gzip on demand."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date_safe

_CHUNK: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_GZIP: Final = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(0(?:\.0{0,3})?|1|0?\.\d+))?\s*(?:,|$)")


def send(
    request: HttpRequest,
    *,
    packed: bytes,
    size: int,
    sha256: str,
    media_type: str,
    changed_at: datetime,
    for_ever: bool = False,
) -> HttpResponse:
    """Answer with a file of which the gzipped bytes are at hand.

    Parameters
    ----------
    packed : gzip of the plain bytes; ``size`` and ``sha256`` are those of the plain ones.
    changed_at : Last-Modified.
    for_ever : the address names the version, so that what it answers never changes.
    """
    squeezed = _takes_gzip(request) and "Range" not in request.headers
    # The plain bytes and the gzipped ones are two representations, and a strong tag is of one.
    etag = f'"{sha256}{"-gzip" if squeezed else ""}"'
    response: HttpResponse
    if _same(request, etag, changed_at):
        response = HttpResponseNotModified()
    elif squeezed:
        response = HttpResponse(packed, content_type=media_type)
        response["Content-Encoding"] = "gzip"
    else:
        response = _plain(request, gzip.decompress(packed), size, media_type, etag)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed_at.timestamp())
    response["Cache-Control"] = "public, max-age=31536000, immutable" if for_ever else "public, no-cache"
    response["Accept-Ranges"] = "bytes"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def send_file(
    request: HttpRequest, *, path: Path, size: int, sha256: str, media_type: str, changed_at: datetime
) -> HttpResponseBase:
    """Answer with a large file that lies on disk, as it is: strong ETag, one range, never packed on the way.

    Raises
    ------
    OSError : the file is not there.
    """
    etag = f'"{sha256}"'
    response: HttpResponseBase
    if _same(request, etag, changed_at):
        response = HttpResponseNotModified()
    else:
        span = _span(request, size, etag)
        if span is not None and span[0] > span[1]:
            return _beyond(size, media_type)
        start, end = span or (0, size - 1)
        stream = path.open("rb")
        stream.seek(start)
        status = 200 if span is None else 206
        response = StreamingHttpResponse(
            _Part(stream, end + 1 - start), status=status, content_type=media_type
        )
        response["Content-Length"] = str(end + 1 - start)
        response["Content-Encoding"] = "identity"
        if span is not None:
            response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed_at.timestamp())
    response["Cache-Control"] = "public, no-cache"
    response["Accept-Ranges"] = "bytes"
    return response


@dataclass
class _Part:
    """The next ``left`` bytes of a file, closed with the answer also where nobody reads them (HEAD)."""

    stream: BinaryIO
    left: int

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0 and (chunk := self.stream.read(min(_CHUNK, self.left))):
            self.left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self.stream.close()


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte that are asked for, in wrong order where there are none; None = the whole."""
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or not any(match.groups()) or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    return (start, end) if start < size and start <= end else (1, 0)


def _beyond(size: int, media_type: str) -> HttpResponse:
    response = HttpResponse(status=416, content_type=media_type)
    response["Content-Range"] = f"bytes */{size}"
    return response


def _plain(request: HttpRequest, body: bytes, size: int, media_type: str, etag: str) -> HttpResponse:
    span = _span(request, size, etag)
    if span is None:
        return HttpResponse(body, content_type=media_type)
    start, end = span
    if start > end:
        return _beyond(size, media_type)
    response = HttpResponse(body[start : end + 1], status=206, content_type=media_type)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    # Said, so that nothing on the way packs a part of a file, whose bytes are counted.
    response["Content-Encoding"] = "identity"
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    found = _GZIP.search(request.headers.get("Accept-Encoding", "").lower())
    return found is not None and float(found.group(1) or 1) > 0


def _same(request: HttpRequest, etag: str, changed_at: datetime) -> bool:
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    if asked:
        return "*" in asked or etag in asked
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(changed_at.timestamp()) <= since
