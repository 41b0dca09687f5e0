"""How high buildings rise within a strip along boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.columns import Columns, columns_of
from permits.rulebook import EQUAL
from permits.rules.parts.boundary import boundaries, plot_key

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World
    from permits.rules.parts.plane import Parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
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
    # A level part is as high in the strip as anywhere: only of sloping ones the rim matters.
    level = (parts.plane[part, :2] == 0.0).all(axis=1)
    near = shapely.get_point(shapely.shortest_line(parts.shape[part[level]], around.line[line[level]]), 0)
    sloped = np.flatnonzero(~level)
    row, xy = _highest_places(
        parts.shape[part[sloped]], parts.plane[part[sloped]], around.line[line[sloped]], width[sloped]
    )
    xy = np.concatenate([shapely.get_coordinates(near), xy])
    of = np.concatenate([np.flatnonzero(level), sloped[row]])
    a, b, c = parts.plane[part[of]].T
    return _first(
        Columns(
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


def _highest_places(shape: Shapes, plane: Floats, line: Shapes, width: Floats) -> tuple[Ints, Floats]:
    """Places of each shape, closer to its line than the width, among which the highest is: rows, and x and y.

    What is closer than a width to a straight piece is convex and its rim is smooth. So the highest place lies where
    a side of the shape enters or leaves it or ends in it, or, within the shape, a width uphill of an end of the
    piece. All are told in closed form: a rim of chords is a micrometre off, and hundreds where a side grazes it.
    """
    sides, pieces = shapes.segments(shape), shapes.segments(line)
    # Piece by piece: which shapes may come near it.
    row, piece = shapes.pairs(np.arange(len(shape)), pieces.row)
    near = _boxes_near(shapely.bounds(shape)[row], _boxes(pieces.xy)[piece], width[row])
    row, piece = row[near], piece[near]
    tops, top_row = _uphill(shape, plane, row, pieces.xy[piece], width[row])
    pair, side = shapes.pairs(row, sides.row)
    near = _boxes_near(_boxes(sides.xy)[side], _boxes(pieces.xy)[piece[pair]], width[row[pair]])
    pair, side = pair[near], side[near]
    begin, end = _within(sides.xy[side], pieces.xy[piece[pair]], width[row[pair]])
    hit = np.flatnonzero(begin <= end)
    pair, side, begin, end = pair[hit], side[hit], begin[hit], end[hit]
    # What comes no nearer than the rim, but for float noise, is outside.
    real = shapely.distance(_lines(sides.xy[side]), _lines(pieces.xy[piece[pair]])) < width[row[pair]] - EQUAL
    of, xy = row[pair[real]], sides.xy[side[real]]
    step = xy[:, 2:] - xy[:, :2]
    # The very corner where a side ends in the strip, and no sum that is off by a rounding.
    first = np.where((begin[real] > 0.0)[:, None], xy[:, :2] + begin[real][:, None] * step, xy[:, :2])
    last = np.where((end[real] < 1.0)[:, None], xy[:, :2] + end[real][:, None] * step, xy[:, 2:])
    return np.concatenate([of, of, top_row]), np.concatenate([first, last, tops])


def _uphill(shape: Shapes, plane: Floats, row: Ints, piece: Floats, width: Floats) -> tuple[Floats, Ints]:
    """Places a width uphill of the ends of pieces that lie within their shape, and the rows of the shapes."""
    slope = plane[row, :2]
    rise = slope / np.hypot(slope[:, 0], slope[:, 1])[:, None] * width[:, None]
    place = np.concatenate([piece[:, :2] + rise, piece[:, 2:] + rise])
    of = np.concatenate([row, row])
    inside = shapely.intersects_xy(shape[of], place[:, 0], place[:, 1])
    return place[inside], of[inside]


def _within(side: Floats, piece: Floats, width: Floats) -> tuple[Floats, Floats]:
    """From where to where (0 to 1 along it) each side is closer than the width to its piece; 1 to 0 = nowhere."""
    step, along = side[:, 2:] - side[:, :2], piece[:, 2:] - piece[:, :2]
    off = side[:, :2] - piece[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        spans = [
            _span(_dot(off, along), _dot(step, along), np.zeros(len(side)), length**2),
            _span(_cross(along, off), _cross(along, step), -width * length, width * length),
        ]
        rounds = [_round(off, step, width), _round(side[:, :2] - piece[:, 2:], step, width)]
    # Beside the piece: in both bands at once. Around it: there, or in the circle about either end.
    beside = np.maximum(spans[0][0], spans[1][0]), np.minimum(spans[0][1], spans[1][1])
    none = ~(beside[0] <= beside[1])
    begins = np.stack([np.where(none, np.inf, beside[0]), *(low for low, _ in rounds)])
    ends = np.stack([np.where(none, -np.inf, beside[1]), *(high for _, high in rounds)])
    return np.maximum(begins.min(axis=0), 0.0), np.minimum(ends.max(axis=0), 1.0)


def _span(at: Floats, rate: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Where ``at + rate·t`` lies between two bounds."""
    one, two = (low - at) / rate, (high - at) / rate
    still = rate == 0.0
    inside = (low <= at) & (at <= high)
    first = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, two))
    last = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, two))
    return first, last


def _round(off: Floats, step: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """Where ``off + step·t`` lies in a circle around the origin."""
    square, lean = _dot(step, step), _dot(off, step)
    # Of the place nearest to the middle: coordinates of a grid are large, their squares lose nothing here.
    aside = _cross(step, off) / np.sqrt(square)
    half = np.sqrt(np.where(np.abs(aside) <= radius, radius**2 - aside**2, np.nan)) / np.sqrt(square)
    middle = -lean / square
    none = np.isnan(half)
    return np.where(none, np.inf, middle - half), np.where(none, -np.inf, middle + half)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _boxes(xy: Floats) -> Floats:
    return np.hstack([np.minimum(xy[:, :2], xy[:, 2:]), np.maximum(xy[:, :2], xy[:, 2:])])


def _boxes_near(a: Floats, b: Floats, margin: Floats) -> Bools:
    gap = np.maximum(a[:, :2] - b[:, 2:], b[:, :2] - a[:, 2:])
    return np.asarray((gap <= margin[:, None]).all(axis=1))


def _lines(xy: Floats) -> Shapes:
    return np.asarray(shapely.linestrings(xy.reshape(-1, 2, 2)), dtype=object)


def _first(table: pd.DataFrame) -> pd.DataFrame:
    """The highest row per building and certainty; heights are rounded for the order only."""
    columns = columns_of(table)
    at, ambiguous = columns["at"], columns["ambiguous"]
    order = np.lexsort((columns["edge"], -columns["height"].round(9), ambiguous, at))
    at, ambiguous = at[order], ambiguous[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (at[1:] != at[:-1]) | (ambiguous[1:] != ambiguous[:-1])
    return Columns({name: values[order[fresh]] for name, values in columns.items()})
