"""The queue's one task: do a job. Imported by workers only."""

from __future__ import annotations

from typing import Final

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job as QueuedJob

from geodata.ledger.jobs import TASK, do

_LONGEST_WAIT_S: Final = 60


class Again(BaseRetryStrategy):
    """Lost connections and busy runs are tried again, later and later."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        from django.db import InterfaceError, OperationalError

        from geodata.ledger.runs import Busy

        if not isinstance(exception, OperationalError | InterfaceError | Busy):
            return None
        return RetryDecision(retry_in={"seconds": min(1 + job.attempts // 10, _LONGEST_WAIT_S)})


@app.task(name=TASK, retry=Again())
def work(job: int) -> None:
    """Do a job by the id of its row."""
    do(job)
