"""Neighbour boundaries of a plot, and how far buildings stand from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geodata import shapes
from permits.rules.parts.plane import Lines
from permits.rules.parts.roof import roofs
from permits.rules.parts.scope import WITHOUT_WALLS

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
#: More plots than this no site has.
_PLOTS: Final = 100_000


def plot_key(table: pd.DataFrame) -> Ints:
    """One key for site and plot together; -1 where the row stands on no plot."""
    plot = table["plot"].to_numpy()
    return np.where(plot > 0, table["site"].to_numpy() * _PLOTS + plot, -1)


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
    """Lines of all stretches, in the order of ``world.edges``."""
    return shapes.column(world.edges["geometry"])


def _boundaries(world: World, kinds: tuple[str, ...]) -> Boundaries:
    edges = world.edges
    line = edge_lines(world)
    key = plot_key(edges)
    bounds = shapely.bounds(line)
    good = ~shapely.is_empty(line) & np.isfinite(bounds).all(axis=-1) & (key >= 0)
    good &= np.isin(shapely.get_type_id(line), (1, 2, 5))
    kind = edges["kind"].to_numpy(dtype=object).astype(str)
    asked = np.isin(kind, kinds)
    row = np.flatnonzero(asked & good)
    return Boundaries(
        row=row,
        key=key[row],
        line=line[row],
        ambiguous=(edges["ambiguous"].to_numpy() | (kind == "unknown"))[row],
        complete=np.setdiff1d(key, key[asked & ~good]),
        drawn=np.unique(key[good]),
    )


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
    buildings, facets = world.buildings, world.facets
    outline = shapes.column(buildings["geometry"])
    eaves = np.nan_to_num(buildings["eaves_m"].to_numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    open_sided = np.flatnonzero(buildings["kind"].isin(WITHOUT_WALLS).to_numpy())
    roof = roofs(world).shape
    good = np.flatnonzero(roofs(world).good) if len(open_sided) else open_sided
    i, j = shapes.pairs(buildings["building"].to_numpy()[open_sided], facets["building"].to_numpy()[good])
    if len(i):
        rows, joined = shapes.union_by(open_sided[i], roof[good[j]])
        outline[rows] = joined
        eaves[rows] = 0.0
    outline[~shapes.usable(outline)] = None
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
    order = np.lexsort((around.row[j], distance, around.ambiguous[j], i))
    i, j, distance = i[order], j[order], distance[order]
    first = np.ones(len(i), dtype=bool)
    first[1:] = (i[1:] != i[:-1]) | (around.ambiguous[j][1:] != around.ambiguous[j][:-1])
    return Nearest(i[first], around.ambiguous[j[first]], distance[first], around.row[j[first]])


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
        land=np.isin(key, around.drawn),
        whole=np.isin(key, around.complete),
    )
