"""``worker``: does the background work that is in the queue, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from psycopg import Error
from psycopg_pool import PoolTimeout

from geodata.ledger.files import sweep
from geodata.ledger.jobs import TASK, take_up_forgotten

logger = logging.getLogger(__name__)
#: A worker that has been silent for so long is dead, and its jobs are taken up by another one. Should it only
#: have seemed dead, the database's lock on a run keeps the two apart.
_DEAD_AFTER_S: Final = 10.0
_PAUSE_S: Final = 1.0


class Command(BaseCommand):
    help = "Does the background work that is in the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when the queue is empty")
        parser.add_argument(
            "--dead-after",
            type=float,
            default=_DEAD_AFTER_S,
            metavar="SECONDS",
            help="how long another worker may be silent before its jobs are taken over",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = False

        def stop(_number: int, _frame: object) -> None:
            nonlocal stopped
            stopped = True

        while not stopped:
            # While it runs, the queue has handlers of its own, which end it in order.
            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
            try:
                close_old_connections()
                take_up_forgotten()
                sweep()
                asked = asyncio.run(self._run(once=options["once"], dead_after=options["dead_after"]))
                if asked or options["once"]:
                    return
            except (ConnectorException, Error, PoolTimeout, DatabaseError, OSError) as error:
                logger.warning("the queue cannot be reached, trying again: %s", error)
            if not stopped:
                time.sleep(_PAUSE_S)

    async def _run(self, *, once: bool, dead_after: float) -> bool:
        """Work until stopped; True when a person asked for that, False when the connection was lost."""
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        asked = False

        def note() -> None:
            nonlocal asked
            asked = True

        with app.replace_connector(connector.get_worker_connector()) as queue:
            async with queue.open_async():
                loop = asyncio.get_running_loop()
                # Before anything else: what stops when the queue is empty would be gone before they are in it.
                await _take_up(queue, dead_after)
                work = asyncio.ensure_future(
                    queue.run_worker_async(
                        name="planvaerk",
                        wait=not once,
                        install_signal_handlers=False,
                        update_heartbeat_interval=dead_after / 5,
                        stalled_worker_timeout=dead_after,
                        fetch_job_polling_interval=2.0,
                        shutdown_graceful_timeout=5.0,
                    )
                )

                def end() -> None:
                    note()
                    work.cancel()

                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, end)
                rescue = asyncio.ensure_future(_rescue(queue, dead_after))
                try:
                    await work
                except asyncio.CancelledError:
                    if not asked:
                        raise
                finally:
                    rescue.cancel()
        return asked


async def _rescue(queue: Any, dead_after: float) -> None:
    while True:
        await asyncio.sleep(dead_after / 2)
        try:
            await _take_up(queue, dead_after)
        except (ConnectorException, Error, PoolTimeout) as error:
            logger.warning("jobs of dead workers could not be looked for: %s", error)


async def _take_up(queue: Any, dead_after: float) -> None:
    """Put the jobs of dead workers into the queue again."""
    for job in await queue.job_manager.get_stalled_jobs(task_name=TASK, seconds_since_heartbeat=dead_after):
        logger.warning("job %s was left by a dead worker and is taken up again", job.id)
        await queue.job_manager.retry_job(job)
