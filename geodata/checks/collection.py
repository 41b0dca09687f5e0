"""Faults as GeoJSON: longitude and latitude, the words in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from django.utils.translation import gettext as _

from geodata.checks.catalogue import checks
from geodata.checks.engine import Found, as_checked
from geodata.checks.fault import Frames


def words(kind: str) -> dict[str, str]:
    """Title, remedy and unit of a check."""
    check = checks()[kind]
    return {"title": _(check.title), "remedy": _(check.remedy), "unit": check.unit}


def feature(kind: str, shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """One fault; ``shape`` in longitude and latitude, None = it has no place."""
    geometry = None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape))
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"check": kind, **words(kind), **properties},
    }


def collection_of(found: Iterable[Found], frames: Frames) -> dict[str, Any]:
    """The faults of a run that was not stored."""
    from geodata.checks.stored import labels

    features = []
    for one in found:
        if one.faults is None or not len(one.faults):
            continue
        theme = one.check.themes[0]
        frame = as_checked(theme, frames[theme])
        places = gpd.GeoSeries(one.faults.place, crs=frame.crs).to_crs("OGC:CRS84")
        named = labels(frame)
        shapes = np.asarray(places.array, dtype=object)
        for row, shape, measured in zip(one.faults.row, shapes, one.faults.measured, strict=True):
            value = None if np.isnan(measured) else round(float(measured), 6)
            features.append(feature(one.check.id, shape, {"label": named[row], "measured": value}))
    return {"type": "FeatureCollection", "features": features}
