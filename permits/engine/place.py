"""Placing: what follows from where things lie, worked out once for all rules.

Boundaries with what lies beyond them, the plot (grund) that adjoining parcels form, and for every building the
parcel, plot and zone that most of its footprint lies on. Used alike for rule cases, drawings and the database.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import shapes
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
    parcels, buildings = world.parcels, world.buildings
    land, outline = _shapes(parcels), _shapes(buildings)
    i, j = shapes.pairs(buildings["site"].to_numpy(), parcels["site"].to_numpy())
    best, _ = shapes.most(outline[i], i, land[j], j, len(buildings))
    on = best >= 0
    plot = np.zeros(len(buildings), dtype=np.int64)
    plot[on] = parcels["plot"].to_numpy()[best[on]]
    parcel = np.full(len(buildings), -1, dtype=np.int64)
    parcel[on] = parcels["parcel"].to_numpy()[best[on]]
    shares = _zone_areas(world, land, parcels["site"].to_numpy())
    whole = shares.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = shares / np.where(whole > 0.0, whole, np.nan)[:, None]
    areas = _zone_areas(world, outline, buildings["site"].to_numpy())
    names = np.array([*ZONES, ""], dtype=object)
    zone = names[np.where(areas.max(axis=1) > 0.0, areas.argmax(axis=1), len(ZONES))]
    bare = areas.max(axis=1) <= 0.0
    zone[bare] = _only_zone(world, buildings["site"].to_numpy()[bare])
    return world.with_(
        parcels=parcels.assign(**{f"share_{name}": shares[:, k] for k, name in enumerate(ZONES)}),
        buildings=buildings.assign(plot=plot, parcel=parcel, zone=zone),
    )


def _zone_areas(world: World, outline: shapes.Shapes, site: shapes.Ints) -> npt.NDArray[np.float64]:
    """Square metres of each shape in each zone; a row without geometry takes what the others leave."""
    zones = world.zones
    areas = np.zeros((len(outline), len(ZONES)))
    drawn = zones[~zones["geometry"].isna().to_numpy()]
    rest = zones[zones["geometry"].isna().to_numpy()]
    code = {name: k for k, name in enumerate(ZONES)}
    i, j = shapes.pairs(site, drawn["site"].to_numpy())
    found = shapes.overlap(outline[i], _shapes(drawn)[j])
    of = drawn["zone"].map(code).to_numpy(dtype=np.int64)
    np.add.at(areas, (i, of[j]), found.area_m2)
    size = np.zeros(len(outline))
    good = shapes.usable(outline)
    size[good] = shapely.area(outline[good])
    i, j = shapes.pairs(site, rest["site"].to_numpy())
    left = np.maximum(size - areas.sum(axis=1), 0.0)
    np.add.at(areas, (i, rest["zone"].map(code).to_numpy(dtype=np.int64)[j]), left[i])
    return areas


def _only_zone(world: World, site: shapes.Ints) -> npt.NDArray[np.object_]:
    zones = world.zones[["site", "zone"]].drop_duplicates()
    alone = zones.drop_duplicates("site", keep=False).set_index("site")["zone"]
    return np.asarray(alone.reindex(site).fillna(""), dtype=object)
