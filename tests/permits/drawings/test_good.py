"""Good drawings: the same house in every format, and what is said about it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import Polygon, box

from permits.engine.world import SCHEMA
from tests import tier
from tests.permits.drawings.builders import (
    HOUSE,
    X,
    Y,
    collection,
    dxf,
    dxf_bytes,
    dxf_house,
    feature,
    good,
    moved,
    notes,
    said,
)

PLACE = box(X - 50, Y - 50, X + 50, Y + 50)


def test_a_house_is_the_same_in_geojson_and_dxf() -> None:
    one = good(collection(), "house.geojson")
    two = good(dxf_house(), "house.dxf", near=PLACE, settings={"height": 5.2, "storeys": 1, "floor_area": 80})
    assert shapely.equals_exact(one.buildings.geometry[0], two.buildings.geometry[0], 0)
    assert one.buildings.geometry[0].area == pytest.approx(80)
    common = [c for c in one.buildings.columns if c not in ("name", "geometry")]
    assert one.buildings[common].equals(two.buildings[common])
    assert one.crs == two.crs == "EPSG:25832"
    assert not one.notes
    assert len(one.sha256) == 64


def test_degrees_give_the_same_house_to_a_millimetre() -> None:
    back = Transformer.from_crs(25832, 4326, always_xy=True)
    ring = [list(back.transform(x, y)) for x, y in HOUSE]
    for crs in (None, "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"):
        drawn = good(collection(feature(ring), crs=crs)).buildings.geometry[0]
        assert drawn.hausdorff_distance(Polygon(HOUSE)) < 0.001


def test_frames_have_the_columns_of_the_world() -> None:
    drawing = good(collection())
    later = {"site", "replaces", "plot", "parcel", "zone"}
    assert list(drawing.buildings.columns) == [c for c in SCHEMA["buildings"] if c not in later]
    assert list(drawing.facets.columns) == list(SCHEMA["facets"])
    row = drawing.buildings.iloc[0]
    assert (row["name"], row["role"], row["kind"]) == ("b1", "primary", "detached_house")
    assert (row.height_m, row.storeys, row.floor_m2, row.dwellings) == (5.2, 1, 80, -1)
    assert row.proposed
    assert row.basis == "wall"
    assert row.openings == -1


def test_every_attribute_reaches_its_column() -> None:
    values = said(
        basement={"area": 40, "ceiling_above_terrain": 1.3},
        attic={"area": 22.5},
        dwellings=2,
        integrated=True,
        openings_toward_boundary=False,
        wall_heights=[3.1, 2.9],
        eaves_overhang=0.4,
        levels="kote",
        height=27.5,
    )
    row = good(collection(feature(said=values))).buildings.iloc[0]
    assert (row.basement_m2, row.basement_ceiling_m, row.attic_m2) == (40, 1.3, 22.5)
    assert (row.dwellings, row.integrated, row.openings) == (2, True, 0)
    assert (row.wall_low_m, row.eaves_m, row.height_m) == (2.9, 0.4, 27.5)
    assert row.levels_absolute


@pytest.mark.parametrize("form", ["wkt", "geojson", "geometry"])
def test_a_roof_becomes_planes_in_grid_metres(form: str) -> None:
    slope = [[x, y, 3 + (x - X) * 0.2] for x, y in HOUSE]
    wkt = "POLYGON Z ((" + ", ".join(" ".join(map(str, p)) for p in slope) + "))"
    geometry: dict[str, Any] = {"type": "MultiPolygon", "coordinates": [[slope]]}
    roof = {"wkt": [wkt], "geojson": geometry, "geometry": "geometry"}[form]
    ring = slope if form == "geometry" else HOUSE
    drawing = good(collection(feature(ring, {**said(height=5.0), "roof": roof})))
    facet = drawing.facets.iloc[0]
    assert facet.building == drawing.buildings.building[0]
    assert facet.reference == "terrain"
    assert facet.a == pytest.approx(0.2)
    assert facet.a * (X + 10) + facet.b * Y + facet.c == pytest.approx(5.0, abs=1e-6)
    assert not facet.geometry.has_z
    assert not drawing.buildings.geometry[0].has_z


def test_heights_in_the_outline_are_no_roof_unless_said() -> None:
    drawing = good(collection(feature([[x, y, 4.0] for x, y in HOUSE])))
    assert notes(drawing) == {"z_not_used"}
    assert drawing.facets.empty


def test_what_is_missing_is_told_and_stays_unknown() -> None:
    drawing = good(collection(feature(said=said(height=None, storeys=None))))
    assert np.isnan(drawing.buildings.height_m[0])
    assert {n.where["key"] for n in drawing.notes if n.code == "missing"} == {"height", "storeys"}


def test_settings_win_nearest_first_and_tell_what_they_replace() -> None:
    shed = feature(moved(20), {"id": "s1", "kind": "shed", "floor_area": 10})
    drawing = good(
        collection(feature(), shed), settings={"height": "3", "shed.height": 2.5, "s1.height": "2.4"}
    )
    assert list(drawing.buildings.height_m) == [3.0, 2.4]
    assert list(drawing.buildings.role) == ["primary", "secondary"]
    replaced = [n for n in drawing.notes if n.code == "replaced"]
    assert [(n.found, n.expected, n.where["id"]) for n in replaced] == [(5.2, 3.0, "b1")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_other_unicode_encodings_are_understood(encoding: str) -> None:
    data = collection().decode().encode(encoding)
    assert len(good(data, "house.geojson").buildings) == 1


def test_a_bare_geometry_and_a_single_feature_are_drawings() -> None:
    bare = {"type": "Polygon", "coordinates": [HOUSE]}
    drawing = good(json.dumps(bare).encode(), crs="EPSG:25832", settings={"kind": "garage", "height": 2.4})
    assert drawing.buildings.kind[0] == "garage"


def test_a_label_beside_the_house_is_left_out_and_told() -> None:
    label = {
        "type": "Feature",
        "properties": {"text": "north"},
        "geometry": {"type": "Point", "coordinates": [X, Y]},
    }
    assert "not_an_area" in notes(good(collection(feature(), label)))


CORNERS = [[0, 0], [12, 0], [12, 5], [7, 5], [7, 9], [0, 9]]


@given(start=st.integers(0, 5), back=st.booleans(), hole_back=st.booleans())
@settings(max_examples=tier.cases(12, fast=4), deadline=None)
def test_start_and_direction_of_a_ring_change_nothing(start: int, back: bool, hole_back: bool) -> None:
    ring = [[X + x, Y + y] for x, y in CORNERS[start:] + CORNERS[:start]]
    hole = [[X + 1, Y + 1], [X + 3, Y + 1], [X + 2, Y + 3], [X + 1, Y + 1]]
    ring.append(ring[0])
    drawn = feature(
        type="Polygon", coordinates=[ring[::-1] if back else ring, hole[::-1] if hole_back else hole]
    )
    plain = feature(type="Polygon", coordinates=[[[X + x, Y + y] for x, y in [*CORNERS, CORNERS[0]]], hole])
    one, two = good(collection(drawn)), good(collection(plain))
    assert one.buildings.geometry[0].wkb == two.buildings.geometry[0].wkb


# DXF


@pytest.mark.parametrize(
    ("layer", "role", "kind"),
    [
        ("detached_house", "primary", "detached_house"),
        ("HUS", "primary", "detached_house"),
        ("Udhus", "secondary", "shed"),
        ("Rækkehus", "primary", "row_house"),
        ("covered terrace", "secondary", "covered_terrace"),
        ("secondary", "secondary", ""),
    ],
)
def test_layers_say_what_is_drawn(layer: str, role: str, kind: str) -> None:
    row = good(dxf_house(layer), "x.dxf", crs="EPSG:25832").buildings.iloc[0]
    assert (row.role, row.kind, row["name"]) == (role, kind, layer)


@pytest.mark.parametrize("version", ["R12", "R2000", "R2018"])
def test_versions_of_dxf(version: str) -> None:
    document, model = dxf(version, None if version == "R12" else 6)
    model.add_polyline2d([p[:2] for p in HOUSE[:-1]], close=True, dxfattribs={"layer": "hus"})
    drawing = good(dxf_bytes(document), "x.dxf", near=PLACE)
    assert drawing.buildings.geometry[0].equals(Polygon(HOUSE))
    assert ("units_missing" in notes(drawing)) == (version == "R12")


def test_binary_dxf_is_the_same(tmp_path: Any) -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], close=True, dxfattribs={"layer": "hus"})
    path = tmp_path / "x.dxf"
    document.saveas(path, fmt="bin")
    from permits.drawings.read import read_drawing

    assert read_drawing(path, near=PLACE).buildings.geometry[0].equals(Polygon(HOUSE))


def test_units_arcs_and_elevation() -> None:
    document, model = dxf(units=4)
    square = [(X * 1000, Y * 1000, 0, 0, 1.0), ((X + 4) * 1000, Y * 1000, 0, 0, 1.0)]
    model.add_lwpolyline(square, format="xyseb", close=True, dxfattribs={"layer": "silo", "elevation": 7500})
    drawing = good(dxf_bytes(document), "x.dxf", near=PLACE)
    circle = drawing.buildings.geometry[0]
    assert circle.area == pytest.approx(np.pi * 4, abs=0.01)
    assert circle.within(box(X, Y - 2.001, X + 4, Y + 2.001).buffer(1e-6))
    assert drawing.buildings.height_m[0] == pytest.approx(7.5)
    assert {"units", "curves", "height_from_z"} <= notes(drawing)


def test_a_unit_that_the_place_contradicts_is_read_as_metres() -> None:
    drawing = good(dxf_house(units=1), "x.dxf", near=PLACE)
    assert "units_contradict" in notes(drawing)
    assert drawing.buildings.geometry[0].equals(Polygon(HOUSE))


def test_a_hatch_with_a_hole_is_a_footprint_with_a_yard() -> None:
    document, model = dxf()
    hatch = model.add_hatch(dxfattribs={"layer": "hus"})
    hatch.paths.add_polyline_path(HOUSE[:-1], is_closed=True)
    yard = [[X + 2, Y + 2], [X + 4, Y + 2], [X + 4, Y + 4], [X + 2, Y + 4]]
    hatch.paths.add_polyline_path(yard, is_closed=True, flags=16)
    assert good(dxf_bytes(document), "x.dxf", near=PLACE).buildings.geometry[0].area == pytest.approx(76)


def test_a_hatch_on_its_own_boundary_is_one_building() -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], close=True, dxfattribs={"layer": "hus"})
    model.add_hatch(dxfattribs={"layer": "hus"}).paths.add_polyline_path(HOUSE[:-1], is_closed=True)
    drawing = good(dxf_bytes(document), "x.dxf", near=PLACE)
    assert len(drawing.buildings) == 1
    assert "duplicate" in notes(drawing)


def test_nested_blocks_are_opened_and_layer_0_takes_the_layer_of_the_insertion() -> None:
    document, model = dxf()
    inner = document.blocks.new("INNER")
    inner.add_lwpolyline([(0, 0), (5, 0), (5, 4), (0, 4)], close=True)
    outer = document.blocks.new("OUTER")
    outer.add_blockref("INNER", (1, 1))
    model.add_blockref("OUTER", (X, Y), dxfattribs={"layer": "garage", "xscale": 2, "yscale": 2})
    drawing = good(dxf_bytes(document), "x.dxf", near=PLACE)
    assert drawing.buildings.geometry[0].equals(box(X + 2, Y + 2, X + 12, Y + 10))
    assert drawing.buildings.kind[0] == "garage"


def test_hidden_and_unknown_layers_are_told() -> None:
    document, model = dxf()
    for layer, dx in (("hus", 0), ("garage", 20), ("SKEL", 40)):
        model.add_lwpolyline(moved(dx)[:-1], close=True, dxfattribs={"layer": layer})
    document.layers.add("garage").freeze()
    model.add_text("Plan", dxfattribs={"layer": "hus"})
    drawing = good(dxf_bytes(document), "x.dxf", near=PLACE)
    assert list(drawing.buildings.kind) == ["detached_house"]
    told = {(n.code, n.where.get("layer")) for n in drawing.notes}
    assert {("hidden_layer", "garage"), ("unknown_layer", "SKEL"), ("left_out", "hus")} <= told


def test_a_layer_can_be_named_beside_the_file() -> None:
    drawing = good(dxf_house("A-FOOTPRINT"), "x.dxf", near=PLACE, settings={"A-FOOTPRINT.kind": "garage"})
    assert drawing.buildings.kind[0] == "garage"
    assert good(dxf_house("0"), "x.dxf", near=PLACE, settings={"kind": "shed"}).buildings.kind[0] == "shed"
