"""The cadastre (matriklen) of the town: parcels with their numbers and registered areas, lines with their class."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.crs import GRID
from permits.demo import names
from permits.demo.quantiles import AREA_OFF, draw
from permits.demo.town import Town

Words = npt.NDArray[np.object_]

#: What the cadastre calls its lines (featureType).
LINE_CLASSES: Final = {
    "plain": "Skel i øvrigt", "road": "Skel for vej og gadejord", "water": "Grænse i vandløb og sø",
}  # fmt: skip
_LAND: Final = ("field", "farm", "forest", "lake", "meadow", "stream")
#: Standard deviation of a line's position by how it was measured, metres: a modern survey to the old island map.
_SIGMA_M: Final = (0.02, 0.05, 0.1, 0.3)
#: How far the neighbouring municipality is known about ours, and off the shore (metres); how far round the bay.
_COUNTRY_M: Final = 3500.0
_OFF_SHORE_M: Final = 100.0
_ROUND_RAD: Final = 3.4
_ROAD_IN_PARCEL_M: Final = 4.5


def parcels(town: Town, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """All parcels (jordstykker), one row a face."""
    use, n = town.use, len(town.use)
    district = np.full(n, "town", dtype=object)
    district[np.isin(use, _LAND)] = "land"
    district[(town.pattern == "summer") | (use == "beach")] = "shore"
    district[town.foreign] = "beyond"
    stem = np.where(use == "road", 7000, np.where(town.block > 0, town.block + 2, 1))
    place = pd.DataFrame({"d": district, "s": stem}).groupby(["d", "s"]).cumcount().to_numpy()
    code = np.array([names.DISTRICTS[d][0] for d in district])
    number = [f"{s}{names.letters(p)}" for s, p in zip(stem.tolist(), place.tolist(), strict=True)]
    drawn = shapely.area(town.fabric.faces)
    # The register and the map disagree on purpose, as often as real ones do.
    off = draw(AREA_OFF, rng.random(n)) * rng.choice([-1.0, 1.0], n)
    own = names.FIRST_PROPERTY + 1 + np.arange(n)
    joins = pd.Series([str(j).rstrip("!") for j in town.joins])
    shared = (joins != "").to_numpy()
    own[shared] = pd.Series(own[shared]).groupby(joins[shared].to_numpy()).transform("min").to_numpy()
    road = np.zeros(n)
    inside = np.isin(use, ("field", "common")) & (drawn > 1500.0)
    road[inside] = np.round(_ROAD_IN_PARCEL_M * np.sqrt(drawn[inside]))
    return gpd.GeoDataFrame(
        {
            "register_id": [f"{c}-{k}" for c, k in zip(code.tolist(), number, strict=True)],
            "municipality": np.where(town.foreign, names.NEIGHBOUR_CODE, names.CODE),
            "cadastral_district": code,
            "district_name": [names.DISTRICTS[d][1] for d in district],
            "parcel_number": number,
            "property_number": own,
            "registered_m2": np.maximum(np.round(drawn * (1.0 + off)), 1.0),
            "road_m2": road,
            "common_land": use == "common",
            "is_road": use == "road",
        },
        geometry=shapely.multipolygons(town.fabric.faces, indices=np.arange(n)),
        crs=GRID,
    )


def lines(town: Town, ids: Words, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Cadastral lines: one for each pair of neighbours and each unbroken stretch, with its class."""
    fabric = town.fabric
    road = np.append(town.use == "road", False)
    water = np.append(np.isin(town.use, ("lake", "stream")), False)
    low, high = np.minimum(fabric.left, fabric.right), np.maximum(fabric.left, fabric.right)
    # Outside, one and the same face may meet water and the edge of the map.
    words = np.array(["", "border", "edge", "water"], dtype=object)
    word = np.searchsorted(words[1:].astype(str), town.beyond.astype(str), side="right")
    order = np.lexsort((word, low, high))
    changed = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0) | (np.diff(word[order]) != 0)
    group = np.concatenate([[0], np.cumsum(changed)])
    first = order[np.concatenate([[True], changed])]
    segment = shapely.linestrings(fabric.segments[order].reshape(-1, 2, 2))
    merged = shapely.normalize(shapely.line_merge(shapely.multilinestrings(segment, indices=group)))
    part, of = shapely.get_parts(merged, return_index=True)
    a, b, what = low[first][of], high[first][of], word[first][of]
    number = np.arange(len(of)) - np.searchsorted(of, of)
    kind = np.full(len(of), LINE_CLASSES["plain"], dtype=object)
    kind[(road[a] != road[b]) | road[b]] = LINE_CLASSES["road"]
    kind[((water[a] != water[b]) & ~road[a] & ~road[b]) | (what == 3)] = LINE_CLASSES["water"]
    other = np.where(a >= 0, ids[a], words[what])
    beyond = np.append(town.foreign, False)
    return gpd.GeoDataFrame(
        {
            "register_id": [f"{x}/{y}/{k}" for x, y, k in zip(other, ids[b], number.tolist(), strict=True)],
            "municipality": np.where(beyond[b] & (beyond[a] | (a < 0)), names.NEIGHBOUR_CODE, names.CODE),
            "line_class": kind,
            "sigma_m": rng.choice(_SIGMA_M, len(of), p=(0.24, 0.3, 0.26, 0.2)),
        },
        geometry=shapely.multilinestrings(part, indices=np.arange(len(part))),
        crs=GRID,
    )


def outlines(town: Town) -> gpd.GeoDataFrame:
    """The municipality and its neighbour, which lies about it on all sides but that of the sea.

    They share the border's points exactly.
    """
    border = np.round(town.border, 3)
    away = border[0] - border[-1]
    east = np.array([-away[1], away[0]]) / np.hypot(*away)
    far = border[::-1] + 900.0 * east
    beyond = shapely.Polygon(np.vstack([border, far]))
    land = shapely.coverage_union_all(town.fabric.faces[~town.foreign])
    own = land.buffer(120.0, join_style="mitre", mitre_limit=2.0).difference(beyond)
    own = max(shapely.get_parts(own), key=lambda part: part.area)
    country = shapely.union(_country(town), beyond)
    neighbour = max(shapely.get_parts(shapely.difference(country, own)), key=lambda part: part.area)
    codes = ((names.CODE, names.NAME), (names.NEIGHBOUR_CODE, names.NEIGHBOUR_NAME))
    rows = [{"register_id": c, "municipality": c, "name": name, "tolerance_m": 0.1} for c, name in codes]
    return gpd.GeoDataFrame(rows, geometry=[shapely.multipolygons([p]) for p in (own, neighbour)], crs=GRID)


def _country(town: Town) -> shapely.Polygon:
    """Land so far as the map shows some: the coast goes on to both sides, and land behind it."""
    plane = town.plane
    # Not so far round the bay that both ends would meet.
    room = (_ROUND_RAD * plane.reference_m - (plane.field_east - plane.field_west)) / 2
    along = min(_COUNTRY_M, max(room, 0.0))
    u = np.linspace(plane.field_west - along, plane.field_east + along, 200)
    v = np.linspace(-_OFF_SHORE_M, plane.top + _COUNTRY_M, 60)
    ring = np.vstack(
        [
            np.stack([u, np.full(len(u), v[0])], axis=1),
            np.stack([np.full(len(v), u[-1]), v], axis=1),
            np.stack([u[::-1], np.full(len(u), v[-1])], axis=1),
            np.stack([np.full(len(v), u[0]), v[::-1]], axis=1),
        ]
    )
    return shapely.Polygon(np.round(plane.bend(ring, np.zeros(len(ring), dtype=np.int64)), 3)).buffer(0.0)
