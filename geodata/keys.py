"""Rows of a table by their keys."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Keys that lie closer together than this many places each are looked up in a table of all places.
_DENSE: Final = 16


class Keys:
    """Rows of a key column by key; where a key stands twice, its first row."""

    def __init__(self, keys: Ints) -> None:
        self._low = int(keys.min()) if len(keys) else 0
        span = int(keys.max()) - self._low + 1 if len(keys) else 0
        self._table = self._order = self._sorted = np.zeros(0, dtype=np.int64)
        self._dense = span <= _DENSE * len(keys) + 1024
        if self._dense:
            # One place before and one behind, for what lies outside.
            self._table = np.full(span + 2, -1, dtype=np.int64)
            self._table[keys[::-1] - self._low + 1] = np.arange(len(keys))[::-1]
        else:
            self._order = np.argsort(keys, kind="stable")
            self._sorted = keys[self._order]

    def find(self, wanted: Ints) -> Ints:
        """Row of each key, -1 where there is no such key."""
        if self._dense:
            return np.asarray(self._table[np.clip(wanted - self._low + 1, 0, len(self._table) - 1)])
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1)
