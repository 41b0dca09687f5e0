"""Which municipality an object lies in, when its source does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.frames import read_sql
from geodata.readers.delivery import Delivery

Shapes = npt.NDArray[np.object_]

_OUTLINES: Final = (
    "SELECT o.register_id AS code, coalesce(v.tolerance_m, 0) AS tolerance_m, ST_AsBinary(v.geometry) AS geometry "
    "FROM geodata_municipalityoutlineversion v JOIN geodata_municipalityoutline o ON o.id = v.object_id "
    "WHERE v.change_to_id IS NULL ORDER BY o.register_id"
)


def with_municipality(delivery: Delivery, municipality: str | None) -> Delivery:
    """The delivery with a municipality for every record that can have one.

    The column counts first, then ``municipality`` (four digits), then the outline that holds most of the
    object; what lies in none stays unknown and is counted in a warning.
    """
    frame = delivery.frame
    stated = (
        frame["municipality"].astype(object)
        if "municipality" in frame.columns
        else pd.Series(None, frame.index, dtype=object)
    )
    open_rows = stated.isna().to_numpy()
    if not open_rows.any():
        return delivery
    found = np.array(
        [None if gap else code for code, gap in zip(stated, open_rows, strict=True)], dtype=object
    )
    warnings = list(delivery.warnings)
    if municipality:
        found[open_rows] = municipality
    elif delivery.has_geometry:
        outlines = read_sql(_OUTLINES)
        shapes = np.asarray(frame.geometry.array, dtype=object)[open_rows]
        areas = np.asarray(outlines.geometry.array, dtype=object)
        best, near = in_outlines(shapes, areas, outlines["tolerance_m"].to_numpy(dtype="float64"))
        code = np.array([*outlines["code"], None], dtype=object)
        found[open_rows] = code[best]
        if near:
            warnings.append(
                f"{near} objects lie so near to a border that their municipality may be the neighbour's"
            )
    unknown = int(sum(value is None for value in found))
    if unknown:
        warnings.append(
            f"the municipality of {unknown} objects is unknown; import the outlines first, or name it with "
            f"--municipality"
        )
    frame = frame.assign(municipality=pd.Series(found, index=frame.index, dtype=object))
    return replace(delivery, frame=frame, warnings=warnings)


def in_outlines(
    shapes: Shapes, areas: Shapes, tolerance_m: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], int]:
    """Which area holds most of each shape.

    Parameters
    ----------
    shapes : areas, lines or points in the grid, ``None`` allowed.
    areas : (Multi)Polygons.
    tolerance_m : how far off each area's border may lie, metres.

    Returns
    -------
    Row of the area for each shape, -1 = none; and how many shapes touch the doubtful strip between two areas.
    """
    best = np.full(len(shapes), -1, dtype=np.int64)
    if not len(areas) or not len(shapes):
        return best, 0
    widest = float(tolerance_m.max())
    there = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    boxes = shapely.bounds(shapes[there]) + np.array([-widest, -widest, widest, widest])
    shapely.prepare(areas)
    row, area = shapely.STRtree(areas).query(shapely.box(*boxes.T))
    row = there[row]
    inside = shapely.contains_properly(areas[area], shapes[row])
    best[row[inside]] = area[inside]
    # Only what is not wholly inside one area has to be measured.
    rest = best[row] < 0
    row, area = row[rest], area[rest]
    touching = shapely.intersects(areas[area], shapes[row])
    row, area = row[touching], area[touching]
    common = shapely.intersection(areas[area], shapes[row])
    size = np.where(shapely.get_dimensions(shapes[row]) == 2, shapely.area(common), shapely.length(common))
    order = np.lexsort((area, -size, row))
    first, at = np.unique(row[order], return_index=True)
    best[first] = area[order][at]
    return best, _doubtful(shapes, areas, best, tolerance_m)


def _doubtful(
    shapes: Shapes, areas: Shapes, best: npt.NDArray[np.int64], tolerance_m: npt.NDArray[np.float64]
) -> int:
    known = np.flatnonzero(best >= 0)
    if not len(known) or not tolerance_m.any():
        return 0
    reach = tolerance_m[best[known]]
    boxes = shapely.bounds(shapes[known]) + np.stack([-reach, -reach, reach, reach], axis=1)
    row, area = shapely.STRtree(areas).query(shapely.box(*boxes.T))
    other = area != best[known][row]
    row, area = row[other], area[other]
    close = shapely.dwithin(areas[area], shapes[known][row], reach[row])
    return len(np.unique(row[close]))


def name_municipalities(cursor: Any, change: int) -> None:
    """Give municipalities the names that their outlines carry (hook of the theme)."""
    cursor.execute(
        "UPDATE accounts_municipality m SET name = v.name FROM geodata_municipalityoutlineversion v "
        "JOIN geodata_municipalityoutline o ON o.id = v.object_id "
        "WHERE v.change_from_id = %s AND v.name IS NOT NULL AND m.code = o.municipality_id AND m.name <> v.name",
        [change],
    )
