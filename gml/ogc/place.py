"""Places that a request names: built, looked at for sense, and compared with features by the database."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Transformer

from gml.ogc.crs import STORAGE, Crs

#: Condition in the database for each way in which a feature and a place can lie to each other.
PREDICATES: Final = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
#: Kind of geometry → how deep its positions lie in lists.
_DEPTHS: Final = {
    "Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3
}  # fmt: skip


class NoPlace(ValueError):
    """What was named is no geometry; the message says why."""


def box(numbers: Sequence[float], crs: Crs) -> Any:
    """Two corners, the lower one first, as a shape with x east; heights are left out.

    In degrees a box whose western edge lies east of its eastern one goes across the date line.

    Raises
    ------
    NoPlace : not four or six numbers, not finite, or the corners are turned.
    """
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise NoPlace("four numbers with commas between, the lower corner first")
    west, south, east, north = numbers
    if crs.north_first:
        west, south, east, north = south, west, north, east
    if south > north or (west > east and crs.projected):
        raise NoPlace("the lower corner comes first")
    if west > east:
        return shapely.MultiPolygon(
            [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
        )
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def geometry(kind: str, coordinates: Any, crs: Crs) -> Any:
    """A geometry as in GeoJSON as a shape with x east; a third number of a position is left out.

    Raises
    ------
    NoPlace : no such kind, numbers in the wrong place, or a shape that crosses itself.
    """
    if kind not in _DEPTHS:
        raise NoPlace(f"there is no geometry {kind[:40]!r} (known: bbox, {', '.join(_DEPTHS)})")
    checked = _positions(coordinates, _DEPTHS[kind], crs)
    try:
        shape = shapely.geometry.shape({"type": kind, "coordinates": checked})
    except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError) as error:
        raise NoPlace(f"this is no {kind}: {error}") from error
    return sound(shape)


def sound(shape: Any) -> Any:
    """The shape itself; NoPlace where it is empty or crosses itself."""
    if shape.is_empty:
        raise NoPlace("the geometry is empty")
    if not shape.is_valid:
        raise NoPlace(f"the geometry is not valid: {shapely.is_valid_reason(shape)}")
    return shape


def _positions(found: Any, depth: int, crs: Crs) -> Any:
    if not isinstance(found, (list, tuple)):
        raise NoPlace("positions are lists of numbers")
    if depth > 0:
        return [_positions(one, depth - 1, crs) for one in found]
    if not 2 <= len(found) <= 4 or not all(isinstance(n, float) and math.isfinite(n) for n in found):
        raise NoPlace("a position is two numbers")
    return [found[1], found[0]] if crs.north_first else [found[0], found[1]]


def condition(predicate: str, shape: Any, crs: Crs) -> tuple[str, list[Any]]:
    """SQL that says whether a feature ``f`` and a place lie so to each other, and its parameters.

    The grid, in whose system the features are stored, answers by its index which ones come into question; how they
    lie to each other is decided in the system that the place was named in.
    """
    place = f"ST_GeomFromWKB(%s, {crs.srid})"
    own = "f.geom" if crs.srid == STORAGE.srid else f"ST_Transform(f.geom, {crs.srid})"
    exact = f"{PREDICATES[predicate]}({own}, {place})"
    wkb = shapely.to_wkb(shape)
    reach = None if predicate == "s_disjoint" else _in_grid(shape, crs)
    if reach is None:
        return exact, [wkb]
    return f"(f.geom && ST_MakeEnvelope(%s, %s, %s, %s, {STORAGE.srid}) AND {exact})", [*reach, wkb]


def _in_grid(shape: Any, crs: Crs) -> tuple[float, float, float, float] | None:
    """A box of the grid, in metres, that holds all of a place; None = that cannot be said, far from the grid."""
    west, south, east, north = shape.bounds
    if crs.srid != STORAGE.srid:
        if not crs.projected and not (west > -30 and east < 45 and south > 30 and north < 85):
            return None
        # Points on all four sides, since a straight line of one system is none of the other.
        t = np.linspace(0.0, 1.0, 21)
        x = np.concatenate([west + t * (east - west)] * 2 + [np.full(21, west), np.full(21, east)])
        y = np.concatenate([np.full(21, south), np.full(21, north)] + [south + t * (north - south)] * 2)
        moved = np.array(_to_grid(crs.srid).transform(x, y))
        if not np.isfinite(moved).all():
            return None
        west, south = moved.min(axis=1)
        east, north = moved.max(axis=1)
    # What bends between two of the points is less than this part of the way between them.
    room = 0.01 * max(east - west, north - south) + 0.01
    return float(west - room), float(south - room), float(east + room), float(north + room)


@lru_cache(maxsize=8)
def _to_grid(srid: int) -> Transformer:
    return Transformer.from_crs(srid, STORAGE.srid, always_xy=True)
