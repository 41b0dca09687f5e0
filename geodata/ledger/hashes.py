"""What a record says, as one hash: mapped attributes plus geometry, normalised and rounded to 1 mm.

Everything is done column by column; only the digest itself is taken row by row.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import blake2b, sha1
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.units import PRECISION_M

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
#: What json.dumps does for a text, without its detours.
_quoted = json.JSONEncoder(ensure_ascii=False).encode
#: Whole numbers up to here are the same as float and as integer.
_EXACT = 2.0**53


def content_hashes(
    names: Iterable[str], texts: list[list[str]], geometry: npt.NDArray[np.object_]
) -> list[str]:
    """Hash of mapped attributes plus geometry (normalised, rounded to 1 mm), one per row, in hexadecimal.

    ``texts`` are the attributes column by column, as :func:`json_texts` makes them, and ``names`` are their columns:
    the same word in another column says something else.

    The start point and direction of rings and the order of parts do not matter; a shift under half a
    millimetre does not either; nor whether a file's reader made 7 or 7.0 of a number.
    """
    rounded = shapely.normalize(
        shapely.transform(geometry, lambda xy: np.round(xy / PRECISION_M) * PRECISION_M)
    )
    wkb = [b"" if value is None else value for value in shapely.to_wkb(rounded, output_dimension=2)]
    said = map(",".join, zip(*texts, strict=True)) if texts else [""] * len(geometry)
    columns = ",".join(names).encode() + b"|"
    return [
        blake2b(columns + text.encode() + b"|" + shape, digest_size=16).hexdigest()
        for text, shape in zip(said, wkb, strict=True)
    ]


def object_ids(namespace: uuid.UUID, names: Iterable[str]) -> list[str]:
    """uuid5 of many names in one name space, in hexadecimal."""
    root = namespace.bytes
    digests = [sha1(root + name.encode(), usedforsecurity=False).hexdigest() for name in names]
    return [f"{d[:12]}5{d[13:16]}{_VARIANT[d[16]]}{d[17:32]}" for d in digests]


def random_ids(count: int) -> list[str]:
    """``count`` of uuid4, in hexadecimal; one call for chance, where the server makes one for each."""
    drawn = os.urandom(16 * count).hex()
    digits = (drawn[at : at + 32] for at in range(0, len(drawn), 32))
    return [f"{d[:12]}4{d[13:16]}{_VARIANT[d[16]]}{d[17:]}" for d in digits]


def json_texts(values: pd.Series) -> list[str]:
    """Each value as JSON text, ``null`` for every kind of missing; whole floats look like integers."""
    if pd.api.types.is_bool_dtype(values.dtype) and not values.isna().any():
        return ["true" if value else "false" for value in values.tolist()]
    if pd.api.types.is_integer_dtype(values.dtype) and not values.isna().any():
        return list(map(str, values.tolist()))
    if pd.api.types.is_float_dtype(values.dtype) or pd.api.types.is_integer_dtype(values.dtype):
        return _number_texts(values.to_numpy(dtype="float64", na_value=np.nan))
    listed = values.tolist()
    known: dict[str, str] = {}
    texts = []
    for value in listed:
        if isinstance(value, str):
            text = known.get(value)
            if text is None:
                text = known[value] = _quoted(value)
        else:
            text = _text(plain(value))
        texts.append(text)
    return texts


def _number_texts(values: npt.NDArray[np.float64]) -> list[str]:
    texts = np.array(list(map(repr, values.tolist())), dtype=object)
    whole = np.isfinite(values) & (np.abs(values) < _EXACT) & (values == np.round(values))
    texts[whole] = list(map(str, values[whole].astype(np.int64).tolist()))
    texts[np.isnan(values)] = "null"
    listed: list[str] = texts.tolist()
    return listed


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def plain(value: Any) -> Any:
    """A value as JSON knows it; every kind of "missing" becomes None."""
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, pd.Timestamp | datetime | date):
        return value.isoformat()
    return value
