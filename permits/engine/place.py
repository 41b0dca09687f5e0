"""Placing: what follows from where things lie, worked out once for all rules.

Boundaries with what lies beyond them, the plot (grund) that adjoining parcels form, and for every building the
parcel, plot and zone that most of its footprint lies on. Used alike for rule cases, drawings and the database.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
from geodata.lookup import Columns
from permits.engine.world import ZONES, World

#: Kinds of what lies beyond a boundary, strictest first: this order decides where drawings overlap.
_STRICT: Final = ("parcel", "path", "road", "water")


def _shapes(table: pd.DataFrame) -> shapes.Shapes:
    return shapes.column(table["geometry"])


def with_boundaries(world: World, surroundings: pd.DataFrame) -> World:
    """Fill ``edges`` and ``parcels.plot`` from the parcels and what lies around them.

    Danish: skel og grund. Parcels that share a stretch of boundary form one plot; a line between them is no
    boundary.

    Parameters
    ----------
    world : World with parcels; layer ``surroundings`` says whether what lies around is known.
    surroundings : rows of ``site``, ``kind`` (parcel, road, path, water) and ``geometry``.

    Returns
    -------
    The World with new edges. Where nothing is recorded beyond a stretch its kind is ``parcel``; where the layer
    did not answer every stretch is ``unknown`` and ambiguous.
    """
    parcels = world.parcels
    site = parcels["site"].to_numpy()
    around = _shapes(surroundings) if len(surroundings) else shapes.nothing(0)
    kinds = surroundings["kind"].to_numpy(dtype=object) if len(surroundings) else shapes.nothing(0)
    around_site = (
        surroundings["site"].to_numpy(dtype=np.int64) if len(surroundings) else np.zeros(0, dtype=np.int64)
    )
    rank = np.array([_STRICT.index(str(k)) for k in kinds], dtype=np.int64)
    found = shapes.stretches(_shapes(parcels), site, around, around_site, rank)
    known = found.neighbour >= 0
    kind = np.full(len(found.line), "parcel", dtype=object)
    kind[known] = kinds[found.neighbour[known]]
    beyond = shapes.nothing(len(found.line))
    beyond[known] = around[found.neighbour[known]]
    beyond[kind != "road"] = None
    silent = world.layers.loc[
        (world.layers["kind"] == "surroundings") & (world.layers["state"] == "not_answered"), "site"
    ]
    edge_site = site[found.parcel]
    blind = np.isin(edge_site, silent)
    edges = pd.DataFrame(
        {
            "edge": np.arange(len(found.line)),
            "site": edge_site,
            "plot": found.plot[found.parcel],
            "kind": np.where(blind, "unknown", kind),
            "kind_src": np.where(blind, "", np.where(known, "surroundings", "default")),
            "width_across_m": shapes.width_across(found.line, beyond),
            "ambiguous": blind,
            "geometry": found.line,
        }
    )
    return world.with_(edges=edges, parcels=parcels.assign(plot=found.plot))


def with_places(world: World) -> World:
    """Fill zone shares of parcels, and parcel, plot and zone of buildings, from where they lie.

    Danish: beliggenhed. A building stands where most of its footprint lies; overlaps that do not count are
    none.

    Returns
    -------
    The World with new columns in ``parcels`` and ``buildings``; buildings without a usable footprint get the
    zone of the whole property where it has only one, and no parcel.
    """
    lies = places(
        *(
            {n: _column(t, n) for n in names}
            for t, names in (
                (world.parcels, ("site", "parcel", "plot", "geometry")),
                (world.buildings, ("site", "geometry")),
                (world.zones, ("site", "zone", "geometry")),
            )
        )
    )
    return world.with_(
        parcels=world.parcels.assign(**lies.shares),
        buildings=world.buildings.assign(plot=lies.plot, parcel=lies.parcel, zone=lies.zone),
    )


class Places(NamedTuple):
    """Where things lie.

    Attributes
    ----------
    shares : column → the share of each parcel in that zone, NaN = not known.
    plot, parcel, zone : of each building, 0, -1 and the empty word = none.
    """

    shares: dict[str, npt.NDArray[np.float64]]
    plot: shapes.Ints
    parcel: shapes.Ints
    zone: npt.NDArray[np.object_]


def places(parcels: Columns, buildings: Columns, zones: Columns) -> Places:
    """Where parcels and buildings lie, from columns; see :func:`with_places`.

    Parameters
    ----------
    parcels : ``site``, ``parcel``, ``plot`` and ``geometry``.
    buildings : ``site`` and ``geometry``.
    zones : ``site``, ``zone`` and ``geometry``.
    """
    land, outline = parcels["geometry"], buildings["geometry"]
    lies = shapes.usable(land)
    stands = shapes.usable(outline)
    size = len(outline)
    i, j = shapes.pairs(buildings["site"], parcels["site"])
    shared = _shared_m2(outline, stands, land, lies, i, j)
    order = np.lexsort((j, -shared, i))
    order = order[shared[order] > 0.0]
    row, first = np.unique(i[order], return_index=True)
    best = j[order][first]
    plot = np.zeros(size, dtype=np.int64)
    parcel = np.full(size, -1, dtype=np.int64)
    plot[row] = parcels["plot"][best]
    parcel[row] = parcels["parcel"][best]
    drawn = _Zones(zones)
    shares = drawn.areas(land, lies, parcels["site"])
    whole = shares.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = shares / np.where(whole > 0.0, whole, np.nan)[:, None]
    areas = drawn.areas(outline, stands, buildings["site"])
    names = np.array([*ZONES, ""], dtype=object)
    zone = names[np.where(areas.max(axis=1) > 0.0, areas.argmax(axis=1), len(ZONES))]
    bare = areas.max(axis=1) <= 0.0
    zone[bare] = drawn.only(buildings["site"][bare])
    return Places({f"share_{name}": shares[:, k] for k, name in enumerate(ZONES)}, plot, parcel, zone)


def _shared_m2(
    a: shapes.Shapes,
    a_good: shapes.Bools,
    b: shapes.Shapes,
    b_good: shapes.Bools,
    i: shapes.Ints,
    j: shapes.Ints,
) -> npt.NDArray[np.float64]:
    """Square metres that row ``i`` of ``a`` and row ``j`` of ``b`` have in common, pieces that count.

    Most things lie wholly within what they are held against, which a prepared area says without cutting.
    """
    shared = np.zeros(len(i))
    good = np.flatnonzero(a_good[i] & b_good[j])
    shapely.prepare(b[b_good])
    inside = shapely.covers(b[j[good]], a[i[good]])
    within, cut = good[inside], good[~inside]
    shared[within] = _counted_m2(a[i[within]])
    shared[cut] = shapes.counted(shapely.intersection(a[i[cut]], b[j[cut]])).area_m2
    return shared


def _counted_m2(whole: shapes.Shapes) -> npt.NDArray[np.float64]:
    """Square metres of the pieces of usable shapes that count."""
    area = shapely.area(whole)
    single = (area > shapes.OVERLAP_M2) & (shapes.depth(whole) > shapes.OVERLAP_DEPTH_M)
    found = np.where(single, area, 0.0)
    several = shapely.get_num_geometries(whole) > 1
    found[several] = shapes.counted(whole[several]).area_m2
    return found


class _Zones:
    """The zones of sites."""

    def __init__(self, zones: Columns) -> None:
        drawn = ~shapely.is_missing(zones["geometry"])
        number = {name: k for k, name in enumerate(ZONES)}
        known = np.array([name in number for name in zones["zone"]], dtype=bool)
        self._all = zones["site"], zones["zone"]
        code = np.array([number.get(name, -1) for name in zones["zone"]], dtype=np.int64)
        self._shape, self._drawn_site, self._drawn = (
            x[drawn & known] for x in (zones["geometry"], zones["site"], code)
        )
        self._rest_site, self._rest = zones["site"][~drawn & known], code[~drawn & known]
        # One map of zones lies on many sites.
        keys = np.fromiter(map(id, self._shape), dtype=np.int64, count=len(self._shape))
        _, first, back = np.unique(keys, return_index=True, return_inverse=True)
        self._good = shapes.usable(self._shape[first])[back]

    def areas(self, outline: shapes.Shapes, good: shapes.Bools, site: shapes.Ints) -> npt.NDArray[np.float64]:
        """Square metres of each shape in each zone; a row without geometry takes what the others leave."""
        areas = np.zeros((len(outline), len(ZONES)))
        i, j = shapes.pairs(site, self._drawn_site)
        areas += np.bincount(
            i * len(ZONES) + self._drawn[j],
            weights=_shared_m2(outline, good, self._shape, self._good, i, j),
            minlength=areas.size,
        ).reshape(areas.shape)
        if len(self._rest):
            size = np.zeros(len(outline))
            size[good] = shapely.area(outline[good])
            i, j = shapes.pairs(site, self._rest_site)
            left = np.maximum(size - areas.sum(axis=1), 0.0)
            np.add.at(areas, (i, self._rest[j]), left[i])
        return areas

    def only(self, site: shapes.Ints) -> npt.NDArray[np.object_]:
        """The zone of sites that have only one, elsewhere the empty word."""
        if not len(site):
            return np.zeros(0, dtype=object)
        told = pd.DataFrame({"site": self._all[0], "zone": self._all[1]}).drop_duplicates()
        alone = told.drop_duplicates("site", keep=False).set_index("site")["zone"]
        return np.asarray(alone.reindex(site).fillna(""), dtype=object)


def _column(table: pd.DataFrame, name: str) -> npt.NDArray[Any]:
    return _shapes(table) if name == "geometry" else table[name].to_numpy()
