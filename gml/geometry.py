"""Areas as GML 3.2.1: Simple Features, an id on every object, the axis order that the CRS demands.

Works on arrays of shapes, since most of the time of an export goes into coordinates. Coordinates are rounded to
the millimetre *before* anything is said about a shape, so that what is checked is what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from geodata.crs import GRID_SRID
from geodata.shapes import polygons

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
    shapes : (Multi)Polygons in EPSG:25832, ``None`` allowed.

    Returns
    -------
    MultiPolygons with exterior rings counter-clockwise on a north-up map and interior ones clockwise; ``None``
    where less than a millimetre of area was left.

    Notes
    -----
    Two shapes that differ only in where their rings begin become the same. A ring that comes to touch itself
    by rounding is mended in the smallest way; that may take away spikes thinner than the grid.
    """
    flat = shapely.force_2d(shapes)
    rounded = shapely.transform(flat, _round)
    bad = ~shapely.is_valid(rounded) & ~shapely.is_missing(rounded)
    if bad.any():
        mended = shapely.set_precision(shapely.make_valid(flat[bad]), PRECISION_M)
        rounded[bad] = shapely.transform(mended, _round)
    # Only now: GEOS refuses to thin out a ring that the grid has made a line of.
    rounded = shapely.remove_repeated_points(rounded, 0.0)
    parts, rows = polygons(rounded)
    keep = shapely.area(parts) > 0.0
    parts, rows = parts[keep], rows[keep]
    result = np.full(len(shapes), None, dtype=object)
    if len(parts):
        found, place = np.unique(rows, return_inverse=True)
        result[found] = shapely.multipolygons(parts, indices=place)
    there = ~shapely.is_missing(result)
    result[there] = shapely.orient_polygons(shapely.normalize(result[there]))
    return result


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
    written = _ordinates(xy, crs)
    # One format call for each ring: the cost of an export is mostly here.
    ends = np.cumsum(np.bincount(ring_of, minlength=len(rings)) * 2).tolist()
    flat = written.ravel().tolist()
    one = f"%.{crs.decimals}f "
    owner = ring_part.tolist()
    interiors: list[list[str]] = [[] for _ in range(len(parts))]
    begin = 0
    for part, end in zip(owner, ends, strict=True):
        interiors[part].append((one * (end - begin))[:-1] % tuple(flat[begin:end]))
        begin = end
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


def _ordinates(xy: npt.NDArray[np.float64], crs: OutputCrs) -> npt.NDArray[Any]:
    """Coordinates (n, 2) in the order and system of ``crs``, rounded as they will be written."""
    if crs.code != GRID_SRID:
        x, y = _transformer(crs.code).transform(xy[:, 0], xy[:, 1])
        xy = np.stack([y, x] if crs.swapped else [x, y], axis=1)
    return np.round(xy, crs.decimals) + 0.0  # adding zero turns -0 into 0
