"""Which municipality a database session speaks for.

Row-level security compares ``municipality_id`` with the setting ``app.tenant``. It is set for one transaction
only, so that a pooled connection never carries it over to the next request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction

#: The setting that policies read; unset or empty = no row.
SETTING = "app.tenant"


@contextmanager
def tenant(code: str | None, *, using: str = "default") -> Iterator[None]:
    """Open a transaction that sees the personal data of one municipality (None: of nobody).

    An outer tenant is restored when the block ends.
    """
    inner = connections[using].in_atomic_block or not connections[using].get_autocommit()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        before = ""
        if inner:
            cursor.execute("SELECT current_setting(%s, true)", [SETTING])
            before = cursor.fetchone()[0] or ""
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, code or ""])
        yield
        if inner:  # else the transaction ends here, and the setting with it
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])


def policy_sql(table: str, *, open_for_nobodys_rows: bool = False) -> tuple[str, str]:
    """SQL (forward, reverse) that puts a table with personal data under row-level security.

    ``open_for_nobodys_rows`` also lets rows without a municipality be *written* (never read) by any session;
    such a row cannot be asked back by INSERT … RETURNING.
    """
    own = f"municipality_id = nullif(current_setting('{SETTING}', true), '')"
    check = f"municipality_id IS NULL OR {own}" if open_for_nobodys_rows else own
    forward = (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY tenant ON {table} USING ({own}) WITH CHECK ({check});"
    )
    reverse = (
        f"DROP POLICY tenant ON {table};"
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )
    return forward, reverse


def policies_sql(tables: Iterable[str], *, open_for_nobodys_rows: bool = False) -> tuple[str, str]:
    """:func:`policy_sql` for several tables."""
    pairs = [policy_sql(table, open_for_nobodys_rows=open_for_nobodys_rows) for table in tables]
    return "".join(p[0] for p in pairs), "".join(p[1] for p in reversed(pairs))
