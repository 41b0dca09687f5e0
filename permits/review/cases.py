"""The list of applications: filters, pages by key, and the worst answer of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection

from permits.outcomes import breaches_sql, worst_sql
from permits.review.labels import LABELS, UNCHECKED, label

PAGE: Final = 40
_CURSOR: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})")


@dataclass(frozen=True)
class Filters:
    """What the address of the list says: words, outcomes, and where the page starts."""

    words: str = ""
    outcomes: tuple[str, ...] = ()
    after: tuple[date, int] | None = None

    @classmethod
    def of(cls, query: Any) -> Filters:
        """Read a query string; what makes no sense in it is left out, never an error."""
        chosen = tuple(o for o in dict.fromkeys(query.getlist("outcome")) if o in LABELS)
        after = None
        if match := _CURSOR.fullmatch(query.get("after", "")):
            try:
                after = (date.fromisoformat(match[1]), int(match[2]))
            except ValueError:
                after = None
        words = " ".join(query.get("q", "").replace("\x00", "").split())[:100]
        return cls(words, chosen, after)

    @property
    def any(self) -> bool:
        """Whether something is filtered out."""
        return bool(self.words or self.outcomes)

    def query(self, after: tuple[date, int] | None = None) -> str:
        """The same as a query string, optionally for the page after a row."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [("outcome", outcome) for outcome in self.outcomes]
        if after is not None:
            pairs.append(("after", f"{after[0].isoformat()}.{after[1]}"))
        return urlencode(pairs)


@dataclass(frozen=True)
class Row:
    """One application as the list shows it."""

    id: int
    public_id: UUID
    number: str
    title: str
    address: str
    applied_on: date
    outcome: str
    breaches: int

    @property
    def label(self) -> str:
        """The worst answer in words."""
        return label(self.outcome)


@dataclass(frozen=True)
class Page:
    """A page of the list."""

    rows: tuple[Row, ...]
    filters: Filters
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    more: str = ""  # query string of the next page, empty on the last


def _like(words: str) -> str:
    escaped = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


_LISTED: Final = (
    "SELECT a.id, a.public_id, a.number, a.title, a.address, a.applied_on, "
    f"coalesce({worst_sql('a.id')}, '{UNCHECKED}') AS outcome FROM permits_application a WHERE a.state <> 'draft'"
)


def _where(filters: Filters) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    for word in filters.words.split():
        clauses.append("(address ILIKE %s OR number ILIKE %s OR title ILIKE %s)")
        values += [_like(word)] * 3
    if filters.outcomes:
        clauses.append("outcome = ANY(%s)")
        values.append(list(filters.outcomes))
    return " AND ".join(clauses) or "true", values


def page(filters: Filters) -> Page:
    """One page of applications (ansøgninger) of the open tenant, newest first.

    Parameters
    ----------
    filters : words that must all occur in address, number or title; outcomes, any of which is the worst one.

    Returns
    -------
    At most :data:`PAGE` rows, the number of all that match, and how many there are per outcome when only the
    words are asked for. Two queries, however many applications there are.
    """
    where, values = _where(filters)
    beyond, key = "true", list[Any]()
    if filters.after is not None:
        beyond, key = "(applied_on, id) < (%s, %s)", list(filters.after)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.*, {breaches_sql('l.id')} FROM ({_LISTED}) l WHERE {where} AND {beyond} "
            "ORDER BY applied_on DESC, id DESC LIMIT %s",
            [*values, *key, PAGE + 1],
        )
        rows = [Row(*row) for row in cursor.fetchall()]
        words_only, word_values = _where(Filters(filters.words))
        cursor.execute(
            f"SELECT outcome, count(*) FROM ({_LISTED}) l WHERE {words_only} GROUP BY 1", word_values
        )
        counts = dict(cursor.fetchall())
    total = sum(n for outcome, n in counts.items() if not filters.outcomes or outcome in filters.outcomes)
    shown = rows[:PAGE]
    more = filters.query((shown[-1].applied_on, shown[-1].id)) if len(rows) > PAGE else ""
    return Page(tuple(shown), filters, total, counts, more)
