"""What a quality check is and what it finds: arrays in, one row per fault out, each with its place as geometry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Frames = Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Faults:
    """What one check found, a row per fault.

    Attributes
    ----------
    row : (n,) int64, row of the check's first theme.
    other : (n,) int64, row of its second theme, or of the first where it has one; −1 = none.
    place : (n,) the faulty place: a point, line or area.
    measured : (n,) float64 in the check's unit; NaN = nothing is measured.
    """

    row: Ints
    other: Ints
    place: Shapes
    measured: Floats

    def __len__(self) -> int:
        return len(self.row)


def faults(row: Any, place: Any, measured: Any, other: Any = None) -> Faults:
    """Faults from arrays of one length; ``other`` may be left out."""
    rows = np.asarray(row, dtype=np.int64)
    return Faults(
        rows,
        np.full(len(rows), -1, dtype=np.int64) if other is None else np.asarray(other, dtype=np.int64),
        np.asarray(place, dtype=object),
        np.asarray(measured, dtype=np.float64),
    )


@dataclass(frozen=True)
class Check:
    """One quality check of register data.

    Attributes
    ----------
    id : stable word, the name of its file.
    title, remedy : English sentences, translated where they are shown.
    themes : what it looks at; the first is the one whose objects are at fault.
    unit : of what it measures (``m``, ``m2``, ``pct``, empty = nothing is measured).
    columns : columns beside the geometry that it needs, of its first theme.
    run : frames by theme (index 0 … n−1, column ``geometry`` without missing shapes, metres) → faults.
    """

    id: str
    title: str
    remedy: str
    themes: tuple[str, ...]
    unit: str
    run: Callable[[Frames], Faults]
    columns: tuple[str, ...] = ()
