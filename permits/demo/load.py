"""Bring the demonstration municipality into the database, once; a second time there is nothing to do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from geodata.accounts.tenancy import tenant
from geodata.fkg.catalogue import state_theme
from geodata.frames import read_sql
from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.models import ImportRun, ImportState
from geodata.readers import dhm
from geodata.readers.delivery import Delivery
from permits.actions.submit_application import DrawingFile, Submission, submit_applications
from permits.demo import names
from permits.demo.applications import DemoApplication
from permits.demo.demo import DemoTown, identity
from permits.demo.drawings import Drawn
from permits.demo.roofs import plane
from permits.demo.terrain import write_terrain
from permits.drawings.drawing import Drawing
from permits.drawings.read import BOUND_LATER
from permits.drawings.vocabulary import ATTRIBUTES
from permits.engine.world import frame
from permits.models.applications import Application

SOURCE: Final = "demo"
#: Themes in the order in which they are stored: lines before parcels, so that edges are made once; plans come
#: after the applications, as the sign that everything is there.
_FIRST: Final = (
    "municipality_outline", "boundary_line", "parcel", "building", "building_record", "address_point", "zone",
)  # fmt: skip
_LAST: Final = "plan"
#: Lines of roads on parcels come before the parcels too.
_BEFORE: Final = (state_theme("optaget_vej").id,)
_DAY: Final = date(2026, 2, 23)
_ENVELOPE: Final = frozenset({"register_id", "municipality", "geometry"})
#: Applications of one transaction.
_PART: Final = 2_000
#: Level ground until the terrain is there.
_GROUND_M: Final = 3.0

Say = Callable[[str], None]


class AnotherDemoError(Exception):
    """The database holds a demonstration of another size or seed."""


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
    report = LoadReport()
    frames = {
        "municipality_outline": demo.outlines, "boundary_line": demo.lines, "parcel": demo.parcels,
        "building": demo.buildings, "building_record": demo.records,
        "address_point": demo.addresses, "zone": demo.zones, "plan": demo.plans,
    }  # fmt: skip

    def store(theme: str) -> None:
        report.lines[theme] = _import(theme, frames[theme], demo)
        say(f"{theme}: {report.lines[theme]}")

    with ThreadPoolExecutor(1) as beside:
        # The rasters are written beside: the server is waited for often enough.
        written = None if terrain is None else beside.submit(write_terrain, demo.town, demo.wished, terrain)
        for theme, rows in demo.themes.items():
            if theme in _BEFORE:
                report.lines[theme] = _import(theme, rows, demo)
        for theme in _FIRST:
            store(theme)
        for theme, rows in demo.themes.items():
            if theme not in _BEFORE:
                report.lines[theme] = _import(theme, rows, demo)
    say(f"protection lines and zones: {sum(map(len, demo.themes.values()))} in {len(demo.themes)} themes")
    if written is not None:
        report.lines["terrain"] = _terrain(demo, written.result())
        say(f"terrain: {report.lines['terrain']}")
    report.applications = _submit(demo)
    say(f"applications: {report.applications} new")
    store(_LAST)
    return report


def _import(theme: str, rows: gpd.GeoDataFrame, demo: DemoTown) -> str:
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
        file_name=f"demo-{demo.wished}-{demo.seed}",
        file_sha256=identity(demo.wished, demo.seed),
        municipality=names.CODE,
    ).line()


def _terrain(demo: DemoTown, tiles: Sequence[Path]) -> str:
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
