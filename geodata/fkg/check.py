"""Whether records fit their theme of FKG's or the state's list; every column is looked at as a whole.

What does not fit is set aside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.checks.delivery import checked, no_original
from geodata.fkg.catalogue import VALIDITY, Column, code_lists, shared_themes
from geodata.ledger.hashes import plain
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.moments import iso_texts

Mask = npt.NDArray[np.bool_]

_WHOLE: Final = (-(2**31), 2**31 - 1)
_AUTHORITIES: Final = "basis_ansvarlig_myndighed"
_PATTERNS: Final = {
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"),
}
_YES_NO: Final = {"true": True, "false": False, "1": True, "0": False}


def fitted(
    delivery: Delivery,
    *,
    record: Callable[[int], str],
    original: Callable[[int], bytes] = no_original,
    faults: Mapping[int, str | tuple[str, str]] | None = None,
) -> Delivery:
    """The delivery with only the records that fit their theme (tema); the others stand in ``rejected``.

    Values are brought into the type of their column (``"7"`` and ``7.0`` in a column of integers are 7); columns
    that the theme does not have are left out with a warning. Geometry is checked as for every delivery.

    Parameters
    ----------
    delivery : its theme is one of the FKG list or of the state's; ``frame`` holds the theme's columns, and
        ``cvr_kode`` for an FKG theme.
    record : number of a row in the file → how it is called in messages.
    original, faults : as for :func:`geodata.checks.delivery.checked`.
    """
    theme = shared_themes()[delivery.theme.split("_", 1)[0]]
    listed = {column.name: column for column in theme.columns}
    frame = delivery.frame.copy()
    reasons: dict[int, tuple[str, str]] = {}

    def put(where: Mask, word: str, *texts: str, said: pd.Series | None = None) -> None:
        for at in np.flatnonzero(where):
            found = [] if said is None else [repr(plain(said.iloc[at]))]
            reasons.setdefault(int(at), (word, found[0].join(texts) if found else texts[0]))

    for name, column in listed.items():
        required = f"{name} is required in theme {theme.code} {theme.title}; fill it in the source"
        if name not in frame.columns:
            put(np.full(len(frame), column.required), "required", required)
            continue
        given = frame[name]
        frame[name], wrong = brought(given, column)
        put(
            wrong,
            "unfit_value",
            f"{name} is ",
            f"; expected {expected(column)}; mend it in the source",
            said=given,
        )
        if column.required:
            put(frame[name].isna().to_numpy() & ~wrong, "required", required)
    if not theme.of_state:
        put(_no_authority(frame), "no_authority", "cvr_kode is no authority of the published list")
    unknown = [name for name in delivery.speaks_for if name not in listed]
    good = np.ones(len(frame), dtype=bool)
    good[list(reasons)] = False
    number = delivery.frame.index
    rejected = [
        Rejected(record(int(number[at])), *why, original=original(int(number[at])))
        for at, why in sorted(reasons.items())
    ]
    speaks = tuple(name for name in delivery.speaks_for if name in listed and name not in VALIDITY)
    warnings = [*delivery.warnings]
    if unknown:
        warnings.append(f"theme {theme.code} has no columns {', '.join(unknown)}; they are left out")
    fit = replace(
        delivery,
        frame=frame[good],
        speaks_for=speaks,
        rejected=[*delivery.rejected, *rejected],
        warnings=warnings,
    )
    return checked(
        fit,
        theme.geometry,
        record=record,
        original=original,
        faults=faults,
        may_lack_geometry=not theme.geometry_required,
    )


def _no_authority(frame: pd.DataFrame) -> Mask:
    if "cvr_kode" not in frame.columns:
        return np.ones(len(frame), dtype=bool)
    known = pd.to_numeric(frame["cvr_kode"], errors="coerce")
    return ~known.isin([int(code) for code in code_lists()[_AUTHORITIES]]).to_numpy(dtype=bool)


def expected(column: Column) -> str:
    """What may stand in a column, in words."""
    words = [column.type if column.length is None else f"{column.type} of at most {column.length} letters"]
    if column.low is not None:
        words.append(f"from {column.low} to {column.high}")
    if column.allowed is not None:
        words.append(f"a code of {column.codes or ', '.join(column.chosen)}")
    return ", ".join(words)


def brought(values: pd.Series, column: Column) -> tuple[pd.Series, Mask]:
    """Values in the type of their column (missing ones None), and which of them do not fit it."""
    there = values.notna().to_numpy(dtype=bool) & (values.astype("string") != "").fillna(False).to_numpy(bool)
    if column.type in {"integer", "number"}:
        result, wrong = _numbers(values, column)
    elif column.type in {"day", "moment"}:
        result, wrong = _dates(values, column)
    else:
        result, wrong = _others(values, column)
    if column.allowed is not None:
        told = pd.Series(
            [None if v is None else str(plain(v)) for v in result], index=values.index, dtype=object
        )
        wrong = wrong | ~told.isin(column.allowed).to_numpy(dtype=bool)
    wrong = wrong & there
    result[~there | wrong] = None
    return result, wrong


def _numbers(values: pd.Series, column: Column) -> tuple[pd.Series, Mask]:
    number = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    low, high = _WHOLE if column.type == "integer" else (-np.inf, np.inf)
    low = max(low, float(column.low)) if column.low else low
    high = min(high, float(column.high)) if column.high else high
    wrong = ~(np.isfinite(number) & (number >= low) & (number <= high))
    if column.type == "integer":
        wrong |= number != np.round(number)
        listed = [None if bad else int(n) for n, bad in zip(number.tolist(), wrong, strict=True)]
    else:
        listed = number.tolist()
    return pd.Series(listed, index=values.index, dtype=object), wrong


def _dates(values: pd.Series, column: Column) -> tuple[pd.Series, Mask]:
    day = column.type == "day"
    text = pd.Series(
        [None if v is None else str(plain(v)) for v in values], index=values.index, dtype="string"
    )
    shaped = text.str.fullmatch(r"\d{4}-\d\d-\d\d([T Z+-].*)?").fillna(False).to_numpy(dtype=bool)
    iso = iso_texts(text.where(shaped), day=day)
    wrong = iso.isna().to_numpy(dtype=bool)
    if column.low is not None and column.high is not None:
        wrong = wrong | ~((iso >= column.low) & (iso <= column.high)).fillna(False).to_numpy(dtype=bool)
    return iso.where(iso.notna(), None), wrong


def _others(values: pd.Series, column: Column) -> tuple[pd.Series, Mask]:
    listed: list[Any] = [plain(v) for v in values]
    if column.type == "flag":
        read: list[Any] = [None if v is None else _YES_NO.get(str(v).lower()) for v in listed]
        wrong = [v is None for v in read]
    elif column.type == "json":
        read, wrong = _documents(listed)
    elif column.type in _PATTERNS:
        read = [None if v is None else str(v) for v in listed]
        wrong = [v is None or _PATTERNS[column.type].fullmatch(v) is None for v in read]
    else:
        read = [None if v is None else str(v) for v in listed]
        longest = column.length or np.inf
        wrong = [v is None or len(v) > longest for v in read]
    return pd.Series(read, index=values.index, dtype=object), np.array(wrong, dtype=bool)


def _documents(values: list[Any]) -> tuple[list[Any], list[bool]]:
    read, wrong = [], []
    for value in values:
        try:
            read.append(json.loads(value) if isinstance(value, str) else value)
            wrong.append(False)
        except ValueError:
            read.append(None)
            wrong.append(True)
    return read, wrong
