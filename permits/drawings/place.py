"""Where a drawing lies: its coordinate system, checked against Denmark and against the place it is for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from geodata.crs import DENMARK, GRID, transformer

Numbers = npt.NDArray[np.float64]

#: Degrees that Denmark lies in: west, south, east, north.
_DEGREES: Final = (7.5, 54.3, 15.6, 58.0)
#: A DXF without a declared system is taken to be in grid metres this near the place; any drawing farther away
#: from the place it is said to be for is refused.
NEAR_M: Final = 1_000.0
#: A longer name is WKT, which no person reads.
_LONGEST_NAME: Final = 80
#: Systems that are tried when numbers do not fit what is declared, to say what they would fit.
_CANDIDATES: Final = ("OGC:CRS84", GRID, "EPSG:25833", "EPSG:3857", "EPSG:23032")


@dataclass(frozen=True)
class System:
    """A coordinate system by the name it was given (WKT perhaps); ``label`` is short, for people.

    ``unit_m`` is how long one of its units is at most, ``z_unit_m`` how long one of height, both in metres.
    """

    name: str
    unit_m: float
    degrees: bool
    label: str
    z_unit_m: float = 1.0


def system(name: str) -> System | None:
    """The system of that name (``EPSG:25832``, an OGC URN); ``None`` when nobody knows it."""
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        return None
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    if not flat.is_geographic and not flat.is_projected:
        return None
    code = crs.to_epsg() if len(name) > _LONGEST_NAME else None
    label = f"EPSG:{code}" if code else crs.name if len(name) > _LONGEST_NAME else name
    heights = float(crs.axis_info[2].unit_conversion_factor or 1.0) if len(crs.axis_info) > 2 else 1.0
    if flat.is_geographic:
        return System(f"EPSG:{code}" if code else name, 111_320.0, True, label, heights)
    unit = float(flat.axis_info[0].unit_conversion_factor or 1.0)
    return System(f"EPSG:{code}" if code else name, unit, False, label, heights)


def to_grid(name: str, positions: Numbers) -> Numbers:
    """Positions (n, 2), easting or longitude first, as grid metres; infinite where they cannot be."""
    if name == GRID:
        return positions
    try:
        x, y = transformer(name).transform(positions[:, 0], positions[:, 1])
    except (CRSError, ProjError):
        return np.full_like(positions, math.inf)
    return np.column_stack([x, y])


def bounds_of(place: Any) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a geometry or of four numbers; ``None`` for nothing."""
    if place is None:
        return None
    box = place.bounds if isinstance(place, shapely.Geometry) else tuple(place)
    if len(box) != 4 or not all(math.isfinite(value) for value in box):
        raise ValueError("a place is a geometry or four finite numbers in EPSG:25832")
    west, south, east, north = (float(value) for value in box)
    return west, south, east, north


def around(box: tuple[float, float, float, float], metres: float) -> tuple[float, float, float, float]:
    """The box made larger on all sides."""
    return box[0] - metres, box[1] - metres, box[2] + metres, box[3] + metres


def inside(positions: Numbers, box: tuple[float, float, float, float]) -> bool:
    """Whether all positions are finite and lie in the box."""
    if not np.isfinite(positions).all():
        return False
    low, high = positions.min(axis=0), positions.max(axis=0)
    return bool(low[0] >= box[0] and low[1] >= box[1] and high[0] <= box[2] and high[1] <= box[3])


def fitting(positions: Numbers, box: tuple[float, float, float, float] | None = None) -> list[str]:
    """Systems in which these numbers would lie in the box (default: in Denmark)."""
    fits = []
    for name in _CANDIDATES:
        degrees = bool(np.abs(positions).max() <= 180.0)
        if degrees != (name == "OGC:CRS84"):
            continue
        if degrees and not inside(positions, _DEGREES):
            continue
        if inside(to_grid(name, positions), box or DENMARK):
            fits.append(name)
    return fits


def check(
    positions: Numbers,
    said: System,
    *,
    declared: bool,
    near: tuple[float, float, float, float] | None = None,
) -> tuple[str, int, Any, Any, Any] | None:
    """What stands against reading these numbers in that system: the one thing that decides.

    Parameters
    ----------
    positions : (n, 2), all positions of the file.
    said : the system that they are to be read in.
    declared : somebody said so; ``False`` when the format's own rule did.
    near : box in grid metres that the drawing is for.

    Returns
    -------
    Code, index of the first position concerned, found, expected and remedy of a fault; ``None`` when all is well.
    """
    grid = to_grid(said.name, positions)
    if inside(grid, DENMARK):
        if near is None or inside(grid, around(near, NEAR_M)):
            return None
        index = _first_outside(grid, around(near, NEAR_M))
        better = [name for name in fitting(positions, around(near, NEAR_M)) if name != said.name]
        return "far_from_place", index, round(_distance(grid, near)), NEAR_M, better[0] if better else None
    index = _first_outside(grid, DENMARK)
    found = [float(value) for value in positions[index]]
    swapped = positions[:, ::-1]
    better = fitting(positions)
    unnamed = "wrong_crs" if declared else "no_crs"
    if inside(to_grid(said.name, swapped), DENMARK) or (not better and fitting(swapped)):
        return "axis_order", index, found, said.label, None
    if better:
        return unnamed, index, found, said.label, better[0]
    if said.degrees and not bool((np.abs(positions) <= (180.0, 90.0)).all()):
        return unnamed, index, found, said.label, None
    return "outside_denmark", index, found, said.label, None


def _first_outside(grid: Numbers, box: tuple[float, float, float, float]) -> int:
    low, high = np.array(box[:2]), np.array(box[2:])
    out = ~((grid >= low) & (grid <= high)).all(axis=1)
    return int(np.argmax(out))


def _distance(grid: Numbers, box: tuple[float, float, float, float]) -> float:
    drawn = shapely.box(*grid.min(axis=0), *grid.max(axis=0))
    return float(drawn.distance(shapely.box(*box)))
