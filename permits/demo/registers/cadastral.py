"""What else the cadastre holds: roads taken up on parcels (optaget vej), boundary points (skelpunkter)."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.crs import GRID
from permits.demo import names
from permits.demo.plane import ORIGIN
from permits.demo.registers.land import Land, courses
from permits.demo.town import Town

_HALF_WIDTH_M = 2.25
#: Boundary points are delivered of the old town: so many, the nearest to the middle of the coast.
_MOST_POINTS = 6_000
_REACH_M = 1500.0


def features(land: Land, rng: np.random.Generator) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Views of the state's themes with their rows."""
    yield "skelpunkt", _points(land, rng)


def roads(town: Town, parcel_ids: npt.NDArray[np.object_]) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Private roads across fields and common land: both sides of each, as the cadastral map draws them."""
    face = np.flatnonzero(np.isin(town.use, ("field", "common")) & ~town.foreign)
    face = face[shapely.area(town.fabric.faces[face]) > 1500.0]
    shapes, ids = [], []
    for number in face.tolist():
        ground = town.fabric.faces[number]
        xy = shapely.get_coordinates(ground)
        box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(ground))
        way = box[1] - box[0]
        way = way / np.hypot(*way)
        across = np.array([-way[1], way[0]])
        middle = xy[:-1].mean(axis=0)
        for side in (-_HALF_WIDTH_M, _HALF_WIDTH_M):
            base = middle + side * across
            cut = shapely.intersection(shapely.LineString([base - 900 * way, base + 900 * way]), ground)
            parts = [p for p in shapely.get_parts(cut) if p.geom_type == "LineString"]
            if parts:
                shapes.append(max(parts, key=lambda p: p.length))
                ids.append(parcel_ids[number])
    yield "optaget_vej", courses("vej", shapes, parcel_register_id=ids, course="Optaget vej")


def _points(land: Land, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Corners of the cadastral map about the old town, with their class."""
    fabric = land.town.fabric
    ours = np.append(~land.town.foreign, False)
    ends = fabric.segments[ours[fabric.left] | ours[fabric.right]].reshape(-1, 2)
    ends = ends[np.hypot(*(ends - np.array(ORIGIN)).T) < _REACH_M]
    at = np.unique(ends, axis=0)
    nearest = np.argsort(np.hypot(*(at - np.array(ORIGIN)).T), kind="stable")[:_MOST_POINTS]
    at = at[np.sort(nearest)]
    sigma = rng.choice((0.02, 0.05, 0.1, 0.3), len(at), p=(0.24, 0.3, 0.26, 0.2))
    return gpd.GeoDataFrame(
        {
            "register_id": [f"demo-skelpunkt-{number}" for number in range(1, len(at) + 1)],
            "municipality": [names.CODE] * len(at),
            "point_class": np.searchsorted([0.02, 0.05, 0.1, 0.3], sigma) + 1,
            "sigma_m": sigma,
            "method": np.where(sigma < 0.04, "GNSS", "Digitaliseret"),
        },
        geometry=shapely.multipoints(shapely.points(at), indices=np.arange(len(at))),
        crs=GRID,
    )
