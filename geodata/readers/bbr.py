"""BBR, the register of buildings and dwellings: the table of current buildings, and the register's XML extract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.models.base import Status
from geodata.readers.bbr_extract import read_extract
from geodata.readers.delivery import Delivery
from geodata.readers.files import sniff, unpacked
from geodata.readers.matriklen import codes, numbers
from geodata.readers.moments import days, past
from geodata.readers.place import to_grid
from geodata.readers.refusal import CannotRead

REGISTER: Final = "bbr"
#: Beginning of the register's column name → column of the theme; the names go on with Danish words.
_NUMBERS: Final = {
    "status": "status_code",
    "byg021": "use_code",
    "byg026": "year",
    "byg038": "floor_m2",
    "byg039": "dwelling_m2",
    "byg040": "business_m2",
    "byg041": "built_m2",
    "byg042": "garage_m2",
    "byg043": "carport_m2",
    "byg054": "storeys",
}
#: Life cycle (livscyklus) of a building → FKG ``statuskode``: planned and being built, standing, gone or never there.
#: 6, 10 and 11 are documented; the others are our reading of the register's list. What is not listed is unknown.
_STATUSKODE: Final = {
    1: Status.PROPOSAL, 2: Status.PROPOSAL, 3: Status.PROPOSAL, 6: Status.IN_FORCE, 7: Status.IN_FORCE,
    9: Status.REPEALED, 10: Status.REPEALED, 11: Status.REPEALED, 14: Status.REPEALED,
}  # fmt: skip
_TEXTS: Final = {"byg070": "listed_code", "jordstykke": "parcel_register_id"}
#: BBR's code (byg406) for coordinates in EPSG:25832.
_IN_GRID: Final = "5"


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Buildings (BBR bygning) out of CSV files with one row each and XML extracts with all rows, also packed.

    Raises
    ------
    CannotRead : a file is neither, or damaged.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_table(file) for file in files]
    return joined(found)


def _table(path: Path) -> Delivery:
    kind = sniff(path)
    if kind == "xml":
        return _extract(path)
    if kind != "text":
        raise CannotRead(
            f"{path.name} is {kind} by its content; BBR is read as the register's XML extract, or as CSV (also "
            f".csv.gz) of the current buildings with the columns id_lokalId, kommunekode, byg021… and byg404Koordinat"
        )
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except (ValueError, OverflowError) as error:  # also ParserError, EmptyDataError and UnicodeDecodeError
        raise CannotRead(
            f"{path.name} is not a table separated by commas ({error}); fetch it again"
        ) from None
    if "id_lokalId" not in table.columns:
        raise CannotRead(
            f"{path.name} has no column id_lokalId (it has {', '.join(map(str, table.columns[:6]))}); expected the "
            f"table of BBR buildings"
        )
    if table.empty:
        raise CannotRead(f"{path.name} holds no buildings; check the query that made it")
    rows = table.fillna("").to_numpy().tolist()
    return _buildings(
        path.name,
        table,
        "bbr/csv",
        record=lambda n: f"row {n + 1}",
        original=lambda n: ",".join(rows[n]).encode(),
    )


def _extract(path: Path) -> Delivery:
    """The extract: of each building the row that the register holds true now."""
    extract = read_extract(path)
    delivery = _buildings(
        path.name,
        extract.table,
        "bbr/xml",
        record=lambda n: f"row {n + 1}",
        original=extract.original,
    )
    return replace(
        delivery,
        rejected=[*extract.rejected, *delivery.rejected],
        warnings=[*extract.warnings, *delivery.warnings],
        as_of=extract.as_of,
    )


def _buildings(
    name: str,
    table: pd.DataFrame,
    source: str,
    *,
    record: Callable[[int], str],
    original: Callable[[int], bytes],
) -> Delivery:
    """Rows of either file, which have the same names of columns, as buildings."""
    columns: dict[str, Any] = {
        "register_id": table["id_lokalId"].str.lower().astype(object),
        "municipality": codes(table["kommunekode"].astype("string")) if "kommunekode" in table else None,
    }
    warnings: list[str] = []
    for field in table.columns:
        target = _NUMBERS.get(field[:6]) or _NUMBERS.get(field)
        if target:
            text = table[field].astype("string")
            columns[target] = numbers(text)
            unread = int((text.notna() & columns[target].isna()).sum())
            if unread:
                warnings.append(f"{name}: {unread} values of {field} are no numbers and were left out")
        elif target := _TEXTS.get(field) or _TEXTS.get(field[:6]):
            columns[target] = table[field].astype(object)
    shapes, faults = _points(name, table, warnings)
    for field, target in (("virkningFra", "gyldig_fra"), ("virkningTil", "gyldig_til")):
        if field in table.columns:
            columns[target] = days(table[field])
    if "status_code" in columns:
        known = columns["status_code"].map(_STATUSKODE).fillna(Status.UNKNOWN)
        # What has ended and was not said again is no longer so, whatever its last word was.
        if "virkningTil" in table.columns:
            known = known.mask(past(table["virkningTil"]), Status.REPEALED)
        columns["statuskode"] = known.astype("int64")
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=table.index), geometry=gpd.GeoSeries(shapes, index=table.index, crs=GRID)
    )
    speaks = tuple(c for c in (*_NUMBERS.values(), *_TEXTS.values()) if c in columns)
    return checked(
        Delivery("building_record", source, REGISTER, frame, speaks, warnings=warnings),
        "point",
        record=record,
        original=original,
        faults=faults,
        may_lack_geometry=True,
    )


def _points(file: str, table: pd.DataFrame, warnings: list[str]) -> tuple[Any, dict[int, str]]:
    name = next((c for c in table.columns if c.startswith("byg404")), None)
    if name is None:
        warnings.append(f"{file} has no coordinates (byg404); its buildings have no place of their own")
        return np.full(len(table), None, dtype=object), {}
    texts = np.array([None if pd.isna(t) else t for t in table[name]], dtype=object)
    system = next((c for c in table.columns if c.startswith("byg406")), None)
    if system is not None:
        foreign = (table[system].notna() & (table[system] != _IN_GRID) & table[name].notna()).to_numpy()
        if foreign.any():
            warnings.append(
                f"{file}: {int(foreign.sum())} points are in another system than {GRID}; left out"
            )
            texts[foreign] = None
    shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    failed = table.index[given & shapely.is_missing(shapes)]
    return to_grid(shapes, GRID, what=file), {int(i): "the coordinate is no WKT point" for i in failed}
