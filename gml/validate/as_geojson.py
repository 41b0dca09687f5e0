"""Where the faults are, as GeoJSON (RFC 7946: longitude and latitude), to be laid over a map."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gml.validate import words
from gml.validate.fault import Report

#: A tenth of a millimetre, in degrees.
_DIGITS: Final = 9


def as_geojson(report: Report) -> dict[str, Any]:
    """One feature a fault that has a place; faults whose coordinate system is not known have none."""
    features = []
    for fault in report.faults:
        shape = _in_degrees(fault.place, fault.crs) if fault.place is not None else None
        if shape is None:
            continue
        features.append(
            {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(shape)),
                "properties": {
                    "rule": fault.rule,
                    "severity": fault.severity,
                    "file": report.files[fault.file].name,
                    "line": fault.line,
                    "object": fault.object,
                    "message": words.sentence(fault),
                    "remedy": words.remedy(fault),
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _in_degrees(shape: Any, code: int) -> Any:
    move = _transformer(code)
    if move is None:
        return None
    moved = shapely.transform(
        shape, lambda xy: np.round(np.column_stack(move.transform(xy[:, 0], xy[:, 1])), _DIGITS)
    )
    return moved if np.isfinite(shapely.get_coordinates(moved)).all() else None


@lru_cache(maxsize=16)
def _transformer(code: int) -> Transformer | None:
    try:
        return Transformer.from_crs(CRS.from_epsg(code), CRS.from_epsg(4326), always_xy=True)
    except CRSError:
        return None
