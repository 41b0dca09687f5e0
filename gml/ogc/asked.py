"""What a request for features asks: read whole, with every fault told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from geodata.problems import Fault
from gml.ogc import place
from gml.ogc.collection import GEOMETRY, Collection
from gml.ogc.cql2 import as_json, sql, text, values
from gml.ogc.cql2.node import WrongFilter
from gml.ogc.crs import CRS84, SUPPORTED, Crs

MOST: Final = 10_000
USUAL: Final = 100
LANGUAGES: Final = {"cql2-text": text.read, "cql2-json": as_json.read}
_KNOWN: Final = frozenset(
    {"f", "limit", "after", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs"}
)


@dataclass(frozen=True)
class Asked:
    """A request for a page of features.

    Attributes
    ----------
    limit : most features; ``after``: only those with a larger id, by which pages follow each other.
    crs : of the answer.
    conditions : SQL on a feature ``f`` with its parameters, all of which have to hold.
    """

    limit: int = USUAL
    after: int | str | None = None
    crs: Crs = CRS84
    conditions: tuple[tuple[str, list[Any]], ...] = field(default=())


def read_items(collection: Collection, query: Mapping[str, str]) -> tuple[Asked, list[Fault]]:
    """The request, and what is wrong with it."""
    faults: list[Fault] = []
    names = {name for name in collection.queryables if name != GEOMETRY}
    faults += [
        Fault(
            name, "unknown_parameter", f"known are {', '.join(sorted(_KNOWN))} and {', '.join(sorted(names))}"
        )
        for name in query
        if name not in _KNOWN | names
    ]
    limit = _whole(query, "limit", USUAL, faults)
    if limit < 1:
        faults.append(Fault("limit", "out_of_range", "a whole number from 1"))
    after: int | str | None = None
    if "after" in query:
        whole = collection.id_type == "integer"
        after = _whole(query, "after", 0, faults) if whole else _text(query, "after", faults)
    crs, box_crs = _crs(query, "crs", faults), _crs(query, "bbox-crs", faults)
    told = [
        _box(query["bbox"], box_crs, faults) if query.get("bbox") else None,
        _datetime(collection, query["datetime"], faults) if query.get("datetime") else None,
        _filter(collection, query, faults),
        *(_equal(collection, name, query[name], faults) for name in sorted(names & query.keys())),
    ]
    conditions = tuple(one for one in told if one is not None)
    return Asked(min(max(limit, 1), MOST), after, crs, conditions), faults


def read_item(query: Mapping[str, str]) -> tuple[Crs, list[Fault]]:
    """The system that one feature is asked for in, and what is wrong with the request."""
    faults = [
        Fault(name, "unknown_parameter", "known are f and crs") for name in query if name not in ("f", "crs")
    ]
    return _crs(query, "crs", faults), faults


def _whole(query: Mapping[str, str], name: str, usual: int, faults: list[Fault]) -> int:
    written = query.get(name, "")
    if not written:
        return usual
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        faults.append(Fault(name, "no_number", f"a whole number; got {written[:40]!r}"))
        return usual
    return int(written)


def _text(query: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    try:
        return values.text(query[name], name)
    except WrongFilter as error:
        faults.append(Fault(name, "no_text", str(error)))
        return ""


def _crs(query: Mapping[str, str], name: str, faults: list[Fault]) -> Crs:
    written = query.get(name, "")
    if written and written not in SUPPORTED:
        faults.append(Fault(name, "unknown_crs", f"known are {', '.join(SUPPORTED)}"))
    return SUPPORTED.get(written, CRS84)


def _box(written: str, crs: Crs, faults: list[Fault]) -> sql.Sql | None:
    try:
        shape = place.box([float(part) for part in written.split(",")], crs)
    except place.NoPlace as error:
        faults.append(Fault("bbox", "no_box", str(error)))
        return None
    except ValueError:
        faults.append(Fault("bbox", "no_box", "four numbers with commas between, the lower corner first"))
        return None
    return place.condition("s_intersects", shape, crs)


def _filter(collection: Collection, query: Mapping[str, str], faults: list[Fault]) -> sql.Sql | None:
    language = query.get("filter-lang") or "cql2-text"
    if language not in LANGUAGES:
        faults.append(Fault("filter-lang", "unknown_language", f"known are {', '.join(LANGUAGES)}"))
    crs = _crs(query, "filter-crs", faults)
    if not query.get("filter") or language not in LANGUAGES:
        return None
    try:
        tree = LANGUAGES[language](query["filter"])
    except WrongFilter as error:
        faults.append(Fault("filter", "no_filter", str(error)))
        return None
    found, wrong = sql.condition(tree, collection.queryables, crs)
    faults += [Fault("filter", "wrong_filter", sentence) for sentence in wrong]
    return found


_READ: Final = {
    "integer": values.number,
    "number": values.number,
    "date": values.day,
    "date-time": values.moment,
    "string": values.text,
    "strings": values.text,
}
_CAST: Final = {"integer": "numeric", "number": "numeric", "date": "date", "date-time": "timestamptz"}


def _equal(collection: Collection, name: str, written: str, faults: list[Fault]) -> sql.Sql | None:
    """A property that has a value; of a list: one of whose values it is."""
    type_ = collection.columns[name]
    if type_ == "boolean":
        if written not in ("true", "false"):
            faults.append(Fault(name, "wrong_type", "true or false"))
            return None
        return f'f."{name}" = %s', [written == "true"]
    try:
        value = _READ[type_](written, name)
    except WrongFilter as error:
        faults.append(Fault(name, "wrong_type", str(error)))
        return None
    if type_ == "strings":
        return f'f."{name}" ? %s', [value]
    return f'f."{name}" = %s::{_CAST.get(type_, "text")}', [value]


def _datetime(collection: Collection, written: str, faults: list[Fault]) -> sql.Sql | None:
    """Features that hold at some time of an instant or of an interval; where there is no time, all of them."""
    try:
        begin, slash, end = written.partition("/")
        ends = [
            _instant(part) if part not in ("", "..") else None
            for part in ((begin, end) if slash else (begin, begin))
        ]
        first, last = ends
        if (first is None and last is None and not slash) or (first and last and first > last):
            raise WrongFilter("datetime: the first moment comes first")
    except WrongFilter:
        faults.append(
            Fault(
                "datetime",
                "no_time",
                "2026-11-22, 2026-11-22T16:55:00Z, or two of them with / between, .. = open",
            )
        )
        return None
    if collection.times is None:
        return None
    since, until = collection.times
    conditions, told = [], []
    # Without a first day it is not known since when it holds, so it holds at no time that is asked for.
    conditions.append(f'f."{since}" <= %s::date')
    told.append(last or date.max)
    if first is not None:
        conditions.append(f"coalesce(f.\"{until}\", 'infinity') >= %s::date")
        told.append(first)
    return f"({' AND '.join(conditions)})", told


def _instant(written: str) -> date:
    """The Danish day of an instant; plans hold for whole days."""
    try:
        return values.day(written, "datetime")
    except WrongFilter:
        pass
    try:
        moment = datetime.fromisoformat(written) if len(written) >= 20 else None
        if moment is not None and moment.tzinfo is not None:
            return timezone.localdate(moment)
    except (ValueError, OverflowError):  # no moment, or one that is beyond the calendar in Denmark
        pass
    raise WrongFilter("datetime: no moment")
