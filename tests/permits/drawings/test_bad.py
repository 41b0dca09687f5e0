"""Bad drawings: each is refused whole, with the place and the way to mend it, all faults in one go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box

from geodata.sandbox import Limits
from permits.drawings import dxf as dxf_reader
from permits.drawings import features, geojson
from tests.permits.drawings.builders import (
    HOUSE,
    LAT,
    LON,
    SAID,
    X,
    Y,
    collection,
    dxf,
    dxf_bytes,
    dxf_house,
    fault,
    faults,
    feature,
    good,
    moved,
    notes,
    said,
)

DEGREES = [[LON, LAT], [LON + 1e-4, LAT], [LON + 1e-4, LAT + 1e-4], [LON, LAT]]
BOW = [[X, Y], [X + 10, Y + 8], [X + 10, Y], [X, Y + 8], [X, Y]]
PLACE = box(X - 50, Y - 50, X + 50, Y + 50)


@pytest.mark.parametrize(
    ("code", "data", "options"),
    [
        ("no_crs", collection(crs=None), {}),
        ("wrong_crs", collection(crs="EPSG:4326"), {}),
        ("wrong_crs", collection(feature(DEGREES)), {}),
        ("axis_order", collection(feature([[y, x] for x, y in DEGREES]), crs=None), {}),
        ("axis_order", collection(feature([[y, x] for x, y in HOUSE])), {}),
        ("outside_denmark", collection(feature([[x - 30, y] for x, y in DEGREES]), crs=None), {}),
        ("crs_unknown", collection(crs="EPSG:99999"), {}),
        ("crs_unknown", collection(), {"crs": "nonsense"}),
        ("far_from_place", collection(), {"near": box(X + 5000, Y, X + 5010, Y + 10)}),
        ("outside", collection(), {"outline": box(X + 2000, Y, X + 9000, Y + 9000)}),
        ("self_intersection", collection(feature(BOW)), {}),
        ("unclosed_ring", collection(feature(HOUSE[:-1])), {}),
        ("degenerate", collection(feature([HOUSE[0], HOUSE[1], HOUSE[0]])), {}),
        ("degenerate", collection(feature([[X, Y], [X + 5, Y], [X + 9, Y], [X, Y]])), {}),
        ("sliver", collection(feature([[X, Y], [X + 9, Y], [X + 9, Y + 0.01], [X, Y]])), {}),
        ("huge", collection(feature([[X, Y], [X + 3000, Y], [X + 3000, Y + 3000], [X, Y]])), {}),
        ("duplicate", collection(feature(), feature(HOUSE[::-1], said(id="b2"))), {}),
        ("duplicate_id", collection(feature(), feature(moved(30))), {}),
        ("null_geometry", collection({"type": "Feature", "properties": SAID, "geometry": None}), {}),
        ("null_geometry", collection(feature(type="Polygon", coordinates=[])), {}),
        ("not_an_area", collection(feature(type="Point", coordinates=[X, Y])), {}),
        ("not_a_position", collection(feature([["nan", 1], *HOUSE[1:]])), {}),
        ("out_of_range", collection(feature([[1e308, -1e308], *HOUSE[1:]])), {}),
        ("not_a_number", collection(feature(said=said(height="5,2"))), {}),
        ("not_a_number", collection(feature(said=said(storeys=True))), {}),
        ("negative", collection(feature(said=said(height=-1))), {}),
        ("negative", collection(feature(said=said(floor_area=-80))), {}),
        ("height_unlikely", collection(feature(said=said(height=5200))), {}),
        ("not_whole", collection(feature(said=said(dwellings=1.5))), {}),
        ("not_a_flag", collection(feature(said=said(integrated="ja"))), {}),
        ("unknown_word", collection(feature(said=said(kind="garrage"))), {}),
        ("unknown_word", collection(feature(said=said(role="hovedhus"))), {}),
        ("role_missing", collection(feature(said={"height": 3})), {}),
        ("roof_not_read", collection(feature(said={**SAID, "roof": ["CIRCLE (1 2)"]})), {}),
        ("empty", collection(feature(), crs=None).replace(b'"features": [', b'"features": [], "x": ['), {}),
        ("setting_unknown", collection(), {"settings": {"heigth": "5"}}),
        ("setting_unmatched", collection(), {"settings": {"garage.height": "2"}}),
    ],
)
def test_bad_geojson_is_refused(code: str, data: bytes, options: dict[str, Any]) -> None:
    fault(code, data, "house.geojson", **options)


def test_all_faults_come_in_one_go_with_their_places() -> None:
    data = collection(
        feature(said=said(height="high")),
        feature([[x + 20, y] for x, y in BOW], said(id="b2", kind="garrage")),
        {"type": "Feature", "properties": {"id": "b3"}, "geometry": None},
    )
    found = {(f.code, f.where.get("feature")) for f in faults(data) if f.level == "error"}
    assert found >= {("not_a_number", 0), ("self_intersection", 1), ("unknown_word", 1), ("null_geometry", 2)}


def test_a_crossing_is_named_where_it_is() -> None:
    crossing = fault("self_intersection", collection(feature(BOW)))
    assert crossing.where["at"] == pytest.approx([X + 5, Y + 4])
    assert crossing.where["feature"] == 0
    assert crossing.where["id"] == "b1"


def test_numbers_that_fit_another_system_name_it() -> None:
    assert fault("no_crs", collection(crs=None)).remedy == "EPSG:25832"
    zone33 = [[348_000.0, 6_172_000.0], [348_010.0, 6_172_000.0], [348_010.0, 6_172_010.0]]
    assert fault("wrong_crs", collection(feature([*zone33, zone33[0]]))).remedy == "EPSG:25833"


def test_a_stated_system_mends_a_file_without_one() -> None:
    assert len(good(collection(crs=None), crs="EPSG:25832").buildings) == 1
    assert "crs_replaced" in notes(good(collection(crs="EPSG:4326"), crs="EPSG:25832"))


def test_near_words_are_suggested() -> None:
    assert fault("unknown_word", collection(feature(said=said(kind="garrage")))).remedy == "garage"
    assert fault("unknown_word", collection(feature(said=said(kind="parcelhus")))).remedy == "detached_house"
    told = good(collection(feature(said={**SAID, "heigth": 3}))).notes
    assert [(n.code, n.remedy) for n in told] == [("unknown_attribute", "height")]


def test_hair_gaps_are_closed_and_told_wider_ones_refused() -> None:
    almost = [*HOUSE[:-1], [X + 0.0004, Y]]
    assert notes(good(collection(feature(almost)))) == {"closed_gap"}
    wide = fault("unclosed_ring", collection(feature([*HOUSE[:-1], [X + 0.1, Y]])))
    assert wide.found == pytest.approx(0.1)


def test_the_edge_of_a_coarse_municipality_is_a_warning() -> None:
    assert notes(good(collection(), outline=box(X + 5, Y - 900, X + 900, Y + 900))) == {"outside"}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_is_refused_wherever_it_is_cut(share: float) -> None:
    data = collection(feature(), feature(moved(30), said(id="b2")))
    assert fault("truncated", data[: int(len(data) * share)], "x.geojson").where["line"] == 1
    drawn = dxf_house()
    assert fault("truncated", drawn[: int(len(drawn) * share)], "x.dxf").where["line"] > 1


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("encoding", collection(feature(said=said(id="hø"))).decode("unicode-escape").encode("latin-1")),
        ("nesting", b'{"type": "Polygon", "coordinates": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        (
            "syntax",
            b'{"type": "Polygon" "coordinates": [[[1, 2], [3, 4], [5, 6]]], "x": {"y": [1, 2, 3, 4]}}',
        ),
        (
            "not_json_number",
            json.dumps({"type": "Polygon", "coordinates": [HOUSE], "x": float("nan")}).encode(),
        ),
        ("duplicate_key", b'{"type": "Polygon", "type": "Point", "coordinates": [[[1, 2], [3, 4], [1, 2]]]}'),
        ("unsupported", b'{"type": "Topology", "objects": {}}'),
        ("unsupported", b"[1, 2, 3]"),
        ("not_what_it_says", b"%PDF-1.4 and so on"),
        ("not_what_it_says", dxf_house()),
        ("not_what_it_says", b"AC1032 drawing"),
        ("empty_file", b" \n"),
        ("not_what_it_says", b"x = 1"),
    ],
)
def test_bytes_that_are_no_geojson(code: str, data: bytes) -> None:
    fault(code, data, "house.geojson")


def test_too_large_a_file_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("permits.drawings.sniff.MAX_BYTES", 100)
    assert fault("too_large_file", b"{" * 101, "x.geojson").expected == 100
    assert "too_large_file" not in {f.code for f in faults(b"{" * 100, "x.geojson")}


# DXF


def test_a_dxf_that_lies_nowhere_is_not_guessed() -> None:
    assert fault("no_crs", dxf_house(), "x.dxf").remedy == "EPSG:25832"
    document, model = dxf()
    model.add_lwpolyline([(0, 0), (9, 0), (9, 9)], close=True, dxfattribs={"layer": "hus"})
    assert fault("not_placed", dxf_bytes(document), "x.dxf", near=PLACE).found == [0.0, 0.0]
    fault("not_placed", dxf_house(), "x.dxf", near=box(X + 9000, Y, X + 9010, Y + 9))


def test_open_outlines_and_misspelt_layers_are_refused() -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], dxfattribs={"layer": "hus"})
    model.add_lwpolyline(moved(20)[:-1], close=True, dxfattribs={"layer": "garrage"})
    found = faults(dxf_bytes(document), "x.dxf", near=PLACE)
    codes = {f.code: f for f in found if f.level == "error"}
    assert set(codes) == {"unclosed_ring", "unknown_layer"}
    assert codes["unclosed_ring"].where["layer"] == "hus"
    assert codes["unclosed_ring"].where["handle"]
    assert codes["unknown_layer"].remedy == "garage"


def test_a_dxf_without_outlines_is_refused() -> None:
    document, model = dxf()
    fault("no_entities", dxf_bytes(document), "x.dxf")
    model.add_line((0, 0), (1, 1), dxfattribs={"layer": "hus"})
    model.add_lwpolyline(HOUSE, close=True, dxfattribs={"layer": "SKEL"})
    assert fault("no_building", dxf_bytes(document), "x.dxf").found == "SKEL"


def test_a_bow_tie_in_a_dxf_names_layer_and_handle() -> None:
    document, model = dxf()
    line = model.add_lwpolyline(BOW[:-1], close=True, dxfattribs={"layer": "hus"})
    crossing = fault("self_intersection", dxf_bytes(document), "x.dxf", near=PLACE)
    assert crossing.where["handle"] == line.dxf.handle
    assert crossing.where["at"] == pytest.approx([X + 5, Y + 4])


def test_blocks_that_multiply_are_stopped() -> None:
    document, model = dxf()
    document.blocks.new("B0").add_lwpolyline([(0, 0), (1, 0), (1, 1)], close=True)
    for level in range(1, 8):
        block = document.blocks.new(f"B{level}")
        for number in range(12):
            block.add_blockref(f"B{level - 1}", (number, 0))
    model.add_blockref("B7", (X, Y), dxfattribs={"layer": "hus"})
    codes = {f.code for f in faults(dxf_bytes(document), "x.dxf", near=PLACE, limits=Limits(cpu_s=4))}
    assert codes & {"too_many_entities", "stopped_time"}


@pytest.mark.parametrize(("most", "codes"), [(5, []), (4, ["too_many_positions"])])
def test_the_number_of_positions_is_limited_exactly(
    most: int, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The child process has limits of its own, so the parser is called here.
    monkeypatch.setattr(features, "MAX_POSITIONS", most)
    assert [f["code"] for f in geojson.parse(collection(), {})["faults"]] == codes


@pytest.mark.parametrize(("most", "codes"), [(3, []), (2, ["too_many_entities"])])
def test_the_number_of_entities_is_limited_exactly_thinned_or_not(
    most: int, codes: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document, model = dxf()
    model.add_lwpolyline(HOUSE[:-1], close=True, dxfattribs={"layer": "hus"})
    for _ in range(2):
        model.add_line((X, Y), (X, Y + 1), dxfattribs={"layer": "hus"})
    monkeypatch.setattr(dxf_reader, "MAX_ENTITIES", most)
    for size in (0, 10**9):
        home = tmp_path / str(size)
        home.mkdir()
        monkeypatch.chdir(home)
        monkeypatch.setattr(dxf_reader, "THIN_BYTES", size)
        faults_found = dxf_reader.parse(dxf_bytes(document), {})["faults"]
        assert [f["code"] for f in faults_found if f["level"] == "error"] == codes
