"""Work on parts of the database's content in several processes that all see the same of it.

Each process has a connection of its own, in a transaction that reads the snapshot which the starting process has
taken and writes nothing. What comes of the work goes back to the starting process, which writes it in its own
transaction: either all of it is stored, or nothing is.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from geodata.accounts.tenancy import SETTING, tenant

Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Snapshot:
    """What the processes see: the database's content at one moment, for one tenant."""

    name: str
    revision: int  # the last finished one
    tenant: str


def may_spread() -> bool:
    """Whether work can be spread over processes from here.

    Not where the open transaction has written something, which no other connection sees; not among threads, which
    a copied process would not have; and not on a single processor.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        written = bool(cursor.fetchone()[0])
    return not written and threading.active_count() == 1 and processors() > 1


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Hold the database's content as it is now, on a connection beside the open transaction.

    A snapshot cannot be handed on from a transaction with savepoints.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [SETTING])
        code = cursor.fetchone()[0] or ""
    beside = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with beside.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot(), coalesce(max(revision), 0) FROM ledger_change")
            name, revision = cursor.fetchone()
        yield Snapshot(name, revision, code)
    finally:
        beside.close()


def spread(
    work: Callable[[Part], Result], parts: Iterable[Part], seen: Snapshot, *, processes: int | None = None
) -> Generator[Result, None, None]:
    """Results of work on each part, in the order of the parts.

    Parameters
    ----------
    work : function of a module (or a partial of one) that reads and writes nothing.
    parts : what it is called with; no more of them are under way than there are processes, and one.
    seen : what the processes see.
    processes : how many; None = one a processor.

    Raises
    ------
    BrokenProcessPool : a process came to an end by itself. Errors of the work are raised here as they are.
    """
    count = processes or processors()
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("fork"), initializer=_enter, initargs=(seen,)
    )
    try:
        left = iter(parts)
        under_way: deque[Future[Result]] = deque(pool.submit(work, part) for part in islice(left, count + 1))
        while under_way:
            result = under_way.popleft().result()
            under_way.extend(pool.submit(work, part) for part in islice(left, 1))
            yield result
            del result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


#: Held for as long as the process lives: the connection of the parent, whose end would be told to the server if it
#: were closed here, and the transaction of this process.
_HELD: Final[list[Any]] = []


def _enter(seen: Snapshot) -> None:
    """Begin a process: a connection of its own that sees the snapshot."""
    # What came with the process stays for as long as it lives: no search for cycles has to walk over it.
    gc.freeze()
    _HELD.append(connections[DEFAULT_DB_ALIAS])
    del connections[DEFAULT_DB_ALIAS]
    stack = ExitStack()
    _HELD.append(stack)
    stack.enter_context(transaction.atomic())
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # The name is the server's own; the statement takes no parameters.
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{seen.name}'")
    stack.enter_context(tenant(seen.tenant))
