"""Buildings on the map (GeoDanmark), their rows in BBR, and address points (DAR)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.crs import GRID
from geodata.ledger.hashes import object_ids
from permits.demo import names
from permits.demo.standing import Standing
from permits.demo.town import Town

Faces = npt.NDArray[np.int64]

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]

#: Name space of the identifiers of made-up BBR rows.
_SPACE: Final = uuid.UUID("2d4f0a52-6f0e-5d9e-8f57-6a3c6e2f9a10")
_HOMES: Final = (110, 120, 130, 140, 510)
_TRADE: Final = (210, 320)
#: What GeoDanmark writes where a height was not measured, and on which share of corners.
SENTINEL_M: Final = -999.0
_NO_HEIGHT: Final = 0.003


def _ids(standing: Standing, kind: str) -> list[str]:
    middle = np.round(shapely.get_coordinates(shapely.centroid(standing.shape)), 2)
    return uuids(f"{kind} {x:.2f}/{y:.2f}" for x, y in middle.tolist())


def uuids(named: Iterable[str]) -> list[str]:
    """uuid5 of many names, as it is written."""
    return [f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in object_ids(_SPACE, named)]


def buildings(town: Town, standing: Standing, ground: Floats) -> gpd.GeoDataFrame:
    """Outlines at the roof with its lowest and highest point (DVR90).

    Parameters
    ----------
    ground : terrain at each building, metres.
    """
    bbr = np.array(_ids(standing, "bbr"), dtype=object)
    bbr[~standing.recorded] = None
    return gpd.GeoDataFrame(
        {
            "register_id": _ids(standing, "geodanmark"),
            "municipality": names.code_of(town.foreign[standing.face]),
            "bbr_id": bbr,
            "building_type": np.where(shapely.area(standing.shape) >= 10.0, "Bygning", "Anden"),
            "basis": "roof",
            "roof_low_m": np.round(standing.roof_z_m[:, 0] + ground, 2),
            "roof_high_m": np.round(standing.roof_z_m[:, 1] + ground, 2),
        },
        geometry=shapely.multipolygons(standing.shape, indices=np.arange(len(standing))),
        crs=GRID,
    )


def roofs(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> Words:
    """The outlines with heights, as GeoDanmark delivers them: 0.3 per cent of corners have none and say -999."""
    shape = frame.geometry.to_numpy()
    xy, of = shapely.get_coordinates(shape, return_index=True)
    low, high = frame["roof_low_m"].to_numpy()[of], frame["roof_high_m"].to_numpy()[of]
    first = np.concatenate([[True], of[1:] != of[:-1]])
    # The first corner is the lowest, the second the highest; rings close where they began.
    share = rng.random(len(of))
    share[first] = 0.0
    share[np.flatnonzero(first) + 1] = 1.0
    z = low + (high - low) * share
    last = np.append(np.flatnonzero(first)[1:], len(of)) - 1
    sure = first.copy()
    sure[np.flatnonzero(first) + 1] = sure[last] = True
    z[~sure & (rng.random(len(of)) < _NO_HEIGHT / (~sure).mean())] = SENTINEL_M
    z[last] = z[first]
    return np.asarray(shapely.set_coordinates(shapely.force_3d(shape), np.column_stack([xy, np.round(z, 2)])))


def records(town: Town, standing: Standing, ids: Words) -> gpd.GeoDataFrame:
    """BBR's rows, by :attr:`Standing.recorded`."""
    kept = np.flatnonzero(standing.recorded)
    use, floor, built = standing.use_code[kept], standing.floor_m2[kept], standing.built_m2[kept]
    return gpd.GeoDataFrame(
        {
            "register_id": np.array(_ids(standing, "bbr"), dtype=object)[kept],
            "municipality": names.code_of(town.foreign[standing.face[kept]]),
            "status_code": 6,
            "use_code": use,
            "year": standing.year[kept],
            "floor_m2": floor,
            "dwelling_m2": np.where(np.isin(use, _HOMES), floor, 0.0),
            "business_m2": np.where(np.isin(use, _TRADE), floor, 0.0),
            "built_m2": built,
            "garage_m2": np.where(use == 910, built, 0.0),
            "carport_m2": np.where(use == 920, built, 0.0),
            "storeys": standing.storeys[kept].astype(np.float64),
            "parcel_register_id": ids[standing.face[kept]],
        },
        geometry=shapely.points(
            np.round(shapely.get_coordinates(shapely.point_on_surface(standing.shape[kept])), 2)
        ),
        crs=GRID,
    )


def addresses(town: Town, standing: Standing, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Address points: one to a plot that is built on, most of them on its largest building.

    What stands in fields and woods has none.
    """
    face, row = _addressed(town, standing)
    n = len(row)
    at = shapely.point_on_surface(standing.shape[row])
    accuracy = rng.choice(np.array(["A", "B", "U"], dtype=object), n, p=(0.94, 0.05, 0.01))
    loose = accuracy != "A"
    at[loose] = shapely.point_on_surface(town.fabric.faces[face[loose]])
    return gpd.GeoDataFrame(
        {
            "register_id": _point_ids(town, face),
            "municipality": names.code_of(town.foreign[face]),
            "status_code": 8,
            "accuracy_class": accuracy,
            "technical_standard": np.where(loose, "TN", rng.choice(["TD", "TK"], n, p=(0.7, 0.3))),
            "origin": "Adressemyn",
        },
        geometry=shapely.points(np.round(shapely.get_coordinates(at), 2)),
        crs=GRID,
    )


def house_numbers(town: Town, standing: Standing) -> gpd.GeoDataFrame:
    """What the address points are called; the register keeps no place with a house number."""
    face, _row = _addressed(town, standing)
    return gpd.GeoDataFrame(
        {
            "register_id": uuids(f"husnummer {town.street[f]} {town.number[f]} {f}" for f in face.tolist()),
            "municipality": names.code_of(town.foreign[face]),
            "status_code": 3,
            "designation": [
                names.address(town.street[f], int(town.number[f]), bool(town.foreign[f]))
                for f in face.tolist()
            ],
            "address_point_id": _point_ids(town, face),
        },
        geometry=np.full(len(face), None, dtype=object),
        crs=GRID,
    )


def _addressed(town: Town, standing: Standing) -> tuple[Faces, Faces]:
    """Faces that have an address, and the first building on each."""
    main = np.flatnonzero((standing.use_code < 900) & (town.number[standing.face] > 0))
    face, first = np.unique(standing.face[main], return_index=True)
    return face, main[first]


def _point_ids(town: Town, face: Faces) -> list[str]:
    return uuids(f"dar {town.street[f]} {town.number[f]} {f}" for f in face.tolist())
