"""Registers: BBR as delivered, everything about one parcel, kinds and accuracy of boundaries.

There is no peer to read a national register against; the bars are absolute.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import connection

from config.benchmarks.bars import Bar, CannotMeasure
from config.benchmarks.grid import grid_frames
from config.benchmarks.kernel_stored import fill
from config.benchmarks.scratch import scratch_database, scratch_environment
from geodata.accounts.tenancy import tenant
from geodata.crs import GRID
from geodata.property_lookup.answers import Asker, State
from geodata.property_lookup.look import look
from geodata.property_lookup.place import place_of

Tell = Callable[[str], object]

_CODE: Final = "0999"
_DISTRICT: Final = 60_000
_SAMPLE: Final = "data/dk/bbr/OIS_GRBBR_CO50200T_bygning.zip"
_BBR_S: Final = 60.0
_BBR_MIB: Final = 300.0
_WARM_MS: Final = 20.0
_COLD_MS: Final = 300.0
_EDGES_S: Final = 10.0
_LOOKS: Final = 400
_NEW_CONNECTIONS: Final = 9
#: A child that imports a file and tells seconds and its own largest memory (KiB); its start is not counted. By
#: ``getrusage`` the memory would be that of this process, out of which the child came, where that is larger.
_CHILD: Final = """
import re, sys, time
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
begun = time.perf_counter()
try:
    call_command("import_geodata", "bbr", sys.argv[1], "--municipality", "0999", stdout=sys.stderr)
except SystemExit as end:
    if end.code not in (0, 3, None):
        raise
spent = time.perf_counter() - begun
print(spent, re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars; ``size`` parcels, on a scratch database.

    Raises
    ------
    CannotMeasure : the role may not create databases.
    """
    bars = [_edges(tell, size, runs)]
    with scratch_database(tell):
        bars += _bbr(tell)
        bars += _looks(tell, size)
    return bars


# -- BBR -----------------------------------------------------------------------------------------------------


def _bbr(tell: Tell) -> list[Bar]:
    """Import of the sample in a process of its own, whose memory is nobody else's."""
    path = Path(os.environ.get("PLANVAERK_SAMPLES", "")) / _SAMPLE
    try:
        import geodata.readers.bbr_extract  # noqa: F401  # the reader of the extract, where there is one
    except ImportError:
        return _not_run("there is no reader of the extract")
    if not path.is_file():
        return _not_run("PLANVAERK_SAMPLES does not lead to the sample")
    tell("BBR as delivered …")
    from geodata.accounts.models import Municipality

    Municipality.objects.get_or_create(code=_CODE, defaults={"name": "Grid"})
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        env={**os.environ, **scratch_environment(), "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotMeasure(f"the sample of BBR was not imported:\n{done.stderr[-2000:]}")
    seconds, kib = map(float, done.stdout.split())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM geodata_buildingrecord")
        held = cursor.fetchone()[0]
    if not held:
        raise AssertionError("the import of BBR holds no building")
    return [
        Bar("BBR sample, read and stored", seconds, _BBR_S, "s", f"{held} buildings"),
        Bar("BBR sample, largest memory", kib / 1024, _BBR_MIB, "MB", "the whole process, libraries too"),
    ]


def _not_run(why: str) -> list[Bar]:
    return [Bar("BBR sample", float("nan"), unit="s", against=f"not run: {why}")]


# -- everything about one parcel -----------------------------------------------------------------------------


def _looks(tell: Tell, size: int) -> list[Bar]:
    tell(f"{size} parcels with buildings, boundaries, plans and applications …")
    fill(size)
    tell(f"{_LOOKS} look-ups …")
    chosen = random.Random(20_260_302).sample(range(size), _LOOKS + _NEW_CONNECTIONS)  # noqa: S311
    cold = []
    for number in chosen[:_NEW_CONNECTIONS]:
        connection.close()
        cold.append(_look_ms(number))
    for number in chosen[:50]:
        _look_ms(number)
    warm = sorted(_look_ms(number) for number in chosen[_NEW_CONNECTIONS:])
    p95 = warm[int(len(warm) * 0.95)]
    return [
        Bar(
            "all registers of one parcel, p95",
            p95,
            _WARM_MS,
            "ms",
            f"median {statistics.median(warm):.1f} ms, {size} parcels",
        ),
        Bar(
            "the same on a new connection, slowest",
            max(cold),
            _COLD_MS,
            "ms",
            f"{_NEW_CONNECTIONS} parcels never asked about",
        ),
    ]


def _look_ms(number: int) -> float:
    start = time.perf_counter()
    with tenant(_CODE):
        place = place_of(_DISTRICT, f"{number}a")
        if place is None:
            raise AssertionError(f"parcel {number}a is not there")
        found = look(place, Asker(tenant=_CODE))
    spent = (time.perf_counter() - start) * 1000.0
    answered = {
        told.id
        for told in found.facets
        if any(answer.state is not State.NOT_ANSWERED for answer in told.answers)
    }
    if not {"parcel", "edges", "buildings", "zone", "plans", "cases"} <= answered:
        raise AssertionError(f"the look-up of parcel {number}a has not answered everything")
    return spent


# -- boundaries ----------------------------------------------------------------------------------------------


def _edges(tell: Tell, size: int, runs: int) -> Bar:
    """Kinds and accuracy of all boundaries on the jittered grid, reckoned from parcels and cadastral lines."""
    from config.benchmarks.bars import median_s
    from geodata.edges import edges_of

    tell(f"kinds and accuracy of the edges of {size} parcels …")
    frames = grid_frames(size)
    parcels = gpd.GeoDataFrame(
        {
            "parcel": frames["parcels"]["parcel"].to_numpy(dtype=np.int64),
            "property_number": frames["parcels"]["parcel"].to_numpy(dtype=float),
            "is_road": False,
        },
        geometry=gpd.GeoSeries(frames["parcels"]["geometry"].to_numpy(), crs=GRID),
    )
    # Lines of road first, since each line stands twice and a road is one for both of its sides.
    drawn = frames["edges"].sort_values(
        "kind", key=lambda kind: kind != "road", kind="stable", ignore_index=True
    )
    # Each line once: that of two neighbours is the same line, seen from both sides.
    once = pd.Series(shapely.to_wkb(shapely.normalize(drawn["geometry"].to_numpy()))).drop_duplicates().index
    road = (drawn["kind"] == "road").to_numpy()[once]
    lines = gpd.GeoDataFrame(
        {"line_class": np.where(road, "Skel for vej", "Skel"), "sigma_m": drawn["sigma_m"].to_numpy()[once]},
        geometry=gpd.GeoSeries(drawn["geometry"].to_numpy()[once], crs=GRID),
    )
    held: list[Any] = []
    spent = median_s(lambda: held.append(edges_of(parcels, lines)), runs=min(runs, 3))
    found = held[-1]
    # At the four corners of the grid two stretches with nothing beyond are one.
    if len(found) < 4 * size - 4 or not (found["sigma_m"] < 1.0).all():
        raise AssertionError("an edge is missing, or its accuracy is not that of its line")
    # Neighbours share each line of road, but for those at the rim.
    if not size <= int((found["kind"] == "road").sum()) <= 2 * size:
        raise AssertionError("the roads are not those of the lines")
    return Bar("kinds and accuracy of edges", spent, _EDGES_S, "s", f"{len(found)} edges")
