"""Rows that belong together because several keys of theirs are equal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Groups(NamedTuple):
    """Rows in the order of their keys.

    Attributes
    ----------
    order : input rows, group by group; within one by the last keys, then as they came.
    group : group of each of them, from 0.
    head : input row that each group begins with.
    """

    order: Ints
    group: Ints
    head: Ints


def grouped(keys: tuple[npt.NDArray[np.generic], ...], then: tuple[npt.NDArray[np.generic], ...]) -> Groups:
    """Put rows of equal keys together.

    Parameters
    ----------
    keys : the keys, the foremost first; they order the groups.
    then : keys that order the rows of a group.
    """
    size = len(keys[0])
    if _each_by_itself(keys):
        return Groups(np.arange(size), np.arange(size), np.arange(size))
    # A key that is the same everywhere orders nothing, and most of them are.
    every = [key for key in (*keys, *then) if len(key) and (key != key[0]).any()]
    order = np.lexsort(every[::-1]) if every else np.arange(size)
    new = np.zeros(size, dtype=bool)
    new[:1] = True
    for key in keys:
        placed = key[order]
        new[1:] |= placed[1:] != placed[:-1]
    return Groups(order, np.cumsum(new) - 1, order[new])


def _each_by_itself(keys: tuple[npt.NDArray[np.generic], ...]) -> bool:
    """Whether the rows stand in the order of their keys already, and no two have the same."""
    open_ = np.ones(max(len(keys[0]) - 1, 0), dtype=bool)
    for key in keys:
        before, after = key[:-1][open_], key[1:][open_]
        if (after < before).any():  # type: ignore[operator]  # keys are numbers and flags
            return False
        open_[open_] = after == before
    return not open_.any()
