"""Broken and attacking files: each ends in a sentence, never in a traceback, and nothing is stored by half."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.ledger.models import ImportRun, QuarantinedRecord
from tests.geodata.imports import run_import

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

#: Sources to try for each kind of file.
DOORS = {
    "geojson": ("plans", "geodanmark", "dagi"),
    "gml": ("matriklen",),
    "xml": ("matriklen", "bbr"),
    "zip": ("matriklen", "plans", "geodanmark"),
    "shp": ("plans", "geodanmark"),
    "csv": ("matriklen", "bbr"),
}


def files(folder: Path) -> list[Path]:
    home = folder if (folder / "data").is_dir() else folder.parent
    return sorted(f for kind in DOORS for f in (home / "data" / "hostile" / kind).iterdir() if f.is_file())


def enter(door: str, path: Path) -> tuple[int, str, str]:
    outcome = run_import(path, plans=True) if door == "plans" else run_import(door, path)
    return outcome.code, outcome.line, outcome.said


def test_every_hostile_file_ends_in_words(samples: Path) -> None:
    for path in files(samples):
        for door in DOORS[path.parent.name]:
            code, _, said = enter(door, path)
            assert code in (0, 2, 3), f"{path.name} by {door}: exit {code}"
            assert "Traceback" not in said
            assert "could not be understood" not in said, f"{path.name} by {door}: {said}"
            if code == 2:
                assert "othing" in said, f"{path.name} by {door}: {said}"


@pytest.mark.parametrize(
    ("name", "door", "code", "words"),
    [
        ("geojson/derived_hvidovre_first20_ok_crs84.geojson", "plans", 0, "20 of 20 × plan staged"),
        ("geojson/derived_hvidovre_first20_axis_swapped_latlon.geojson", "plans", 2, "axes are swapped"),
        ("geojson/derived_hvidovre_first20_25832_coords_no_crs.geojson", "plans", 2, "look like EPSG:25832"),
        ("geojson/derived_hvidovre_truncated.geojson", "plans", 2, "cut off"),
        ("geojson/derived_hvidovre_latin1_bytes.geojson", "plans", 2, "byte 240 is not UTF-8"),
        ("geojson/derived_deep_nesting_20000.geojson", "plans", 2, "nested too deep"),
        ("geojson/derived_hvidovre_null_empty_bad_coords.geojson", "plans", 3, "feature 3"),
        ("geojson/mapshaper_openring.json", "plans", 2, "expected a GeoJSON FeatureCollection"),
        ("geojson/mapshaper_invalid_json_sample.json", "plans", 2, "character 2208"),
        ("zip/dawa_60851_overlappende_jordstykker.gml.zip", "matriklen", 0, "lie on another parcel"),
        ("zip/derived_path_traversal.zip", "matriklen", 2, "leads out of the archive"),
        ("zip/derived_symlink.zip", "matriklen", 2, "link to another file"),
        ("zip/derived_duplicate_names.zip", "plans", 2, "twice"),
        ("zip/derived_ratio_100to1_2MiB.zip", "plans", 2, "times its size"),
        ("zip/mapshaper_zip-in-zip.zip", "plans", 2, "archive inside the archive"),
        ("zip/xplanbox_BP_5.0_Entity.zip", "matriklen", 2, "DOCTYPE"),
        ("xml/defusedxml_xmlbomb.xml", "matriklen", 2, "DOCTYPE"),
        ("xml/defusedxml_dtd.xml", "matriklen", 2, "DOCTYPE"),
        ("xml/defusedxml_external_file.xml", "matriklen", 2, "DOCTYPE"),
        ("gml/ign_INVALID.gml", "matriklen", 2, "root element is features"),
        ("shp/derived_no_prj.shp", "plans", 2, "Shapefile"),
    ],
)
def test_the_fault_is_named(samples: Path, name: str, door: str, code: int, words: str) -> None:
    home = samples if (samples / "data").is_dir() else samples.parent
    got, _, said = enter(door, home / "data" / "hostile" / name)
    assert (got, words in said) == (code, True), said
    if code == 2:
        assert not ImportRun.objects.exclude(state="failed").exists()


def test_four_bad_plans_are_set_aside_and_sixteen_stored(samples: Path) -> None:
    home = samples if (samples / "data").is_dir() else samples.parent
    path = home / "data/hostile/geojson/derived_hvidovre_null_empty_bad_coords.geojson"
    code, line, _ = enter("plans", path)
    assert (code, line) == (3, "16 new, 0 changed, 0 unchanged, 0 ended, 4 quarantined")
    records = QuarantinedRecord.objects.order_by("record")
    assert [r.record.split(" ")[1] for r in records] == ["3", "4", "5", "6"]
    assert {r.reason for r in records} <= {
        "no_geometry",
        "unreadable_geometry",
        "not_finite",
        "outside_denmark",
    }
