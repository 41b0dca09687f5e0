"""Drawings of proposed buildings as files: GeoJSON with all attributes, DXF with layers and heights."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely.geometry import Polygon

from geodata.crs import GRID
from permits.demo.site import DECIMALS

#: Danish layer names by kind of building.
_LAYERS: Final = {"detached_house": "Parcelhus", "carport": "Carport", "garage": "Garage", "shed": "Udhus"}

_WRITTEN: Final = "2026-02-23T00:00:00.000Z"


@dataclass(frozen=True)
class Drawn:
    """One building of a drawing: outline of the walls, roof facets in 3D, attributes as in a rule case."""

    footprint: Polygon
    facets: Sequence[Polygon]
    attributes: dict[str, Any]


def geojson(buildings: Sequence[Drawn]) -> bytes:
    """The drawing as a GeoJSON FeatureCollection in EPSG:25832; same input, same bytes."""
    features = []
    for building in buildings:
        properties = dict(building.attributes)
        if building.facets:
            properties["roof"] = [_wkt(facet) for facet in building.facets]
        ring = np.round(np.asarray(building.footprint.exterior.coords), DECIMALS).tolist()
        features.append(
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    crs = f"urn:ogc:def:crs:EPSG::{GRID.removeprefix('EPSG:')}"
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": crs}},
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False, indent=1).encode()


def gpkg(buildings: Sequence[Drawn]) -> bytes:
    """The same as GeoPackage: one layer of footprints with all attributes, the roof as text."""
    rows = []
    for building in buildings:
        properties = dict(building.attributes)
        if building.facets:
            properties["roof"] = json.dumps([_wkt(facet) for facet in building.facets])
        rows.append(properties)
    frame = gpd.GeoDataFrame(rows, geometry=[_rounded(b.footprint) for b in buildings], crs=GRID)
    memory = io.BytesIO()
    with dated():
        frame.to_file(memory, driver="GPKG", layer="bygninger", engine="pyogrio")
    return memory.getvalue()


@contextmanager
def dated() -> Iterator[None]:
    """GeoPackages carry the moment when they were written; here that is always the same."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _rounded(shape: Polygon) -> Polygon:
    return Polygon(np.round(np.asarray(shape.exterior.coords), DECIMALS))


def _wkt(facet: Polygon) -> str:
    xyz = shapely.get_coordinates(facet, include_z=True)
    return (
        f"POLYGON Z (({', '.join(f'{x:.{DECIMALS}f} {y:.{DECIMALS}f} {z:.{DECIMALS}f}' for x, y, z in xyz)}))"
    )


def dxf(buildings: Sequence[Drawn]) -> bytes:
    """The same as DXF R2010 in metres: one closed polyline a building, its elevation is the height.

    A DXF has no place for floor areas and storeys; they are stated beside it.
    """
    from ezdxf._options import options
    from ezdxf.filemanagement import new

    before = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True  # else every file carries the time of writing
    try:
        document = new("R2010", units=6)
        space = document.modelspace()
        for building in buildings:
            layer = _LAYERS[building.attributes["kind"]]
            if layer not in document.layers:
                document.layers.add(layer)
            ring = np.round(np.asarray(building.footprint.exterior.coords)[:-1], DECIMALS).tolist()
            line = space.add_lwpolyline(ring, close=True, dxfattribs={"layer": layer})
            if "height" in building.attributes:
                line.dxf.elevation = building.attributes["height"]
        stream = io.StringIO()
        document.write(stream)
    finally:
        options.write_fixed_meta_data_for_testing = before
    return stream.getvalue().encode()
