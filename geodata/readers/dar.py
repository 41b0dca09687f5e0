"""DAR, the register of addresses: address points as NDJSON, one bitemporal row a line.

Which row of a point is true now, :class:`~geodata.readers.true_now.TrueNow` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.models.base import Status
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.files import sniff, unpacked
from geodata.readers.moments import days
from geodata.readers.place import to_grid
from geodata.readers.refusal import CannotRead
from geodata.readers.true_now import TrueNow

REGISTER: Final = "dar"
SOURCE: Final = "dar/ndjson"
_FIELDS: Final = (
    "id", "registreringfra", "registreringtil", "virkningfra", "virkningtil", "status", "position",
    "oprindelse_kilde", "oprindelse_nøjagtighedsklasse", "oprindelse_tekniskstandard",
)  # fmt: skip
_NEEDED: Final = ("id", "position")
_TEXTS: Final = {
    "accuracy_class": "oprindelse_nøjagtighedsklasse",
    "technical_standard": "oprindelse_tekniskstandard",
    "origin": "oprindelse_kilde",
}
#: Status of an address point → FKG ``statuskode``. The register's list is not among our sources: 8 stands on all but
#: a few current rows, 9 follows it; the reading of the four is ours. What is not listed is unknown.
_STATUSKODE: Final = {6: Status.DRAFT, 7: Status.REPEALED, 8: Status.IN_FORCE, 9: Status.REPEALED}
_LONGEST_LINE: Final = 1_000_000


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Address points (adressepunkter) out of NDJSON files, also packed.

    Raises
    ------
    CannotRead : a file is not that, cut off, not UTF-8, or its points are in another system.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_points(file) for file in files]
    return joined(found)


def _points(path: Path) -> Delivery:
    rejected: list[Rejected] = []
    table, warnings = _table(path, rejected)
    shapes, faults = _shapes(path, table["position"])
    status = pd.to_numeric(table["status"], errors="coerce").astype("float64")
    until = days(table["virkningtil"])
    known = status.map(_STATUSKODE).fillna(Status.UNKNOWN).astype("int64")
    frame = gpd.GeoDataFrame(
        {
            "register_id": table["id"].astype(object),
            "municipality": None,
            "status_code": status,
            # What ended and was not said again is no longer so.
            "statuskode": known.mask(until.notna(), int(Status.REPEALED)),
            **{target: _text(table[name]) for target, name in _TEXTS.items()},
            "gyldig_fra": days(table["virkningfra"]),
            "gyldig_til": until,
        },
        geometry=gpd.GeoSeries(shapes, index=table.index, crs=GRID),
    )
    lines = _Lines(path)
    return checked(
        Delivery(
            "address_point",
            SOURCE,
            REGISTER,
            frame,
            ("status_code", *_TEXTS),
            rejected=rejected,
            warnings=warnings,
        ),
        "point",
        record=lambda n: f"line {n + 1}",
        original=lines,
        faults=faults,
    )


def _text(column: pd.Series) -> pd.Series:
    text = column.astype("string").str.strip()
    return text.astype(object).where(text.notna() & (text != ""), None)


def _table(path: Path, rejected: list[Rejected]) -> tuple[pd.DataFrame, list[str]]:
    """Rows that are true now, by the number of their line from 0, and what is said of the others.

    Rows without an id are set aside.
    """
    if sniff(path) != "json":
        raise CannotRead(
            f"{path.name} is {sniff(path)} by its content; DAR is read as NDJSON, one address point a line"
        )
    current: TrueNow[list[Any]] = TrueNow()
    rows = 0
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CannotRead(
                f"{path.name}: line {number + 1} is no JSON object of its own ({error}); the file is cut off or not "
                f"NDJSON. Nothing of it was taken; fetch it again"
            ) from None
        missing = [name for name in _NEEDED if name not in row] if isinstance(row, dict) else list(_NEEDED)
        if missing:
            raise CannotRead(
                f"{path.name}: line {number + 1} has no field {', '.join(missing)}; expected DAR's Adressepunkt"
            )
        identity = row["id"]
        if not isinstance(identity, str) or not identity.strip():
            why = "the row has no id; mend it in the source"
            rejected.append(Rejected(f"line {number + 1}", "no_register_id", why, original=line))
            continue
        rows += 1
        key = identity.strip().lower()
        current.add(
            number,
            key,
            [key, *(row.get(name) or None for name in _FIELDS[1:])],
            valid=(_said(row, "virkningfra"), _said(row, "virkningtil")),
            registered=(_said(row, "registreringfra"), _said(row, "registreringtil")),
        )
    if not rows and not rejected:
        raise CannotRead(f"{path.name} holds no address points; check the query that made it")
    chosen = current.rows()
    numbers = [number for number, _ in chosen]
    table = pd.DataFrame([told for _, told in chosen], index=numbers, columns=list(_FIELDS), dtype=object)
    return table, current.told(path.name, rows, "address points")


def _said(row: dict[str, Any], name: str) -> str:
    return str(row.get(name) or "")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty, with their number from 0."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b"")):
            if stripped := line.strip():
                yield number, stripped


class _Lines:
    """Lines as delivered, read again only when one was set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[int, bytes] | None = None

    def __call__(self, number: int) -> bytes:
        if self._lines is None:
            self._lines = dict(_lines(self._path))
        return self._lines.get(number, b"")


def _shapes(path: Path, column: pd.Series) -> tuple[Any, dict[int, str]]:
    texts = np.array([t if isinstance(t, str) else None for t in column], dtype=object)
    shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    given = np.array([t is not None for t in texts], dtype=bool)
    failed = column.index[given & shapely.is_missing(shapes)]
    return to_grid(shapes, GRID, what=path.name), {int(i): "the position is no WKT point" for i in failed}
