"""The demonstration town: from nothing into the database, and as files, at the size of the demo and at 100,000.

There is no peer that makes a Danish town; the bars are absolute. Each run is a process with memory of its own.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings
from django.db import connection

from config.benchmarks.bars import Bar, CannotMeasure
from config.benchmarks.scratch import scratch_database, scratch_environment

Tell = Callable[[str], object]

_DEMO: Final = 10_000
_SEED: Final = 1
_DEMO_S: Final = 40.0
_LARGE_S: Final = 300.0
_LARGE_MB: Final = 4096.0
#: Smaller is no town, larger no benchmark.
_LEAST, _MOST = 300, 200_000
#: A child that runs the command and tells seconds and the largest memory (KiB) of itself and of the process that it
#: splits off; together they need no more than both, less what they share.
_CHILD: Final = """
import re, resource, sys, time
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
begun = time.perf_counter()
call_command("make_demo", *sys.argv[1:], stdout=sys.stderr)
spent = time.perf_counter() - begun
own = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(spent, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars; ``size`` parcels of the larger town, measured once.

    Raises
    ------
    CannotMeasure : the role may not create databases, the size is none of a town, or the command failed.
    """
    if not _LEAST <= size <= _MOST:
        raise CannotMeasure(f"--size wants a number from {_LEAST} to {_MOST}")
    times = [_stored(tell, _DEMO) for _ in range(runs)]
    seconds = statistics.median(spent for spent, _, _ in times)
    written, _ = _written(tell, _DEMO)
    bars = [
        Bar(f"{_DEMO} parcels into the database", seconds, _DEMO_S, "s", times[-1][2]),
        Bar("the same, largest memory", max(mb for _, mb, _ in times), unit="MB", against=_WHOSE),
        Bar(f"{_DEMO} parcels as files", written, unit="s", against="generated and written"),
    ]
    seconds, megabytes, held = _stored(tell, size)
    written, of_files = _written(tell, size)
    full = size >= 100_000
    return [
        *bars,
        Bar(f"{size} parcels into the database", seconds, _LARGE_S if full else None, "s", held),
        Bar("the same, largest memory", megabytes, _LARGE_MB if full else None, "MB", _WHOSE),
        Bar(f"{size} parcels as files", written, _LARGE_S if full else None, "s", "generated and written"),
        Bar("the same, largest memory", of_files, _LARGE_MB if full else None, "MB"),
    ]


_WHOSE: Final = "both processes, what they share counted twice"


def _stored(tell: Tell, parcels: int) -> tuple[float, float, str]:
    """Seconds, megabytes, and what the database held."""
    with scratch_database(tell):
        seconds, megabytes = _made(tell, parcels, "--no-passwords")
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM t_parcel), (SELECT count(*) FROM geodata_edge)")
            held, edges = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM permits_lookedat WHERE last_finding > 0")
            checked = cursor.fetchone()[0]
    if not 0.75 * parcels < held < 1.35 * parcels or edges < 3 * held or not checked:
        raise AssertionError(
            f"{held} parcels with {edges} edges and {checked} checked applications are no town"
        )
    return seconds, megabytes, f"{held} parcels, {edges} edges, {checked} applications checked"


def _written(tell: Tell, parcels: int) -> tuple[float, float]:
    with TemporaryDirectory(dir=settings.VAR) as folder:
        return _made(tell, parcels, "--into", folder)


def _made(tell: Tell, parcels: int, *options: str) -> tuple[float, float]:
    """Seconds and megabytes of the command, in a process of its own."""
    tell(f"{parcels} parcels, {' '.join(options[:1])} …")
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.VAR) as var:
        there = {**scratch_environment(), "PLANVAERK_VAR": var, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, "--parcels", str(parcels), "--seed", str(_SEED), *options],
            env={**os.environ, **there},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    if done.returncode:
        raise CannotMeasure(f"the town was not made:\n{done.stderr[-2000:]}")
    seconds, own, other = map(float, done.stdout.split())
    return seconds, (own + other) / 1024
