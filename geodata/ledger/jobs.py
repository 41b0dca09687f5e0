"""Background work: jobs with progress, cancel and result, done by workers on a queue in the same database.

The queue (procrastinate) brings a job to a worker, again when the worker has died; a :class:`Job` row is what
people see of it. The work itself must bear being begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app as queue

from geodata.accounts.models import User
from geodata.ledger.models import FINISHED, ImportRun, Job
from geodata.ledger.runs import Busy, Cancelled, work
from geodata.readers.refusal import CannotRead
from geodata.registry import Registry

#: Name of the queue's one task.
TASK: Final = "planvaerk.work"
_OVER: Final = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


@dataclass(frozen=True)
class Handle:
    """What the work gets: its arguments, and how it tells how far it is."""

    job: int
    arguments: dict[str, Any]

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is; to be called between transactions.

        Raises
        ------
        Cancelled : somebody asked to stop.
        """
        Job.objects.filter(pk=self.job).update(done=done, total=total)
        self.check()

    def check(self) -> None:
        """Raise Cancelled when somebody has asked to stop."""
        if Job.objects.filter(pk=self.job, cancel_asked=True).exists():
            raise Cancelled


#: Kind of work → what does it; it answers with the job's result.
kinds: Registry[Callable[[Handle], dict[str, Any]]] = Registry("kind of job")


def enqueue(kind: str, *, asked_by: User | None, **arguments: Any) -> Job:
    """Ask for a piece of work; it is in the queue when the caller's transaction commits."""
    if kind not in kinds:
        raise KeyError(f"no kind of job is called {kind!r}")
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind, arguments=arguments, asked_by_id=asked_by.pk if asked_by else None
        )
        job.queue_id = queue.configure_task(TASK, queueing_lock=f"job-{job.pk}").defer(job=job.pk)
        job.save(update_fields=["queue_id"])
    return job


def cancel(job: Job) -> None:
    """Ask a job to stop; one that has not begun is cancelled at once."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if not waiting.update(state=Job.State.CANCELLED, cancel_asked=True, finished_at=timezone.now()):
        Job.objects.filter(pk=job.pk).exclude(state__in=_OVER).update(cancel_asked=True)


def do(job_id: int) -> None:
    """Do a job, or what is left of it. Lost connections and a busy run are raised, so that the queue tries again."""
    begun = Job.objects.filter(pk=job_id).exclude(state__in=_OVER)
    if not begun.update(state=Job.State.WORKING, attempts=F("attempts") + 1):
        return
    job = Job.objects.get(pk=job_id)
    try:
        result = kinds[job.kind](Handle(job.pk, job.arguments))
    except Cancelled:
        _end(job, Job.State.CANCELLED)
    except (OperationalError, InterfaceError, Busy):
        raise
    except CannotRead as error:
        _end(job, Job.State.FAILED, message=str(error))
    except Exception as error:
        _end(job, Job.State.FAILED, message=f"{type(error).__name__}: {error}")
        raise
    else:
        _end(job, Job.State.DONE, result=result)


def _end(job: Job, state: Job.State, *, message: str = "", result: dict[str, Any] | None = None) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=state, message=message, result=result or {}, finished_at=timezone.now()
    )


# --- imports as jobs --------------------------------------------------------------------------------------------


def enqueue_import(run: ImportRun) -> Job:
    """Let a worker do an import run."""
    with transaction.atomic():
        job = enqueue("geodata.import", asked_by=run.asked_by, run=run.pk)
        run.job = job
        run.save(update_fields=["job"])
    return job


def _import(handle: Handle) -> dict[str, Any]:
    run: int = handle.arguments["run"]

    def say(_text: str) -> None:
        records, staged = ImportRun.objects.values_list("records", "staged").get(pk=run)
        Job.objects.filter(pk=handle.job).update(done=staged, total=records)

    report = work(run, say=say)
    return {"run": run, "line": report.line()}


def take_up_forgotten() -> list[int]:
    """Put runs into the queue again whose job ended without them (a lost row, a queue that was emptied)."""
    forgotten = ImportRun.objects.filter(job__state__in=_OVER).exclude(state__in=FINISHED)
    return [enqueue_import(run).pk for run in forgotten]


kinds.register("geodata.import", _import)
