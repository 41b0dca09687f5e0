"""Roof facets: 3D polygons as planes over 2D polygons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from permits.drawings.checks import invalid
from permits.drawings.drawing import Fault, Rings
from permits.drawings.place import to_grid

#: A facet may deviate this much from its plane (rounding of coordinates), in metres.
FLAT_M: Final = 0.02
#: A facet this far away from the walls below it is not their roof.
ASTRAY_M: Final = 5.0


def facets(
    roof: list[Rings],
    crs: str,
    footprint: BaseGeometry,
    where: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Rows of the World's ``facets`` (without keys and reference) for one roof.

    Parameters
    ----------
    roof : 3D polygons in the file's coordinates, z in metres.
    crs : system of their x and y.
    footprint : the walls, grid metres.

    Returns
    -------
    Rows with ``a``, ``b``, ``c`` (z = a·x + b·y + c in grid metres) and ``geometry``; and faults: a facet
    that is not plane or not valid is an error, an upright one covers no ground and is left out with a warning.
    """
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, rings in enumerate(roof):
        place = {**where, "key": "roof", "facet": number}
        solid = [np.array([position[:3] for position in ring], dtype=np.float64) for ring in rings]
        drawn = [np.column_stack([to_grid(crs, ring[:, :2]), ring[:, 2]]) for ring in solid]
        if not all(np.isfinite(ring).all() for ring in drawn) or len(drawn[0]) < 4:
            faults.append(Fault("roof_not_read", found=str(number), where=place))
            continue
        if any((ring[0, :2] != ring[-1, :2]).any() for ring in drawn):
            gap = float(np.linalg.norm(drawn[0][0, :2] - drawn[0][-1, :2]))
            faults.append(Fault("unclosed_ring", found=round(gap, 3), where=place))
            continue
        middle = drawn[0].mean(axis=0)
        points = np.vstack(drawn) - middle
        spread = np.linalg.svd(points[:, :2], compute_uv=False)
        if spread[-1] < 0.01:
            faults.append(Fault("roof_upright", where=place, level="warning"))
            continue
        a, b, c = _plane(points)
        off = float(np.abs(points[:, 0] * a + points[:, 1] * b + c - points[:, 2]).max())
        if off > FLAT_M:
            faults.append(Fault("roof_not_flat", found=round(off, 3), expected=FLAT_M, where=place))
            continue
        polygon = Polygon(drawn[0][:, :2], [ring[:, :2] for ring in drawn[1:]])
        if fault := invalid(polygon, place):
            faults.append(fault)
        elif polygon.distance(footprint) > ASTRAY_M:
            away = round(float(polygon.distance(footprint)), 1)
            faults.append(Fault("roof_astray", found=away, expected=ASTRAY_M, where=place))
        else:
            level = float(middle[2] + c - a * middle[0] - b * middle[1])
            rows.append({"a": float(a), "b": float(b), "c": level, "geometry": shapely.normalize(polygon)})
    return rows, faults


def _plane(points: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float]:
    """Best plane z = a·x + b·y + c through centred points (n, 3)."""
    left = np.column_stack([points[:, 0], points[:, 1], np.ones(len(points))])
    a, b, c = np.linalg.lstsq(left, points[:, 2], rcond=None)[0]
    return float(a), float(b), float(c)
