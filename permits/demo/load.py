"""Bring the demonstration municipality into the database, once; a second time there is nothing to do."""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
from django.db import connection, connections

from geodata.accounts.tenancy import tenant
from geodata.fkg.catalogue import VALIDITY, state_theme
from geodata.frames import read_sql
from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.models import ImportRun, ImportState
from geodata.readers import dhm
from geodata.readers.delivery import Delivery
from permits.actions.submit_application import DrawingFile, Submission, submit_applications
from permits.demo import names
from permits.demo.applications import DemoApplication
from permits.demo.demo import DemoTown, Sketch, complete, identity, sketch
from permits.demo.drawings import Drawn
from permits.demo.roofs import plane
from permits.demo.terrain import write_terrain
from permits.drawings.drawing import Drawing
from permits.drawings.read import BOUND_LATER
from permits.drawings.vocabulary import ATTRIBUTES
from permits.engine.world import frame
from permits.models.applications import Application

SOURCE: Final = "demo"
#: Stored after the applications, as the sign that everything is there.
_LAST: Final = "plan"
#: Lines of roads on parcels come before the parcels too.
_BEFORE: Final = (state_theme("optaget_vej").id,)
_DAY: Final = date(2026, 2, 23)
_ENVELOPE: Final = frozenset({"register_id", "municipality", "geometry", "cvr_kode", *VALIDITY})
#: Applications of one transaction.
_PART: Final = 2_000
#: Level ground until the terrain is there.
_GROUND_M: Final = 3.0

Say = Callable[[str], None]


class CadastreError(Exception):
    """The cadastre could not be stored."""


class AnotherDemoError(Exception):
    """The database holds a demonstration of another size, seed or edition."""


@dataclass
class LoadReport:
    """What was stored; ``already`` when there was nothing to do."""

    already: bool = False
    lines: dict[str, str] = field(default_factory=dict)
    applications: int = 0


def present(parcels: int, seed: int) -> bool:
    """Whether this very demonstration is in the database, whole.

    Raises
    ------
    AnotherDemoError : another one is; two cannot be told apart by their parcels.
    """
    wanted = identity(parcels, seed)
    runs = ImportRun.objects.filter(source=SOURCE)
    if runs.exclude(file_sha256=wanted).exists():
        raise AnotherDemoError
    return runs.filter(theme=_LAST, file_sha256=wanted, state=ImportState.DONE).exists()


def build(parcels: int, seed: int, *, terrain: Path | None = None, say: Say = lambda _: None) -> LoadReport:
    """Generate a demonstration and store it: the cadastre by a process of its own, while the houses are drawn.

    The same is stored as by :func:`load`, of :func:`~permits.demo.demo.generate`.
    """
    if present(parcels, seed):
        return LoadReport(already=True)
    begin = time.monotonic()
    drawn = sketch(parcels, seed)
    say(f"laid out ({time.monotonic() - begin:.1f} s)")
    with _Beside(drawn, terrain) as beside:
        demo = complete(drawn)
        say(f"generated ({time.monotonic() - begin:.1f} s)")
        return _load(demo, beside.lines, say)


def load(demo: DemoTown, *, terrain: Path | None = None, say: Say = lambda _: None) -> LoadReport:
    """Store a demonstration; what is there already stays as it is.

    Parameters
    ----------
    demo : as generated.
    terrain : folder where the terrain's rasters are written and stay; None = no terrain.
    say : told after each part what became of it.
    """
    if present(demo.wished, demo.seed):
        return LoadReport(already=True)
    drawn = Sketch(
        demo.seed, demo.wished, demo.town, demo.parcels, demo.lines, demo.outlines,
        {theme: demo.themes[theme] for theme in _BEFORE if theme in demo.themes}, (),
    )  # fmt: skip
    return _load(demo, lambda: _store_sketch(drawn, terrain), say)


def _load(demo: DemoTown, cadastre: Callable[[], dict[str, str]], say: Say) -> LoadReport:
    """Store what is built; ``cadastre`` sees to it that the cadastre is there, and says what became of it."""
    report = LoadReport()

    def store(theme: str, rows: gpd.GeoDataFrame) -> None:
        report.lines[theme] = _import(theme, rows, demo.wished, demo.seed)

    for theme, rows in (
        ("building", demo.buildings), ("building_record", demo.records), ("address_point", demo.addresses),
        ("house_number", demo.house_numbers), ("zone", demo.zones),
    ):  # fmt: skip
        store(theme, rows)
        say(f"{theme}: {report.lines[theme]}")
    for theme, rows in demo.themes.items():
        if theme not in _BEFORE:
            store(theme, rows)
    say(f"protection lines and zones: {sum(map(len, demo.themes.values()))} in {len(demo.themes)} themes")
    for theme, line in cadastre().items():
        report.lines[theme] = line
        say(f"{theme}: {line}")
    report.applications = _submit(demo)
    say(f"applications: {report.applications} new")
    store(_LAST, demo.plans)
    say(f"{_LAST}: {report.lines[_LAST]}")
    return report


def _store_sketch(drawn: Sketch, terrain: Path | None) -> dict[str, str]:
    """Store the cadastre and the terrain; lines come before parcels, so that edges are made once."""
    lines = {}
    with ThreadPoolExecutor(1) as beside:
        # The rasters are written beside: the server is waited for often enough.
        written = None if terrain is None else beside.submit(write_terrain, drawn.town, drawn.wished, terrain)
        for theme, rows in (
            ("municipality_outline", drawn.outlines), *drawn.roads.items(), ("boundary_line", drawn.lines),
            ("parcel", drawn.parcels),
        ):  # fmt: skip
            lines[theme] = _import(theme, rows, drawn.wished, drawn.seed)
    if written is not None:
        lines["terrain"] = _terrain(drawn, written.result())
    return lines


class _Beside:
    """A process that stores the cadastre of a sketch; where none can be split off, it is stored when asked for."""

    def __init__(self, drawn: Sketch, terrain: Path | None) -> None:
        self._drawn, self._terrain = drawn, terrain
        # A transaction that is open here would not be seen there.
        alone = "fork" in get_all_start_methods() and not connection.in_atomic_block
        self._process: Any = None
        if alone:
            context = get_context("fork")
            self._here, there = context.Pipe(duplex=False)
            connections.close_all()
            self._process = context.Process(target=self._run, args=(there,))
            self._process.start()
            there.close()

    def _run(self, there: Any) -> None:
        try:
            there.send(_store_sketch(self._drawn, self._terrain))
        except Exception:  # noqa: BLE001  # told to the process that waits, which raises it
            there.send(traceback.format_exc())
        finally:
            connections.close_all()

    def lines(self) -> dict[str, str]:
        """What became of each theme, when it is done.

        Raises
        ------
        CadastreError : the process failed; with its traceback.
        """
        if self._process is None:
            return _store_sketch(self._drawn, self._terrain)
        try:
            told = self._here.recv()
        except EOFError:
            told = "the process that stores the cadastre ended without a word"
        self._process.join()
        if not isinstance(told, dict):
            raise CadastreError(str(told))
        return told

    def __enter__(self) -> _Beside:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _import(theme: str, rows: gpd.GeoDataFrame, wished: int, seed: int) -> str:
    delivery = Delivery(
        theme=theme,
        source=SOURCE,
        register=SOURCE,
        frame=rows,
        speaks_for=tuple(c for c in rows.columns if c not in _ENVELOPE),
        as_of=_DAY,
    )
    return import_delivery(
        delivery,
        acting_user=None,
        file_name=f"demo-{wished}-{seed}",
        file_sha256=identity(wished, seed),
        municipality=names.CODE,
    ).line()


def _terrain(demo: Sketch, tiles: Sequence[Path]) -> str:
    """Register the rasters where they lie."""
    whole = ImportReport()
    for delivery in dhm.read(tiles, just_written=True):
        whole += import_delivery(
            replace(delivery, source=SOURCE, register=SOURCE),
            acting_user=None,
            file_name=f"demo-{demo.wished}-{demo.seed}",
            file_sha256=identity(demo.wished, demo.seed),
            municipality=names.CODE,
        )
    return whole.line()


def _submit(demo: DemoTown) -> int:
    """Applications that are not there yet, by their number."""
    keys = read_sql("SELECT id, register_id FROM geodata_parcel WHERE register = %s", [SOURCE], geometry=None)
    parcel = dict(zip(keys["register_id"], keys["id"].tolist(), strict=True))
    with tenant(names.CODE):
        there = set(Application.objects.values_list("number", flat=True))
    missing = [a for a in demo.applications if a.number not in there]
    for start in range(0, len(missing), _PART):
        part = [_submission(a, demo.register_ids, parcel) for a in missing[start : start + _PART]]
        submit_applications(part, acting_user=None, municipality=names.CODE)
    return len(missing)


def _submission(application: DemoApplication, ids: Sequence[str], parcel: dict[str, int]) -> Submission:
    stem = f"tegning-{application.number}"
    files = [
        DrawingFile(
            f"{stem}.geojson", "application/geo+json", application.drawing, application.sha256,
            as_read(application.buildings, application.sha256),
        )
    ]  # fmt: skip
    if application.drawing_dxf is not None:
        digest = hashlib.sha256(application.drawing_dxf).hexdigest()
        files.append(DrawingFile(f"{stem}.dxf", "image/vnd.dxf", application.drawing_dxf, digest))
    return Submission(
        number=application.number,
        title=application.title,
        work=application.work,
        address=application.address,
        applied_on=application.applied_on,
        parcels=[parcel[ids[face]] for face in application.faces],
        drawings=files,
        ground_z_m=_GROUND_M,
    )


def as_read(buildings: Sequence[Drawn], sha256: str) -> Drawing:
    """What :func:`permits.drawings.read.read_drawing` makes of the drawing, without starting its process."""
    rows: list[dict[str, Any]] = []
    facets: list[dict[str, Any]] = []
    for key, building in enumerate(buildings):
        row: dict[str, Any] = {
            "building": key,
            "proposed": True,
            "basis": "wall",
            "geometry": building.footprint,
        }
        for name, value in building.attributes.items():
            row[ATTRIBUTES[name].column] = int(value) if name == "openings_toward_boundary" else value
        rows.append(row)
        for facet in building.facets:
            a, b, c = plane(facet)
            facets.append(
                {
                    "facet": len(facets), "building": key, "a": a, "b": b, "c": c, "reference": "terrain",
                    "geometry": shapely.force_2d(facet),
                }
            )  # fmt: skip
    return Drawing(
        frame("buildings", pd.DataFrame(rows)).drop(columns=list(BOUND_LATER["buildings"])),
        frame("facets", pd.DataFrame(facets)),
        "EPSG:25832",
        sha256,
    )
