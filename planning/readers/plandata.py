"""Plandata.dk: plans of every level, as GeoJSON of its WFS layers and as people export them.

The columns differ from layer to layer and from year to year; shapefiles on the way have cut names to ten
letters, and some exports have left out the key. What is not mapped is kept as delivered in
``register_fields``, so that nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.readers.delivery import Delivery
from geodata.readers.files import unpacked
from geodata.readers.geojson import Features, read_geojson
from geodata.readers.matriklen import codes
from geodata.readers.refusal import CannotRead
from planning.limits import field_states
from planning.models.plans import Level, PlanStatus
from planning.readers import fields
from planning.readers.provisions import provisions, specific_uses

REGISTER: Final = "plandata"
#: Layers with the register's own columns, and exports with a few of them.
FULL, EXTRACT = "plandata/wfs", "plandata/extract"

_LEVELS: Final = {
    10: Level.FRAMEWORK,
    11: Level.MUNICIPAL_PLAN,
    20: Level.LOCAL_PLAN,
    30: Level.SUB_AREA,
}
_BUILDING_FIELD_TYPE: Final = 30.4
_STATUS: Final = {"K": "KF", **{value: value for value in PlanStatus.values}}
#: FKG ``statuskode`` of each state: 1 draft, 2 proposal, 3 in force, 4 repealed.
_STATUSKODE: Final = {"KF": 1, "F": 2, "KV": 2, "V": 3, "KA": 3, "A": 4}
_DATES: Final = {
    "proposed_on": "datoforsl",
    "hearing_from": "datostart",
    "hearing_to": "datoslut",
    "adopted_on": "datovedt",
    "published_on": "datopub",
    "in_force_on": "datoikraft",
    "repealed_on": "datoaflyst",
}
#: Fields that may hold a column, the plan's own before its parent's.
_NAMES: Final = {
    "number": ("plannr", "lp_plannr"),
    "title": ("plannavn", "lp_plannavn"),
    "part_number": ("delnr",),
    "plan_type": ("plantype",),
    "document_url": ("doklink",),
}
_DOCUMENT: Final = r"/(\d+)_(\d+)_"
#: Nodes nearer to each other than this are one node.
_SAME_NODE_M: Final = 0.00001


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Plans (kommuneplan, ramme, lokalplan, delområde, byggefelt) out of GeoJSON files, also zipped.

    Raises
    ------
    CannotRead : a file is no GeoJSON of plans, or damaged.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_plans(read_geojson(file)) for file in files]
    return joined(found)


def _plans(features: Features) -> Delivery:
    said = fields.whole_names(features.properties)
    if not {"planid", "doklink"} & set(said.columns):
        raise CannotRead(
            f"{features.name} has neither planid nor doklink (it has "
            f"{', '.join(map(str, said.columns[:6])) or 'no fields'}); expected a layer of plans from Plandata.dk"
        )
    warnings = list(features.warnings)
    shapes = _clean(features, warnings)
    document = fields.text(said, "doklink").str.extract(_DOCUMENT)
    columns: dict[str, Any] = {"level": _levels(said, document)}
    ids, columns["parent_register_id"] = _keys(said, document, shapes, columns["level"], warnings)
    columns |= _names(said) | _times(features.name, said, warnings)
    columns["status"], columns["status_src"] = _states(said, columns.get("adopted_on"))
    columns |= _contents(said, columns["level"])
    columns["register_fields"] = fields.rest(features.properties)
    speaks = tuple(columns)
    frame = gpd.GeoDataFrame(
        pd.DataFrame(
            {
                "register_id": ids,
                "municipality": codes(fields.text(said, "komnr")) if "komnr" in said.columns else None,
                "statuskode": columns["status"].map(_STATUSKODE),
                **columns,
            },
            index=said.index,
        ),
        geometry=gpd.GeoSeries(shapes, index=said.index, crs=GRID),
    )
    source = FULL if {"planid", "komnr"} <= set(said.columns) else EXTRACT
    nothing_known = {
        int(n): "it is not clear whether this is a plan, a framework, a part or a building field"
        for n in said.index[frame["level"].isna().to_numpy()]
    }
    return checked(
        Delivery("plan", source, REGISTER, frame, speaks, warnings=warnings),
        "polygon",
        record=lambda n: f"feature {n}" + (f" (plan {ids[n]})" if isinstance(ids[n], str) else ""),
        original=features.original,
        faults={**nothing_known, **features.faults},
    )


def _names(said: pd.DataFrame) -> dict[str, Any]:
    """Number, name, part, type and document of each plan, as far as the file has them."""
    columns: dict[str, Any] = {}
    for target, candidates in _NAMES.items():
        name = next((c for c in candidates if c in said.columns), None)
        if name is not None:
            columns[target] = fields.text(said, name).astype(object)
    return columns


def _times(file: str, said: pd.DataFrame, warnings: list[str]) -> dict[str, Any]:
    """Dates of the plan's life, and when the register last changed it."""
    columns: dict[str, Any] = {}
    for target, name in _DATES.items():
        if name in said.columns:
            columns[target], unread = fields.dates(said, name)
            if unread:
                warnings.append(f"{file}: {unread} values of {name} are no dates; kept as they are, not used")
    if "datoopdt" in said.columns:
        moments = pd.to_datetime(fields.text(said, "datoopdt"), errors="coerce", utc=True, format="ISO8601")
        columns["register_updated_at"] = moments.astype(object).where(moments.notna(), None)
    return columns


def _contents(said: pd.DataFrame, level: pd.Series) -> dict[str, Any]:
    """What the plan regulates."""
    said = fields.with_use(said)
    columns: dict[str, Any] = {}
    for target, name in (("use_general", "anvgen"), ("zone_code", "zone")):
        if name in said.columns:
            columns[target] = fields.integers(said, name)
    if "anvspec1" in said.columns:
        columns["use_specific"] = specific_uses(said)
    if "kompleks" in said.columns:
        columns["is_complex"] = fields.flags(said, "kompleks")
    if {"bygkunifelt", "bygvejledende"} & set(said.columns):
        fielded = pd.Series(field_states(said), index=said.index, dtype=object)
        columns["field_state"] = fielded.where(level == Level.BUILDING_FIELD.value, None)
    columns["limits"] = provisions(said)
    return columns


def _clean(features: Features, warnings: list[str]) -> Any:
    """Shapes without repeated nodes; exports make them by rounding, and they mean nothing."""
    shapes = shapely.force_2d(features.geometry)
    fine = ~shapely.is_missing(shapes) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    cleaned = shapes.copy()
    cleaned[fine] = shapely.remove_repeated_points(shapes[fine], tolerance=_SAME_NODE_M)
    before, after = shapely.get_num_coordinates(shapes), shapely.get_num_coordinates(cleaned)
    # A shape that collapses is left as it was, so that it is judged as delivered.
    collapsed = fine & (shapely.is_empty(cleaned) | ~shapely.is_valid(cleaned)) & shapely.is_valid(shapes)
    cleaned[collapsed] = shapes[collapsed]
    fewer = (before - after)[~collapsed]
    if (fewer > 0).any():
        warnings.append(
            f"{features.name}: {int(fewer.sum())} repeated nodes in {int((fewer > 0).sum())} plans were taken out"
        )
    return cleaned


def _levels(said: pd.DataFrame, document: pd.DataFrame) -> pd.Series:
    """Level of each row: from objektkode and plantype, else from the columns, else from the document's name."""
    level = fields.integers(said, "objektkode").map({k: v.value for k, v in _LEVELS.items()}).astype(object)
    has = set(said.columns)
    if "bygkunifelt" in has or "bygvejledende" in has:
        inferred = pd.Series(Level.BUILDING_FIELD.value, said.index, dtype=object)
    elif "lokplan_id" in has or "lp_plannr" in has:
        inferred = pd.Series(Level.SUB_AREA.value, said.index, dtype=object)
    elif "komplan_id" in has or "komtil_id" in has:
        inferred = pd.Series(Level.FRAMEWORK.value, said.index, dtype=object)
    else:
        code = pd.to_numeric(document[0], errors="coerce")
        inferred = code.map({k: v.value for k, v in _LEVELS.items()}).astype(object)
    level = level.where(level.notna(), inferred)
    plantype = fields.floats(said, "plantype")
    is_field = np.isclose(plantype.to_numpy(), _BUILDING_FIELD_TYPE) | (
        (level == Level.SUB_AREA.value) & bool({"bygkunifelt", "bygvejledende"} & has)
    )
    return level.mask(is_field, Level.BUILDING_FIELD.value)


def _keys(
    said: pd.DataFrame, document: pd.DataFrame, shapes: Any, level: pd.Series, warnings: list[str]
) -> tuple[pd.Series, pd.Series]:
    """Register id and parent's id of each row."""
    own = fields.text(said, "planid")
    parent = fields.text(said, "lokplan_id")
    for name in ("komtil_id", "komplan_id"):
        parent = parent.fillna(fields.text(said, name))
    part = level.isin([Level.SUB_AREA.value, Level.BUILDING_FIELD.value])
    parent = parent.where(parent.notna() | ~part, document[1].astype("string"))
    lacking = own.isna() & document[1].notna()
    if lacking.any():
        # The document belongs to the plan, not to the part: the shape tells its parts apart.
        prints = [_fingerprint(shape) for shape in shapes[lacking.to_numpy()]]
        own = own.copy()
        own[lacking] = (
            document.loc[lacking, 1].astype("string")
            + "#"
            + pd.Series(prints, own.index[lacking], dtype="string")
        )
        warnings.append(
            f"no own key: {int(lacking.sum())} records carry no planid; they are called by their plan's id and a "
            f"fingerprint of their shape, so a changed shape is a new object"
        )
    return own.astype(object), parent.astype(object)


def _fingerprint(shape: Any) -> str:
    if shape is None or shape.is_empty or not np.isfinite(shapely.bounds(shape)).all():
        return "none"
    rounded = shapely.normalize(shapely.transform(shape, lambda xy: np.round(xy, 2)))
    return hashlib.sha256(shapely.to_wkb(rounded)).hexdigest()[:10]


def _states(said: pd.DataFrame, adopted: pd.Series | None) -> tuple[pd.Series, pd.Series]:
    """State of each plan, and whether the column or the date of adoption says so."""
    column = fields.text(said, "status").fillna(fields.text(said, "planstatus")).str.strip().str.upper()
    told = column.map(_STATUS).astype(object)
    known = told.notna()
    dated = pd.Series(PlanStatus.PROPOSAL.value, said.index, dtype=object)
    if adopted is not None:
        dated = dated.mask(adopted.notna(), PlanStatus.ADOPTED.value)
    return told.where(known, dated), pd.Series(np.where(known, "column", "date"), said.index, dtype=object)
