"""Cutting buildings along plan areas: overlaps that count, cells under one set of areas, connected domains.

An overlap counts when a connected piece of it is larger than 0.01 m² and deeper than 0.05 m (depth is
2 × area / perimeter). Cuts themselves are exact: what is too shallow to count is not handed to a neighbour, it
only cannot bring a plan, a difference between plans, or the building regulation into play by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes

#: Shallower than this is float noise of the cut itself and is dropped, in metres.
NOISE_M: Final = 1e-6

Keys = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]


def array_of(table: gpd.GeoDataFrame) -> Geometries:
    """Geometry as an array of its own, with ``None`` where there is none."""
    return np.array(table.geometry.array, dtype=object)


def overlaps_of(areas: gpd.GeoDataFrame, outline: Geometries, sites: Keys, wanted: Flags) -> pd.DataFrame:
    """Pairs of part and area that have something in common: what of it counts, and the cut itself.

    ``cut`` is the counting part of the overlap, or None where the area covers the part exactly.
    """
    whole = array_of(areas)
    broken = ~shapely.is_missing(whole) & ~shapely.is_valid(whole)
    # An outline that crosses itself still says roughly where the plan lies; to leave it out would say "no plan".
    whole[broken] = shapely.make_valid(whole[broken])
    left, right = (
        np.flatnonzero(~shapely.is_missing(outline)),
        np.flatnonzero(wanted & ~shapely.is_missing(whole)),
    )
    i, j = shapes.pairs(sites[left], areas["site"].to_numpy()[right])
    part, at = left[i], right[j]
    shapely.prepare(whole)
    meets = shapely.intersects(whole[at], outline[part])
    part, at = part[meets], at[meets]
    first, second = outline[part], whole[at]
    exact = shapely.covers(second, first)
    common, outside = first.copy(), shapes.nothing(len(part))
    common[~exact] = shapely.intersection(first[~exact], second[~exact])
    outside[~exact] = shapely.difference(first[~exact], second[~exact])
    inside, rest = shapes.counted(common), shapes.counted(outside)
    met = inside.area_m2 > 0.0
    # An exact cover is not cut, but for a part that is itself too small to count.
    uncut = exact & met & (shapely.get_num_geometries(first) == 1)
    cut = inside.shape
    cut[uncut] = None
    pairs = pd.DataFrame(
        {
            "part": part,
            "at": at,
            "counts": met,
            "covers": met & ~(rest.area_m2 > 0.0),
            "near_line": inside.near,
            "depth_m": inside.depth_m,
            "cut": cut,
            "uncut": uncut,
        }
    )
    return pairs[met | inside.near].sort_values(["part", "at"], ignore_index=True)


@dataclass(frozen=True)
class Cells:
    """Parts cut into cells under one set of areas: one connected polygon each, or a part that was not cut."""

    part: Keys
    geometry: Geometries
    counts: Flags
    near_line: Flags
    members: pd.DataFrame  # cell, at


def cells_of(outline: Geometries, pairs: pd.DataFrame) -> Cells:
    """Cut each part along the areas that count under it.

    The loop runs over the depth of the stack (the first, second, … area under every part at once).
    """
    rank = pairs.groupby("part").cumcount().to_numpy()
    depth = int(rank.max()) + 1 if len(rank) else 0
    size = len(outline)
    part = np.arange(size)
    geometry = outline.copy()
    inside = np.zeros((size, depth), dtype=bool)
    split = np.zeros(size, dtype=bool)
    at_of = np.full((size, depth), -1)
    at_of[pairs["part"], rank] = pairs["at"]
    for level in range(depth):
        row = pairs[rank == level]
        cut = shapes.nothing(size)
        cut[row["part"]] = row["cut"].to_numpy(dtype=object)
        cuts = ~shapely.is_missing(cut)
        whole = np.zeros(size, dtype=bool)
        whole[row["part"]] = row["uncut"].to_numpy(dtype=bool)
        inside[:, level] = whole[part]
        hit = np.flatnonzero(cuts[part])
        if not len(hit):
            continue
        split |= cuts
        within, at_in = _real(*shapes.polygons(shapely.intersection(geometry[hit], cut[part[hit]])))
        beyond, at_out = _real(*shapes.polygons(shapely.difference(geometry[hit], cut[part[hit]])))
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
    good[cut_up] = shapes.counted(geometry[cut_up]).area_m2 > 0.0
    near = np.zeros(len(part), dtype=bool)
    near[cut_up] = ~good[cut_up] & (shapes.depth(geometry[cut_up]) >= shapes.TOUCH_M)
    cell, level_of = np.nonzero(inside)
    members = pd.DataFrame({"cell": cell, "at": at_of[part[cell], level_of]})
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
    keys, unions = shapes.union_by(group[rows], cells.geometry[cell[rows]])
    pieces, at = shapes.polygons(unions)
    good = shapes.counted(pieces).area_m2 > 0.0
    tree = pd.DataFrame({"group": keys[at[good]], "piece": np.flatnonzero(good)})
    tests = pd.DataFrame({"group": group[rows], "row": rows}).merge(tree, on="group")
    inner = shapely.point_on_surface(cells.geometry[cell[tests["row"]]])
    # The union is put together on a grid of a micrometre; an inner point of a sliver may fall on its rim.
    within = shapely.dwithin(pieces[tests["piece"]], inner, 10 * NOISE_M)
    answer[rows] = False
    answer[tests["row"].to_numpy()[within]] = True
    return answer
