"""Rows found by keys of two columns, over whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Columns of equal length by name.
Columns = dict[str, npt.NDArray[Any]]
Ints = npt.NDArray[np.int64]


class Pairs:
    """Rows by a number and a second key, of any kind that can be compared; where a pair stands twice, the last."""

    def __init__(self, first: Ints, second: npt.NDArray[Any]) -> None:
        self._keys = pd.Index(pd.unique(second))
        self._numbers = np.unique(first)
        code = self._code(first, second)
        self._order = np.argsort(code, kind="stable")
        self._sorted = code[self._order]

    def find(self, first: Ints, second: npt.NDArray[Any]) -> Ints:
        """Row of each pair, -1 where there is none."""
        code = self._code(first, second)
        if not len(self._sorted):
            return np.full(len(code), -1, dtype=np.int64)
        at = np.maximum(np.searchsorted(self._sorted, code, side="right") - 1, 0)
        return np.where((self._sorted[at] == code) & (code >= 0), self._order[at], -1)

    def _code(self, first: Ints, second: npt.NDArray[Any]) -> Ints:
        """One number to a pair; below 0 where either half is unknown."""
        if not len(self._numbers):
            return np.full(len(first), -1, dtype=np.int64)
        key = self._keys.get_indexer(second)
        number = np.minimum(np.searchsorted(self._numbers, first), len(self._numbers) - 1)
        known = (key >= 0) & (self._numbers[number] == first)
        return np.where(known, number * len(self._keys) + key, -1)


def taken(columns: Columns, rows: Any) -> Columns:
    """Some rows of columns, by number or by mask."""
    return {name: values[rows] for name, values in columns.items()}


def stacked(above: Columns, below: Columns) -> Columns:
    """The rows of one table and then those of another with the same columns."""
    return {name: np.concatenate([values, below[name]]) for name, values in above.items()}
