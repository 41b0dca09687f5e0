"""The cadastre (Matriklen): parcels and boundary lines.

Two deliveries are understood, told apart by their content: the cadastral map of a district as GML, and the
parcel table with EWKB of the former address service. Both call a parcel by its ``featureID``, so that they
speak of the same objects; the GML says more and is believed first.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from lxml import etree

from geodata.checks.delivery import checked, joined, shorten
from geodata.crs import GRID, GRID_SRID
from geodata.models.base import Origin
from geodata.readers import gml
from geodata.readers.delivery import Delivery
from geodata.readers.files import sniff, unpacked
from geodata.readers.matriklen_themes import VIEWS, theme_of
from geodata.readers.place import to_grid
from geodata.readers.refusal import CannotRead

REGISTER: Final = "matriklen"
#: Position uncertainty (m) of a boundary point by its class (punktklasse): 1 and 2 surveyed, 3 digitised from
#: the old map. The classes are the register's; the metres are an assumption, since it publishes none.
SIGMA_M: Final = {"1": 0.05, "2": 0.25, "3": 1.0}

_PARCEL: Final = (
    "cadastral_district",
    "district_name",
    "parcel_number",
    "property_number",
    "registered_m2",
    "road_m2",
    "common_land",
    "is_road",
)
_TABLE: Final = ("cadastral_district", "parcel_number", "property_number", "is_road")
_LINE: Final = ("line_class", "sigma_m")
#: Numbers of public roads that are parcels of their own: 7000 and letters.
_ROAD_NUMBER: Final = r"^7000[a-zæøå]*$"


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Boundary lines, what else the map holds, and parcels last, so that their edges find their lines and roads.

    Parameters
    ----------
    paths : GML or CSV files, or zip archives of them.
    municipality : not needed, the cadastre says it.

    Raises
    ------
    CannotRead : a file is neither of the two, or damaged.
    """
    found: list[Delivery] = []
    for path in paths:
        with unpacked(path) as files:
            for file in files:
                found += _read_file(file)
    whole = [_warned(d) if d.theme == "parcel" else d for d in joined(found)]
    return sorted(whole, key=lambda d: (d.theme == "parcel", d.theme != "boundary_line"))


def _warned(delivery: Delivery) -> Delivery:
    """The delivery with a warning when a parcel lies on another: parcels tile the ground."""
    shapes = np.asarray(delivery.frame.geometry.array, dtype=object)
    point, area = shapely.STRtree(shapes).query(shapely.point_on_surface(shapes), predicate="within")
    on_another = np.unique(point[point != area])
    if not len(on_another):
        return delivery
    ids = shorten([str(i) for i in delivery.frame["register_id"].to_numpy()[on_another]])
    warning = f"{len(on_another)} parcels lie on another parcel, which cannot be right: {ids}"
    return replace(delivery, warnings=[*delivery.warnings, warning])


def _read_file(path: Path) -> list[Delivery]:
    kind = sniff(path)
    if kind == "xml":
        return _gml(path)
    if kind == "text":
        return [_table(path)]
    raise CannotRead(
        f"{path.name} is {kind} by its content; the cadastre is read as GML of a district (also zipped) "
        f"or as the CSV table with EWKB"
    )


# --- GML of a district ------------------------------------------------------------------------------------------


def _gml(path: Path) -> list[Delivery]:
    parcels = _Rows()
    lines = _Rows()
    points: dict[str, str] = {}
    themes = {name: _Rows() for name in VIEWS}
    others: Counter[str] = Counter()
    systems: Counter[str | None] = Counter()
    for number, feature in gml.members(path):
        name = gml.local(feature.tag)
        if name not in ("Jordstykke", "MatrikelSkel", *VIEWS):
            others[name] += 1
            continue
        systems[gml.system(feature)] += 1
        {"Jordstykke": parcels, "MatrikelSkel": lines, **themes}[name].add(number, feature)
        if name == "SkelPunkt":
            said = themes[name].said[-1]
            points[said.get("featureID", "")] = said.get("dq_Punktklasse", "")
    if not any(rows.numbers for rows in (parcels, lines, *themes.values())):
        listed = ", ".join(sorted(others)) or "no features"
        raise CannotRead(
            f"{path.name} holds {listed}; expected Jordstykke and MatrikelSkel of the cadastral map"
        )
    _one_system(path, systems)
    deliveries = []
    if parcels.numbers:
        deliveries.append(_parcels_of(path, parcels, []))
    if lines.numbers:
        deliveries.append(_lines_of(path, lines, points, parcels, []))
    homes = pd.Series(
        {s["featureID"]: s.get("kommunekode") for s in parcels.said if "featureID" in s}, dtype=object
    )
    home = {str(parcel): code for parcel, code in codes(homes.astype("string")).items() if code is not None}
    for name, rows in themes.items():
        if rows.numbers:
            deliveries.append(
                theme_of(
                    path,
                    name,
                    rows.frame(),
                    rows.geometry(path),
                    homes=home,
                    sigma_m=SIGMA_M,
                    faults=rows.faults,
                    original=_Originals(path),
                )
            )
    extra = [
        f"{path.name}: {n} {name} were not taken, this kind is not stored"
        for name, n in sorted(others.items())
    ]
    return [replace(deliveries[0], warnings=[*deliveries[0].warnings, *extra]), *deliveries[1:]]


class _Rows:
    """Features of one kind as they come."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.said: list[dict[str, str]] = []
        self.shapes: list[Any] = []
        self.faults: dict[int, str] = {}

    def add(self, number: int, feature: Any) -> None:
        self.numbers.append(number)
        identity = next((v for k, v in feature.attrib.items() if gml.local(k) == "id"), None)
        self.said.append({**gml.texts(feature), **({"gml_id": str(identity)} if identity else {})})
        try:
            self.shapes.append(gml.geometry(feature))
        except gml.BadGeometry as error:
            self.shapes.append(None)
            self.faults[number] = str(error)

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(self.said, index=self.numbers, dtype=object)

    def geometry(self, path: Path) -> Any:
        shapes = np.empty(len(self.shapes), dtype=object)
        shapes[:] = self.shapes
        return to_grid(shapes, GRID, what=path.name)


def _one_system(path: Path, systems: Counter[str | None]) -> None:
    wrong = [code for code in systems if code != str(GRID_SRID)]
    if wrong:
        found = "no coordinate system" if wrong == [None] else f"the coordinate system {wrong[0]}"
        raise CannotRead(
            f"{path.name} names {found}; the cadastral map comes in {GRID}. Fetch it in that system"
        )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return (
        frame[name].astype("string")
        if name in frame.columns
        else pd.Series(pd.NA, frame.index, dtype="string")
    )


def numbers(column: pd.Series) -> pd.Series:
    """Text as float; empty and unreadable are NaN."""
    return pd.to_numeric(column.str.replace(",", ".", regex=False), errors="coerce").astype("float64")


def codes(column: pd.Series) -> pd.Series:
    """Municipality codes of four digits; anything else is None."""
    digits = column.str.strip().str.replace(r"\.0$", "", regex=True)
    return (
        digits.where(digits.str.fullmatch(r"\d{1,4}").fillna(False).astype(bool)).str.zfill(4).astype(object)
    )


def _parcels_of(path: Path, rows: _Rows, warnings: list[str]) -> Delivery:
    said = rows.frame()
    number = _column(said, "matrikelnummer")
    common = _column(said, "faelleslod")
    road = _column(said, "featureType").str.contains("udskilt vej", case=False).fillna(False)
    frame = gpd.GeoDataFrame(
        {
            "register_id": _column(said, "featureID").astype(object),
            "municipality": codes(_column(said, "kommunekode")),
            "oprindkode": int(Origin.CADASTRAL_MAP),
            "cadastral_district": numbers(_column(said, "landsejerlavskode")),
            "district_name": _column(said, "ejerlavsnavn").astype(object),
            "parcel_number": number.astype(object),
            # 0 stands for a parcel that belongs to no property, such as a public road.
            "property_number": numbers(_column(said, "sfe_Ejendomsnummer")).replace(0.0, np.nan),
            "registered_m2": numbers(_column(said, "registreretAreal")),
            "road_m2": numbers(_column(said, "vejAreal")),
            "common_land": common.map({"ja": True, "nej": False}).astype(object),
            "is_road": (road | number.str.match(_ROAD_NUMBER).fillna(False)).astype(bool),
        },
        geometry=gpd.GeoSeries(rows.geometry(path), index=said.index, crs=GRID),
    )
    delivery = Delivery("parcel", "matriklen/gml", REGISTER, frame, _PARCEL, warnings=warnings)
    return _checked_gml(path, delivery, rows, "Jordstykke", "polygon")


def _lines_of(
    path: Path, rows: _Rows, points: dict[str, str], parcels: _Rows, warnings: list[str]
) -> Delivery:
    said = rows.frame()
    sigma = pd.Series({point: SIGMA_M.get(grade, np.nan) for point, grade in points.items()}, dtype="float64")
    ends = [_column(said, name).map(sigma) for name in ("fra_PunktID", "til_PunktID")]
    home = pd.Series(
        {s["featureID"]: s.get("kommunekode") for s in parcels.said if "featureID" in s}, dtype=object
    )
    sides = [_column(said, f"{side}_JordstykkeID").astype(object).map(home) for side in ("left", "right")]
    # The worse end decides; with one end unknown the line is unknown.
    worst = pd.concat(ends, axis=1).max(axis=1, skipna=False)
    frame = gpd.GeoDataFrame(
        {
            "register_id": _column(said, "featureID").astype(object),
            "municipality": codes(sides[0].fillna(sides[1]).astype("string")),
            "oprindkode": int(Origin.CADASTRAL_MAP),
            "line_class": _column(said, "featureType").str.rstrip(" -").astype(object),
            "sigma_m": worst,
        },
        geometry=gpd.GeoSeries(rows.geometry(path), index=said.index, crs=GRID),
    )
    unknown = int(worst.isna().sum())
    if unknown:
        warnings = [
            *warnings,
            f"{path.name}: {unknown} boundary lines do not say how accurate their end points are",
        ]
    delivery = Delivery("boundary_line", "matriklen/gml", REGISTER, frame, _LINE, warnings=warnings)
    return _checked_gml(path, delivery, rows, "MatrikelSkel", "line")


def _checked_gml(path: Path, delivery: Delivery, rows: _Rows, name: str, kind: Any) -> Delivery:
    ids = dict(zip(rows.numbers, (s.get("featureID", "") for s in rows.said), strict=True))
    return checked(
        delivery,
        kind,
        record=lambda n: f"{name} {ids[n]} (feature {n})",
        original=_Originals(path),
        faults=rows.faults,
    )


class _Originals:
    """Features of a GML file as delivered, read again only when one was set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._features: dict[int, bytes] | None = None

    def __call__(self, number: int) -> bytes:
        if self._features is None:
            self._features = {n: etree.tostring(f, encoding="utf-8") for n, f in gml.members(self._path)}
        return self._features.get(number, b"")


# --- The table with EWKB ----------------------------------------------------------------------------------------


def _table(path: Path) -> Delivery:
    try:
        csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        table = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False, na_values=[""], engine="c")
    except (ValueError, OverflowError) as error:  # also ParserError, EmptyDataError and UnicodeDecodeError
        raise CannotRead(
            f"{path.name} is not a table separated by semicolons ({error}); fetch it again"
        ) from None
    missing = {"tema", "fields", "geom"} - set(table.columns)
    if missing:
        raise CannotRead(
            f"{path.name} is a table without the columns {', '.join(sorted(missing))}; expected the parcel table "
            f"with tema, fields (JSON) and geom (EWKB in hexadecimal)"
        )
    warnings = []
    gone = table["slettet"].notna() if "slettet" in table.columns else pd.Series(False, table.index)
    foreign = (table["tema"] != "jordstykke") & ~gone
    for count, why in ((int(gone.sum()), "are marked as deleted"), (int(foreign.sum()), "are no parcels")):
        if count:
            warnings.append(f"{path.name}: {count} rows {why} and were not taken")
    table = table[~gone & ~foreign]
    if table.empty:
        raise CannotRead(f"{path.name} holds no parcels; check the query that made it")
    rows = dict(zip(table.index, table.fillna("").to_numpy().tolist(), strict=True))
    said = pd.DataFrame([_fields(text) for text in table["fields"]], index=table.index, dtype=object)
    number = _column(said, "matrikelnr")
    shapes, faults = _from_ewkb(path, table["geom"])
    frame = gpd.GeoDataFrame(
        {
            "register_id": _column(said, "featureID").astype(object),
            "municipality": codes(_column(said, "kommunekode")),
            "oprindkode": int(Origin.CADASTRAL_MAP),
            "cadastral_district": numbers(_column(said, "ejerlavkode")),
            "parcel_number": number.astype(object),
            "property_number": numbers(_column(said, "sfeejendomsnr")).replace(0.0, np.nan),
            # The number tells of some roads only; of all others this table says nothing.
            "is_road": number.str.match(_ROAD_NUMBER)
            .fillna(False)
            .map({True: True, False: None})
            .astype(object),
        },
        geometry=gpd.GeoSeries(shapes, index=table.index, crs=GRID),
    )
    return checked(
        Delivery("parcel", "matriklen/ewkb-csv", REGISTER, frame, _TABLE, warnings=warnings),
        "polygon",
        record=lambda n: f"row {n + 1}",
        original=lambda n: ";".join(rows[n]).encode(),
        faults=faults,
    )


def _fields(text: Any) -> dict[str, Any]:
    """The attributes of a row; unreadable ones are none, so that the row is set aside for want of an id."""
    try:
        fields = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _from_ewkb(path: Path, column: pd.Series) -> tuple[Any, dict[int, str]]:
    texts = np.array([None if pd.isna(t) else t for t in column], dtype=object)
    shapes = np.asarray(shapely.from_wkb(texts, on_invalid="ignore"), dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    failed = given & shapely.is_missing(shapes)
    faults = {int(i): "the EWKB is cut off or broken" for i in column.index[failed]}
    srid = shapely.get_srid(shapes)
    wrong = np.unique(srid[~shapely.is_missing(shapes) & (srid != GRID_SRID)])
    if len(wrong):
        raise CannotRead(
            f"{path.name}: its shapes are in EPSG:{wrong[0]}; expected {GRID}. Fetch them in that system"
        )
    return to_grid(shapely.set_srid(shapes, 0), GRID, what=path.name), faults
