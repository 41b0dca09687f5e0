"""BBR, the register of buildings and dwellings: the table of current buildings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.readers.delivery import CannotRead, Delivery
from geodata.readers.files import sniff, unpacked
from geodata.readers.matriklen import codes, numbers
from geodata.readers.place import to_grid

REGISTER: Final = "bbr"
#: Beginning of the register's column name → column of the theme; the names go on with Danish words.
_NUMBERS: Final = {
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
_TEXTS: Final = {"byg070": "listed_code", "jordstykke": "parcel_register_id"}
#: BBR's code (byg406) for coordinates in EPSG:25832.
_IN_GRID: Final = "5"


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Buildings (BBR bygning), one row each, out of CSV files, also gzipped.

    Raises
    ------
    CannotRead : a file is not that table; the XML extract of the register is not read.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_table(file) for file in files]
    return joined(found)


def _table(path: Path) -> Delivery:
    kind = sniff(path)
    if kind != "text":
        what = "the XML extract of the register" if kind == "xml" else f"{kind} by its content"
        raise CannotRead(
            f"{path.name} is {what}; BBR is read as CSV (also .csv.gz) of the current buildings with the columns "
            f"id_lokalId, kommunekode, byg021… and byg404Koordinat"
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
    columns: dict[str, Any] = {
        "register_id": table["id_lokalId"].str.lower().astype(object),
        "municipality": codes(table["kommunekode"].astype("string")) if "kommunekode" in table else None,
    }
    warnings: list[str] = []
    for name in table.columns:
        target = _NUMBERS.get(name[:6])
        if target:
            text = table[name].astype("string")
            columns[target] = numbers(text)
            unread = int((text.notna() & columns[target].isna()).sum())
            if unread:
                warnings.append(f"{path.name}: {unread} values of {name} are no numbers and were left out")
        elif target := _TEXTS.get(name) or _TEXTS.get(name[:6]):
            columns[target] = table[name].astype(object)
    shapes, faults = _points(path, table, warnings)
    if "virkningFra" in table.columns:
        columns["gyldig_fra"] = pd.to_datetime(table["virkningFra"].str[:10], errors="coerce").dt.date
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=table.index), geometry=gpd.GeoSeries(shapes, index=table.index, crs=GRID)
    )
    rows = table.fillna("").to_numpy().tolist()
    speaks = tuple(c for c in (*_NUMBERS.values(), *_TEXTS.values()) if c in columns)
    return checked(
        Delivery("building_record", "bbr/csv", REGISTER, frame, speaks, warnings=warnings),
        "point",
        record=lambda n: f"row {n + 1}",
        original=lambda n: ",".join(rows[n]).encode(),
        faults=faults,
        may_lack_geometry=True,
    )


def _points(path: Path, table: pd.DataFrame, warnings: list[str]) -> tuple[Any, dict[int, str]]:
    name = next((c for c in table.columns if c.startswith("byg404")), None)
    if name is None:
        warnings.append(f"{path.name} has no coordinates (byg404); its buildings have no place of their own")
        return np.full(len(table), None, dtype=object), {}
    texts = np.array([None if pd.isna(t) else t for t in table[name]], dtype=object)
    system = next((c for c in table.columns if c.startswith("byg406")), None)
    if system is not None:
        foreign = (table[system].notna() & (table[system] != _IN_GRID) & table[name].notna()).to_numpy()
        if foreign.any():
            warnings.append(
                f"{path.name}: {int(foreign.sum())} points are in another system than {GRID}; left out"
            )
            texts[foreign] = None
    shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    failed = table.index[given & shapely.is_missing(shapes)]
    return to_grid(shapes, GRID, what=path.name), {int(i): "the coordinate is no WKT point" for i in failed}
