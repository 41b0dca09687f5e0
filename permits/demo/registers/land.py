"""What protection lines and zones are drawn from: ground by use, and rows for the state's themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.crs import GRID
from permits.demo import names
from permits.demo.standing import Standing
from permits.demo.town import Town

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Ground that lies in landzone.
RURAL: Final = ("field", "farm", "beach", "forest", "meadow", "lake", "stream")
_SLIVER_M2: Final = 1.0


@dataclass(frozen=True)
class Land:
    """A town with its houses, asked for ground by use; all in our municipality."""

    town: Town
    standing: Standing
    parcel_ids: npt.NDArray[np.object_]

    def faces(self, *uses: str) -> npt.NDArray[np.int64]:
        """Faces of some uses."""
        return np.flatnonzero(np.isin(self.town.use, uses) & ~self.town.foreign)

    def ground(self, *uses: str) -> npt.NDArray[np.object_]:
        """Their shapes."""
        return np.asarray(self.town.fabric.faces[self.faces(*uses)], dtype=object)

    @cached_property
    def rural(self) -> BaseGeometry:
        """Landzone as one shape."""
        return shapely.coverage_union_all(self.ground(*RURAL))

    @cached_property
    def whole(self) -> BaseGeometry:
        """All land of the municipality."""
        return shapely.coverage_union_all(self.town.fabric.faces[~self.town.foreign])

    @cached_property
    def coast(self) -> BaseGeometry:
        """The line between land and sea."""
        wet = self.town.fabric.segments[self.town.beyond == "water"]
        return shapely.line_merge(shapely.multilinestrings(shapely.linestrings(wet.reshape(-1, 2, 2))))


def areas(prefix: str, shapes: Sequence[BaseGeometry], **columns: Any) -> gpd.GeoDataFrame:
    """Rows of a theme of areas, shapes on whole millimetres; empty ones and slivers fall away.

    ``columns`` are one value for all rows or one for each.
    """
    return _frame(prefix, shapes, "Polygon", columns)


def courses(prefix: str, shapes: Sequence[BaseGeometry], **columns: Any) -> gpd.GeoDataFrame:
    """Rows of a theme of lines."""
    return _frame(prefix, shapes, "LineString", columns)


def _frame(
    prefix: str, shapes: Sequence[BaseGeometry], kind: str, columns: dict[str, Any]
) -> gpd.GeoDataFrame:
    kept, made = [], []
    for number, shape in enumerate(shapes):
        rounded = shapely.set_precision(shape, 0.001)
        parts = [
            p for p in shapely.get_parts(rounded)
            if p.geom_type == kind and (kind != "Polygon" or p.area > _SLIVER_M2)
        ]  # fmt: skip
        if parts:
            kept.append(number)
            made.append(
                shapely.multipolygons(parts) if kind == "Polygon" else shapely.multilinestrings(parts)
            )
    data: dict[str, Any] = {
        "register_id": [f"demo-{prefix}-{number + 1}" for number in kept],
        "municipality": [names.CODE] * len(kept),
    }
    for name, value in columns.items():
        each = isinstance(value, (list, np.ndarray))
        data[name] = [value[number] for number in kept] if each else [value] * len(kept)
    return gpd.GeoDataFrame(data, geometry=made, crs=GRID)
