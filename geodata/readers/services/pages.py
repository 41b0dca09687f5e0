"""What a page of a service says: how many features it holds, how many there are, and where the next one is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from geodata.readers.mapping import LayerMapping
from geodata.readers.services.web import NotAnswered, named

_HEAD: Final = 16_384
_RETURNED: Final = re.compile(rb'numberReturned\s*=\s*"(\d+)"')
_MATCHED: Final = re.compile(rb'numberMatched\s*=\s*"(\d+)"')


@dataclass(frozen=True)
class Page:
    """``returned`` features of ``matched`` (None = not said), and the address of the next page (None = the last)."""

    suffix: str
    returned: int
    matched: int | None
    next: str | None


def first_page(url: str, mapping: LayerMapping) -> str:
    """Address of the first page of a WFS 2.0 or of OGC API Features."""
    return _with(url, _wfs(url, mapping, 0)) if is_wfs(url, mapping) else _with(url, _features(url, mapping))


def is_wfs(url: str, mapping: LayerMapping) -> bool:
    """Whether the service is a WFS: the mapping's word, else the address."""
    if mapping.service.kind:
        return mapping.service.kind == "wfs"
    parts = urlsplit(url)
    return "service=wfs" in parts.query.lower() or "/collections/" not in parts.path


def understood(url: str, body: bytes, mapping: LayerMapping) -> Page:
    """What the page at an address says.

    Raises
    ------
    NotAnswered : it is a report of an error, or no page at all.
    """
    json_like = body.lstrip()[:1] == b"{"
    if json_like:
        suffix, returned, matched, link = _json(url, body)
    else:
        suffix, returned, matched, link = ".gml", *_gml(url, body), None
    if is_wfs(url, mapping):
        start = int(dict(_query(url)).get("startindex", "0"))
        behind = start + returned
        # It may give fewer than it is asked for: where it does not say how many there are, an empty page is the end.
        more = returned > 0 and (matched is None or behind < matched)
        link = _with(url, _wfs(url, mapping, behind)) if more else None
    elif link is not None:
        link = urljoin(url, link)
        if urlsplit(link)[:2] != urlsplit(url)[:2]:
            raise NotAnswered(
                f"{named(url)} names a next page on another server ({named(link)}); it is not asked"
            )
    return Page(suffix, returned, matched, link)


def _json(url: str, body: bytes) -> tuple[str, int, int | None, str | None]:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnswered(f"{named(url)} answered with broken JSON ({error})") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise NotAnswered(f"{named(url)} answered with something else than features: {str(document)[:160]}")
    matched = document.get("numberMatched", document.get("totalFeatures"))
    links = document.get("links") if isinstance(document.get("links"), list) else []
    following = [link.get("href") for link in links if isinstance(link, dict) and link.get("rel") == "next"]
    return (
        ".geojson",
        len(features),
        matched if isinstance(matched, int) else None,
        next(iter(following), None),
    )


def _gml(url: str, body: bytes) -> tuple[int, int | None]:
    head = body[:_HEAD]
    returned, matched = _RETURNED.search(head), _MATCHED.search(head)
    if b"ExceptionReport" in head or returned is None:
        text = " ".join(re.sub(rb"<[^>]*>", b" ", head).decode("utf-8", "replace").split())
        raise NotAnswered(f"{named(url)} answered with something else than features: {text[:160]}")
    return int(returned[1]), int(matched[1]) if matched else None


def _query(url: str) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)]


def _with(url: str, values: dict[str, str]) -> str:
    """The address with these values in its question; names count whatever their capitals."""
    kept = [
        (n, v)
        for n, v in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        if n.lower() not in {name.lower() for name in values}
    ]
    return urlunsplit(urlsplit(url)._replace(query=urlencode([*kept, *values.items()]), fragment=""))


def _wfs(url: str, mapping: LayerMapping, start: int) -> dict[str, str]:
    values = {"service": "WFS", "version": "2.0.0", "request": "GetFeature"}
    said = dict(_query(url))
    if mapping.layers and "typenames" not in said:
        values["typeNames"] = mapping.layers[0]
    if "srsname" not in said and mapping.crs:
        values["srsName"] = mapping.crs
    if "outputformat" not in said and mapping.service.format:
        values["outputFormat"] = mapping.service.format
    # Without an order, pages may repeat some features and leave out others.
    order = mapping.service.sort or ",".join(mapping.key)
    if order and "sortby" not in said:
        values["sortBy"] = order
    return {**values, "count": str(mapping.service.count), "startIndex": str(start)}


def _features(url: str, mapping: LayerMapping) -> dict[str, str]:
    said = dict(_query(url))
    return {} if "limit" in said else {"limit": str(mapping.service.count)}
