"""Records that are parts of one object: registers and exports cut an area in several records of one id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely


@dataclass(frozen=True)
class Whole:
    """Objects put together: ``keep`` says which rows stand for them.

    Attributes
    ----------
    keep : one flag a row of the file; the first part of each object is kept.
    geometry : shapes of all rows, that of the first part of an object being all its parts.
    faults : row → why the object that it begins cannot be put together.
    several : rows that begin an object of several parts.
    """

    keep: np.ndarray
    geometry: Any
    faults: dict[int, str]
    several: np.ndarray

    @property
    def warning(self) -> str:
        """How many records became how many objects; empty when each is one."""
        if self.keep.all():
            return ""
        return (
            f"{len(self.keep)} records are {int(self.keep.sum())} objects: parts of one area with one id are put "
            f"together"
        )


def put_together(ids: pd.Series, said: pd.DataFrame, shapes: Any) -> Whole:
    """Rows of one id that say the same become one object with all their shapes.

    Parameters
    ----------
    ids : id of each row; missing ones stand alone.
    said : what is said of each, geometry left out; rows that say different things are no parts and stay.
    shapes : areas, or None.
    """
    keep = np.ones(len(ids), dtype=bool)
    joined = np.array(shapes, dtype=object)
    faults: dict[int, str] = {}
    words = pd.Series([repr(row) for row in said.itertuples(index=False, name=None)], dtype="string")
    table = pd.DataFrame({"id": ids.astype("string").to_numpy(), "words": words})
    table = table[table["id"].notna() & table.duplicated(["id", "words"], keep=False).to_numpy()]
    first = []
    for _, group in table.groupby(["id", "words"], sort=False):
        rows = group.index.to_numpy()
        first.append(int(rows[0]))
        keep[rows[1:]] = False
        parts = joined[rows]
        sound = ~shapely.is_missing(parts) & ~shapely.is_empty(parts)
        sound[sound] = shapely.is_valid(parts[sound]) & np.isfinite(shapely.bounds(parts[sound])).all(axis=1)
        if sound.all():
            joined[rows[0]] = shapely.union_all(parts)
        else:
            faults[int(rows[0])] = f"one of its {len(rows)} parts has no sound geometry"
    return Whole(keep, joined, faults, np.array(first, dtype=np.int64))
