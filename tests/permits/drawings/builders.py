"""Drawings made by the tests themselves."""

from __future__ import annotations

import io
import json
from typing import Any

import ezdxf
import pytest
from ezdxf.document import Drawing as Document
from ezdxf.layouts import Modelspace

from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.read import read_drawing

#: A house of 10 × 8 m in EPSG:25832, near Ringsted.
X, Y = 684_700.0, 6_158_600.0
HOUSE = [[X, Y], [X + 10, Y], [X + 10, Y + 8], [X, Y + 8], [X, Y]]
SAID = {
    "id": "b1",
    "role": "primary",
    "kind": "detached_house",
    "height": 5.2,
    "storeys": 1,
    "floor_area": 80,
}
#: The same place in degrees.
LON, LAT = 11.9166, 55.5377


def feature(ring: Any = None, said: dict[str, Any] | None = None, **geometry: Any) -> dict[str, Any]:
    """A feature with one ring (or another geometry)."""
    drawn = geometry or {"type": "Polygon", "coordinates": [HOUSE if ring is None else ring]}
    return {"type": "Feature", "properties": SAID if said is None else said, "geometry": drawn}


def collection(*features: dict[str, Any], crs: str | None = "EPSG:25832", **more: Any) -> bytes:
    """A FeatureCollection as bytes."""
    tree: dict[str, Any] = {"type": "FeatureCollection", "features": list(features or (feature(),)), **more}
    if crs:
        tree["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(tree).encode()


def moved(dx: float, dy: float = 0.0) -> list[list[float]]:
    """The house somewhere else."""
    return [[x + dx, y + dy] for x, y in HOUSE]


def said(**values: Any) -> dict[str, Any]:
    """What is said of the house, with some values changed; ``None`` leaves one out."""
    return {key: value for key, value in {**SAID, **values}.items() if value is not None}


def dxf(version: str = "R2010", units: int | None = 6) -> tuple[Document, Modelspace]:
    """An empty DXF and its model space."""
    document = ezdxf.new(version)
    if units is not None:
        document.header["$INSUNITS"] = units
    return document, document.modelspace()


def dxf_bytes(document: Document) -> bytes:
    """The file that a CAD program would save."""
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode(document.output_encoding)


def dxf_house(layer: str = "detached_house", **more: Any) -> bytes:
    """The house as one closed polyline."""
    document, model = dxf(more.pop("version", "R2010"), more.pop("units", 6))
    model.add_lwpolyline([p[:2] for p in HOUSE[:-1]], close=True, dxfattribs={"layer": layer, **more})
    return dxf_bytes(document)


def good(data: bytes, filename: str = "", **options: Any) -> Drawing:
    """Read a drawing that must be usable."""
    return read_drawing(data, filename=filename, **options)


def faults(data: bytes, filename: str = "", **options: Any) -> list[Fault]:
    """Faults of a drawing that must be refused."""
    with pytest.raises(DrawingError) as refused:
        read_drawing(data, filename=filename, **options)
    assert any(fault.level == "error" for fault in refused.value.faults)
    return refused.value.faults


def fault(code: str, data: bytes, filename: str = "", **options: Any) -> Fault:
    """The fault with that code of a drawing that must be refused."""
    found = faults(data, filename, **options)
    match = [f for f in found if f.code == code]
    assert match, [f.code for f in found]
    return match[0]


def notes(drawing: Drawing) -> set[str]:
    """Codes of the warnings of a drawing."""
    return {note.code for note in drawing.notes}
