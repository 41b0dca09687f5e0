"""Applications that wait for a check: marked as affected, or sent in and never checked."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from geodata.accounts.tenancy import tenant

_WAITING: Final = """
SELECT a.id FROM permits_application a LEFT JOIN permits_lookedat l ON l.application_id = a.id
WHERE a.state = 'submitted' AND coalesce(l.affected, true) ORDER BY a.id
"""


def waiting(municipality: str) -> list[int]:
    """Ids of a municipality's applications that wait for a check."""
    with transaction.atomic(), tenant(municipality), connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return [row[0] for row in cursor.fetchall()]
