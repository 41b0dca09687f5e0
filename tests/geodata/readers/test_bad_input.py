"""Bad input: a sentence with place and remedy, and nothing dropped in silence."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from geodata.ledger.models import ImportRun, QuarantinedRecord
from geodata.models.buildings import Building
from geodata.readers import geodanmark
from tests.geodata.imports import collection, counts, feature, run_import, square

pytestmark = pytest.mark.django_db

BOW_TIE = [
    [
        [700_000, 6_170_000],
        [700_010, 6_170_010],
        [700_010, 6_170_000],
        [700_000, 6_170_010],
        [700_000, 6_170_000],
    ]
]


def building(number: str, rings: object = None, kind: str = "Polygon", **more: object) -> dict[str, object]:
    return feature(square() if rings is None else rings, kind, ID_LOKALID=number, **more)


@pytest.mark.parametrize(
    ("rings", "kind", "reason"),
    [
        (BOW_TIE, "Polygon", "invalid_geometry"),
        ([], "Polygon", "no_geometry"),
        ([[["nan", 0], [1, 0], [1, 1], ["nan", 0]]], "Polygon", "unreadable_geometry"),
        (
            [[[700_000, 6_170_000], [700_010, 6_170_000], [700_010, 6_170_010]]],
            "Polygon",
            "unreadable_geometry",
        ),
        (square(100_000, 100_000), "Polygon", "outside_denmark"),
        ([700_000, 6_170_000], "Point", "wrong_geometry_kind"),
        ([[700_000, 6_170_000], [700_010, 6_170_000]], "LineString", "wrong_geometry_kind"),
    ],
)
def test_a_record_that_cannot_be_stored_is_set_aside_with_its_reason(
    tmp_path: Path, rings: object, kind: str, reason: str
) -> None:
    path = collection(
        tmp_path / "b.geojson", building("1"), building("2", square(700_100)), building("3", rings, kind)
    )
    outcome = run_import("geodanmark", path, municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=2, quarantined=1))
    record = QuarantinedRecord.objects.get()
    assert record.reason == reason
    assert record.record == "feature 2"
    assert record.explanation
    assert reason in outcome.said
    (rejected,) = geodanmark.read([path])[0].rejected
    assert json.loads(rejected.original)["properties"]["ID_LOKALID"] == "3"


def test_the_place_of_a_crossing_is_named(tmp_path: Path) -> None:
    run_import("geodanmark", collection(tmp_path / "b.geojson", building("1"), building("2", BOW_TIE)))
    assert QuarantinedRecord.objects.get().place == "700005 6170005"


def test_missing_and_contradicting_ids_are_set_aside_and_a_repeated_record_counts_once(
    tmp_path: Path,
) -> None:
    path = collection(
        tmp_path / "b.geojson",
        building("1"),
        building("1"),
        building("2"),
        building("2", square(700_100)),
        feature(square(700_200), ID_LOKALID=None),
    )
    outcome = run_import("geodanmark", path, municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=3))
    assert sorted(QuarantinedRecord.objects.values_list("reason", flat=True)) == [
        "duplicate_register_id",
        "duplicate_register_id",
        "no_register_id",
    ]
    assert "twice, word for word" in outcome.said


def test_values_that_do_not_fit_are_set_aside(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "b.geojson",
        building("1", BYGNINGSTYPE="Bygning"),
        building("2", square(700_100), BYGNINGSTYPE="x" * 61),
        building("3", square(700_200), BYGNINGSTYPE="a\x00b"),
        building("4", square(700_300), BYGNINGSTYPE="\ud800"),
    )
    outcome = run_import("geodanmark", path, municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=3))
    assert set(QuarantinedRecord.objects.values_list("reason", flat=True)) == {"unstorable_value"}


def test_when_every_record_is_set_aside_nothing_is_stored(tmp_path: Path) -> None:
    outcome = run_import("geodanmark", collection(tmp_path / "b.geojson", building("1", BOW_TIE)))
    assert (outcome.code, outcome.line) == (2, counts(quarantined=1))
    assert not Building.objects.exists()


@pytest.mark.parametrize(
    ("crs", "rings", "words"),
    [
        (None, square(), "means longitude and latitude"),
        ("EPSG:4326", square(), "not degrees; its numbers"),
        ("EPSG:25832", square(12.4, 55.6, 0.001), "not metres of that system"),
        ("EPSG:4326", square(55.6, 12.4, 0.001), "axes are swapped"),
        ("EPSG:25832", square(6_170_000, 700_000), "axes are swapped"),
        ("EPSG:999999", square(), "is not known"),
        ("Vojens lokal", square(), "is not known"),
    ],
)
def test_a_coordinate_system_that_contradicts_the_numbers_is_refused(
    tmp_path: Path, crs: str | None, rings: object, words: str
) -> None:
    outcome = run_import("geodanmark", collection(tmp_path / "b.geojson", building("1", rings), crs=crs))
    assert outcome.code == 2
    assert words in outcome.said
    assert outcome.line == ""
    assert not ImportRun.objects.exclude(state="failed").exists()


def test_degrees_and_the_zone_of_bornholm_are_transformed(tmp_path: Path) -> None:
    west = collection(
        tmp_path / "a.geojson", building("1", square(12.4, 55.6, 0.001)), crs="urn:ogc:def:crs:OGC:1.3:CRS84"
    )
    east = collection(tmp_path / "b.geojson", building("2", square(490_000, 6_110_000)), crs="EPSG:25833")
    outcome = run_import("geodanmark", west, east, municipality="0400")
    assert (outcome.code, outcome.line) == (0, counts(new=2))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 \x00", "PDF"),
        (b"<html></html>", "xml"),
        (b"\x00\x01\x02", "binary"),
        (b'{"type": "FeatureCollection", "features": [', "cut off"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (b'{"type": "FeatureCollection", "features": [7]}', "no Feature"),
        (b'{"type": "Topology"}', "Topology"),
        (b"[1, 2]", "list"),
        (
            b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null, "properties": null}]}',
            "ID_LOKALID",
        ),
        ('{"a": "\u00e6"}'.encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04broken", "damaged zip"),
        (b"\x1f\x8bbroken", "damaged gzip"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_in_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bygning.geojson"
    path.write_bytes(content)
    outcome = run_import("geodanmark", path)
    assert outcome.code == 2
    assert words in outcome.said
    assert "Nothing was stored" in outcome.said


def test_missing_files_unknown_sources_and_wrong_codes_are_told(tmp_path: Path) -> None:
    assert "No such file" in run_import("geodanmark", tmp_path / "none.geojson").said
    assert "known are" in run_import("no_such_register", tmp_path).said
    path = collection(tmp_path / "b.geojson", building("1"))
    assert "four digits" in run_import("geodanmark", path, municipality="167").said
    assert "four digits" in run_import("geodanmark", path, complete="Hvidovre").said
    assert run_import("geodanmark", tmp_path).code == 2


def test_a_second_bad_file_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    good = collection(tmp_path / "a.geojson", building("1"))
    bad = tmp_path / "b.geojson"
    bad.write_text("{")
    assert run_import("geodanmark", good, bad).code == 2
    assert not Building.objects.exists()


def test_archives_are_bounded(tmp_path: Path) -> None:
    flat = tmp_path / "flat.zip"
    with zipfile.ZipFile(flat, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.geojson", b"0" * 10 * 2**20)
    assert "times its size" in run_import("geodanmark", flat).said
    packed = tmp_path / "b.geojson.gz"
    packed.write_bytes(gzip.compress(b" " * 10 * 2**20))
    assert "unpacks to more than" in run_import("geodanmark", packed).said
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w"):
        pass
    assert "without files" in run_import("geodanmark", empty).said
    good = tmp_path / "good.zip"
    with zipfile.ZipFile(good, "w") as archive:
        archive.write(collection(tmp_path / "b.geojson", building("1")), "folder/b.geojson")
    assert run_import("geodanmark", good, municipality="0999").line == counts(new=1)


def test_complete_ends_what_is_missing_and_refuses_what_was_set_aside(tmp_path: Path) -> None:
    both = collection(tmp_path / "a.geojson", building("1"), building("2", square(700_100)))
    run_import("geodanmark", both, municipality="0999")
    torn = collection(tmp_path / "t.geojson", building("1"), building("2", BOW_TIE))
    outcome = run_import("geodanmark", torn, municipality="0999", complete="0999", yes=True)
    assert outcome.code == 2
    assert "not complete" in outcome.said
    one = collection(tmp_path / "b.geojson", building("1"))
    assert "more than 5%" in run_import("geodanmark", one, municipality="0999", complete="0999").said
    ended = run_import("geodanmark", one, municipality="0999", complete="0999", yes=True)
    assert ended.line == "0 new, 0 changed, 1 unchanged, 1 ended, 0 quarantined"


def test_without_outlines_the_municipality_is_unknown_and_said_to_be(tmp_path: Path) -> None:
    outcome = run_import("geodanmark", collection(tmp_path / "b.geojson", building("1")))
    assert outcome.code == 0
    assert "municipality of 1 objects is unknown" in outcome.said
    assert Building.objects.get().municipality_id is None
