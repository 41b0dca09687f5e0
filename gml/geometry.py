"""Areas as GML 3.2.1: Simple Features, an id on every object, the axis order that the CRS demands.

Works on arrays of shapes, since most of the time of an export goes into coordinates. Coordinates are rounded to
the millimetre *before* anything is said about a shape, so that what is checked is what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from geodata.crs import GRID_SRID
from geodata.shapes import flat, polygons

Shapes = npt.NDArray[np.object_]

#: Grid of written coordinates in metres.
PRECISION_M: Final = 0.001


@dataclass(frozen=True)
class OutputCrs:
    """A CRS that is written.

    ``decimals`` gives a millimetre or better; ``swapped`` = the authority puts northing (latitude) first.
    """

    code: int
    decimals: int
    swapped: bool

    @property
    def uri(self) -> str:
        return f"http://www.opengis.net/def/crs/EPSG/0/{self.code}"


#: ETRS89 / UTM 32N (E, N), ETRS89 geographic (lat, lon), ETRS89 / UTM 32N with northing first.
SUPPORTED: Final = {
    25832: OutputCrs(25832, 3, False),
    4258: OutputCrs(4258, 9, True),
    3044: OutputCrs(3044, 3, True),
}


def output_crs(name: str) -> OutputCrs:
    """The CRS called ``name`` (``EPSG:25832``, ``25832`` or the OGC address); ValueError for one not written."""
    digits = name.strip().upper().removeprefix("EPSG:").rsplit("/", 1)[-1]
    found = SUPPORTED.get(int(digits)) if digits.isdecimal() and len(digits) < 8 else None
    if found is None:
        known = ", ".join(f"EPSG:{code}" for code in SUPPORTED)
        raise ValueError(f"{name!r} is not a coordinate system that is written here (use one of {known})")
    return found


@lru_cache(maxsize=8)
def _transformer(code: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(GRID_SRID), CRS.from_epsg(code), always_xy=True)


def canonical(shapes: Shapes) -> Shapes:
    """Shapes as they are written: 2D, on the millimetre, no repeated nodes, one order of rings and nodes.

    Parameters
    ----------
    shapes : valid (Multi)Polygons in EPSG:25832, ``None`` allowed.

    Returns
    -------
    MultiPolygons with exterior rings counter-clockwise on a north-up map and interior ones clockwise; ``None``
    where less than a millimetre of area was left.

    Notes
    -----
    Two shapes that differ only in where their rings begin become the same. A ring that comes to touch itself
    by rounding is mended in the smallest way; that may take away spikes thinner than the grid.
    """
    rounded = flat(shapes)
    xy, row = shapely.get_coordinates(rounded, return_index=True)
    grid = _round(xy)
    # Most shapes lie on the grid already, and what a valid area needs is asked of the others alone.
    moved = np.zeros(len(shapes), dtype=bool)
    moved[row[(grid != xy).any(axis=1)]] = True
    if moved.any():
        rounded = rounded.copy()
        rounded[moved] = _on_grid(rounded[moved])
    # Only now: GEOS refuses to thin out a ring that the grid has made a line of.
    moved[row[1:][(grid[1:] == grid[:-1]).all(axis=1)]] = True
    if moved.any():
        rounded = rounded.copy()
        rounded[moved] = shapely.remove_repeated_points(rounded[moved], 0.0)
    parts, rows = polygons(rounded)
    keep = shapely.area(parts) > 0.0
    parts, rows = parts[keep], rows[keep]
    result = np.full(len(shapes), None, dtype=object)
    if len(parts):
        found, place = np.unique(rows, return_inverse=True)
        result[found] = shapely.orient_polygons(
            shapely.normalize(shapely.multipolygons(parts, indices=place))
        )
    return result


def _on_grid(shapes: Shapes) -> Shapes:
    rounded = np.asarray(shapely.transform(shapes, _round), dtype=object)
    bad = ~shapely.is_valid(rounded)
    if bad.any():
        mended = shapely.set_precision(shapely.make_valid(shapes[bad]), PRECISION_M)
        rounded[bad] = shapely.transform(mended, _round)
    return rounded


def _round(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.round(xy, 3)


def multi_surfaces(shapes: Shapes, ids: Sequence[str], crs: OutputCrs) -> list[str]:
    """``gml:MultiSurface`` elements, one per shape.

    Parameters
    ----------
    shapes : MultiPolygons in EPSG:25832 as :func:`canonical` makes them, none missing.
    ids : gml:id of each; its polygons get ``<id>.1``, ``<id>.2`` and so on. Must be NCNames.
    crs : system to write in.

    Returns
    -------
    XML text; coordinates with a fixed number of decimals and never ``-0``.
    """
    parts, part_row = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    ends = np.cumsum(np.bincount(ring_of, minlength=len(rings)) * 2)
    interiors: list[list[str]] = [[] for _ in range(len(parts))]
    for part, text in zip(
        ring_part.tolist(), _position_lists(_ordinates(xy, crs), ends, crs.decimals), strict=True
    ):
        interiors[part].append(text)
    bodies: list[list[str]] = [[] for _ in range(len(ids))]
    for row, lists in zip(part_row.tolist(), interiors, strict=True):
        members = bodies[row]
        members.append(_polygon(f"{ids[row]}.{len(members) + 1}", lists))
    head = f'" srsName="{crs.uri}" srsDimension="2">'
    return [
        f'<gml:MultiSurface gml:id="{own}{head}{"".join(members)}</gml:MultiSurface>'
        for own, members in zip(ids, bodies, strict=True)
    ]


def _polygon(own: str, rings: list[str]) -> str:
    text = (
        f'<gml:surfaceMember><gml:Polygon gml:id="{own}"><gml:exterior><gml:LinearRing><gml:posList>{rings[0]}'
        "</gml:posList></gml:LinearRing></gml:exterior>"
    )
    for ring in rings[1:]:
        text += (
            f"<gml:interior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:interior>"
        )
    return text + "</gml:Polygon></gml:surfaceMember>"


def _ordinates(xy: npt.NDArray[np.float64], crs: OutputCrs) -> npt.NDArray[np.float64]:
    """Coordinates in the order and system of ``crs``, one after the other."""
    if crs.code != GRID_SRID:
        x, y = _transformer(crs.code).transform(xy[:, 0], xy[:, 1])
        xy = np.stack([y, x] if crs.swapped else [x, y], axis=1)
    return np.asarray(xy.ravel(), dtype=np.float64)


#: Three digits with a place behind them: padded by zeros; by nothing, as they begin a number; and a lonely zero.
_DIGITS: Final = np.array(
    [b"%03d" % n for n in range(1000)]
    + [(b"%d" % n if n else b"").rjust(3, b"\0") for n in range(1000)]
    + [b"\0\0000"],
    dtype="S4",
).view(np.uint32)
_ONLY_ZERO: Final = 2000
_POINT, _SPACE, _LINE = b". \n"


def _position_lists(values: npt.NDArray[np.float64], ends: npt.NDArray[np.int64], decimals: int) -> list[str]:
    """Numbers as text with three or nine decimals, cut into lists that end where ``ends`` says.

    Notes
    -----
    Digits are looked up three at a time for all numbers at once, a fifth of the cost of a format call a list.
    """
    units = np.rint(values * 10.0**decimals)
    if not ((units >= 0.0) & (units < 1e12)).all():  # south or west of the zone, or endless
        flat = (units / 10.0**decimals + 0.0).tolist()  # adding zero turns -0 into 0
        begins = [0, *ends.tolist()]
        one = f"%.{decimals}f "
        return [(one * (end - begin))[:-1] % tuple(flat[begin:end]) for begin, end in pairwise(begins)]
    cells = np.empty((len(units), 4), dtype=np.uint32)
    whole = 3 - decimals // 3  # the last group before the point
    left = units.astype(np.int64)
    for group in (3, 2, 1, 0):
        rest = left // 1000
        digits = left - rest * 1000
        if group <= whole:
            digits[rest == 0] += 1000
        if group == whole:
            digits[left == 0] = _ONLY_ZERO
        _DIGITS.take(digits, out=cells[:, group])
        left = rest
    signs = cells.view(np.uint8)
    signs[:, 4 * whole + 3] = _POINT
    signs[:, -1] = _SPACE
    signs[ends - 1, -1] = _LINE
    return cells.tobytes().translate(None, b"\0").decode("ascii").splitlines()
