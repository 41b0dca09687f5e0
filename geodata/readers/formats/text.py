"""Tables of text (CSV) with the shape as WKT, EWKT, WKB or EWKB in one of their columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geodata.readers.formats.fault import Unreadable
from geodata.readers.formats.table import Remark, Shapes, Table, Wanted

_DELIMITERS: Final = (";", ",", "\t", "|")
_WKT: Final = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|LINEARRING|POLYGON|GEOMETRYCOLLECTION)\b",
    re.IGNORECASE,
)
_HEX: Final = re.compile(r"0[01][0-9A-Fa-f]{16,}")
_SRID: Final = re.compile(r"\s*SRID=(\d+);", re.IGNORECASE)
#: A cell that a spreadsheet would run: what begins so and is neither a number nor a telephone number.
FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s.,()-]*$)")
#: Longest cell: an outline of a municipality has some 100,000 letters.
_CELL: Final = 64 * 2**20


def read(path: Path, wanted: Wanted) -> Table:
    """All rows; values are text, empty ones None.

    Raises
    ------
    Unreadable : no table, rows of different length, or no column of shapes.
    """
    csv.field_size_limit(_CELL)
    text, remarks = _decoded(path, wanted)
    if FORMULA.match(text):
        raise Unreadable(
            "formula_injection",
            f"{path.name}: its first line is a formula and no line of column names. Deliver a table with names",
        )
    frame = _rows(path, text)
    names = [str(name) for name in frame.columns]
    column = _geometry_column(frame, wanted)
    if column is None and not wanted.no_geometry:
        raise Unreadable(
            "no_geometry",
            f"{path.name} has no column of shapes as WKT or WKB (it has {', '.join(names[:8])}); "
            f"name it in the mapping (geometry = …)",
        )
    shapes = np.full(len(frame), None, dtype=object)
    faults: dict[int, Remark] = {}
    crs = None
    if column is not None:
        shapes, faults, crs = _shapes(path, frame[column].tolist())
    values = {n: [v or None for v in frame[n].tolist()] for n in names if n != column}
    return Table(
        path.name,
        path.stem,
        "CSV",
        values,
        shapes,
        crs,
        faults=faults,
        raw={row: frame[column].iloc[row] for row in faults},
        remarks=remarks,
        record="row",
        first=1,
    )


def _decoded(path: Path, wanted: Wanted) -> tuple[str, list[Remark]]:
    content = path.read_bytes()
    if wanted.encoding:
        try:
            return content.decode(wanted.encoding), []
        except UnicodeDecodeError as error:
            raise Unreadable(
                "encoding", f"{path.name}: byte {error.start} is not {wanted.encoding}, as the mapping says"
            ) from None
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        return content.decode("cp1252", "replace"), [
            ("encoding", f"{path.name}: byte {error.start} is not UTF-8; the text was taken as cp1252")
        ]


def _rows(path: Path, text: str) -> pd.DataFrame:
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(_DELIMITERS, key=head.count)
    if not head.count(delimiter):
        delimiter = ","
    listed: list[list[str]] = []
    formulas = any(FORMULA.match(line) for line in text.splitlines()[:20])
    word = "formula_injection" if formulas else "syntax"
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True):
            if not row:
                continue
            if listed and len(row) != len(listed[0]):
                raise Unreadable(
                    word,
                    f"{path.name}: row {len(listed)} has {len(row)} values and the table {len(listed[0])} columns; "
                    f"it is cut off or written with another separator",
                )
            listed.append(row)
    except csv.Error as error:
        raise Unreadable(
            word if formulas else "truncated",
            f"{path.name}: row {len(listed)} is broken ({error}); fetch it again",
        ) from None
    if len(listed) < 2:
        raise Unreadable("empty", f"{path.name} holds no rows")
    return pd.DataFrame(listed[1:], columns=[n.strip() for n in listed[0]], dtype=object)


def _geometry_column(frame: pd.DataFrame, wanted: Wanted) -> str | None:
    asked = {name.casefold() for name in wanted.geometry}
    for name in frame.columns:
        if name.casefold() in asked:
            return str(name)
    if asked or wanted.no_geometry:
        return None
    for name in frame.columns:
        first = next((v for v in frame[name].tolist() if v), "")
        if _WKT.match(first) or (_HEX.fullmatch(first[:40]) and _HEX.fullmatch(first)):
            return str(name)
    return None


def _shapes(path: Path, texts: list[str]) -> tuple[Shapes, dict[int, Remark], str | None]:
    cells = [t.strip() for t in texts]
    srids = [int(m[1]) if (m := _SRID.match(t)) else 0 for t in cells]
    bare = np.array([_SRID.sub("", t) or None for t in cells], dtype=object)
    is_hex = np.array([bool(t and _HEX.match(t)) for t in bare], dtype=bool)
    shapes = np.full(len(bare), None, dtype=object)
    there = np.array([t is not None for t in bare], dtype=bool)
    shapes[is_hex] = shapely.from_wkb(bare[is_hex], on_invalid="ignore")
    shapes[there & ~is_hex] = shapely.from_wkt(bare[there & ~is_hex], on_invalid="ignore")
    broken = np.flatnonzero(there & shapely.is_missing(shapes))
    own = shapely.get_srid(shapes)
    said = Counter(int(s) for s in [*srids, *own.tolist()] if s > 0)
    if len(said) > 1:
        raise Unreadable(
            "wrong_crs",
            f"{path.name}: its shapes name different systems ({', '.join(f'EPSG:{s}' for s in said)}); "
            f"write them in one",
        )
    faults = {int(i): _why(cells[i]) for i in broken}
    # A ring alone goes on as a line, which may cross itself; what the ring may not is looked at here.
    rings = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.LINEARRING)
    for i in rings[~shapely.is_valid(shapes[rings])].tolist():
        faults[i] = ("invalid_geometry", f"{cells[i][:60]!r}: {shapely.is_valid_reason(shapes[i])}")
    return shapely.set_srid(shapes, 0), faults, f"EPSG:{next(iter(said))}" if said else None


def _why(text: str) -> tuple[str, str]:
    """Why a shape could not be built; only asked for those that failed."""
    try:
        shapely.from_wkb(text) if _HEX.match(text) else shapely.from_wkt(_SRID.sub("", text))
    except (ValueError, shapely.errors.GEOSException) as error:
        words: Any = str(error)
        word = "unclosed_ring" if "closed" in words else "unreadable_geometry"
        return word, f"{text[:60]!r} is no shape ({words[:120]})"
    return "unreadable_geometry", f"{text[:60]!r} is no shape"
