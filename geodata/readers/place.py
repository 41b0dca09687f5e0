"""Where the numbers of a file lie: its declared coordinate system, checked against the numbers themselves.

A wrong declaration is told, never guessed away: a plan off Somalia or a parcel at the wrong end of the
country would be silent damage.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geodata.crs import DENMARK, GRID, transformer
from geodata.readers.refusal import CannotRead

#: Denmark in degrees (west, south, east, north), Bornholm included.
DEGREES: Final = (7.0, 54.0, 16.0, 58.5)
_CRS84: Final = "OGC:CRS84"


def to_grid(
    shapes: npt.NDArray[np.object_],
    declared: str | None,
    *,
    default: str | None = _CRS84,
    what: str = "the file",
) -> npt.NDArray[np.object_]:
    """Shapes in EPSG:25832, from the system that the file declares.

    Parameters
    ----------
    shapes : shapely geometries or ``None``; x is easting or longitude, as GeoJSON and GeoServer write it.
    declared : the file's own words for its system, ``None`` = it says nothing.
    default : what nothing means (GeoJSON: longitude and latitude); ``None`` = nothing is not accepted.
    what : name of the file, for the messages.

    Returns
    -------
    Array of the same length; z is kept as it is. Coordinates that cannot be transformed become infinite.

    Raises
    ------
    CannotRead : the system is unknown or contradicts the numbers, or the axes are swapped.
    """
    name = declared or default
    x, y = _middle(shapes)
    if name is None:
        raise CannotRead(
            f"{what} does not say its coordinate system{_guess(x, y)}. Write it with a declared system ({GRID})",
            "no_crs",
        )
    try:
        system = CRS.from_user_input(name)
    except CRSError:
        raise CannotRead(
            f"{what} declares the coordinate system {name!r}, which is not known; expected {GRID}",
            "wrong_crs",
        ) from None
    if np.isfinite(x):
        _contradiction(system, declared, x, y, what)
    if system == CRS.from_user_input(GRID):
        return shapes
    move = transformer(name)

    def moved(xyz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        east, north = move.transform(xyz[:, 0], xyz[:, 1])
        return np.column_stack([east, north, *xyz[:, 2:].T])

    return np.asarray(
        shapely.transform(shapes, moved, include_z=bool(shapely.has_z(shapes).any())), dtype=object
    )


def _middle(shapes: npt.NDArray[np.object_]) -> tuple[float, float]:
    """Median of the shapes' centres: a few broken shapes do not move it."""
    box = shapely.bounds(shapes)
    box = box[np.isfinite(box).all(axis=-1)]
    if not len(box):
        return float("nan"), float("nan")
    # Halves before the sum: 1e308 twice would overflow.
    return float(np.median(box[:, 0] / 2 + box[:, 2] / 2)), float(np.median(box[:, 1] / 2 + box[:, 3] / 2))


def _inside(box: tuple[float, float, float, float], x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _guess(x: float, y: float) -> str:
    if _inside(DENMARK, x, y):
        return f"; its numbers ({x:.0f}, {y:.0f}) look like {GRID}"
    if _inside(DEGREES, x, y):
        return f"; its numbers ({x:.3f}, {y:.3f}) look like longitude and latitude"
    return ""


def _contradiction(system: CRS, declared: str | None, x: float, y: float, what: str) -> None:
    says = (
        f"declares {declared}"
        if declared
        else "declares no coordinate system, which means longitude and latitude"
    )
    in_degrees = system.is_geographic
    if _inside(DEGREES if in_degrees else DENMARK, y, x):
        raise CannotRead(
            f"{what}: the axes are swapped. It {says}, and its numbers ({x:.3f}, {y:.3f}) are northing before "
            f"easting. Write easting (longitude) first",
            "axis_order",
        )
    beyond = abs(x) > 360 or abs(y) > 360
    if in_degrees and beyond:
        raise CannotRead(
            f"{what} {says}, but its numbers ({x:.0f}, {y:.0f}) are not degrees{_guess(x, y)}. "
            f"Write the file again with the system that the numbers are in",
            "wrong_crs",
        )
    if system.is_projected and not beyond:
        raise CannotRead(
            f"{what} {says}, but its numbers ({x:.3f}, {y:.3f}) are not metres of that system{_guess(x, y)}. "
            f"Write the file again with the system that the numbers are in",
            "wrong_crs",
        )
