"""Building models: outline, height, storeys and place; collected where the group ``ifc`` is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box

from permits.drawings.fit import ByPoints
from tests.permits.drawings.builders import X, Y, fault, good, notes

HOUSE = {"kind": "detached_house"}
ORIGIN = ByPoints([((0, 0), (X, Y)), ((10, 0), (X + 10, Y)), ((0, 10), (X, Y + 10))])


def test_a_cut_model_and_an_unknown_schema_are_refused_without_the_group() -> None:
    head = "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL($);\n#2=IFCWA"
    assert fault("truncated", head.encode(), "house.ifc").where["entity"] == "#2"
    other = head.replace("IFC4", "IFC9X9") + "ENDSEC;\nEND-ISO-10303-21;\n"
    assert fault("schema_unknown", other.encode(), "house.ifc").found == "IFC9X9"


if find_spec("ifcopenshell"):
    import ifcopenshell
    import ifcopenshell.api.aggregate
    import ifcopenshell.api.context
    import ifcopenshell.api.geometry
    import ifcopenshell.api.georeference
    import ifcopenshell.api.root
    import ifcopenshell.api.spatial
    import ifcopenshell.api.unit
    import numpy as np

    def model(*, georeference: dict[str, Any] | None = None, yard: bool = False, walls: bool = True) -> bytes:
        """A house of 10 × 8 m with two storeys, 5.6 m high, its walls standing on one corner at the origin."""
        file = ifcopenshell.api.root  # the parts of the interface that are used below
        ifc = ifcopenshell.file(schema="IFC4")
        project = file.create_entity(ifc, ifc_class="IfcProject", name="P")
        ifcopenshell.api.unit.assign_unit(ifc, length={"is_metric": True, "raw": "METERS"})
        context = ifcopenshell.api.context.add_context(ifc, context_type="Model")
        body = ifcopenshell.api.context.add_context(
            ifc, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=context
        )
        site = file.create_entity(ifc, ifc_class="IfcSite", name="S")
        building = file.create_entity(ifc, ifc_class="IfcBuilding", name="Hus A")
        storeys = []
        for number in range(2):
            storey = file.create_entity(ifc, ifc_class="IfcBuildingStorey", name=f"{number}")
            storey.Elevation = number * 2.8
            matrix = np.eye(4)
            matrix[2, 3] = number * 2.8
            ifcopenshell.api.geometry.edit_object_placement(ifc, product=storey, matrix=matrix)
            storeys.append(storey)
        for parent, children in ((project, [site]), (site, [building]), (building, storeys)):
            ifcopenshell.api.aggregate.assign_object(ifc, products=children, relating_object=parent)

        def part(
            kind: str, storey: Any, west: float, south: float, east: float, north: float, z: float, top: float
        ) -> None:
            one = file.create_entity(ifc, ifc_class=kind)
            corners = [(west, south), (east, south), (east, north), (west, north)]
            points = [(x, y, level) for level in (z, top) for x, y in corners]
            faces = [
                (0, 3, 2, 1),
                (4, 5, 6, 7),
                *((i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4) for i in range(4)),
            ]
            shape = ifcopenshell.api.geometry.add_mesh_representation(
                ifc, context=body, vertices=[points], faces=[faces]
            )
            ifcopenshell.api.geometry.assign_representation(ifc, product=one, representation=shape)
            ifcopenshell.api.geometry.edit_object_placement(ifc, product=one)
            ifcopenshell.api.spatial.assign_container(ifc, products=[one], relating_structure=storey)

        if walls:
            for number, storey in enumerate(storeys):
                z = number * 2.8
                for side in ((0, 0, 10, 0.3), (0, 7.7, 10, 8), (0, 0.3, 0.3, 7.7), (9.7, 0.3, 10, 7.7)):
                    part("IfcWall", storey, *side, z, z + 2.8)
        if yard:
            part("IfcSlab", storeys[0], 0, 0, 10, 2, -0.2, 0)
        else:
            part("IfcSlab", storeys[0], -0.5, -0.5, 10.5, 8.5, -0.2, 0)
        if georeference is not None:
            ifcopenshell.api.georeference.add_georeferencing(ifc)
            ifcopenshell.api.georeference.edit_georeferencing(
                ifc, projected_crs={"Name": georeference.pop("crs")}, coordinate_operation=georeference
            )
        return ifc.to_string().encode()

    def test_a_model_gives_outline_height_and_storeys() -> None:
        drawing = good(model(), "house.ifc", settings=HOUSE, placement=ORIGIN)
        row = drawing.buildings.iloc[0]
        assert (row["name"], row.height_m, row.storeys) == ("Hus A", 5.6, 2)
        assert row.geometry.symmetric_difference(box(X, Y, X + 10, Y + 8)).area < 1e-3
        assert {"height_from_model", "storeys_from_model", "not_georeferenced"} <= notes(drawing)

    def test_a_stated_height_wins_and_is_told() -> None:
        drawing = good(model(), "house.ifc", settings={**HOUSE, "height": 5.9}, placement=ORIGIN)
        assert drawing.buildings.height_m[0] == 5.9
        assert "replaced" in notes(drawing)

    def test_a_yard_without_a_floor_stays_open() -> None:
        drawing = good(model(yard=True), "house.ifc", settings=HOUSE, placement=ORIGIN)
        assert drawing.buildings.geometry[0].area == pytest.approx(80 - 9.4 * 7.4, abs=1e-2)

    def test_a_building_without_walls_is_the_outline_of_its_parts() -> None:
        drawing = good(model(walls=False), "house.ifc", settings=HOUSE, placement=ORIGIN)
        assert drawing.buildings.geometry[0].area == pytest.approx(99, abs=1e-2)
        assert "outline_of_all" in notes(drawing)

    def test_a_georeferenced_model_needs_no_points() -> None:
        there = {
            "crs": "EPSG:25832",
            "Eastings": X,
            "Northings": Y,
            "XAxisAbscissa": 0.0,
            "XAxisOrdinate": 1.0,
        }
        drawing = good(model(georeference=there), "house.ifc", settings=HOUSE)
        assert drawing.crs == "EPSG:25832"
        assert drawing.buildings.geometry[0].symmetric_difference(box(X - 8, Y, X, Y + 10)).area < 1e-3

    def test_a_model_that_breaks_a_rule_is_not_placed_by_it() -> None:
        there = {"crs": "EPSG:25832", "Eastings": X, "Northings": Y, "Scale": 1000.0}
        data = model(georeference=there)
        wrong = fault("georeferencing", data, "house.ifc", settings=HOUSE)
        assert (wrong.where["rule"], wrong.expected) == ("GRF005", "1")
        assert len(good(data, "house.ifc", settings=HOUSE, placement=ORIGIN).buildings) == 1

    def test_a_model_that_lies_nowhere_is_refused() -> None:
        fault("not_placed", model(), "house.ifc", settings=HOUSE, near=box(X, Y, X + 20, Y + 20))

    def test_what_a_model_is_has_to_be_said() -> None:
        fault("role_missing", model(), "house.ifc", placement=ORIGIN)

    @pytest.mark.samples
    @pytest.mark.parametrize(
        ("name", "area", "height", "storeys"),
        [
            ("ifc2x3_AC14-FZK-Haus.ifc", 120.0, 6.318, 2),
            ("ifc2x3_Duplex_A_original.ifc", 156.64, 6.635, 2),
            ("ifc4_TestModel_IFC4Add2.ifc", 75.64, 8.0, 2),
            ("ifc_large_offset.ifc", 11.54, 3.0, 1),
        ],
    )
    def test_real_models_measure_what_is_known(
        name: str, area: float, height: float, storeys: int, samples: Path
    ) -> None:
        far = (114_530.0, 1_185_977.0) if "offset" in name else (0.0, 0.0)
        placement = ByPoints(
            [((far[0] + x, far[1] + y), (X + x, Y + y)) for x, y in ((0, 0), (30, 0), (0, 30))]
        )
        drawing = good(samples / "data/drawings" / name, name, settings=HOUSE, placement=placement)  # type: ignore[arg-type]
        row = drawing.buildings.iloc[0]
        assert row.geometry.area == pytest.approx(area, abs=0.02)
        assert row.height_m == pytest.approx(height, abs=0.03)
        assert row.storeys == storeys

    @pytest.mark.samples
    def test_real_georeferences_are_believed_only_when_sound(samples: Path) -> None:
        for kind in ("utm", "gk"):
            path = samples / f"data/drawings/ifc4x3_bsi_geographic-referencing-{kind}.ifc"
            wrong = fault("georeferencing", path, "", settings=HOUSE)  # type: ignore[arg-type]
            assert (wrong.where["rule"], wrong.found, wrong.expected) == ("GRF005", "1000", "0.001")
        duplex = samples / "data/drawings/ifc2x3_Duplex_A_georeferenced.ifc"
        fault("outside_denmark", duplex, "", settings=HOUSE)  # type: ignore[arg-type]
else:

    def test_without_the_group_the_message_says_which() -> None:
        text = "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
        assert fault("needs_part", text.encode(), "house.ifc").expected == "ifc"
