"""GeoDanmark buildings: outlines with the height of the roof.

The outline is mostly measured at the roof and therefore wider than the walls; ``basis`` says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined
from geodata.crs import GRID
from geodata.readers.delivery import Delivery
from geodata.readers.files import unpacked
from geodata.readers.geojson import Features, read_geojson
from geodata.readers.refusal import CannotRead

REGISTER: Final = "geodanmark"
#: Heights at or below this stand for "not measured".
NO_HEIGHT_M: Final = -900.0
#: What MAALESTEDBYGNING means for the outline.
_BASIS: Final = {"tag": "roof", "væg": "wall"}
_SPEAKS: Final = ("bbr_id", "building_type", "basis", "roof_low_m", "roof_high_m")
_UUID: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Buildings (bygning) out of GeoJSON files, also zipped.

    Raises
    ------
    CannotRead : a file is no GeoJSON of buildings, or damaged.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_buildings(read_geojson(file)) for file in files]
    return joined(found)


def _buildings(features: Features) -> Delivery:
    said = features.properties.rename(columns=lambda name: str(name).upper())
    if "ID_LOKALID" not in said.columns:
        raise CannotRead(
            f"{features.name} has no field ID_LOKALID (it has {', '.join(map(str, said.columns[:6])) or 'none'}); "
            f"expected GeoDanmark's buildings (Bygning)"
        )
    low, high, unmeasured = roof_heights(features.geometry)
    columns: dict[str, Any] = {
        "register_id": _text(said, "ID_LOKALID").astype(object),
        "municipality": None,
        "roof_low_m": low,
        "roof_high_m": high,
    }
    warnings = list(features.warnings)
    if unmeasured:
        warnings.append(
            f"{features.name}: {unmeasured} vertices have no measured height ({NO_HEIGHT_M:g} m or less)"
        )
    if "BBRUUID" in said.columns:
        bbr = _text(said, "BBRUUID").str.strip().str.lower()
        good = bbr.str.fullmatch(_UUID).fillna(False).astype(bool)
        broken = int((bbr.notna() & (bbr != "") & ~good).sum())
        if broken:
            warnings.append(f"{features.name}: {broken} BBRUUID are no UUID and were left out")
        columns["bbr_id"] = bbr.where(good).astype(object)
    if "BYGNINGSTYPE" in said.columns:
        columns["building_type"] = _text(said, "BYGNINGSTYPE").astype(object)
    if "MAALESTEDBYGNING" in said.columns:
        measured = _text(said, "MAALESTEDBYGNING").str.strip().str.lower()
        columns["basis"] = measured.map(_BASIS).fillna("unknown").astype(object)
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=said.index),
        geometry=gpd.GeoSeries(features.geometry, index=said.index, crs=GRID),
    )
    return checked(
        Delivery(
            "building",
            REGISTER,
            REGISTER,
            frame,
            tuple(c for c in _SPEAKS if c in columns),
            warnings=warnings,
        ),
        "polygon",
        record=lambda n: f"feature {n}",
        original=features.original,
        faults=features.faults,
    )


def _text(said: pd.DataFrame, name: str) -> pd.Series:
    return said[name].astype("string")


def roof_heights(
    shapes: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """Lowest and highest roof vertex of each building, in metres DVR90.

    Danish: tagets højde. Vertices at or below −900 m are not measured.

    Parameters
    ----------
    shapes : (Multi)Polygon Z in the grid, ``None`` allowed.

    Returns
    -------
    low, high : metres, NaN where no vertex has a height.
    count : vertices without a measured height (the closing vertex of a ring counts once more).
    """
    xyz, row = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    z = xyz[:, 2]
    measured = np.isfinite(z) & (z > NO_HEIGHT_M)
    low, high = np.full(len(shapes), np.inf), np.full(len(shapes), -np.inf)
    np.minimum.at(low, row[measured], z[measured])
    np.maximum.at(high, row[measured], z[measured])
    none = ~np.isfinite(low)
    low[none] = high[none] = np.nan
    return low, high, int((np.isfinite(z) & (z <= NO_HEIGHT_M)).sum())
