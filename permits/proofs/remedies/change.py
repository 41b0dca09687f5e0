"""Changes to the buildings of an application, and the Worlds in which they are carried out.

Every candidate becomes a site of its own in one World, so that the engine proves all of them in one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodata import shapes
from geodata.columns import columns_of
from permits.engine.overrides import overridden
from permits.engine.place import places
from permits.engine.world import SCHEMA, World
from permits.rules.parts.roof import outlines

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

#: Columns that hold keys, and the frame whose rows they name.
_KEYS: Final = {
    ("sites", "site"): "sites",
    ("parcels", "parcel"): "parcels",
    ("buildings", "building"): "buildings",
    ("buildings", "replaces"): "buildings",
    ("buildings", "parcel"): "parcels",
    ("facets", "facet"): "facets",
    ("facets", "building"): "buildings",
    ("edges", "edge"): "edges",
    ("areas", "area"): "areas",
    ("areas", "parent"): "areas",
    ("limits", "area"): "areas",
    ("uses", "area"): "areas",
    ("features", "feature"): "features",
}
#: Frames that follow from the others and are worked out again, and corrections, which are in their places already.
_LEFT_OUT: Final = ("pieces", "overlaps", "rulings", "rests", "placements", "overrides")
#: A piece smaller than this (m²) that a cut leaves by itself goes with it.
_CRUMB_M2: Final = 1.0
#: The share of a footprint that a cut has to leave.
_LEAST_LEFT: Final = 0.5
#: Lower than this for each storey nothing is built that people walk into (m).
_LEAST_HEIGHT_M: Final = 2.0
#: Pointed corners of eaves are cut off at this many times the distance.
_MITRE: Final = 10.0


@dataclass(frozen=True, eq=False)
class Change:
    """What is done to some buildings of one site; what is not named stays.

    Attributes
    ----------
    buildings : keys in ``world.buildings``.
    dx, dy : how far they are moved east and north, metres.
    off : ground that is to be free of them; footprint and roof over it are taken off, floor in proportion.
    lower_m : by how much they become lower: height, roof and walls alike.
    floor_m2 : by how much their floor area becomes smaller, each.
    storeys : by how many storeys they become lower, floor area in proportion.
    """

    buildings: tuple[int, ...]
    dx: float = 0.0
    dy: float = 0.0
    off: BaseGeometry | None = None
    lower_m: float = 0.0
    floor_m2: float = 0.0
    storeys: int = 0


def feasible(world: World, change: Change) -> bool:
    """Whether a change leaves buildings that somebody could build.

    Danish: kan ændringen bygges. A cut leaves one piece without a new hole and at least half of the footprint; a
    lower building still has 2 m for each of its storeys; floor and storeys stay above nothing.
    """
    rows = world.rows("buildings", np.array(change.buildings, dtype=np.int64))
    if change.off is not None:
        old = outlines(world)[0][rows]
        return all(_kept(shape, change.off) is not None for shape in old)
    if change.lower_m:
        height = world.column("buildings", "height_m")[rows]
        low = world.column("buildings", "levels_absolute")[rows]
        least = _LEAST_HEIGHT_M * np.fmax(world.column("buildings", "storeys")[rows], 1.0)
        return bool(((height - change.lower_m >= least) | low | np.isnan(height)).all())
    if change.floor_m2:
        return bool((world.column("buildings", "floor_m2")[rows] - change.floor_m2 > 0.0).all())
    if change.storeys:
        return bool((world.column("buildings", "storeys")[rows] - change.storeys >= 1.0).all())
    return True


def variants(world: World, changes: Sequence[Change]) -> World:
    """One World in which site ``k`` is the site of ``world`` with change ``k`` carried out.

    Parameters
    ----------
    world : World of one site.
    changes : any number, each :func:`feasible`.

    Returns
    -------
    The World, without what follows from plans. Keys of each frame count on: row ``r`` of the frame of ``n`` rows has
    the key ``k × n + r`` in site ``k``.

    Notes
    -----
    Plot, parcel and zone of changed buildings are worked out anew; boundaries and land are as they were.
    """
    world, size = overridden(world), len(changes)
    frames: dict[str, dict[str, Any]] = {}
    for name, schema in SCHEMA.items():
        if name in _LEFT_OUT:
            continue
        columns = columns_of(getattr(world, name))
        frames[name] = {
            column: _numbered(world, values, owner, size)
            if (owner := "sites" if column == "site" else _KEYS.get((name, column), ""))
            else np.concatenate([values] * size)
            for column, values in columns.items()
            if column in schema
        }
    _carry_out(world, frames, changes)
    return World.of(**frames)


def carried_out(world: World, change: Change) -> World:
    """The World of one site with one change carried out; keys as in :func:`variants`."""
    return variants(world, [change])


def _numbered(world: World, keys: Ints, owner: str, size: int) -> Ints:
    row = world.rows(owner, keys)
    count = len(getattr(world, owner))
    step = np.repeat(np.arange(size, dtype=np.int64) * count, len(row))
    tiled = np.tile(row, size)
    return np.where(tiled >= 0, tiled + step, -1)


def _carry_out(world: World, frames: dict[str, dict[str, Any]], changes: Sequence[Change]) -> None:
    buildings, facets = frames["buildings"], frames["facets"]
    count, roofs = len(world.buildings), len(world.facets)
    owner = world.rows_of("facets", "building", "buildings")
    altered: list[Ints] = []
    for number, change in enumerate(changes):
        mine = world.rows("buildings", np.array(change.buildings, dtype=np.int64))
        rows = mine + number * count
        over = np.flatnonzero(np.isin(owner, mine)) + number * roofs
        if change.dx or change.dy:
            _move(buildings, facets, rows, over, change)
            altered.append(rows)
        if change.off is not None:
            _cut(buildings, facets, rows, over, change.off, outlines(world)[0][mine])
            altered.append(rows)
        if change.lower_m:
            buildings["height_m"][rows] -= change.lower_m
            buildings["wall_low_m"][rows] -= change.lower_m
            facets["c"][over] -= change.lower_m
        buildings["floor_m2"][rows] -= change.floor_m2
        if change.storeys:
            before = buildings["storeys"][rows]
            buildings["storeys"][rows] = before - change.storeys
            buildings["floor_m2"][rows] *= (before - change.storeys) / before
    if altered:
        _place_again(frames, np.concatenate(altered))


def _move(buildings: dict[str, Any], facets: dict[str, Any], rows: Ints, over: Ints, change: Change) -> None:
    by = np.array([change.dx, change.dy])
    buildings["geometry"][rows] = shapely.transform(buildings["geometry"][rows], lambda xy: xy + by)
    facets["geometry"][over] = shapely.transform(facets["geometry"][over], lambda xy: xy + by)
    facets["c"][over] -= facets["a"][over] * change.dx + facets["b"][over] * change.dy


def _kept(shape: Any, off: BaseGeometry) -> Any:
    """What a cut leaves of a footprint; ``None`` where that is no building."""
    if shape is None:
        return None
    rest = shapely.difference(shapely.force_2d(shape), off)
    parts = [p for p in shapely.get_parts(rest) if p.geom_type == "Polygon" and p.area >= _CRUMB_M2]
    holes = sum(len(p.interiors) for p in shapely.get_parts(shape))
    if len(parts) != 1 or len(parts[0].interiors) > holes or parts[0].area < _LEAST_LEFT * shape.area:
        return None
    return parts[0]


def _cut(
    buildings: dict[str, Any],
    facets: dict[str, Any],
    rows: Ints,
    over: Ints,
    off: BaseGeometry,
    outline: Shapes,
) -> None:
    for row, old in zip(rows, outline, strict=True):
        left = _kept(old, off)
        share = left.area / old.area
        if buildings["geometry"][row] is not None:
            buildings["geometry"][row] = left
        for column in ("floor_m2", "basement_m2", "attic_m2"):
            buildings[column][row] *= share
        piece = shapely.difference(old, left)
        mine = over[facets["building"][over] == buildings["building"][row]]
        roof = shapely.force_2d(facets["geometry"][mine])
        # Eaves in front of the wall that is gone go with it; the other sides keep theirs.
        reach = max(
            (float(shapely.distance(shapely.points(shapely.get_coordinates(r)), old).max()) for r in roof),
            default=0.0,
        )
        gone = shapely.union(off, piece)
        if reach > 0.0:
            wide = shapely.buffer(piece, reach + shapes.TOUCH_M, join_style="mitre", mitre_limit=_MITRE)
            gone = shapely.union(gone, shapely.difference(wide, left))
        facets["geometry"][mine] = [_polygonal(rest) for rest in shapely.difference(roof, gone)]
    # A facet of which nothing is left is no facet.
    keep = np.ones(len(facets["facet"]), dtype=bool)
    keep[over] = ~shapely.is_empty(facets["geometry"][over])
    if not keep.all():
        far = np.flatnonzero(~keep)
        # Rows are counted on from site to site, so what is gone stays as a spot outside of every building.
        facets["geometry"][far] = shapely.box(0.0, 0.0, 1e-3, 1e-3)
        facets["building"][far] = -1


def _polygonal(shape: BaseGeometry) -> BaseGeometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _place_again(frames: dict[str, dict[str, Any]], rows: Ints) -> None:
    buildings, parcels, zones = frames["buildings"], frames["parcels"], frames["zones"]
    lies = places(
        {name: parcels[name] for name in ("site", "parcel", "plot", "geometry")},
        {name: buildings[name][rows] for name in ("site", "geometry")},
        {name: zones[name] for name in ("site", "zone", "geometry")},
    )
    for name in ("plot", "parcel", "zone"):
        buildings[name][rows] = getattr(lies, name)
