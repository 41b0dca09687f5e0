"""BBR's XML extract, with files written here: which row is true now, and faults."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import QuarantinedRecord
from geodata.models.buildings import BuildingRecordVersion
from tests.geodata.imports import counts, run_import

pytestmark = pytest.mark.django_db

NAME = "OIS_GRBBR_CO50200T_NA000_00001_20200418_010137.XML"
POINT = {"byg404Koordinat": "POINT (700000 6170000)", "byg406Koordinatsystem": "5"}


def row(number: str = "A", table: str = "CO50200t", **fields: str) -> str:
    said = {"OIS_AJOUR": "I", "id_lokalId": number, "kommunekode": "0999", "status": "6", **POINT, **fields}
    return f"<{table}>" + "".join(f"<{k}>{v}</{k}>" for k, v in said.items() if v) + f"</{table}>"


def extract(folder: Path, *rows: str, name: str = NAME, root: str = "OIS_UDTRAEK", head: str = "") -> Path:
    path = folder / name
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?>{head}<{root}>{"".join(rows)}</{root}>'
    path.write_bytes(text.encode("iso-8859-1"))
    return path


def held() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT register_id, year, status_code, statuskode, gyldig_fra, gyldig_til FROM t_building_record "
            "ORDER BY register_id"
        )
        return cursor.fetchall()


def test_the_row_that_is_true_now_is_taken_and_the_others_are_counted(tmp_path: Path) -> None:
    year = "byg026Opførelsesår"
    path = extract(
        tmp_path,
        # Superseded, although its validity is open.
        row(**{year: "1"}, registreringTil="2018-01-01T00:00:00Z", virkningFra="2019-01-01T00:00:00Z"),
        row(**{year: "2"}, virkningFra="2014-09-13T18:31:44.18Z", virkningTil="2014-09-13T18:31:44.573Z"),
        row(**{year: "3"}, virkningFra="2017-12-31T23:30:00Z"),
        row(**{year: "4"}, virkningFra="2016-01-01T00:00:00Z", virkningTil="2017-12-31T23:30:00Z"),
        # Fractions of a second of different lengths are compared as times, not as texts.
        row("B", **{year: "5"}, virkningFra="2010-03-22T07:41:58.9Z", virkningTil="2010-03-22T07:41:58.98Z"),
        row("B", **{year: "6"}, virkningFra="2010-03-22T07:41:58.98Z", virkningTil="2011-03-22T07:41:58.9Z"),
        row("C", **{year: "7"}, registreringTil="2018-01-01T00:00:00Z"),
        row("D", **{year: "8"}, status="10"),
        row("E", **{year: "9"}, status="13"),
        # Ends on a day to come: stands until then.
        row("F", **{year: "10"}, virkningFra="2010-01-01T12:00:00Z", virkningTil="2090-06-01T12:00:00Z"),
        row("F", **{year: "11"}, virkningFra="2090-06-01T12:00:00Z", status="10"),
    )
    outcome = run_import("bbr", path)
    assert (outcome.code, outcome.line) == (0, counts(new=5))
    assert "11 rows tell of 6 buildings; 2 rows of earlier registrations and 4 of earlier" in outcome.said
    assert "1 buildings have only superseded rows" in outcome.said
    assert held() == [
        ("a", 3, 6, 3, date(2018, 1, 1), None),
        ("b", 6, 6, 4, date(2010, 3, 22), date(2011, 3, 22)),
        ("d", 8, 10, 4, None, None),
        ("e", 9, 13, 0, None, None),
        ("f", 10, 6, 3, date(2010, 1, 1), date(2090, 6, 1)),
    ]
    assert run_import("bbr", path).line == counts(unchanged=5)


def test_the_day_of_the_extract_is_in_its_name_and_an_older_one_undoes_nothing(tmp_path: Path) -> None:
    newer = extract(tmp_path, row(status="3"))
    assert run_import("bbr", newer).line == counts(new=1)
    older = extract(tmp_path, row(status="2"), name=NAME.replace("20200418", "20190418"))
    outcome = run_import("bbr", older)
    assert outcome.line == counts()
    assert "the delivery is of 2019-04-18" in outcome.said
    assert held()[0][2] == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<OIS_UDTRAEK><CO50200t><id_lokalId>A</id_lokalId>", "cut off"),
        (b'<?xml version="1.0" encoding="UTF-8"?><OIS_UDTRAEK><CO50200t><a>\xe5</a></CO50200t></OIS_UDTRAEK>',
         "encoding"),
        (b'<!DOCTYPE x [<!ENTITY e "e">]><OIS_UDTRAEK><CO50200t>&e;</CO50200t></OIS_UDTRAEK>', "DOCTYPE"),
        (b"<OIS_UDTRAEK><CO50200t><id_lokalId>&e;</id_lokalId></CO50200t></OIS_UDTRAEK>", "broken"),
        (b"<OIS_UDTRAEK><CO10100T><id_lokalId>A</id_lokalId></CO10100T></OIS_UDTRAEK>", "CO10100T"),
        (b"<OIS_UDTRAEK></OIS_UDTRAEK>", "no rows"),
        (b"<html><p/></html>", "expected OIS_UDTRAEK"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_extract_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    outcome = run_import("bbr", path)
    assert outcome.code == 2
    assert words in outcome.said
    assert not QuarantinedRecord.objects.exists()


def test_rows_that_cannot_be_stored_are_set_aside_and_can_be_mended(tmp_path: Path) -> None:
    broken = row("B", byg404Koordinat="POINT (7 x)", byg070Fredning="Ærø")
    path = extract(tmp_path, row(), row(""), broken, row("C", OIS_AJOUR="S"), row("Z", table="CO10100T"))
    outcome = run_import("bbr", path, municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=2))
    assert "1 rows belong to a delivery of changes" in outcome.said
    assert "rows of other tables were not taken: CO10100T" in outcome.said
    reasons = dict(QuarantinedRecord.objects.values_list("record", "reason"))
    assert reasons == {"row 2": "no_register_id", "row 3": "unreadable_geometry"}
    record = QuarantinedRecord.objects.get(record="row 3")
    assert not retry_quarantined(record, acting_user=None)
    mended = broken.replace("7 x", "700000 6170000").encode()
    assert retry_quarantined(record, acting_user=None, mended=mended)
    assert [h[0] for h in held()] == ["a", "b"]


def test_points_without_a_system_are_left_out_of_foreign_ones(tmp_path: Path) -> None:
    path = extract(
        tmp_path, row(byg406Koordinatsystem="4"), row("B", byg404Koordinat="", byg406Koordinatsystem="")
    )
    outcome = run_import("bbr", path)
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert "1 points are in another system" in outcome.said


def test_the_status_of_a_stored_building_is_written_once(tmp_path: Path) -> None:
    run_import("bbr", extract(tmp_path, row()))
    with pytest.raises(Error, match="written once"), transaction.atomic():
        BuildingRecordVersion.objects.update(status_code=10)
