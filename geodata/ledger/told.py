"""What sources have delivered for one municipality: in one query, for a page that asks about every theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True)
class Told:
    """A source has answered about a theme, and of which day that is."""

    source: str
    as_of: date | None


_TOLD = """
SELECT DISTINCT ON (theme) theme, source, as_of FROM ledger_sourceanswer
WHERE state <> 'not_answered' AND (municipality_id = %s OR municipality_id IS NULL)
ORDER BY theme, state = 'found' DESC, as_of DESC NULLS LAST, source
"""


def told(municipality: str | None) -> Mapping[str, Told]:
    """Theme → the best answer of any source, for a municipality or for the whole country.

    A theme that is not in the answer has not been delivered: that nothing of it is stored proves nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [municipality])
        return {theme: Told(source, as_of) for theme, source, as_of in cursor.fetchall()}
