"""How high buildings rise within a strip along boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from permits.rulebook import EQUAL
from permits.rules.parts.boundary import boundaries, plot_key
from permits.rules.parts.strips import strips

if TYPE_CHECKING:
    from permits.engine.world import World
    from permits.rules.parts.plane import Parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


def highest_within(
    world: World, rows: Ints, parts: Parts, width_m: Floats, kinds: tuple[str, ...]
) -> pd.DataFrame:
    """Highest place of each building within a strip along boundaries, in metres above ground.

    Danish: bygningens højde inden for 2,5 m fra skel; BR18 § 181, nr. 1.

    Parameters
    ----------
    rows : rows in ``world.buildings``.
    parts : parts of their roofs as :func:`permits.rules.parts.tested.tested` gives them, owner 2 × position in
        ``rows``, + 1 for a box.
    width_m : per row, width of the strip; nothing is looked for where it is 0.
    kinds : kinds of boundary that have a strip.

    Returns
    -------
    Columns ``at`` (position in ``rows``), ``ambiguous`` (of the boundary), ``height``, ``x``, ``y``, ``edge`` (row
    in ``world.edges``); one row per building and certainty, none where nothing lies in the strip.

    Notes
    -----
    The strip is open at its rim: a part that begins there is outside, and height is taken right up to it. What
    reaches in by no more than 0.0005 m begins at the rim.

    Examples
    --------
    A roof that rises from 2.4 m at the boundary by 0.24 m per metre is 3.0 m high within 2.5 m. A flat part that
    begins at 2.5 m: no row. No roof and no height: no row.
    """
    around = boundaries(world, kinds)
    at = parts.owner // 2
    part, line = shapes.pairs(np.where(width_m > 0.0, plot_key(world.buildings)[rows], -2)[at], around.key)
    width = width_m[at[part]]
    close = shapely.distance(parts.shape[part], around.line[line]) < width - EQUAL
    part, line, width = part[close], line[close], width[close]
    # A level part is as high in the strip as anywhere: only sloping ones are cut.
    level = (parts.plane[part, :2] == 0.0).all(axis=1)
    near = shapely.get_point(shapely.shortest_line(parts.shape[part[level]], around.line[line[level]]), 0)
    sloped = np.flatnonzero(~level)
    roofs = parts.shape[part[sloped]]
    common = shapely.intersection(roofs, _strips(roofs, around.line, line[sloped], width[sloped]))
    piece, of = shapes.polygons(common)
    of = sloped[of]
    # What comes no nearer than the rim, but for float noise, is outside.
    real = shapely.distance(piece, around.line[line[of]]) < width[of] - EQUAL
    xy, row = shapely.get_coordinates(piece[real], return_index=True)
    xy = np.concatenate([shapely.get_coordinates(near), xy])
    of = np.concatenate([np.flatnonzero(level), of[real][row]])
    a, b, c = parts.plane[part[of]].T
    return _first(
        pd.DataFrame(
            {
                "at": at[part[of]],
                "ambiguous": around.ambiguous[line[of]],
                "height": a * xy[:, 0] + b * xy[:, 1] + c,
                "x": xy[:, 0],
                "y": xy[:, 1],
                "edge": around.row[line[of]],
            }
        )
    )


def highest_of_all(parts: Parts, size: int) -> Floats:
    """Highest place of all parts of each building, in metres above ground; NaN where there is none."""
    xy, row = shapely.get_coordinates(parts.shape, return_index=True)
    a, b, c = parts.plane[row].T
    top = np.full(size, -np.inf)
    np.maximum.at(top, parts.owner[row] // 2, a * xy[:, 0] + b * xy[:, 1] + c)
    return np.where(np.isinf(top), np.nan, top)


def _strips(shape: Shapes, lines: Shapes, line: Ints, width: Floats) -> Shapes:
    """Strips of the given widths; each line is widened once, however many parts lie near it."""
    each, back = np.unique(np.stack([line.astype(np.float64), width], axis=1), axis=0, return_inverse=True)
    group = back.reshape(-1)
    return strips(shape, group, lines[each[:, 0].astype(np.int64)], each[:, 1])[group]


def _first(table: pd.DataFrame) -> pd.DataFrame:
    """The highest row per building and certainty; heights are rounded for the order only."""
    order = np.lexsort(
        (
            table["edge"].to_numpy(),
            -table["height"].round(9).to_numpy(),
            table["ambiguous"].to_numpy(),
            table["at"].to_numpy(),
        )
    )
    ordered = table.iloc[order]
    return ordered[~ordered.duplicated(["at", "ambiguous"])].reset_index(drop=True)
