"""Every real drawing beside the project gives what is known of it, or a clear refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from permits.drawings import messages
from permits.drawings.attachment import read_attachment
from permits.drawings.drawing import DrawingError
from permits.drawings.fit import ByPoints
from permits.drawings.read import read_drawing
from tests.permits.drawings.builders import X, Y

pytestmark = [pytest.mark.samples, pytest.mark.real_clock]

#: File → the fault that a drawing of buildings in it is refused for, as it was sent.
REFUSED = {
    "citygml_DenHaag_1BwBP.gml": "unsupported",
    "citygml_FZK-Haus_full.gml": "unsupported",
    "cityjson_chek_twobuildings.city.json": "unsupported",
    "cityjson_delft.city.json": "unsupported",
    "cityjson_denhaag_subset.city.json": "unsupported",
    "cityjson_rotterdam_subset.city.json": "unsupported",
    "dxf_at_graz_epsg3395_geodata.dxf": "no_entities",
    "dxf_floorplan.dxf": "no_crs",
    "dxf_fr_72187_cadastre_A02.dxf": "no_crs",
    "dxf_frozen_layers.dxf": "no_entities",
    "dxf_nested_blocks.dxf": "no_crs",
    "dxf_uk_houses_of_parliament_georeferenced.dxf": "outside_denmark",
    "dxf_wipeout_door.dxf": "no_crs",
}
#: File → pages.
PAGES = {
    "pdf_de_xplanbox_postDok.pdf": 4,
    "pdf_fr_77389_oap_siteplan.pdf": 20,
    "pdf_fr_a5_valmoselle_act.pdf": 1,
    "pdf_pypdf_AutoCad_Diagram.pdf": 1,
    "pdf_pypdf_AutoCad_Simple.pdf": 1,
}
#: The models are known in ``test_ifc.py``.
MODELS = {
    "ifc2x3_AC14-FZK-Haus.ifc",
    "ifc2x3_Duplex_A_georeferenced.ifc",
    "ifc2x3_Duplex_A_original.ifc",
    "ifc4_TestModel_IFC4Add2.ifc",
    "ifc4_bsi_no_georeferencing.ifc",
    "ifc4_bsi_pass_grf000_georeferencing.ifc",
    "ifc4x3_bsi_geographic-referencing-gk.ifc",
    "ifc4x3_bsi_geographic-referencing-utm.ifc",
    "ifc_large_offset.ifc",
}


def refused(path: Path, **options: Any) -> dict[str, Any]:
    """Errors of a drawing that must be refused, by code."""
    with pytest.raises(DrawingError) as error:
        read_drawing(path, **{"settings": {"kind": "business"}, **options})
    assert all(str(messages.message(fault)) for fault in error.value.faults)
    return {fault.code: fault for fault in error.value.faults if fault.level == "error"}


def test_every_file_is_known(samples: Path) -> None:
    there = {path.name for path in (samples / "data/drawings").iterdir() if path.suffix != ".md"}
    assert there == {*REFUSED, *PAGES, *MODELS}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_for_what_it_is(name: str, samples: Path) -> None:
    assert REFUSED[name] in refused(samples / "data/drawings" / name)


@pytest.mark.parametrize("name", PAGES)
def test_prints_are_shown(name: str, samples: Path) -> None:
    shown = read_attachment(samples / "data/drawings" / name)
    assert shown.pages == PAGES[name]
    assert shown.preview.startswith(b"\x89PNG")


def test_the_parliament_lies_by_its_georeference_and_not_by_its_header(samples: Path) -> None:
    path = samples / "data/drawings/dxf_uk_houses_of_parliament_georeferenced.dxf"
    away = refused(path)["outside_denmark"]
    assert away.expected == "EPSG:27700"
    assert away.where["at"] == pytest.approx([530207.57, 179366.79], abs=0.01)
    # Placed by hand its outline has the area that is known of it: 47,098,443.04 square inches.
    ends = ByPoints([((0, 0), (X, Y)), ((10_000, 0), (X + 254, Y)), ((0, 10_000), (X, Y + 254))])
    drawing = read_drawing(path, settings={"kind": "business"}, placement=ends)
    assert drawing.buildings.geometry[0].area == pytest.approx(47_098_443.04 * 0.0254**2, rel=1e-6)


def test_buildings_of_a_cadastral_sheet_lie_where_their_system_says(samples: Path) -> None:
    path = samples / "data/drawings/dxf_fr_72187_cadastre_A02.dxf"
    away = refused(path, settings={"3BATIDUR.kind": "business"}, crs="EPSG:2154")
    assert away["outside_denmark"].expected == "EPSG:2154"
    moved = ByPoints([((499_544, 6_749_809), (X, Y)), ((501_772, 6_753_061), (X + 2_228, Y + 3_252))])
    drawing = read_drawing(path, settings={"3BATIDUR.kind": "business"}, placement=moved)
    assert len(drawing.buildings) == 3
    assert drawing.buildings.geometry.area.sum() == pytest.approx(77.27, abs=0.01)
