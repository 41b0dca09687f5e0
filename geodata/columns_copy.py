"""COPY of whole columns in PostgreSQL's binary form, put together without a loop over rows.

A row of the binary form is a count of fields and, field by field, a length and the bytes. Rows that have the same
words and the same gaps have the same layout, so each layout is filled as one numpy record array and laid into its
places in the stream; rows keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection

Type = Literal["int8", "int4", "float8", "bool", "varchar"]

_NUMBERS: Final[dict[str, str]] = {"int8": ">i8", "int4": ">i4", "float8": ">f8", "bool": "u1"}
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
#: Rows put together at a time.
_PORTION: Final = 100_000


def copy_columns(table: str, columns: Mapping[str, npt.NDArray[Any]], types: Mapping[str, Type]) -> int:
    """Write columns of equal length by COPY and return how many rows there are.

    Parameters
    ----------
    table : name of the table.
    columns : arrays; NaN and ``None`` become NULL.
    types : PostgreSQL type of each column, in the order in which they are written.
    """
    copy_stream(table, types, stream(columns, types))
    return _size(columns)


def stream(columns: Mapping[str, npt.NDArray[Any]], types: Mapping[str, Type]) -> list[bytes]:
    """What :func:`copy_columns` sends, in portions, for :func:`copy_stream`: it may be made in another process."""
    parts = [
        _rows({name: columns[name][start : start + _PORTION] for name in types}, types)
        for start in range(0, _size(columns), _PORTION)
    ]
    return [_HEADER, *parts, _TRAILER]


def copy_stream(table: str, columns: Iterable[str], parts: Iterable[bytes]) -> None:
    """Send what :func:`stream` made of columns of these names."""
    names = ", ".join(f'"{name}"' for name in columns)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT BINARY)') as copy,
    ):
        for part in parts:
            copy.write(part)


def _size(columns: Mapping[str, npt.NDArray[Any]]) -> int:
    return len(next(iter(columns.values())))


def _rows(columns: Mapping[str, npt.NDArray[Any]], types: Mapping[str, Type]) -> bytes:
    """Some rows as the bytes that COPY takes."""
    size = _size(columns)
    words: dict[str, list[bytes | None]] = {}
    layout = np.zeros(size, dtype=np.int64)
    codes: dict[str, npt.NDArray[np.int64]] = {}
    for name, kind in types.items():
        code, found = _variants(columns[name], kind)
        codes[name], words[name] = code, found
        # Kept dense, so that however many columns there are the number never grows beyond its bits.
        layout = pd.factorize(layout * len(found) + code)[0]
    # Of numbers of two bytes or one numpy sorts the bytes, which takes no comparisons.
    order = np.argsort(layout.astype(np.min_scalar_type(layout.max(initial=0))), kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(layout[order]) != 0)) if size else np.zeros(0, dtype=int)
    groups = np.split(order, starts[1:])
    records = [
        _record(rows, columns, types, {n: words[n][codes[n][rows[0]]] for n in types}) for rows in groups
    ]
    length = np.empty(size, dtype=np.int64)
    for rows, record in zip(groups, records, strict=True):
        length[rows] = record.shape[1]
    offset = np.cumsum(length) - length
    stream = np.empty(int(length.sum()), dtype=np.uint8)
    for rows, record in zip(groups, records, strict=True):
        # The stream as overlapping places of one row each, one to a byte.
        places: npt.NDArray[np.void] = np.ndarray(
            len(stream) - record.shape[1] + 1, f"V{record.shape[1]}", stream, strides=(1,)
        )
        places[offset[rows]] = record.view(places.dtype)[:, 0]
    return stream.tobytes()


def _variants(values: npt.NDArray[Any], kind: Type) -> tuple[npt.NDArray[np.int64], list[bytes | None]]:
    """A code per row, and what each code stands for: a word, NULL (``None``), or a number (empty bytes)."""
    if kind == "varchar":
        code, found = pd.factorize(values, use_na_sentinel=True)
        return np.where(code < 0, len(found), code), [*(str(word).encode() for word in found), None]
    if kind == "float8":
        return np.isnan(values).astype(np.int64), [b"", None]
    return np.zeros(len(values), dtype=np.int64), [b""]


def _record(
    rows: npt.NDArray[np.int64],
    columns: Mapping[str, npt.NDArray[Any]],
    types: Mapping[str, Type],
    variant: Mapping[str, bytes | None],
) -> npt.NDArray[np.uint8]:
    """Rows of one layout, (n, bytes of a row)."""
    fields = dict(_fields(types, variant))
    record = np.empty(len(rows), dtype=list(fields.items()))
    record["count"] = len(types)
    for name, kind in types.items():
        word = variant[name]
        if word is None:
            record[f"{name} length"] = -1
            continue
        record[f"{name} length"] = len(word) if kind == "varchar" else np.dtype(_NUMBERS[kind]).itemsize
        if kind != "varchar":
            record[name] = columns[name][rows]
        elif word:
            record[name] = np.frombuffer(word, dtype="u1")
    return record.view(np.uint8).reshape(len(rows), -1)


def _fields(types: Mapping[str, Type], variant: Mapping[str, bytes | None]) -> Iterator[tuple[str, Any]]:
    yield "count", ">i2"
    for name, kind in types.items():
        word = variant[name]
        yield f"{name} length", ">i4"
        if word is not None and kind != "varchar":
            yield name, _NUMBERS[kind]
        elif word:
            yield name, np.dtype((np.uint8, (len(word),)))
