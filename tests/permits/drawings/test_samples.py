"""Every hostile file ends in an outcome that was declared: faults, or a drawing with notes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from geodata.sandbox import run
from permits.drawings import messages
from permits.drawings.drawing import Drawing, DrawingError, Fault
from permits.drawings.read import read_drawing

pytestmark = [pytest.mark.samples, pytest.mark.real_clock]

#: File → a fault that must be among those found, when the file is said to hold buildings.
REFUSED = {
    "dxf/assimp_points_only.dxf": "no_entities",
    "dxf/derived_truncated_cadastre.dxf": "truncated",
    "dxf/dxfjs_empty.dxf": "no_entities",
    "dxf/dxfjs_issue53.dxf": "units",
    "dxf/ezdxf_Minimal_AC1009_no_entities.dxf": "no_entities",
    "dxf/ezdxf_POLI-ALL210_12.DXF": "units_missing",
    "dxf/ezdxf_binary_r2000.dxf": "no_entities",
    "dxf/ezdxf_circle_radius_le_0.dxf": "degenerate",
    "dxf/ezdxf_layout_broken_links.dxf": "no_entities",
    "dxf/ezdxf_recover01.dxf": "structure",
    "geojson/derived_deep_nesting_20000.geojson": "nesting",
    "geojson/derived_hvidovre_first20_25832_coords_no_crs.geojson": "no_crs",
    "geojson/derived_hvidovre_first20_axis_swapped_latlon.geojson": "axis_order",
    "geojson/derived_hvidovre_latin1_bytes.geojson": "encoding",
    "geojson/derived_hvidovre_null_empty_bad_coords.geojson": "null_geometry",
    "geojson/derived_hvidovre_truncated.geojson": "truncated",
    "geojson/geos_testvalid_cases.csv": "unsupported",
    "geojson/mapshaper_ex1_invalid_rings.json": "invalid_ring",
    "geojson/mapshaper_invalid_coordinates.json": "out_of_range",
    "geojson/mapshaper_invalid_json_ex2.json": "no_crs",
    "geojson/mapshaper_invalid_json_sample.json": "syntax",
    "geojson/mapshaper_mixed_feature.json": "not_an_area",
    "geojson/mapshaper_openring.json": "unclosed_ring",
    "geojson/mapshaper_six_counties_three_null.json": "null_geometry",
    # Whole, but abroad or without a place: no fault but the place is allowed.
    "geojson/fiona_bang_test.geojson": "outside_denmark",
    "geojson/fiona_issue627.geojson": "outside_denmark",
    "dxf/dxfjs_closedlwpolylinebug.dxf": "no_crs",
    "dxf/ezdxf_hatch_issues.dxf": "no_crs",
}
READ = ("geojson/derived_hvidovre_first20_ok_crs84.geojson",)


def _outcome(path: Path) -> Drawing | list[Fault]:
    try:
        return read_drawing(path, settings={"kind": "detached_house"})
    except DrawingError as error:
        return error.faults


def test_every_file_has_a_declared_outcome(samples: Path) -> None:
    folder = samples / "data/hostile"
    there = {str(p.relative_to(folder)) for d in ("dxf", "geojson") for p in (folder / d).iterdir()}
    assert there == {*REFUSED, *READ}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_hostile_files_are_refused_with_their_fault(name: str, samples: Path) -> None:
    found = _outcome(samples / "data/hostile" / name)
    assert isinstance(found, list)
    assert REFUSED[name] in {f.code for f in found}
    assert all(str(messages.message(f)) for f in found)


@pytest.mark.parametrize("name", READ)
def test_good_files_are_read(name: str, samples: Path) -> None:
    drawing = _outcome(samples / "data/hostile" / name)
    assert isinstance(drawing, Drawing)
    assert len(drawing.buildings) == 20


def test_good_files_abroad_have_no_other_fault(samples: Path) -> None:
    for name in (
        n for n, code in REFUSED.items() if code in ("outside_denmark", "no_crs") and "derived" not in n
    ):
        found = _outcome(samples / "data/hostile" / name)
        assert isinstance(found, list)
        errors = {f.code for f in found if f.level == "error"}
        assert errors <= {"outside_denmark", "no_crs"}, name


def test_blocks_and_hatches_measure_what_is_known(samples: Path) -> None:
    from permits.drawings import checks
    from permits.drawings.drawing import Parsed

    def areas(name: str) -> list[float]:
        data = (samples / "data/hostile" / "dxf" / name).read_bytes()
        parsed = Parsed.from_plain(run("permits.drawings.dxf:parse", data, {"any_layer": True}))
        drawn = [
            checks.outline(shape, 1.0, {})[0]
            for shape in parsed.shapes
            if shape.loose or len(parsed.shapes) == 1
        ]
        return [round(d.area, 6) for d in drawn if d is not None]

    assert areas("dxfjs_closedlwpolylinebug.dxf") == [0.0003]
    assert areas("ezdxf_hatch_issues.dxf") == pytest.approx([12 * math.pi] * 4, abs=0.02)


def test_real_parcels_in_a_cadastral_sheet(samples: Path) -> None:
    from permits.drawings import checks
    from permits.drawings.drawing import Parsed

    data = (samples / "data/drawings" / "dxf_fr_72187_cadastre_A02.dxf").read_bytes()
    parsed = Parsed.from_plain(run("permits.drawings.dxf:parse", data, {"layers": ["1parcelle", "3batidur"]}))
    by_layer: dict[str | None, list[float]] = {}
    for shape in parsed.shapes:
        drawn, _ = checks.outline(shape, 1.0, {})
        assert drawn is not None
        by_layer.setdefault(shape.layer, []).append(drawn.area)
    assert len(by_layer["1PARCELLE"]) == 47
    assert sum(by_layer["1PARCELLE"]) == pytest.approx(301_076.06, abs=0.5)
    assert sum(by_layer["3BATIDUR"]) == pytest.approx(77.27, abs=0.01)
