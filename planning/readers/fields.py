"""Plandata's fields as typed columns, however the export has written them.

Numbers come as numbers, floats or text with comma; booleans as text; dates as eight digits; names cut to the
ten letters of a shapefile.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

#: Field names longer than ten letters, to know them again when they were cut.
_LONG: Final = (
    "anvendelsegenerel",
    "fremtidigzonestatus",
    "kommunenavn",
    "lp_plannavn",
    "bygkunifelt",
    "bygvejledende",
    "bygtillagtosh",
    "udstykforbud",
    "udstykningsplan",
    "maxboligenhed",
    "begroenning",
    "vindbeskriv",
    "udstykantal",
)
#: Codes of ``anvgen`` by the label that the register decodes them to.
_USES: Final = {
    "boligområde": 11,
    "blandet bolig og erhverv": 21,
    "erhvervsområde": 31,
    "centerområde": 41,
    "rekreativt område": 51,
    "sommerhusområde": 61,
    "område til offentlige formål": 71,
    "tekniske anlæg": 81,
    "landområde": 91,
    "andet": 96,
}
#: Fields that have a column of their own and lose nothing there, and the row number of an export.
_TAKEN: Final = frozenset(
    {
        "fid", "planid", "komnr", "lokplan_id", "plannr", "plannavn", "lp_plannr", "lp_plannavn", "delnr", "plantype",
        "doklink", "datoopdt",
    }
)  # fmt: skip
_CUT: Final = 10
_TRUE: Final = ("true", "t", "1", "ja")
_FALSE: Final = ("false", "f", "0", "nej")
_INT4: Final = 2**31


def whole_names(properties: pd.DataFrame) -> pd.DataFrame:
    """The columns under their full names, in lower case; a cut name that fits exactly one field is completed."""
    names = [str(name).strip().lower() for name in properties.columns]
    cut = {name[:_CUT]: name for name in _LONG}
    completed = [cut.get(n, n) if len(n) == _CUT else n for n in names]
    # A cut name beside the full one stays as it is.
    whole = [n if w in names else w for n, w in zip(names, completed, strict=True)]
    table = properties.set_axis(whole, axis=1)
    return table.loc[:, ~table.columns.duplicated()]


def text(said: pd.DataFrame, name: str) -> pd.Series:
    """A column as text; whole floats lose their ``.0``, empty and absent are missing."""
    if name not in said.columns:
        return pd.Series(pd.NA, said.index, dtype="string")
    values = [None if _empty(v) else _written(v) for v in said[name]]
    stripped = pd.Series(values, said.index, dtype="string").str.strip()
    return stripped.where(stripped != "")


def _empty(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def floats(said: pd.DataFrame, name: str) -> pd.Series:
    """A column as float64; empty, unreadable and infinite are NaN."""
    values = pd.to_numeric(text(said, name).str.replace(",", ".", regex=False), errors="coerce").astype(
        "float64"
    )
    return values.where(np.isfinite(values))


def integers(said: pd.DataFrame, name: str) -> pd.Series:
    """A column of codes as float64 of whole numbers; anything that is no code is NaN."""
    values = floats(said, name)
    return values.where((values == values.round()) & (values.abs() < _INT4))


def flags(said: pd.DataFrame, name: str) -> pd.Series:
    """A column as True, False or None."""
    lower = text(said, name).str.lower()
    values = pd.Series(None, said.index, dtype=object)
    return values.mask(lower.isin(_TRUE), True).mask(lower.isin(_FALSE), False)


def dates(said: pd.DataFrame, name: str) -> tuple[pd.Series, int]:
    """A column of dates (YYYYMMDD, or ISO), None where empty, and how many are no dates."""
    written = text(said, name)
    digits = written.str.slice(0, 10).str.replace("-", "", regex=False)
    proper = digits.where(digits.str.fullmatch(r"\d{8}").fillna(False).astype(bool))
    days = pd.to_datetime(proper, format="%Y%m%d", errors="coerce")
    values = pd.Series([None if pd.isna(d) else d.date() for d in days], said.index, dtype=object)
    return values, int((written.notna() & values.isna()).sum())


def with_use(said: pd.DataFrame) -> pd.DataFrame:
    """``anvgen`` filled from its label where an export has kept only that."""
    if "anvendelsegenerel" not in said.columns:
        return said
    code = text(said, "anvendelsegenerel").str.lower().map(_USES).astype(object)
    if "anvgen" not in said.columns:
        return said.assign(anvgen=code)
    known = text(said, "anvgen").notna()
    return said.assign(anvgen=said["anvgen"].astype(object).where(known, code))


def rest(properties: pd.DataFrame) -> pd.Series:
    """Every field that has no column of its own, as delivered, one dict a row; empty ones are left out."""
    names = [n for n in properties.columns if str(n).lower() not in _TAKEN]
    rows = (
        [
            {str(n): plain(v) for n, v in zip(names, values, strict=True) if not _empty(v)}
            for values in zip(*(properties[n] for n in names), strict=True)
        ]
        if names
        else [{} for _ in range(len(properties))]
    )
    return pd.Series(rows, properties.index, dtype=object)


def plain(value: Any) -> Any:
    """A value that JSON can hold; numbers that are none are kept as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value
