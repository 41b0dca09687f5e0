"""Cutting buildings along plan areas: overlaps that count, cells under one set of areas, connected domains.

An overlap counts when a connected piece of it is larger than 0.01 m² and deeper than 0.05 m (depth is
2 × area / perimeter). Cuts themselves are exact: what is too shallow to count is not handed to a neighbour, it
only cannot bring a plan, a difference between plans, or the building regulation into play by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import convex, halves, shapes
from geodata.columns import LateTable, array_of
from geodata.convex import Corners, Outlines

#: Shallower than this is float noise of the cut itself and is dropped, in metres.
NOISE_M: Final = 1e-6

Keys = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]


class Overlaps(NamedTuple):
    """Pairs of part and area that have something in common, ordered by part and area.

    Attributes
    ----------
    part, at : rows of the outlines and of the areas.
    counts, covers, near_line, depth_m : see :class:`planning.precedence.Precedence`.
    cut : the counting part of the overlap, ``None`` where the area covers the part and nothing is cut.
    rest : what of the part lies outside, ``None`` = nothing.
    area : the area.
    whole : everything of the overlap counts, so that ``cut`` and ``rest`` together are the part.
    uncut : the area covers a part that is one polygon.
    """

    part: Keys
    at: Keys
    counts: Flags
    covers: Flags
    near_line: Flags
    depth_m: npt.NDArray[np.float64]
    cut: Geometries
    rest: Geometries
    area: Geometries
    whole: Flags
    uncut: Flags

    def of(self, mask: Flags) -> Overlaps:
        """Some of the pairs."""
        return Overlaps._make(values[mask] for values in self)


def overlaps_of(
    areas: gpd.GeoDataFrame, outline: Geometries, sites: Keys, wanted: Flags, edge: Corners | None = None
) -> Overlaps:
    """Pairs of part and area that have something in common: what of it counts, and the cut itself.

    Parameters
    ----------
    areas : plan areas; see :func:`planning.precedence.decide`.
    outline : sound polygons, ``None`` allowed.
    sites : site of each outline.
    wanted : areas that are looked at.
    edge : corners of the outlines, where they are known already.

    Notes
    -----
    The same plan is there once for every site that it reaches; as one and the same shape it is looked at once.
    Most parts lie whole within an area or apart from it, which is seen without a cut.
    """
    shape, which = _distinct(array_of(areas, "geometry").copy())
    corners = convex.corners(shape)
    doubtful = np.flatnonzero(~shapely.is_missing(shape) & ~corners.is_convex())
    broken = doubtful[~shapely.is_valid(shape[doubtful])]
    if len(broken):
        # An outline that crosses itself still says roughly where the plan lies; to leave it out would say "no plan".
        # Lines and points that are left over of it are no part of a plan, and no overlay takes them.
        shape[broken] = shapes.mended(shape[broken])
        corners = convex.corners(shape)
    left = np.flatnonzero(~shapely.is_missing(outline))
    right = np.flatnonzero(wanted & ~shapely.is_missing(shape)[which])
    i, j = shapes.pairs(sites[left], array_of(areas, "site")[right])
    part, at = left[i], right[j]
    of = which[at]
    west, south, east, north = shapely.bounds(outline).T[:, part]
    box = shapely.bounds(shape).T
    close = (box[0][of] <= east) & (box[2][of] >= west) & (box[1][of] <= north) & (box[3][of] >= south)
    part, at, of = part[close], at[close], of[close]
    edge = edge or convex.corners(outline)
    how = convex.held(corners, of, edge, part)
    meets, exact = ~how.apart, how.within
    other = np.flatnonzero(np.isnan(how.apart_m))
    if len(other):
        shapely.prepare(shape[np.unique(of[other])])
        meets[other] = shapely.intersects(shape[of[other]], outline[part[other]])
        other = other[meets[other]]
        exact[other] = shapely.covers(shape[of[other]], outline[part[other]])
    part, at, of, exact = part[meets], at[meets], of[meets], exact[meets]
    first = outline[part]
    common, outside = first.copy(), shapes.nothing(len(part))
    crossed = np.flatnonzero(~exact)
    common[crossed], outside[crossed] = _cut(outline, part[crossed], shape, of[crossed], edge, corners)
    inside = shapes.counted(common)
    met = inside.area_m2 > 0.0
    covers = met.copy()
    covers[crossed] &= ~(shapes.counted(outside[crossed]).area_m2 > 0.0)
    # An exact cover is not cut, but for a part that is itself too small to count.
    uncut = exact & met & (shapely.get_num_geometries(first) == 1)
    cut = inside.shape
    cut[uncut] = None
    found = Overlaps(
        part=part,
        at=at,
        counts=met,
        covers=covers,
        near_line=inside.near,
        depth_m=inside.depth_m,
        cut=cut,
        rest=outside,
        area=shape[of],
        whole=shapely.get_num_geometries(cut) == shapely.get_num_geometries(common),
        uncut=uncut,
    )
    return found.of(met | inside.near)


def _split(shape: Geometries, area: Geometries, grid_m: float | None = None) -> tuple[Geometries, Geometries]:
    """What each shape has in common with an area, and what lies outside it; ``None`` or empty = nothing.

    With a grid, lines that lie on each other but for float noise are one, and leave no spurs.
    """
    common, outside = shapes.nothing(len(shape)), shapes.nothing(len(shape))
    if not len(shape):
        return common, outside
    knife, of = _distinct(area)
    corners, edge, row = convex.corners(knife), convex.corners(shape), np.arange(len(shape))
    how = convex.held(corners, of, edge, row)
    common[how.within] = shape[how.within]
    outside[how.apart] = shape[how.apart]
    crossed = np.flatnonzero(~how.within & ~how.apart)
    common[crossed], outside[crossed] = _cut(shape, crossed, knife, of[crossed], edge, corners, grid_m=grid_m)
    return common, outside


def _cut(
    shape: Geometries,
    row: Keys,
    knife: Geometries,
    of: Keys,
    edge: Corners,
    corners: Corners,
    *,
    grid_m: float | None = None,
) -> tuple[Geometries, Geometries]:
    """:func:`_split` pair by pair, of shapes and areas that cross; and the corners of all of both."""
    first, area = shape[row], knife[of]
    common, outside = shapes.nothing(len(row)), shapes.nothing(len(row))
    plain = corners.is_convex()[of] & edge.is_convex()[row]
    rows = np.flatnonzero(plain)
    made = convex.cut(corners, of[rows], edge, row[rows])
    common[rows] = convex.polygons(made.inner)
    straight = Outlines(made.outer.x[:, made.straight], made.outer.y[:, made.straight])
    outside[rows[made.straight]] = convex.polygons(straight)
    other = np.flatnonzero(~plain)
    two = halves.halved(first[other], knife, of[other])
    common[other[two.row]], outside[other[two.row]] = two.inner, two.outer
    other = np.delete(other, two.row)
    crooked = np.concatenate([rows[~made.straight], other])
    if grid_m is None:
        outside[crooked] = shapes.beyond(first[crooked], area[crooked])
        common[other] = shapely.intersection(first[other], area[other])
    else:
        outside[crooked] = shapely.difference(first[crooked], area[crooked], grid_size=grid_m)
        common[other] = shapely.intersection(first[other], area[other], grid_size=grid_m)
    return common, outside


def _distinct(given: Geometries) -> tuple[Geometries, Keys]:
    """Shapes without those that are one and the same object as another, and for each given which it is."""
    number = np.fromiter(map(id, given), dtype=np.int64, count=len(given))
    _, first, which = np.unique(number, return_index=True, return_inverse=True)
    return given[first], which


@dataclass(frozen=True)
class Cells:
    """Parts cut into cells under one set of areas: one connected polygon each, or a part that was not cut."""

    part: Keys
    geometry: Geometries
    counts: Flags
    near_line: Flags
    members: pd.DataFrame  # cell, at


def cells_of(outline: Geometries, pairs: Overlaps) -> Cells:
    """Cut each part along the areas that count under it.

    The loop runs over the depth of the stack (the first, second, … area under every part at once).
    """
    start = np.flatnonzero(np.append(True, pairs.part[1:] != pairs.part[:-1])[: len(pairs.part)])
    rank = np.arange(len(pairs.part)) - np.repeat(start, np.diff(np.append(start, len(pairs.part))))
    depth = int(rank.max()) + 1 if len(rank) else 0
    size = len(outline)
    part = np.arange(size)
    geometry = outline.copy()
    inside = np.zeros((size, depth), dtype=bool)
    split = np.zeros(size, dtype=bool)
    at_of = np.full((size, depth), -1)
    at_of[pairs.part, rank] = pairs.at
    for level in range(depth):
        rows = np.flatnonzero(rank == level)
        place = np.full(size, -1)
        place[pairs.part[rows]] = rows
        uncut = np.zeros(size, dtype=bool)
        uncut[pairs.part[rows]] = pairs.uncut[rows]
        inside[:, level] = uncut[part]
        cuts = np.zeros(size, dtype=bool)
        cuts[pairs.part[rows]] = ~shapely.is_missing(pairs.cut[rows])
        hit = np.flatnonzero(cuts[part])
        if not len(hit):
            continue
        row = place[part[hit]]
        # A part that is cut for the first time has been cut by this very area already. Cells share walls with the
        # overlap, and areas lines with each other; where those differ by float noise, thin spurs would make a
        # deep cell look shallow.
        common, beside = pairs.cut[row], pairs.rest[row]
        again = split[part[hit]] | ~pairs.whole[row]
        knife = np.where(pairs.whole[row], pairs.area[row], pairs.cut[row])[again]
        common[again], beside[again] = _split(geometry[hit[again]], knife, NOISE_M)
        split |= cuts
        within, at_in = _real(*shapes.polygons(common))
        beyond, at_out = _real(*shapes.polygons(beside))
        stay = ~cuts[part]
        origin = np.concatenate([np.flatnonzero(stay), hit[at_in], hit[at_out]])
        geometry = np.concatenate([geometry[stay], within, beyond])
        inside = inside[origin]
        kept = int(stay.sum())
        inside[kept : kept + len(within), level] = True
        part = part[origin]
    order = np.argsort(part, kind="stable")
    part, geometry, inside = part[order], geometry[order], inside[order]
    cut_up = split[part]
    good = np.ones(len(part), dtype=bool)
    near = np.zeros(len(part), dtype=bool)
    measured = shapes.counted(geometry[cut_up])
    good[cut_up], near[cut_up] = measured.area_m2 > 0.0, measured.near
    cell, level_of = np.nonzero(inside)
    members = LateTable({"cell": cell, "at": at_of[part[cell], level_of]})
    return Cells(part, geometry, good, near, members)


def _real(pieces: Geometries, at: Keys) -> tuple[Geometries, Keys]:
    """Without the float noise of a cut."""
    kept = shapes.depth(pieces) > NOISE_M
    return pieces[kept], at[kept]


def domain_counts(group: npt.NDArray[Any], cell: Keys, cells: Cells) -> Flags:
    """Per row: does the cell belong to a connected piece of its group that counts?

    A cell that counts by itself belongs to one (a union of pieces that count is never shallower than all of
    them). Only groups with a shallow cell have to be put together to see.
    """
    answer = cells.counts[cell].copy()
    doubtful = np.unique(group[~answer])
    if not len(doubtful):
        return answer
    rows = np.flatnonzero(np.isin(group, doubtful))
    # Mostly several matters ask for the same cells of a part, which are put together once.
    same = _same_cells(group[rows], cell[rows], cells.part)
    size = len(cells.part)
    asked, back = np.unique(same * size + cell[rows], return_inverse=True)
    group, cell = asked // size, asked % size
    keys, unions = shapes.union_by(group, cells.geometry[cell])
    pieces, at = shapes.polygons(unions)
    good = np.flatnonzero(shapes.counted(pieces).area_m2 > 0.0)
    i, j = shapes.pairs(group, keys[at[good]])
    inner = shapely.point_on_surface(cells.geometry[cell])
    # The union is put together on a grid of a micrometre; an inner point of a sliver may fall on its rim.
    within = shapely.dwithin(pieces[good[j]], inner[i], 10 * NOISE_M)
    found = np.zeros(len(asked), dtype=bool)
    found[i[within]] = True
    answer[rows] = found[back]
    return answer


#: Cells of a part that have a bit of their own in a number.
_BITS: Final = 62


def _same_cells(group: npt.NDArray[Any], cell: Keys, part: Keys) -> Keys:
    """A number per row that is equal where the groups have the same cells; groups lie within one part each."""
    keys, of = np.unique(group, return_inverse=True)
    place = cell - np.searchsorted(part, part[cell])
    cells = np.zeros(len(keys), dtype=np.int64)
    np.bitwise_or.at(cells, of, np.int64(1) << np.minimum(place, _BITS))
    many = of[place >= _BITS]
    cells[many] = -1 - many
    whose = np.zeros(len(keys), dtype=np.int64)
    whose[of] = part[cell]
    number = np.unique(cells, return_inverse=True)[1] * len(part) + whose
    return np.asarray(number[of], dtype=np.int64)
