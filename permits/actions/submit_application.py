"""Verb: send in applications with their drawings; the buildings in them become rows that rules can read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

from geodata.accounts.models import User
from geodata.crs import GRID_SRID
from geodata.ledger.action import recorded
from permits.drawings.drawing import Drawing as ReadDrawing
from permits.models.applications import (
    Application,
    ApplicationParcel,
    Drawing,
    ProposedBuilding,
    ProposedPlot,
)

#: Rows of one INSERT.
_BATCH: Final = 1000
#: Signs of a building's name that are stored.
_NAME: Final = 60
_NUMBERS: Final = (
    "storeys", "height_m", "floor_m2", "basement_m2", "basement_ceiling_m", "attic_m2", "eaves_m", "wall_low_m",
)  # fmt: skip


@dataclass(frozen=True)
class DrawingFile:
    """A file that was sent in; ``read`` is what is in it, None where another file of the case is the one read."""

    file_name: str
    media_type: str
    content: bytes
    sha256: str
    read: ReadDrawing | None = None


@dataclass(frozen=True)
class NewPlot:
    """A new plot (grund) of a subdivision: its area (m², None = that of the outline), and the road inside it."""

    registered_m2: float | None = None
    road_m2: float = 0.0
    kind: str = ""
    outline: BaseGeometry | None = None


@dataclass(frozen=True)
class Submission:
    """One application (ansøgning) as sent in.

    ``parcels`` are the keys of the property's parcels; ``ruleset`` names the municipality's own rule set, where
    one is to be used; ``area`` is the ground that terrain work touches, in EPSG:25832; ``plots`` are the new plots
    of a subdivision.
    """

    number: str
    title: str
    work: str
    address: str
    applied_on: date
    parcels: Sequence[int]
    drawings: Sequence[DrawingFile] = field(default_factory=tuple)
    ground_z_m: float | None = None
    area: BaseGeometry | None = None
    plots: Sequence[NewPlot] = field(default_factory=tuple)
    applicant: User | None = None
    ruleset: str = ""


def submit_applications(
    submissions: Sequence[Submission], *, acting_user: User | None, municipality: str
) -> list[int]:
    """Store applications with parcels, drawings and proposed buildings, all or none.

    Parameters
    ----------
    submissions : their numbers are new in the municipality.
    acting_user : who sends them in; None = the system itself.
    municipality : the tenant that they belong to.

    Returns
    -------
    Ids of the applications, in the order given.

    Raises
    ------
    geodata.ledger.action.Refused : a guard says no; nothing is stored.
    django.db.IntegrityError : a number is taken; nothing is stored.
    """
    few = ", ".join(s.number for s in submissions[:3])
    subject = f"{len(submissions)} applications: {few}{' …' if len(submissions) > 3 else ''}"
    with recorded(
        "permits.submit_application",
        acting_user=acting_user,
        municipality=municipality,
        subject=subject,
        submissions=submissions,
    ) as recorder:
        applications = Application.objects.bulk_create(
            (_application(s, municipality) for s in submissions), batch_size=_BATCH
        )
        pairs = list(zip(applications, submissions, strict=True))
        ApplicationParcel.objects.bulk_create(
            (
                ApplicationParcel(application=a, municipality_id=municipality, parcel_id=parcel)
                for a, s in pairs
                for parcel in s.parcels
            ),
            batch_size=_BATCH,
        )
        ProposedPlot.objects.bulk_create(
            (
                ProposedPlot(
                    application=a,
                    municipality_id=municipality,
                    registered_m2=plot.registered_m2,
                    road_m2=plot.road_m2,
                    kind=plot.kind,
                    geometry=_geos(plot.outline),
                )
                for a, s in pairs
                for plot in s.plots
            ),
            batch_size=_BATCH,
        )
        files = [(a, file) for a, s in pairs for file in s.drawings]
        drawings = Drawing.objects.bulk_create(
            (_drawing(a, file, municipality) for a, file in files), batch_size=_BATCH
        )
        ProposedBuilding.objects.bulk_create(
            (
                building
                for drawing, (a, file) in zip(drawings, files, strict=True)
                if file.read is not None
                for building in _buildings(a, drawing, file.read, municipality)
            ),
            batch_size=_BATCH,
        )
        recorder.detail = {"applications": [a.pk for a in applications]}
    return [a.pk for a in applications]


def submit_application(submission: Submission, *, acting_user: User | None, municipality: str) -> int:
    """Store one application; see :func:`submit_applications`. Answers its id."""
    return submit_applications([submission], acting_user=acting_user, municipality=municipality)[0]


def _application(said: Submission, municipality: str) -> Application:
    return Application(
        municipality_id=municipality,
        number=said.number,
        title=said.title[:200],
        work=said.work,
        address=said.address[:200],
        applied_on=said.applied_on,
        ground_z_m=said.ground_z_m,
        ruleset=said.ruleset,
        area=_geos(said.area),
        applicant_id=said.applicant.pk if said.applicant else None,
    )


def _drawing(application: Application, file: DrawingFile, municipality: str) -> Drawing:
    return Drawing(
        application=application,
        municipality_id=municipality,
        file_name=file.file_name[:255],
        media_type=file.media_type,
        sha256=file.sha256,
        content=file.content,
        notes=[asdict(note) for note in file.read.notes] if file.read else [],
    )


def _buildings(
    application: Application, drawing: Drawing, read: ReadDrawing, municipality: str
) -> Iterator[ProposedBuilding]:
    """The rows of one drawing; a missing number becomes NULL, and roofs go as planes over flat outlines."""
    roofs: dict[int, list[dict[str, Any]]] = {}
    for facet in read.facets.itertuples():
        roofs.setdefault(int(facet.building), []).append(
            {
                "wkt": shapely.to_wkt(facet.geometry, rounding_precision=-1),
                "a": float(facet.a),
                "b": float(facet.b),
                "c": float(facet.c),
                "reference": str(facet.reference),
            }
        )
    names = _apart([str(name) for name in read.buildings["name"]])
    for name, row in zip(names, read.buildings.itertuples(), strict=True):
        numbers = {name: _number(getattr(row, name)) for name in _NUMBERS}
        footprint = row.geometry
        yield ProposedBuilding(
            application=application,
            municipality_id=municipality,
            drawing=drawing,
            name=name,
            role=str(row.role),
            kind=str(row.kind),
            dwellings=int(row.dwellings) if row.dwellings >= 0 else None,
            levels_absolute=bool(row.levels_absolute),
            integrated=bool(row.integrated),
            openings=int(row.openings),
            basis=str(row.basis) or "unknown",
            sigma_m=float(row.sigma_m),
            footprint=_geos(footprint),
            roof=roofs.get(int(row.building), []),
            **numbers,
        )


def _apart(names: Sequence[str]) -> list[str]:
    """Names short enough to be stored; where two long ones begin alike, the later one ends in a number."""
    kept: dict[str, None] = {}
    for name in names:
        short, number = name[:_NAME], 1
        while short in kept:
            number += 1
            short = f"{name[: _NAME - 1 - len(str(number))]} {number}"
        kept[short] = None
    return list(kept)


def _geos(shape: BaseGeometry | None) -> GEOSGeometry | None:
    return None if shape is None else GEOSGeometry(shapely.to_wkb(shape, hex=True), GRID_SRID)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
