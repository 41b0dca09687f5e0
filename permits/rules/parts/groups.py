"""Rows that belong together because several keys of theirs are equal."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Numbers that one int64 holds.
_ROOM: Final = 2**62


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
    alone = _each_by_itself(keys)
    if alone is not None:
        return Groups(alone, np.arange(size), alone)
    # A key that is the same everywhere orders nothing, and most of them are.
    every = [key for key in (*keys, *then) if len(key) and (key != key[0]).any()]
    order = np.lexsort(every[::-1]) if every else np.arange(size)
    new = np.zeros(size, dtype=bool)
    new[:1] = True
    for key in keys:
        placed = key[order]
        new[1:] |= placed[1:] != placed[:-1]
    return Groups(order, np.cumsum(new) - 1, order[new])


def _each_by_itself(keys: tuple[npt.NDArray[np.generic], ...]) -> Ints | None:
    """The rows in the order of their keys where no two have the same; ``None`` where some have, or it is not known.

    The keys are put into one number, which is quickly sorted: rows mostly stand in nearly that order.
    """
    whole = np.zeros(len(keys[0]), dtype=np.int64)
    room = 1
    for key in keys:
        if not len(key) or key.dtype.kind not in "bi":
            return None
        number = key.astype(np.int64)
        low, span = int(number.min()), int(number.max()) - int(number.min()) + 1
        room *= span
        if room >= _ROOM:
            return None
        whole = whole * span + (number - low)
    order = np.argsort(whole, kind="stable")
    ordered = whole[order]
    return None if (ordered[1:] == ordered[:-1]).any() else order
