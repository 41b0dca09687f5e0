"""What sources have delivered for one municipality: in one query, for a page that asks about every theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True)
class Told:
    """A source has answered about a theme, and of which day that is."""

    source: str
    as_of: date | None
    municipality: str | None = None


_ANSWERED = "state <> 'not_answered'"
_TOLD = f"""
SELECT DISTINCT ON (theme) theme, source, as_of FROM ledger_sourceanswer
WHERE {_ANSWERED} AND (municipality_id = %s OR municipality_id IS NULL)
ORDER BY theme, state = 'found' DESC, as_of DESC NULLS LAST, source
"""


def told(municipality: str | None) -> Mapping[str, Told]:
    """Theme → the best answer of any source, for a municipality or for the whole country.

    A theme that is not in the answer has not been delivered: that nothing of it is stored proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [municipality])
        return {theme: Told(source, as_of) for theme, source, as_of in cursor.fetchall()}


def delivered(theme: str, municipalities: Iterable[str]) -> set[str]:
    """Those municipalities for which a source has answered about a theme, or about a part of it (``theme:part``).

    By the same record as :func:`told`: that something of the theme is stored for a municipality proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.code FROM unnest(%s::text[]) AS m(code) WHERE EXISTS (SELECT FROM ledger_sourceanswer "
            f"WHERE {_ANSWERED} AND theme = %s AND (municipality_id = m.code OR municipality_id IS NULL))",
            [sorted(set(municipalities)), theme],
        )
        return {row[0] for row in cursor.fetchall()}


def all_told(themes: Iterable[str]) -> Mapping[str, list[Told]]:
    """Theme → all answers of all sources, each for a municipality or (None) for the whole country."""
    found: dict[str, list[Told]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT theme, source, as_of, municipality_id FROM ledger_sourceanswer WHERE {_ANSWERED} "
            "AND theme = ANY(%s)",
            [sorted(set(themes))],
        )
        for theme, *told in cursor.fetchall():
            found.setdefault(theme, []).append(Told(*told))
    return found
