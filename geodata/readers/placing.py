"""Where the numbers of a foreign table lie: what it declares, what its mapping names, and what the numbers say.

Danish data end in the grid. Data from abroad stay in their own system of metres, since the grid is no measure so
far away; there the system's own area of use takes the place of the outline of Denmark.
"""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geodata.crs import GRID
from geodata.readers.formats.table import Remark, Shapes, Table
from geodata.readers.mapping import LayerMapping
from geodata.readers.place import to_grid
from geodata.readers.refusal import CannotRead

#: No coordinate on earth is larger, in metres or in degrees.
FARTHEST: Final = 1e8
#: How far data may lie outside a system's own area of use, degrees.
_MARGIN_DEG: Final = 3.0
_LONGITUDE_FIRST: Final = "OGC:CRS84"


def without_impossible(table: Table) -> None:
    """Move shapes with coordinates that are nowhere on earth to the table's faults."""
    bounds = shapely.bounds(table.shapes)
    there = ~shapely.is_missing(table.shapes) & ~shapely.is_empty(table.shapes)
    far = there & ~(np.abs(bounds) < FARTHEST).all(axis=1)
    for row in np.flatnonzero(far).tolist():
        corner = " ".join(f"{v:g}" for v in bounds[row, :2])
        table.faults.setdefault(row, ("out_of_range", f"its coordinates ({corner}) lie nowhere on earth"))


def placed(table: Table, mapping: LayerMapping) -> tuple[Shapes, str, list[Remark]]:
    """Shapes in the grid, or abroad in a system of metres of their own; the system; and what is to be told.

    Raises
    ------
    CannotRead : no system is known, or it contradicts the numbers (``no_crs``, ``wrong_crs``, ``axis_order``).
    """
    shapes = table.shapes.copy()
    shapes[list(table.faults)] = None
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    if not there.any():
        return shapes, GRID, []
    name, remarks = _system(table, mapping, shapes)
    if not mapping.abroad:
        return to_grid(shapes, name, default=None, what=table.file), GRID, remarks
    system = _known(name, table)
    _in_area(system, name, shapes, table, assumed=bool(remarks))
    if not system.is_geographic:
        return shapes, name, remarks
    frame = gpd.GeoSeries(shapes, crs=system)
    local = frame[there].estimate_utm_crs()
    return np.asarray(frame.to_crs(local).array, dtype=object), local.to_string(), remarks


def _system(table: Table, mapping: LayerMapping, shapes: Shapes) -> tuple[str, list[Remark]]:
    """The system's name: the data's own word first, then the format's rule, then the mapping."""
    if table.crs:
        return table.crs, []
    degrees = _degrees(shapes)
    if table.longitude_first and (
        degrees or not mapping.crs or CRS.from_user_input(mapping.crs).is_geographic
    ):
        # Numbers that are no degrees are refused further on, with what they look like.
        return _LONGITUDE_FIRST, []
    if mapping.crs:
        text = (
            f"{table.file} does not say its coordinate system; {mapping.crs} was taken, as the mapping says"
        )
        return mapping.crs, [("no_crs", text)]
    raise CannotRead(
        f"{table.file} does not say its coordinate system, and the mapping names none (crs = …). Nothing is guessed",
        "no_crs",
    )


def _degrees(shapes: Shapes) -> bool:
    box = shapely.total_bounds(shapes)
    return bool(np.abs(box[[0, 2]]).max() <= 360 and np.abs(box[[1, 3]]).max() <= 90)


def _known(name: str, table: Table) -> CRS:
    try:
        return CRS.from_user_input(name)
    except CRSError:
        raise CannotRead(
            f"{table.file} names the coordinate system {name[:80]!r}, which is not known", "wrong_crs"
        ) from None


def _in_area(system: CRS, name: str, shapes: Shapes, table: Table, *, assumed: bool) -> None:
    """Refuse numbers that the system cannot have."""
    box = shapely.bounds(shapes)
    box = box[np.isfinite(box).all(axis=1)]
    x, y = np.median(box[:, 0] / 2 + box[:, 2] / 2), np.median(box[:, 1] / 2 + box[:, 3] / 2)
    # GeoJSON without a word has said longitude and latitude.
    word = "no_crs" if assumed and not table.longitude_first else "wrong_crs"
    how = "does not say its system, and the mapping names" if assumed else "declares"
    says = f"{table.file} {how} {_short(name)}"
    fault = ""
    if system.is_geographic and not _degrees(shapes):
        fault = f"its numbers ({x:.0f}, {y:.0f}) are not degrees"
    elif system.is_projected and abs(x) <= 360 and abs(y) <= 360:
        fault = f"its numbers ({x:.3f}, {y:.3f}) are not metres of that system"
    elif (area := system.area_of_use) is not None and (system.is_projected or system.is_geographic):
        fault = _outside(system, area, float(x), float(y))
    if fault:
        raise CannotRead(
            f"{says}, but {fault}. Write the file again with the system that the numbers are in", word
        )


def _outside(system: CRS, area: Any, x: float, y: float) -> str:
    try:
        east, north = Transformer.from_crs(system, _LONGITUDE_FIRST, always_xy=True).transform(x, y)
    except ProjError:
        east = north = float("inf")
    wide = area.west > area.east  # an area across the date line
    fits = area.south - _MARGIN_DEG <= north <= area.north + _MARGIN_DEG and (
        wide or area.west - _MARGIN_DEG <= east <= area.east + _MARGIN_DEG
    )
    return "" if fits else f"its numbers ({x:.0f}, {y:.0f}) lie outside {area.name}, which that system is for"


def _short(name: str) -> str:
    return name if len(name) < 60 else f"{name[:57]}…"
