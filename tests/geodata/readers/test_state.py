"""Protected areas and theme areas, with files written here."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.db import connection

from geodata.frames import theme_frame
from geodata.ledger.models import QuarantinedRecord
from geodata.readers.moments import days
from tests.geodata.imports import collection, counts, feature, run_import, square

pytestmark = pytest.mark.django_db

ENVELOPE: dict[str, Any] = {
    "Temakode": "2009", "Oprindkode": "0", "Statuskode": "3", "Off_kode": "1", "CVR_kode": "25798376",
}  # fmt: skip


def area(number: int, **fields: Any) -> dict[str, Any]:
    return feature(square(700_000.0 + 20 * number), Objekt_id=f"ID-{number}", **{**ENVELOPE, **fields})


def theme_area(number: str, part: int = 0, kind: str = "Strandbeskyttelse", **fields: Any) -> dict[str, Any]:
    said = {"id.lokalId": f"{number}_23", "tematype": kind, "jordstykkeLokalId": number, "temaFladeID": 23.0}
    return feature(square(700_000.0 + 50 * part), **{**said, **fields})


def one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def test_a_conservation_order_keeps_its_envelope_and_loses_its_placeholders(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "a.geojson",
        area(1, Fred_navn="Eng", Reg_nr="0095900", Aar_fredn="-1", Gyldig_fra="1800/01/01 04:00:00.000"),
        area(2, Fred_navn="Mose", Aar_fredn="1996", Gyldig_fra="1996/06/28 23:30:00.000", Statuskode="77"),
    )
    outcome = run_import("dai", path)
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert "1 values of Statuskode are no such code" in outcome.said
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, reference, year, gyldig_fra, cvr_kode FROM t_s10_fredning ORDER BY name")
        held = cursor.fetchall()
    assert held == [
        ("Eng", "0095900", None, None, 25798376),
        ("Mose", None, 1996, date(1996, 6, 28), 25798376),
    ]
    assert run_import("dai", path).line == counts(unchanged=2)


@pytest.mark.parametrize(
    ("name", "ids", "theme"),
    [
        ("bes_naturtyper.geojson", (None, None), "s07_beskyttet_natur"),
        ("x.geojson", ("kirkebyggelinjer.1", "kirkebyggelinjer.2"), "s06_kirkebyggelinje"),
        ("x.geojson", ("dai:skovbyggelinjer.1", "dai:skovbyggelinjer.2"), "s04_skovbyggelinje"),
    ],
)
def test_a_layer_without_a_sample_is_told_as_unverified(
    tmp_path: Path, name: str, ids: tuple[str | None, str | None], theme: str
) -> None:
    features = [{**area(n, Temakode=None), "id": i} for n, i in enumerate(ids)]
    outcome = run_import("dai", collection(tmp_path / name, *features))
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert "unverified" in outcome.said
    assert len(theme_frame(theme)) == 2


def test_layers_of_one_theme_end_each_their_own(tmp_path: Path) -> None:
    habitat = collection(tmp_path / "habitat_omr.geojson", area(1, Temakode=None))
    birds = collection(tmp_path / "fugle_bes_omr.geojson", area(2, Temakode=None))
    run_import("dai", habitat)
    run_import("dai", birds)
    again = collection(tmp_path / "habitat_omr.geojson", area(3, Temakode=None))
    run_import("dai", again, complete="*", yes=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT register_id, designation FROM t_s09_natura2000 ORDER BY 1")
        held = cursor.fetchall()
    assert held == [("id-2", "Fuglebeskyttelsesområde"), ("id-3", "Habitatområde")]


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("x.geojson", {"Temakode": "9999"}, "none of the layers"),
        ("habitat_omr.geojson", {}, "at once"),
    ],
)
def test_a_file_that_does_not_name_one_layer_is_refused(
    tmp_path: Path, name: str, fields: dict[str, Any], words: str
) -> None:
    first = {**area(1, **fields), "id": "ramsar_omr.1" if name.startswith("h") else None}
    outcome = run_import("dai", collection(tmp_path / name, first))
    assert outcome.code == 2
    assert words in outcome.said


def test_a_line_where_an_area_belongs_is_set_aside(tmp_path: Path) -> None:
    line = feature(
        [[700_000.0, 6_170_000.0], [700_010.0, 6_170_000.0]], "LineString", Objekt_id="L", **ENVELOPE
    )
    outcome = run_import("dai", collection(tmp_path / "a.geojson", area(1), line))
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=1))
    assert QuarantinedRecord.objects.get().reason == "wrong_geometry_kind"


def test_parts_of_one_theme_area_are_one_object(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "t.geojson", theme_area("1"), theme_area("1", part=2), theme_area("2", part=4)
    )
    outcome = run_import("temaflade", path)
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert "3 records are 2 objects" in outcome.said
    assert one(
        "SELECT ST_NumGeometries(geometri), ST_Area(geometri), parcel_register_id, area_register_id "
        "FROM t_s01_strandbeskyttelse WHERE register_id = '1_23'"
    ) == (2, 200.0, "1", "23")
    swapped = collection(
        tmp_path / "t.geojson", theme_area("2", part=4), theme_area("1", part=2), theme_area("1")
    )
    assert run_import("temaflade", swapped).line == counts(unchanged=2)


def test_a_broken_part_keeps_its_object_out(tmp_path: Path) -> None:
    bow = feature([[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]],
                  **theme_area("1")["properties"])  # fmt: skip
    outcome = run_import(
        "temaflade", collection(tmp_path / "t.geojson", theme_area("1"), bow, theme_area("2"))
    )
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=1))
    assert "one of its 2 parts" in outcome.said


def test_one_id_that_says_two_things_is_set_aside(tmp_path: Path) -> None:
    other = theme_area("1", part=1, jordstykkeLokalId="9")
    outcome = run_import("temaflade", collection(tmp_path / "t.geojson", theme_area("1"), other))
    assert (outcome.code, outcome.line) == (2, counts(quarantined=2))


def test_an_unknown_kind_is_set_aside_and_a_file_of_them_refused(tmp_path: Path) -> None:
    strange = theme_area("3", part=3, kind="Majoratsskov")
    outcome = run_import("temaflade", collection(tmp_path / "t.geojson", theme_area("1"), strange))
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=1))
    assert QuarantinedRecord.objects.get().reason == "unknown_kind"
    alone = run_import("temaflade", collection(tmp_path / "u.geojson", strange))
    assert alone.code == 2
    assert "majoratsskov" in alone.said


def test_kinds_of_one_file_go_to_their_themes(tmp_path: Path) -> None:
    path = collection(tmp_path / "t.geojson", theme_area("1"), theme_area("1", part=2, kind="Fredskov"))
    outcome = run_import("temaflade", path)
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert "fredskov is unverified" in outcome.said
    assert (len(theme_frame("s01_strandbeskyttelse")), len(theme_frame("s21_fredskov"))) == (1, 1)


def test_days_are_days_in_denmark() -> None:
    said = pd.Series(
        ["2000-11-08T23:00:00.000Z", "2024/03/14 23:30:00.000", "2014-09-13", "1800/01/01", "x", None]
    )
    assert days(said).tolist() == [date(2000, 11, 9), date(2024, 3, 14), date(2014, 9, 13), None, None, None]
