"""Emptying the tables after a test that commits.

Django truncates every table and makes all content types and permissions anew, which takes half a second and, over
hundreds of tests, minutes. Most tables have never had a row. Where the superuser of the private cluster can be asked,
the rows of the others are deleted instead, past the triggers that keep the ledger from being changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.core.management.commands import flush
from django.db import connection
from psycopg import sql

#: Rows that migrations and Django's own signals have put there, which later tests go by.
KEPT: Final = ("django_content_type", "auth_permission", "django_migrations")


_ALL: Final = flush.sql_flush


class Emptied:
    """Deletes all rows of the test database by a connection of the superuser, which is opened once."""

    def __init__(self) -> None:
        self._session: psycopg.Connection | None = None

    def session(self) -> psycopg.Connection | None:
        """The superuser's session with the test database; ``None`` where there is none to be had."""
        name = connection.settings_dict["NAME"]
        if self._session is not None and not self._session.closed and self._session.info.dbname == name:
            return self._session
        host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
        try:
            self._session = psycopg.connect(
                dbname=name, user="postgres", host=host, port=port or None, autocommit=True
            )
        except psycopg.OperationalError:
            return None
        return self._session

    def __call__(
        self, style: Any, of: Any, reset_sequences: bool = True, allow_cascade: bool = False
    ) -> list[str]:
        session = self.session()
        if session is None or reset_sequences:
            return _ALL(style, of, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
        named = of.introspection.django_table_names(only_existing=True, include_views=False)
        used = session.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND relname = ANY(%s) AND relname <> ALL(%s) AND pg_relation_size(oid) > 0",
            [named, list(KEPT)],
        ).fetchall()
        with session.transaction():
            session.execute("SET LOCAL session_replication_role = replica")
            for (table,) in used:
                session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        return []

    def close(self) -> None:
        """End the session, so that the database can be dropped."""
        if self._session is not None:
            self._session.close()


@contextmanager
def quickly_emptied() -> Iterator[None]:
    """Let Django's tests that commit be cleared up in this way."""
    emptied = Emptied()
    flush.sql_flush = emptied
    try:
        yield
    finally:
        flush.sql_flush = _ALL
        emptied.close()
