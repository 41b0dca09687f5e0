"""The floor: imports, reads and history of 100,000 parcels against ``ogr2ogr`` and a bare cursor.

The parcels are a seeded, jittered 30 m grid without gaps. First the import is measured with everything that the
database holds it to (keys, one open version, valid geometry, history, statements of the source); what is *derived*
from parcels afterwards (the edges that rules measure to) is no part of storing them and told on its own line.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from django.db import connection, transaction

from config.benchmarks.bars import Bar, CannotMeasure, in_turn, median_s
from config.benchmarks.scratch import scratch_database
from geodata.checks.delivery import checked
from geodata.crs import GRID
from geodata.edges import derive_edges
from geodata.frames import theme_frame
from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.models import ImportRun
from geodata.ledger.orders import order
from geodata.ledger.revisions import finish_change, last_revision, open_change
from geodata.ledger.runs import work
from geodata.ledger.themes import themes
from geodata.readers.delivery import Delivery
from geodata.registry import readers

_SEED: Final = 20_260_302
_CELL_M: Final = 30.0
_VERSIONS: Final = 5
#: Edges are derived of so many, which is enough to tell the time of each.
_DERIVED: Final = 2_000
_COLUMNS: Final = ("cadastral_district", "parcel_number", "property_number", "registered_m2")
#: The parcels' theme without what is derived from them.
_STORED_ONLY: Final = "parcel_stored_only"
Tell = Callable[[str], object]


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """Measure and compare; the frames and counts of both sides are asserted to be equal."""
    if shutil.which("ogr2ogr") is None:
        raise CannotMeasure("ogr2ogr is not installed; on Debian: apt-get install gdal-bin")
    with tempfile.TemporaryDirectory() as folder, scratch_database(tell) as dsn:
        first, second = Path(folder) / "first.gpkg", Path(folder) / "second.gpkg"
        frame = parcels(size)
        frame.to_file(first, layer="parcels", engine="pyogrio")
        frame.iloc[::-1].to_file(second, layer="parcels", engine="pyogrio")
        return [*_imports(tell, dsn, first, second, size, runs), *_reads(tell, dsn, size, runs)]


def parcels(count: int) -> gpd.GeoDataFrame:
    """``count`` four-sided parcels on a grid whose corners are moved by up to a quarter of a cell."""
    rng = np.random.default_rng(_SEED)
    side = int(np.ceil(np.sqrt(count)))
    at = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1)), axis=-1) * _CELL_M
    at = np.round(at + rng.uniform(-_CELL_M / 4, _CELL_M / 4, at.shape) + (600_000.0, 6_150_000.0), 3)
    rings = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1], at[:-1, :-1]], axis=2)
    shapes = shapely.polygons(rings.reshape(-1, 5, 2)[:count])
    number = np.arange(count)
    return gpd.GeoDataFrame(
        {
            "register_id": (1_000_000 + number).astype(str),
            "municipality": "0999",
            "cadastral_district": 60_000 + number // 1000,
            "parcel_number": [f"{n % 1000}{chr(97 + n % 26)}" for n in number],
            "property_number": 5_000_000 + number // 2,
            "registered_m2": np.round(shapely.area(shapes)),
        },
        geometry=shapely.multipolygons(shapes, indices=number),
        crs=GRID,
    )


def _imports(tell: Tell, dsn: str, first: Path, second: Path, size: int, runs: int) -> list[Bar]:
    if _STORED_ONLY not in themes:
        themes.register(_STORED_ONLY, replace(themes["parcel"], id=_STORED_ONLY, after_open=()))
    tell(f"{size} parcels by ogr2ogr and by the import, {runs} times in turn …")
    reports: list[ImportReport] = []

    def fresh_import() -> None:
        reports.append(_import(first))

    pairs = []
    for _ in range(runs):
        # In turn, so that whatever else the machine does meets both alike; emptying is not counted.
        peer = median_s(lambda: _ogr2ogr(first, dsn), runs=1)
        pairs.append((peer, median_s(fresh_import, runs=1, before=_forget)))
    ratio = statistics.median(ours / peer for peer, ours in pairs)
    peer, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    if [r.new for r in reports] != [size] * runs or _peer_area(dsn) != _our_area():
        raise AssertionError("the import and ogr2ogr do not hold the same parcels")
    tell("unchanged content in a new file …")
    again = median_s(lambda: reports.append(_import(second)), runs=runs)
    if [r.unchanged for r in reports[runs:]] != [size] * runs:
        raise AssertionError("the same content in a new file was not unchanged")
    whole, same = _unchanged_file(tell, first, runs)
    derived = _derive(tell, min(size, _DERIVED))
    against = f"ogr2ogr, bare table and GiST {peer:.2f} s"
    return [
        Bar("first import, all constraints", ratio, 6.0, against=f"{ours:.2f} s to {against}"),
        Bar("unchanged content in a new file", again / ours, 0.5, against=f"{again:.2f} s to {ours:.2f} s"),
        Bar(
            "unchanged file, after its hash",
            same,
            0.2,
            unit="s",
            against="the run is ordered, then worked off",
        ),
        Bar(
            "unchanged content by the resumable run",
            whole / ours,
            against=f"{whole:.2f} s, in committed batches",
        ),
        Bar(
            f"edges derived from {min(size, _DERIVED)} of the parcels",
            derived,
            unit="s",
            against="after the import; not part of its bar",
        ),
    ]


def _unchanged_file(tell: Tell, path: Path, runs: int) -> tuple[float, float]:
    """Times of a resumable run of a file: of known content, and then of the very same file (median)."""
    tell("the unchanged file …")
    if _STORED_ONLY not in readers:
        readers.register(_STORED_ONLY, _read)

    def ask() -> ImportRun:
        return order(_STORED_ONLY, [path], acting_user=None)

    run = ask()
    whole = median_s(lambda: work(run.pk), runs=1)
    times = []
    for _ in range(runs):
        again = ask()
        times.append(median_s(partial(work, again.pk), runs=1))
        again.refresh_from_db()
        if again.same_as_id is None:
            raise AssertionError("the same file was not known again")
    return whole, statistics.median(times)


def _read(paths: Sequence[Path], **_options: object) -> list[Delivery]:
    return [_delivery(path) for path in paths]


def _derive(tell: Tell, count: int) -> float:
    """Time of deriving the edges of some parcels, which the import proper does for all that it opened."""
    tell(f"deriving the edges of {count} parcels …")
    with transaction.atomic(), connection.cursor() as cursor:
        change = open_change("benchmark", acting_user=None, themes=["parcel"])
        cursor.execute("SELECT object_id FROM geodata_parcelversion ORDER BY object_id LIMIT %s", [count])
        keys = [row[0] for row in cursor.fetchall()]
        start = time.perf_counter()
        derive_edges(keys, change.pk, cursor)
        spent = time.perf_counter() - start
        finish_change(change)
    return spent


def _delivery(path: Path) -> Delivery:
    frame = gpd.read_file(path, engine="pyogrio")
    read = Delivery(_STORED_ONLY, "benchmark", "benchmark", frame, speaks_for=_COLUMNS)
    return checked(read, "polygon", record=str)


def _import(path: Path) -> ImportReport:
    digest = sha256(path.read_bytes()).hexdigest()
    return import_delivery(_delivery(path), acting_user=None, file_name=path.name, file_sha256=digest)


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE geodata_parcelversion, geodata_edge, geodata_parcel, ledger_statement CASCADE"
        )


def _ogr2ogr(path: Path, dsn: str) -> None:
    subprocess.run(  # our own arguments; the path says where the peer is
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:{dsn}", str(path), "parcels", "-nln", "bare", "-overwrite",
         "-lco", "GEOMETRY_NAME=geometry", "--config", "PG_USE_COPY", "YES"],
        check=True, capture_output=True,
    )  # fmt: skip


def _peer_area(dsn: str) -> tuple[int, float]:
    with psycopg.connect(dsn) as peer:
        row = peer.execute("SELECT count(*), round(sum(ST_Area(geometry))::numeric, 2) FROM bare").fetchone()
    assert row is not None
    return int(row[0]), float(row[1])


def _our_area() -> tuple[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), round(sum(ST_Area(geometry))::numeric, 2) FROM geodata_parcelversion "
            "WHERE change_to_id IS NULL"
        )
        row = cursor.fetchone()
    return int(row[0]), float(row[1])


def _reads(tell: Tell, dsn: str, size: int, runs: int) -> list[Bar]:
    more = max(runs, 5)
    tell(f"{_VERSIONS} versions of each …")
    history = _grow(size)
    for table in ("geodata_parcelversion", "ledger_change"):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")
    names = [*_COLUMNS]
    tell("reading …")
    fresh = theme_frame("parcel", columns=names)
    read = partial(theme_frame, "parcel", columns=names)
    with psycopg.connect(dsn) as peer:
        ratio, raw, ours = in_turn(partial(_raw, peer, names), read, runs=more)
        same = _same(fresh, _raw(peer, names))
    if not same:
        raise AssertionError("the frame and the raw cursor do not hold the same parcels")
    bars = [Bar("frame of what holds now", ratio, 1.2, against=f"{ours:.3f} s to raw cursor {raw:.3f} s")]
    for word, at in (("in the middle of", history[len(history) // 2]), ("at the end of", history[-1])):
        ratio, ours, past = in_turn(read, partial(read, known=at), runs=more)
        held = read(known=at)
        if len(held) != size or (word.startswith("at") and not _same(fresh, held)):
            raise AssertionError(f"as_of {word} history does not answer with every parcel once")
        bars.append(Bar(f"as_of {word} history", ratio, 1.5, against=f"{past:.3f} s to now {ours:.3f} s"))
    return bars


def _grow(size: int) -> list[int]:
    """Further versions of every parcel, each under a change of its own; the revisions at which all stand."""
    stands = [last_revision()]
    for _ in range(_VERSIONS - 1):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO ledger_change (verb, themes) VALUES ('benchmark', '{parcel}') RETURNING id"
            )
            change = cursor.fetchone()[0]
            cursor.execute(
                "UPDATE geodata_parcelversion SET change_to_id = %s WHERE change_to_id IS NULL", [change]
            )
            cursor.execute(
                "INSERT INTO geodata_parcelversion (versions_id, object_id, change_from_id, content_hash, "
                f"{', '.join(_COLUMNS)}, geometry) SELECT gen_random_uuid(), object_id, %(change)s, "
                f"gen_random_uuid(), {', '.join(_COLUMNS)}, geometry FROM geodata_parcelversion "
                "WHERE change_to_id = %(change)s ORDER BY object_id",
                {"change": change},
            )
            cursor.execute("SELECT ledger_finish_change(%s)", [change])
            stands.append(cursor.fetchone()[0])
            cursor.execute("COMMIT")
    return stands


def _raw(peer: psycopg.Connection[Any], names: list[str]) -> gpd.GeoDataFrame:
    """The peer: nothing but a binary cursor, WKB and arrays."""
    rows = peer.execute(
        f"SELECT object_id, {', '.join(names)}, ST_AsBinary(geometry) FROM geodata_parcelversion "
        "WHERE change_to_id IS NULL",
        binary=True,
    ).fetchall()
    *values, wkb = zip(*rows, strict=True)
    columns = dict(zip(["object_id", *names], values, strict=True))
    return gpd.GeoDataFrame(columns, geometry=shapely.from_wkb(np.array(wkb, dtype=object)), crs=GRID)


def _same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> bool:
    keyed: list[Any] = [f.sort_values("object_id", ignore_index=True) for f in (one, other)]
    shapes = [np.asarray(f.geometry.array, dtype=object) for f in keyed]
    columns = [f.drop(columns="geometry") for f in keyed]
    return bool(columns[0].equals(columns[1]) and shapely.equals_exact(*shapes, 0.0).all())
