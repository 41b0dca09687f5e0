"""Work on parts of something in several processes.

:func:`spread` is for parts of the database's content, of which all processes see the same. Each has a connection of
its own, in a transaction that reads the snapshot which the starting process has taken and writes nothing. What comes
of the work goes back to the starting process, which writes it in its own transaction: either all of it is stored, or
nothing is.

:func:`by_turns` is for parts that lie in memory already. Forks find them there, and have no connection.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

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

    Not where the open transaction has written something, which no other connection sees, and not where forks cannot
    help (:func:`may_fork`).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        written = bool(cursor.fetchone()[0])
    return not written and may_fork()


def may_fork() -> bool:
    """Whether forks of this process can work beside it.

    Not among threads, which a copied process would not have, and whose locks nobody would open there; and not on a
    single processor.
    """
    return threading.active_count() == 1 and processors() > 1


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


class ForkDied(RuntimeError):
    """A fork came to an end before it had told all that it worked out."""


def by_turns(
    work: Callable[[Part], Iterable[Result]], parts: Iterable[Part]
) -> Generator[Result, None, None]:
    """Results of work on each part, in the order of the parts, by this process and forks of it side by side.

    Parameters
    ----------
    work : reads what lies in memory and touches no connection, since forks share those with this process. It may
        keep what helps it with later parts, but must not depend on it: what a fork keeps is lost with it.
    parts : taken in this process, as many at a time as there are processors. Each should be worth some 0.5 s: a fork
        takes 10 to 20 ms, and as much again for memory that is no longer shared.

    Raises
    ------
    ForkDied : a fork was killed. Errors of the work are raised here as they are, behind the results before them.

    Notes
    -----
    Where :func:`may_fork` says no, and of one part alone, all work is done here. Results of this process's own part
    are handed on one by one, those of a fork are kept in a file in memory until their turn comes.
    """
    left = iter(parts)
    most = processors() if may_fork() else 1
    while taken := list(islice(left, most)):
        forks: list[_Fork] = []
        try:
            forks.extend(_Fork(work, part) for part in taken[1:])
            yield from work(taken[0])
            # Not held while the next parts come into being.
            taken.clear()
            for fork in forks:
                yield from fork.results()
        finally:
            for fork in forks:
                fork.end()


class _Fork:
    """A copy of this process that works on one part and leaves the results in a file in memory."""

    def __init__(self, work: Callable[[Part], Iterable[Any]], part: Part) -> None:
        # Not a pipe, which holds 64 KiB: the fork would wait until somebody reads.
        self._file = os.memfd_create("fork")
        self._pid: int | None = None
        parent, status = os.getpid(), 1
        try:
            self._pid = os.fork()
            if os.getpid() != parent:
                self._tell(work, part)
                status = 0
        finally:
            # Whatever happened, nothing that the parent has begun may be finished a second time here.
            if os.getpid() != parent:
                os._exit(status)

    def _tell(self, work: Callable[[Part], Iterable[Any]], part: Part) -> None:
        # It ends before garbage matters, and looking for some would copy the pages that both share.
        gc.disable()
        with open(self._file, "wb", closefd=False) as stream:
            error: BaseException | None = None
            try:
                for result in work(part):
                    pickle.dump(_Told(result), stream, protocol=pickle.HIGHEST_PROTOCOL)
            except BaseException as raised:  # noqa: BLE001 - raised again by the parent
                error = _portable(raised)
            pickle.dump(_End(error), stream)

    def results(self) -> Iterator[Any]:
        """Wait for its end, and give what it worked out."""
        assert self._pid is not None
        pid, self._pid = self._pid, None
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            reason = signal.Signals(-code).name if code < 0 else f"status {code}"
            raise ForkDied(f"a fork of this process came to an early end ({reason})")
        with open(self._file, "rb", closefd=False) as stream:
            stream.seek(0)
            # A copy of this very process wrote it, to a file that has no name.
            while isinstance(told := pickle.load(stream), _Told):  # noqa: S301
                yield told.result
        if told.error is not None:
            raise told.error

    def end(self) -> None:
        """Let go of it; one that is still at work is killed."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None
        os.close(self._file)


class _Told(NamedTuple):
    """One result of a fork."""

    result: Any


class _End(NamedTuple):
    """What a fork tells last: the error that ended its work, if any did."""

    error: BaseException | None


def _portable(error: BaseException) -> BaseException:
    """The error, or one that says the same where it cannot be handed to another process."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001 - whatever an error's own methods raise
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
