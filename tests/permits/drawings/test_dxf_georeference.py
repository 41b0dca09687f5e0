"""A DXF with a georeference of its own lies where that says."""

from __future__ import annotations

import pytest
from ezdxf.entities.geodata import EPSG_3395
from shapely.geometry import Polygon, box

from permits.drawings.fit import ByPoints
from tests.permits.drawings.builders import X, Y, dxf, dxf_bytes, fault, good, notes

UTM32 = EPSG_3395.replace('id="3395"', 'id="25832"')


def house(units: int = 6, scale: float = 1.0, **georeference: object) -> bytes:
    """A house of 10 × 8 m, drawn from its own corner."""
    document, model = dxf(units=units)
    ring = [(0, 0), (10 * scale, 0), (10 * scale, 8 * scale), (0, 8 * scale)]
    model.add_lwpolyline(ring, close=True, dxfattribs={"layer": "hus"})
    geodata = model.new_geodata()
    geodata.setup_local_grid(design_point=(0, 0), reference_point=(X, Y), crs=UTM32)
    for name, value in georeference.items():
        geodata.dxf.set(name, value)
    return dxf_bytes(document)


def test_it_lies_where_it_says() -> None:
    assert UTM32 != EPSG_3395
    drawing = good(house(), "x.dxf")
    assert drawing.crs == "EPSG:25832"
    assert drawing.buildings.geometry[0].equals(box(X, Y, X + 10, Y + 8))


def test_its_unit_is_that_of_the_plan() -> None:
    drawing = good(house(4, 1000, horizontal_unit_scale=0.001), "x.dxf")
    assert drawing.buildings.geometry[0].symmetric_difference(box(X, Y, X + 10, Y + 8)).area < 1e-6


def test_north_turns_it() -> None:
    drawn = good(house(north_direction=(1, 0)), "x.dxf").buildings.geometry[0]
    assert drawn.symmetric_difference(box(X - 8, Y, X, Y + 10)).area < 1e-6


def test_one_that_cannot_be_relied_on_is_told_and_not_used() -> None:
    data = house(user_scale_factor=2.0, scale_estimation_method=2)
    told = fault("geodata_not_used", data, "x.dxf", near=box(X, Y, X + 10, Y + 10))
    assert told.level == "warning"


def test_points_prevail() -> None:
    placement = ByPoints([((0, 0), (X + 100, Y)), ((10, 0), (X + 110, Y)), ((0, 8), (X + 100, Y + 8))])
    drawing = good(house(), "x.dxf", placement=placement)
    expected = Polygon([(X + 100, Y), (X + 110, Y), (X + 110, Y + 8), (X + 100, Y + 8)])
    assert drawing.buildings.geometry[0].symmetric_difference(expected).area < 1e-6
    assert "placed" in notes(drawing)
    assert drawing.placed is not None
    assert drawing.placed.worst_m == pytest.approx(0, abs=1e-6)
