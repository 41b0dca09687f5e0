"""``load``: fifty people at once, on the site as it is served; exit 1 at an error or when answers take too long."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.launch.serve import open_port

#: Bar of the 95th percentile of all answers, s.
BAR_S: Final = 1.0
_START_S: Final = 60.0


class Command(BaseCommand):
    help = "Loads the site of this database with people who think 3 to 7 s between pages, and prints the figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=50)
        parser.add_argument("--seconds", type=int, default=120)

    def handle(self, *args: Any, **options: Any) -> None:
        if importlib.util.find_spec("locust") is None:
            raise CommandError("locust is not installed: .venv/bin/uv sync --inexact --group load")
        area = self._area()
        sock = open_port(None, 18_100)
        port = int(sock.getsockname()[1])
        with tempfile.TemporaryDirectory() as folder:
            log = (Path(folder) / "site.log").open("wb")
            site = subprocess.Popen(  # noqa: S603 - our own server
                [
                    *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
                    *("--config=python:config.serving", f"--bind=fd://{sock.fileno()}"),
                ],
                env={
                    **os.environ,
                    "PLANVAERK_DB_ROLE": "app",
                    "PROMETHEUS_MULTIPROC_DIR": f"{folder}/counts",
                },
                cwd=settings.BASE_DIR,
                pass_fds=[sock.fileno()],
                stdout=log,
                stderr=log,
            )
            sock.close()
            try:
                _wait(f"http://127.0.0.1:{port}/health/ready")
                rows = self._people(f"http://127.0.0.1:{port}", area, options["people"], options["seconds"])
            finally:
                site.terminate()
                site.wait(30)
                log.close()
        self._tell(rows, options["people"], options["seconds"])

    def _area(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH whole AS (SELECT ST_Transform(ST_SetSRID(ST_Extent(geometry)::geometry, 25832), 4326) AS g "
                "FROM geodata_parcelversion) SELECT ST_YMin(g), ST_XMin(g), ST_YMax(g), ST_XMax(g) FROM whole"
            )
            bounds = cursor.fetchone()
        if bounds[0] is None:
            raise CommandError("there is nothing to look at: make the demonstration first (make_demo)")
        return ",".join(map(str, bounds))

    def _people(self, url: str, area: str, people: int, seconds: int) -> list[dict[str, Any]]:
        done = subprocess.run(  # noqa: S603 - locust, with our own file
            [
                *(sys.executable, "-m", "locust", "-f", "config/load/people.py", "--headless", "--json"),
                *("-u", str(people), "-r", "10", "-t", f"{seconds}s", "--host", url),
                *("--reset-stats", "--exit-code-on-error", "0", "--loglevel", "WARNING"),
            ],
            env={**os.environ, "PLANVAERK_LOAD_AREA": area},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            rows: list[dict[str, Any]] = json.loads(done.stdout)
        except ValueError as error:
            raise CommandError(f"locust said nothing that can be read:\n{done.stderr[-2000:]}") from error
        return rows

    def _tell(self, rows: list[dict[str, Any]], people: int, seconds: int) -> None:
        self.stdout.write(f"{people} people, 3 to 7 s between pages, {seconds} s")
        self.stdout.write(f"{'':<14}{'requests':>9}{'errors':>8}{'median s':>10}{'p95 s':>8}{'most s':>8}")
        whole: dict[float, int] = {}
        for row in rows:
            times = {float(ms): number for ms, number in row["response_times"].items()}
            for ms, number in times.items():
                whole[ms] = whole.get(ms, 0) + number
            self._line(row["name"], times, row["num_failures"])
        errors = sum(row["num_failures"] for row in rows)
        p95 = self._line("all", whole, errors)
        if errors or not whole or p95 >= BAR_S:
            raise CommandError(f"{errors} errors, p95 {p95:.2f} s; bar: no errors, p95 below {BAR_S:g} s")

    def _line(self, name: str, times: dict[float, int], errors: int) -> float:
        p95 = percentile(times, 0.95)
        self.stdout.write(
            f"{name:<14}{sum(times.values()):>9}{errors:>8}{percentile(times, 0.5):>10.3f}{p95:>8.3f}"
            f"{max(times, default=0) / 1000:>8.3f}"
        )
        return p95


def percentile(times: dict[float, int], part: float) -> float:
    """The time, s, that this part of all answers kept below; ``times`` maps milliseconds to how many took them."""
    left = part * sum(times.values())
    for ms in sorted(times):
        left -= times[ms]
        if left <= 0:
            return ms / 1000
    return 0.0


def _wait(url: str) -> None:
    end = time.monotonic() + _START_S
    while True:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own site
                answer.read()
            return
        except (URLError, OSError) as error:
            if time.monotonic() > end:
                raise CommandError(f"the site did not become ready: {error}") from error
            time.sleep(0.3)
