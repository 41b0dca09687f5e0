"""The parts of a roof that a height plane tests: above the walls, and what reaches beyond usual eaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rules.parts.boundary import boundaries, outlines, plot_key, usable_facets
from permits.rules.parts.plane import Parts
from permits.rules.parts.scope import WITHOUT_WALLS

if TYPE_CHECKING:
    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: Very pointed corners are cut off at this many times the distance.
_MITRE: Final = 10.0
#: Sides of a quarter circle where a strip along a boundary is rounded: 0.05 mm off at 2.5 m.
_ROUND: Final = 128


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


def tested(world: World, rows: Ints, eaves_free_m: float, leave_out_m: Floats) -> Tested:
    """Parts of roofs over the given buildings that a height plane tests.

    Danish: tagflader; BR18 § 456.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose outline can be measured.
    eaves_free_m : overhang that is left out, square at the corners.
    leave_out_m : per row, width of the strip along neighbour boundaries that is left out, 0 for none.

    Returns
    -------
    Tested. Heights are above ground: terrain, or the level plane where one is set.

    Notes
    -----
    Where no roof is drawn, or it leaves a part of the outline bare, the building is a box of its height there. A
    roof whose facets cannot be used leaves the building unknown, and so does a missing height or ground.
    """
    buildings = world.buildings
    ground = _ground(world, rows)
    outline = outlines(world)[0][rows]
    roofs, unknown = _roofs(world, rows, outline, ground, eaves_free_m)
    bare = _bare(outline, roofs, unknown)
    height = buildings["height_m"].to_numpy()[rows]
    absolute = buildings["levels_absolute"].to_numpy()[rows]
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
    sites = world.sites
    place = _position(sites["site"].to_numpy(), world.buildings["site"].to_numpy()[rows])
    ground = sites[["ground_a", "ground_b", "ground_c"]].to_numpy(dtype=np.float64)[place]
    datum = sites["datum_m"].to_numpy()[place]
    level = np.isfinite(datum)
    ground[level] = 0.0
    ground[level, 2] = datum[level]
    return np.asarray(ground, dtype=np.float64)


def _position(keys: Ints, wanted: Ints) -> Ints:
    order = np.argsort(keys, kind="stable")
    return np.asarray(order[np.searchsorted(keys, wanted, sorter=order)], dtype=np.int64)


def _roofs(
    world: World, rows: Ints, outline: Shapes, ground: Floats, eaves_free_m: float
) -> tuple[_Pieces, Bools]:
    """Drawn facets: their parts over the outline and beyond usual eaves; and whose roof cannot be used."""
    buildings, facets = world.buildings, world.facets
    at, row = shapes.pairs(buildings["building"].to_numpy()[rows], facets["building"].to_numpy())
    shape = shapes.column(facets["geometry"])
    shape = shapes.flat(shape[row])
    plane = facets[["a", "b", "c"]].to_numpy()[row]
    absolute = facets["reference"].to_numpy(dtype=object)[row] == "absolute"
    plane = plane - np.where(absolute[:, None], ground[at], 0.0)
    good = usable_facets(world)[row] & np.isfinite(plane).all(axis=1)
    unknown = np.zeros(len(rows), dtype=bool)
    unknown[at[~good]] = True
    at, shape, plane = at[good], shape[good], plane[good]
    open_sided = buildings["kind"].isin(WITHOUT_WALLS).to_numpy()[rows]
    within = open_sided[at] | shapes.surely_within(shape, outline, at)
    unsure = np.flatnonzero(~within)
    shapely.prepare(outline[at[unsure]])
    within[unsure] = shapely.covers(outline[at[unsure]], shape[unsure])
    out = np.flatnonzero(~within)
    walls = outline[at[out]]
    over = shapely.intersection(shape[out], walls)
    # Measured on unique outlines only: several facets share one.
    wide, which = np.unique(at[out], return_inverse=True)
    eaves = shapely.buffer(
        outline[wide], eaves_free_m + shapes.TOUCH_M, join_style="mitre", mitre_limit=_MITRE
    )
    beyond = shapely.difference(shape[out], eaves[which])
    cut, of = shapes.polygons(np.concatenate([over, beyond]))
    real = shapes.depth(cut) > shapes.TOUCH_M
    cut, of = cut[real], np.concatenate([out, out])[of[real]]
    keep = np.concatenate([np.flatnonzero(within), of])
    parts = np.concatenate([shape[within], cut])
    return _Pieces(at[keep], np.zeros(len(keep), dtype=bool), parts, plane[keep]), unknown


def _bare(outline: Shapes, roofs: _Pieces, unknown: Bools) -> Shapes:
    """The part of each outline that no roof is drawn over, ``None`` where it does not count."""
    bare = np.array(outline, dtype=object)
    covered = np.bincount(roofs.at, weights=shapely.area(roofs.shape), minlength=len(outline))
    bare[unknown] = None
    some = np.flatnonzero((covered > 0.0) & ~unknown)
    bare[some] = None
    short = some[covered[some] < shapely.area(outline[some]) - shapes.OVERLAP_M2]
    mask = np.isin(roofs.at, short)
    if mask.any():
        row, roof = shapes.union_by(roofs.at[mask], roofs.shape[mask])
        bare[row] = shapes.counted(shapely.difference(outline[row], roof)).shape
    return bare


def _leave_out(world: World, rows: Ints, pieces: _Pieces, width_m: Floats) -> tuple[_Pieces, Bools]:
    """Take the strip along neighbour boundaries off; and which buildings have nothing left."""
    around = boundaries(world)
    near, line = shapes.pairs(np.where(width_m > 0.0, plot_key(world.buildings)[rows], -2), around.key)
    empty = np.zeros(len(rows), dtype=bool)
    if not len(near):
        return pieces, empty
    outline = outlines(world)[0][rows]
    close = shapely.distance(outline[near], around.line[line]) < width_m[near]
    near, line = near[close], line[close]
    if not len(near):
        return pieces, empty
    row = np.unique(near)
    of, strip = shapes.pairs(pieces.at, near)
    cut, of = _without_strips(pieces.shape, of, around.line[line[strip]], width_m[near[strip]])
    whole = np.flatnonzero(~np.isin(pieces.at, row))
    keep = np.concatenate([whole, of])
    left = _Pieces(
        pieces.at[keep], pieces.box[keep], np.concatenate([pieces.shape[whole], cut]), pieces.plane[keep]
    )
    empty[row] = True
    empty[left.at] = False
    return left, empty


def _without_strips(shape: Shapes, of: Ints, line: Shapes, width_m: Floats) -> tuple[Shapes, Ints]:
    """What strips along lines leave of shapes: polygons that are more than touching, and the row of each.

    ``of`` is the row of the shape that each strip is taken off; rows that do not stand there are left out.
    """
    rows = np.unique(of)
    rest = shape[rows]
    at = np.searchsorted(rows, of)
    covered, beside = _against(rest, at, line, width_m)
    gone = np.zeros(len(rows), dtype=bool)
    gone[at[covered]] = True
    open_ = np.flatnonzero(~gone[at])
    open_ = open_[shapely.distance(rest[at[open_]], line[open_]) < width_m[open_]]
    # One strip of every shape after the other: to unite them first would cost more than all the cuts.
    turn = np.arange(len(open_)) - np.searchsorted(at[open_], at[open_])
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        for which, cap in ((beside, "flat"), (~beside, "round")):
            mine = open_[(turn == number) & which[open_]]
            strips = shapely.buffer(line[mine], width_m[mine], quad_segs=_ROUND, cap_style=cap)
            rest[at[mine]] = shapely.difference(rest[at[mine]], strips)
    cut, place = shapes.polygons(rest[~gone])
    real = shapes.depth(cut) > shapes.TOUCH_M
    return cut[real], rows[~gone][place[real]]


def _against(shape: Shapes, at: Ints, line: Shapes, width_m: Floats) -> tuple[Bools, Bools]:
    """Of pairs of shape and line: whether the strip covers the shape, and whether only its straight sides meet it.

    Both are decided by corners, for lines of one straight piece: the distance to such a line is convex, and so
    is what lies beside it. Where neither can be said both are False.
    """
    covered = np.zeros(len(line), dtype=bool)
    beside = np.zeros(len(line), dtype=bool)
    straight = np.flatnonzero(shapely.get_num_coordinates(line) == 2)
    if not len(straight):
        return covered, beside
    ends = shapely.get_coordinates(line[straight]).reshape(-1, 2, 2)
    corner, row = shapely.get_coordinates(shape, return_index=True)
    pair, of = shapes.pairs(at[straight], row)
    along = ends[pair, 1] - ends[pair, 0]
    off = corner[of] - ends[pair, 0]
    share = (off[:, 0] * along[:, 0] + off[:, 1] * along[:, 1]) / (along[:, 0] ** 2 + along[:, 1] ** 2)
    foot = np.clip(share, 0.0, 1.0)
    far = np.hypot(off[:, 0] - foot * along[:, 0], off[:, 1] - foot * along[:, 1])
    covered[straight] = True
    covered[straight[pair[far > width_m[straight[pair]]]]] = False
    beside[straight] = True
    beside[straight[pair[(share < 0.0) | (share > 1.0)]]] = False
    return covered, beside
