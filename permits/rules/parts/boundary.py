"""Neighbour boundaries of a plot, and how far buildings stand from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from geodata.columns import array_of
from permits.rules.parts.measured import measured_once
from permits.rules.parts.plane import Lines
from permits.rules.parts.plot_area import site_plot
from permits.rules.parts.roof import WITHOUT_WALLS, roofs

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

#: "Neighbour boundary": parcel and path; what is not known counts as one.
NEIGHBOUR: Final = ("parcel", "path", "unknown")
ROAD: Final = ("road",)
#: By number of a type in Shapely (the last one stands for -1, missing): LineString, LinearRing, MultiLineString.
_IS_LINE: Final = np.isin(np.arange(9), (1, 2, 5))


def plot_key(table: pd.DataFrame) -> Ints:
    """One key for site and plot together; -1 where the row stands on no plot."""
    plot = array_of(table, "plot")
    return np.where(plot > 0, site_plot(array_of(table, "site"), plot), -1)


class Boundaries(NamedTuple):
    """Stretches of boundary of some kinds.

    Attributes
    ----------
    row : row in ``world.edges``.
    key : site and plot, see :func:`plot_key`.
    line : LineString.
    ambiguous : the kind could be another.
    complete : keys of plots all of whose stretches can be measured.
    drawn : keys of plots that have any boundary at all.
    """

    row: Ints
    key: Ints
    line: Shapes
    ambiguous: Bools
    complete: Ints
    drawn: Ints


def boundaries(world: World, kinds: tuple[str, ...] = NEIGHBOUR) -> Boundaries:
    """The stretches of the given kinds; computed once per World and kind."""
    name = f"boundaries:{','.join(kinds)}"
    if name not in world.derived:
        world.derived[name] = _boundaries(world, kinds)
    found: Boundaries = world.derived[name]
    return found


def edge_lines(world: World) -> Shapes:
    """Lines of all stretches, in the order of ``world.edges``; not to be written to."""
    return world.column("edges", "geometry")


def _boundaries(world: World, kinds: tuple[str, ...]) -> Boundaries:
    edges = world.edges
    line = edge_lines(world)
    key = plot_key(edges)
    bounds = shapely.bounds(line)
    good = ~shapely.is_empty(line) & np.isfinite(bounds).all(axis=-1) & (key >= 0)
    good &= _IS_LINE[shapely.get_type_id(line)]
    asked = world.is_word("edges", "kind", *kinds)
    row = np.flatnonzero(asked & good)
    return Boundaries(
        row=row,
        key=key[row],
        line=line[row],
        ambiguous=(world.column("edges", "ambiguous") | world.is_word("edges", "kind", "unknown"))[row],
        complete=_without(distinct(key), key[asked & ~good]),
        drawn=distinct(key if good.all() else key[good]),
    )


def _without(keys: Ints, others: Ints) -> Ints:
    """Those of distinct keys that are not among others."""
    return np.setdiff1d(keys, others, assume_unique=True) if len(others) else keys


def outlines(world: World) -> tuple[Shapes, Floats]:
    """What distances are measured from, and how far eaves reach beyond it.

    Danish: ydervæg, tagflade; BR18 § 457, stk. 1.

    Returns
    -------
    Per building the footprint (outer walls), or for a building without walls the outline of its roof where one
    is drawn; ``None`` where there is nothing that can be measured. And the overhang in metres, 0 where the
    outline is the roof itself or nothing is stated.
    """
    if "outlines" not in world.derived:
        world.derived["outlines"] = _outlines(world)
    found: tuple[Shapes, Floats] = world.derived["outlines"]
    return found


def _outlines(world: World) -> tuple[Shapes, Floats]:
    outline = world.column("buildings", "geometry").copy()
    eaves = np.nan_to_num(world.column("buildings", "eaves_m"), nan=0.0, posinf=0.0, neginf=0.0)
    open_sided = np.flatnonzero(world.is_word("buildings", "kind", *WITHOUT_WALLS))
    roof = roofs(world).shape
    good = np.flatnonzero(roofs(world).good) if len(open_sided) else open_sided
    i, j = shapes.pairs(
        world.column("buildings", "building")[open_sided], world.column("facets", "building")[good]
    )
    outline[~world.sound("buildings")] = None
    if len(i):
        rows, joined = shapes.union_by(open_sided[i], roof[good[j]])
        joined[~shapes.usable(joined)] = None
        outline[rows] = joined
        eaves[rows] = 0.0
    return shapes.flat(outline), np.maximum(eaves, 0.0)


def boundary_lines(world: World, kinds: tuple[str, ...] = NEIGHBOUR) -> Lines:
    """Boundaries of the given kinds as straight pieces; ``edge`` is the row in ``world.edges``."""
    name = f"boundary_lines:{','.join(kinds)}"
    if name not in world.derived:
        around = boundaries(world, kinds)
        pieces = shapes.segments(around.line)
        world.derived[name] = Lines(
            pieces.xy, around.key[pieces.row], around.ambiguous[pieces.row], around.row[pieces.row]
        )
    found: Lines = world.derived[name]
    return found


class Nearest(NamedTuple):
    """The nearest stretch of boundary of some buildings.

    Attributes
    ----------
    building : position in the list of rows that was asked about.
    ambiguous : whether stretches of unknown kind are meant, or certain ones; each building has up to one of
        both.
    distance_m : distance.
    edge : row in ``world.edges``.
    """

    building: Ints
    ambiguous: Bools
    distance_m: Floats
    edge: Ints


@measured_once
def nearest(world: World, rows: Ints, kinds: tuple[str, ...] = NEIGHBOUR) -> Nearest:
    """Distance from the outlines of buildings to the boundaries of some kinds of their plots.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose outlines can be measured.
    kinds : by default neighbour boundaries.
    """
    around = boundaries(world, kinds)
    outline = outlines(world)[0][rows]
    i, j = shapes.pairs(plot_key(world.buildings)[rows], around.key)
    distance = shapely.distance(outline[i], around.line[j])
    unsure = around.ambiguous[j]
    # Pairs come by building and then by edge, so the first of equal distances is the one that counts.
    pick = first_least(i, distance) if not unsure.any() else _of_both(i, distance, unsure)
    i, j = i[pick], j[pick]
    return Nearest(i, around.ambiguous[j], distance[pick], around.row[j])


@measured_once
def nearest_place(world: World, rows: Ints, edge: Ints) -> Floats:
    """Where each building comes nearest to a stretch of boundary: x and y in grid metres, one row per building.

    Parameters
    ----------
    rows : rows in ``world.buildings`` whose outlines can be measured.
    edge : row in ``world.edges`` for each.
    """
    line = shapely.shortest_line(outlines(world)[0][rows], edge_lines(world)[edge])
    return np.asarray(shapely.get_coordinates(line)[::2])


def _of_both(group: Ints, value: Floats, unsure: Bools) -> Ints:
    """Rows of the smallest value of each group, of its certain rows and of its uncertain ones."""
    parts = [np.flatnonzero(~unsure), np.flatnonzero(unsure)]
    rows = np.concatenate([part[first_least(group[part], value[part])] for part in parts])
    return np.asarray(rows[np.lexsort((unsure[rows], group[rows]))], dtype=np.int64)


def first_least(group: Ints, value: Floats) -> Ints:
    """The first row of the smallest value in each run of equal groups."""
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    start = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    least = np.repeat(np.fmin.reduceat(value, start), np.diff(np.append(start, len(group))))
    rows = np.flatnonzero(value == least)
    return np.asarray(rows[np.append(True, group[rows[1:]] != group[rows[:-1]])], dtype=np.int64)


def best(group: Ints, rank: Ints, value: Floats) -> Ints:
    """The row of the smallest rank, and of these of the smallest value, in each run of equal groups."""
    if not (group[1:] == group[:-1]).any():
        return np.arange(len(group))
    start = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    count = np.diff(np.append(start, len(group)))
    first = rank == np.repeat(np.minimum.reduceat(rank, start), count)
    worth = np.where(first & ~np.isnan(value), value, np.inf)
    rows = np.flatnonzero(first & (worth == np.repeat(np.minimum.reduceat(worth, start), count)))
    return np.asarray(rows[np.append(True, group[rows[1:]] != group[rows[:-1]])], dtype=np.int64)


class Measurable(NamedTuple):
    """What is known about the land around buildings; positions follow the rows asked about.

    Attributes
    ----------
    outline : the outline can be measured.
    land : it stands on a plot whose boundary is known at all.
    whole : all of that boundary can be measured.
    """

    outline: Bools
    land: Bools
    whole: Bools

    @property
    def both(self) -> Bools:
        """Outline and land are known."""
        return self.outline & self.land


def measurable(world: World, rows: Ints, kinds: tuple[str, ...] = NEIGHBOUR) -> Measurable:
    """What of a building's situation can be measured at all; the rest is ``missing_data``."""
    around = boundaries(world, kinds)
    key = plot_key(world.buildings)[rows]
    return Measurable(
        outline=~shapely.is_missing(outlines(world)[0][rows]),
        land=among(key, around.drawn),
        whole=among(key, around.complete),
    )


def distinct(keys: Ints) -> Ints:
    """Keys in order, each once; quick where they are in order already, as keys of plots mostly are."""
    if (keys[1:] < keys[:-1]).any():
        keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


def among(keys: Ints, known: Ints) -> Bools:
    """Which keys are among known ones; quick where these are in order, as keys of plots mostly are."""
    if (known[1:] < known[:-1]).any():
        known = np.sort(known)
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys)
