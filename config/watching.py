"""What the watchers of a server want to know, each by one query: numbers and names of registers, nobody's data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db import connection
from django.db.migrations.loader import MigrationLoader

#: A worker gives a sign of life every two seconds; silent for so long it is dead, and its jobs are taken over.
SILENT_AFTER_S: Final = 10.0


@dataclass(frozen=True)
class Workers:
    """Who does the background work: how many are known, and seconds since the last sign of life (None: of nobody)."""

    known: int
    silent_s: float | None

    @property
    def state(self) -> str:
        """``alive``, ``silent`` (died, or hangs) or ``none`` (nobody has been started, or all were stopped)."""
        if self.silent_s is None:
            return "none"
        return "alive" if self.silent_s <= SILENT_AFTER_S else "silent"


@dataclass(frozen=True)
class Source:
    """When a register last delivered a theme, and of which day it told; ``unanswered`` municipalities wait for it."""

    source: str
    theme: str
    delivered: str | None
    age_s: float | None
    as_of: str | None
    unanswered: int


@dataclass(frozen=True)
class Queue:
    """Jobs that nobody has begun, and how long the oldest has been waiting, s."""

    length: int
    oldest_s: float


def revision() -> int | None:
    """The last finished change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(revision) FROM ledger_change")
        found: int | None = cursor.fetchone()[0]
    return found


@lru_cache(maxsize=1)
def _migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


def waiting_migrations() -> list[str]:
    """Migrations that this code needs and the database has not had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        done = set(cursor.fetchall())
    return sorted(f"{app}.{name}" for app, name in _migrations() - done)


def workers() -> Workers:
    """The workers of the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), extract(epoch FROM clock_timestamp() - max(last_heartbeat))::float "
            "FROM procrastinate_workers"
        )
        known, silent = cursor.fetchone()
    return Workers(known, None if silent is None else max(silent, 0.0))


def queue() -> Queue:
    """What is waiting in the queue; jobs that are to be tried again later wait from that time on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(scheduled_at, "
            "(SELECT min(at) FROM procrastinate_events e WHERE e.job_id = j.id)))), 0)::float "
            "FROM procrastinate_jobs j WHERE status = 'todo'"
        )
        length, oldest = cursor.fetchone()
    return Queue(length, max(oldest, 0.0))


def jobs() -> list[tuple[str, str, int]]:
    """(kind, state, number) of all jobs that there have been."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, state, count(*) FROM ledger_job GROUP BY kind, state ORDER BY kind, state"
        )
        return [(kind, state, number) for kind, state, number in cursor.fetchall()]


def sources() -> list[Source]:
    """Each register with its themes; parts of a theme are told with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH told AS (SELECT source, split_part(theme, ':', 1) AS theme, as_of, told_at, "
            "state = 'not_answered' AS silent FROM ledger_sourceanswer) "
            "SELECT source, theme, max(told_at) FILTER (WHERE NOT silent), "
            "extract(epoch FROM clock_timestamp() - max(told_at) FILTER (WHERE NOT silent))::float, "
            "max(as_of) FILTER (WHERE NOT silent), count(*) FILTER (WHERE silent) "
            "FROM told GROUP BY source, theme ORDER BY source, theme"
        )
        rows = cursor.fetchall()
    return [
        Source(
            source,
            theme,
            delivered.isoformat(timespec="seconds") if delivered else None,
            None if age is None else max(age, 0.0),
            as_of.isoformat() if as_of else None,
            unanswered,
        )
        for source, theme, delivered, age, as_of, unanswered in rows
    ]
