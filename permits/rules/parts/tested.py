"""The parts of a roof that a height plane tests: above the walls, and what reaches beyond usual eaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import convex, shapes
from permits.rules.parts.boundary import boundaries, outlines, plot_key
from permits.rules.parts.measured import measured_once
from permits.rules.parts.plane import Parts
from permits.rules.parts.roof import WITHOUT_WALLS, roofs
from permits.rules.parts.strips import without_strips

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Float noise of coordinates in the millions, with room to spare.
_NOISE_M: Final = 1e-6
#: Very pointed corners are cut off at this many times the distance.
_MITRE: Final = 10.0


class Tested(NamedTuple):
    """Parts to test, and what is not known about them.

    Attributes
    ----------
    parts : facets; the owner is 2 × the position of the building, + 1 for a box that stands in for a roof.
    unknown : positions of buildings of which a part has no height that can be used.
    empty : positions of buildings all of whose parts lie in the strip that was left out.
    """

    parts: Parts
    unknown: Bools
    empty: Bools


class _Pieces(NamedTuple):
    at: Ints  # position of the building
    box: Bools
    shape: Shapes
    plane: Floats


@measured_once
def tested(world: World, rows: Ints, eaves_free_m: float, leave_out_m: Floats) -> Tested:
    """Parts of roofs over the given buildings that a height plane tests.

    Danish: tagflader; BR18 § 456.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose outline can be measured.
    eaves_free_m : overhang that is left out, square at the corners.
    leave_out_m : per row, width of the strip along all neighbour boundaries that is left out, 0 for none.

    Returns
    -------
    Tested. Heights are above ground: terrain, or the level plane where one is set.

    Notes
    -----
    Where no roof is drawn, or it leaves a part of the outline bare, the building is a box of its height there. A
    roof whose facets cannot be used leaves the building unknown, and so does a missing height or ground.
    """
    ground = _ground(world, rows)
    outline = outlines(world)[0][rows]
    roofs, over, unknown = _roofs(world, rows, outline, ground, eaves_free_m)
    bare = _bare(outline, roofs, over, unknown)
    height = world.column("buildings", "height_m")[rows]
    absolute = world.column("buildings", "levels_absolute")[rows]
    plane = np.where(absolute[:, None], -ground, 0.0)
    plane[:, 2] += height
    at = np.flatnonzero(~shapely.is_missing(bare))
    no_height = ~np.isfinite(plane[at]).all(axis=1)
    unknown[at[no_height]] = True
    at = at[~no_height]
    pieces = _join(roofs, _Pieces(at, np.ones(len(at), dtype=bool), bare[at], plane[at]))
    pieces, empty = _leave_out(world, rows, pieces, leave_out_m)
    return Tested(Parts(pieces.at * 2 + pieces.box, pieces.shape, pieces.plane), unknown, empty & ~unknown)


def _join(a: _Pieces, b: _Pieces) -> _Pieces:
    return _Pieces(*(np.concatenate([x, y]) for x, y in zip(a, b, strict=True)))


def _ground(world: World, rows: Ints) -> Floats:
    """Ground below each building as a plane: the level plane where one is set, else natural terrain."""
    place = _position(world.column("sites", "site"), world.column("buildings", "site")[rows])
    ground = np.stack(
        [world.column("sites", name)[place] for name in ("ground_a", "ground_b", "ground_c")], axis=1
    )
    datum = world.column("sites", "datum_m")[place]
    level = np.isfinite(datum)
    ground[level] = 0.0
    ground[level, 2] = datum[level]
    return np.asarray(ground, dtype=np.float64)


def _position(keys: Ints, wanted: Ints) -> Ints:
    order = np.argsort(keys, kind="stable")
    return np.asarray(order[np.searchsorted(keys, wanted, sorter=order)], dtype=np.int64)


def _roofs(
    world: World, rows: Ints, outline: Shapes, ground: Floats, eaves_free_m: float
) -> tuple[_Pieces, Bools, Bools]:
    """Drawn facets: their parts over the outline and beyond usual eaves, which are over; whose cannot be used."""
    at, row = shapes.pairs(world.column("buildings", "building")[rows], world.column("facets", "building"))
    drawn = roofs(world)
    shape = shapes.flat(drawn.shape[row])
    plane = np.stack([world.column("facets", name)[row] for name in ("a", "b", "c")], axis=1)
    absolute = world.is_word("facets", "reference", "absolute")[row]
    plane = plane - np.where(absolute[:, None], ground[at], 0.0)
    good = drawn.good[row] & np.isfinite(plane).all(axis=1)
    unknown = np.zeros(len(rows), dtype=bool)
    unknown[at[~good]] = True
    at, row, shape, plane = at[good], row[good], shape[good], plane[good]
    open_sided = world.is_word("buildings", "kind", *WITHOUT_WALLS)[rows]
    reach = convex.held(convex.corners(outline), at, drawn.corners, row).beyond_m
    # Drawn roofs end on walls up to float noise, which an exact test would send the long way.
    within = open_sided[at] | (reach <= _NOISE_M)
    unsure = np.flatnonzero(np.isnan(reach) & ~within)
    shapely.prepare(outline[at[unsure]])
    within[unsure] = shapely.covers(outline[at[unsure]], shape[unsure])
    out = np.flatnonzero(~within)
    walls = outline[at[out]]
    over = shapes.common(shape[out], walls)
    # Measured on unique outlines only: several facets share one.
    wide, which = np.unique(at[out], return_inverse=True)
    eaves = shapely.buffer(outline[wide], eaves_free_m, join_style="mitre", mitre_limit=_MITRE)
    beyond = shapes.beyond(shape[out], eaves[which])
    cut, of = shapes.polygons(np.concatenate([over, beyond]))
    real = shapes.depth(cut) > shapes.TOUCH_M
    cut, of = cut[real], of[real]
    keep = np.concatenate([np.flatnonzero(within), np.concatenate([out, out])[of]])
    parts = np.concatenate([shape[within], cut])
    above = np.concatenate([np.ones(np.count_nonzero(within), dtype=bool), of < len(out)])
    return _Pieces(at[keep], np.zeros(len(keep), dtype=bool), parts, plane[keep]), above, unknown


def _bare(outline: Shapes, roofs: _Pieces, over: Bools, unknown: Bools) -> Shapes:
    """The part of each outline that no roof is drawn over, ``None`` where it does not count."""
    bare = np.array(outline, dtype=object)
    at, shape = roofs.at[over], roofs.shape[over]
    bare[unknown] = None
    some = np.flatnonzero((np.bincount(roofs.at, minlength=len(outline)) > 0) & ~unknown)
    bare[some] = None
    # Facets that lie side by side have the area and the middle of the outline; only others are put together.
    area = shapely.area(shape)
    middle = shapely.get_coordinates(shapely.centroid(shape)) if len(shape) else np.zeros((0, 2))
    whole = shapely.centroid(outline)
    off = middle - np.stack([shapely.get_x(whole), shapely.get_y(whole)], axis=1)[at]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(at, weights=values, minlength=len(outline)), dtype=np.float64)[some]

    gap = np.abs(total(area) - shapely.area(outline[some]))
    lean = np.hypot(total(area * off[:, 0]), total(area * off[:, 1]))
    uneven = some[(gap > shapes.OVERLAP_M2 / 2.0) | (lean > shapes.OVERLAP_M2 * shapes.OVERLAP_DEPTH_M)]
    bare[uneven] = outline[uneven]
    mask = np.isin(at, uneven)
    if mask.any():
        row, roof = shapes.union_by(at[mask], shape[mask])
        bare[row] = shapes.beyond(outline[row], roof)
    bare[uneven] = shapes.counted(bare[uneven]).shape
    return bare


def _leave_out(world: World, rows: Ints, pieces: _Pieces, width_m: Floats) -> tuple[_Pieces, Bools]:
    """Take the strip along neighbour boundaries off; and which buildings have nothing left."""
    around = boundaries(world)
    near, line = shapes.pairs(np.where(width_m > 0.0, plot_key(world.buildings)[rows], -2), around.key)
    empty = np.zeros(len(rows), dtype=bool)
    if not len(near) or not len(pieces.at):
        return pieces, empty
    close = _boxes_near(pieces, len(rows), near, shapely.bounds(around.line[line]), width_m)
    near, line = near[close], line[close]
    if not len(near):
        return pieces, empty
    row = np.unique(near)
    of, strip = shapes.pairs(pieces.at, near)
    cut, of = without_strips(pieces.shape, of, around.line[line[strip]], width_m[near[strip]])
    whole = np.flatnonzero(~np.isin(pieces.at, row))
    keep = np.concatenate([whole, of])
    left = _Pieces(
        pieces.at[keep], pieces.box[keep], np.concatenate([pieces.shape[whole], cut]), pieces.plane[keep]
    )
    empty[row] = True
    empty[left.at] = False
    return left, empty


def _boxes_near(pieces: _Pieces, size: int, near: Ints, line: Floats, width_m: Floats) -> Bools:
    """Which lines (by their boxes) may come closer than the width to the pieces of a building."""
    box = shapely.bounds(pieces.shape)
    low, high = np.full((size, 2), np.inf), np.full((size, 2), -np.inf)
    np.minimum.at(low, pieces.at, box[:, :2])
    np.maximum.at(high, pieces.at, box[:, 2:])
    gap = np.maximum(line[:, :2] - high[near], low[near] - line[:, 2:])
    return np.asarray((gap < width_m[near][:, None]).all(axis=1))
