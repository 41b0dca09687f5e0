"""DAGI, the administrative units: outlines of municipalities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks.delivery import checked, joined, shorten
from geodata.crs import GRID
from geodata.readers.delivery import Delivery, Rejected
from geodata.readers.files import unpacked
from geodata.readers.geojson import Features, read_geojson
from geodata.readers.matriklen import codes
from geodata.readers.refusal import CannotRead

REGISTER: Final = "dagi"
#: How far off an outline at 1:500,000 may lie.
TOLERANCE_M: Final = 50.0
_CODES: Final = ("KOMKODE", "KOMMUNEKODE")
_NAMES: Final = ("KOMNAVN", "NAVN")


def read(paths: Sequence[Path], *, municipality: str | None = None) -> list[Delivery]:
    """Outlines of municipalities (kommuneinddeling) out of GeoJSON, the parts of each put together.

    Raises
    ------
    CannotRead : a file is no GeoJSON of municipalities, or damaged.
    """
    found = []
    for path in paths:
        with unpacked(path) as files:
            found += [_outlines(read_geojson(file)) for file in files]
    return joined(found)


def _outlines(features: Features) -> Delivery:
    said = features.properties.rename(columns=lambda name: str(name).upper())
    code_field = next((c for c in _CODES if c in said.columns), None)
    name_field = next((c for c in _NAMES if c in said.columns), None)
    if code_field is None:
        raise CannotRead(
            f"{features.name} has no field {' or '.join(_CODES)} (it has "
            f"{', '.join(map(str, said.columns[:6])) or 'none'}); "
            f"expected the outlines of municipalities"
        )
    parts = pd.DataFrame({"code": codes(said[code_field].astype("string"))}, index=said.index)
    parts["name"] = said[name_field].astype(object) if name_field else None
    shapes = shapely.force_2d(features.geometry)
    usable = shapely.is_valid(shapes) & ~shapely.is_empty(shapes) & (shapely.get_dimensions(shapes) == 2)
    broken = parts.index[(parts["code"].isna() | ~usable).to_numpy()]
    rejected = [_set_aside(features, parts, int(n)) for n in broken]
    incomplete = set(parts.loc[broken, "code"].dropna())
    whole = parts[parts["code"].notna() & ~parts["code"].isin(incomplete)]
    # One step a municipality: they are a hundred, and their parts may touch.
    rows = [
        (code, group["name"].iloc[0], _union(shapes[group.index.to_numpy()]))
        for code, group in whole.groupby("code")
    ]
    outlines = np.empty(len(rows), dtype=object)
    outlines[:] = [shape for _, _, shape in rows]
    frame = gpd.GeoDataFrame(
        {
            "register_id": [code for code, _, _ in rows],
            "municipality": [code for code, _, _ in rows],
            "name": [name for _, name, _ in rows],
            "tolerance_m": TOLERANCE_M,
        },
        geometry=gpd.GeoSeries(outlines, crs=GRID),
    )
    warnings = [
        *features.warnings,
        f"{features.name}: the outlines are coarse, up to {TOLERANCE_M:g} m off; what lies nearer to a border than "
        f"that may belong to the neighbour",
    ]
    if incomplete:
        warnings.append(
            f"{features.name}: outlines with a broken part were left out: {shorten(sorted(incomplete))}"
        )
    return checked(
        Delivery(
            "municipality_outline",
            REGISTER,
            REGISTER,
            frame,
            ("name", "tolerance_m") if name_field else ("tolerance_m",),
            rejected=rejected,
            warnings=warnings,
        ),
        "polygon",
        record=lambda n: f"municipality {rows[n][0]!s}",
    )


def _union(parts: Any) -> Any:
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _set_aside(features: Features, parts: pd.DataFrame, number: int) -> Rejected:
    shape = features.geometry[number]
    if parts["code"].isna()[number]:
        reason, why = "no_register_id", "it has no municipality code of four digits"
    elif shape is None or shape.is_empty:
        reason, why = "no_geometry", features.faults.get(number, "it has no geometry")
    else:
        reason, why = "invalid_geometry", str(shapely.is_valid_reason(shape))
    return Rejected(
        f"feature {number}",
        reason,
        f"{why}; mend it and deliver the municipality again",
        "",
        features.original(number),
    )
