"""DAR's address points and house numbers, with files written here: which row is true now, and faults."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import QuarantinedRecord
from geodata.models.addresses import AddressPointVersion, HouseNumberVersion
from tests.geodata.imports import counts, run_import

pytestmark = pytest.mark.django_db


def row(number: str = "A", **fields: Any) -> str:
    said = {
        "rowkey": 1, "id": number, "registreringfra": "2018-05-03T16:58:34Z", "registreringtil": None,
        "virkningfra": "2012-01-06T23:26:49.33Z", "virkningtil": None, "status": "8",
        "oprindelse_kilde": "Adressemyn", "oprindelse_nøjagtighedsklasse": "A",
        "oprindelse_tekniskstandard": "TD", "position": "POINT (700000.5 6170000.25)", **fields,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def ndjson(folder: Path, *rows: str, name: str = "Adressepunkt.ndjson") -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def held() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT register_id, status_code, statuskode, accuracy_class, gyldig_fra, gyldig_til, "
            "ST_AsText(geometry) FROM t_address_point ORDER BY register_id"
        )
        return cursor.fetchall()


def test_the_row_that_is_true_now_is_taken_and_the_others_are_counted(tmp_path: Path) -> None:
    path = ndjson(
        tmp_path,
        row(registreringtil="2019-01-01T00:00:00Z", virkningfra="2018-01-01T00:00:00Z"),
        row(virkningfra="2010-01-01T00:00:00Z", virkningtil="2012-01-06T23:26:49.33Z", status="6"),
        "",
        row(),
        row("B", virkningfra="2010-03-22T07:41:58.98Z", virkningtil="2011-03-22T07:41:58.9Z"),
        row("B", virkningfra="2010-03-22T07:41:58.9Z", virkningtil="2010-03-22T07:41:58.98Z"),
        row("C", status="9", oprindelse_nøjagtighedsklasse=None),
    )
    outcome = run_import("dar", path)
    assert (outcome.code, outcome.line) == (0, counts(new=3))
    assert "6 rows tell of 3 address points; 1 rows of earlier registrations and 2 of earlier" in outcome.said
    place = "POINT(700000.5 6170000.25)"
    assert held() == [
        ("a", 8, 3, "A", date(2012, 1, 7), None, place),
        ("b", 8, 4, "A", date(2010, 3, 22), date(2011, 3, 22), place),
        ("c", 9, 4, None, date(2012, 1, 7), None, place),
    ]
    assert run_import("dar", path).line == counts(unchanged=3)
    moved = ndjson(tmp_path, row(position="POINT (700001 6170000)"))
    assert run_import("dar", moved).line == counts(changed=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (row().encode()[:-30], "line 1 is no JSON"),
        (row().encode() + b"\n" + row("B").encode()[:40], "line 2 is no JSON"),
        (row().encode("latin-1"), "line 1 is no JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "no field id, position"),
        (b"[1, 2]", "no field id, position"),
        (b"id;position\n", "text by its content"),
        (row(position="POINT (12.5 55.7)").encode(), "not metres"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "Adressepunkt.ndjson"
    path.write_bytes(content)
    outcome = run_import("dar", path)
    assert outcome.code == 2
    assert words in outcome.said
    assert not AddressPointVersion.objects.exists()


def test_rows_that_cannot_be_stored_are_set_aside_and_can_be_mended(tmp_path: Path) -> None:
    bad = [
        row("B", position="POINT (7 x)"),
        row("C", position=None),
        row("D", position="POINT (1 1)"),
        row(" "),
    ]
    outcome = run_import("dar", ndjson(tmp_path, row(), *bad), municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=4))
    assert dict(QuarantinedRecord.objects.values_list("record", "reason")) == {
        "line 2": "unreadable_geometry",
        "line 3": "no_geometry",
        "line 4": "outside_denmark",
        "line 5": "no_register_id",
    }
    record = QuarantinedRecord.objects.get(record="line 3")
    assert not retry_quarantined(record, acting_user=None)
    assert retry_quarantined(record, acting_user=None, mended=row("C").encode())
    assert [h[0] for h in held()] == ["a", "c"]


def test_history_of_points_is_written_once(tmp_path: Path) -> None:
    run_import("dar", ndjson(tmp_path, row()))
    with pytest.raises(Error, match="written once"), transaction.atomic():
        AddressPointVersion.objects.update(accuracy_class="B")


def number(identity: str = "N", **fields: Any) -> str:
    said = {
        "id": identity, "registreringfra": "2018-05-03T16:58:34Z", "registreringtil": None,
        "virkningfra": "2012-01-06T23:26:49.33Z", "virkningtil": None, "status": "3",
        "adgangsadressebetegnelse": "Prøvevej 7, 9999 Prøveby", "adgangspunkt": "A", **fields,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def called() -> list[Any]:
    rows = HouseNumberVersion.objects.filter(change_to=None).order_by("object__register_id")
    return list(
        rows.values_list(
            "object__register_id", "designation", "address_point_id", "status_code", "statuskode"
        )
    )


def test_house_numbers_say_what_an_address_is_called_and_where_it_leads(tmp_path: Path) -> None:
    path = ndjson(
        tmp_path,
        number(),
        number("O", adgangsadressebetegnelse=" Prøvevej 9, 9999 Prøveby ", status="2", adgangspunkt=None),
        number("P", status="4"),
        number("P", status="3", registreringtil="2019-01-01T00:00:00Z"),
        name="Husnummer.ndjson",
    )
    outcome = run_import("dar", path)
    assert (outcome.code, outcome.line) == (0, counts(new=3))
    assert "4 rows tell of 3 house numbers" in outcome.said
    assert called() == [
        ("n", "Prøvevej 7, 9999 Prøveby", "a", 3, 3),
        ("o", "Prøvevej 9, 9999 Prøveby", None, 2, 1),
        ("p", "Prøvevej 7, 9999 Prøveby", "a", 4, 4),
    ]
    assert run_import("dar", path).line == counts(unchanged=3)
    renamed = ndjson(tmp_path, number(adgangsadressebetegnelse="Nyvej 7, 9999 Prøveby"), name="h.ndjson")
    assert run_import("dar", renamed).line == counts(changed=1)
    assert HouseNumberVersion.objects.filter(object__register_id="n").count() == 2


def test_names_of_fields_as_the_distributor_writes_them(tmp_path: Path) -> None:
    row = {
        "id_lokalId": "N", "registreringFra": "2018-05-03T16:58:34Z", "virkningFra": "2012-01-06T23:26:49Z",
        "status": "3", "adgangsadressebetegnelse": "Prøvevej 7, 9999 Prøveby", "adgangspunkt": "A",
    }  # fmt: skip
    outcome = run_import("dar", ndjson(tmp_path, json.dumps(row), name="Husnummer.ndjson"))
    assert outcome.line == counts(new=1)
    assert called() == [("n", "Prøvevej 7, 9999 Prøveby", "a", 3, 3)]


def test_points_and_numbers_do_not_stand_in_one_file(tmp_path: Path) -> None:
    outcome = run_import("dar", ndjson(tmp_path, number(), row(), name="Husnummer.ndjson"))
    assert outcome.code == 2
    assert "line 2 has no field adgangsadressebetegnelse; expected DAR's Husnummer" in outcome.said
    assert not HouseNumberVersion.objects.exists()


def test_a_number_without_an_id_is_set_aside_and_can_be_mended(tmp_path: Path) -> None:
    outcome = run_import("dar", ndjson(tmp_path, number(), number(" ")), municipality="0999")
    assert (outcome.code, outcome.line) == (3, counts(new=1, quarantined=1))
    record = QuarantinedRecord.objects.get(reason="no_register_id")
    assert retry_quarantined(record, acting_user=None, mended=number("M").encode())
    assert [row[0] for row in called()] == ["m", "n"]


def test_points_and_numbers_are_read_by_one_command(tmp_path: Path) -> None:
    points = ndjson(tmp_path, row())
    outcome = run_import("dar", points, ndjson(tmp_path, number(), name="Husnummer.ndjson"))
    assert (outcome.code, outcome.line) == (0, counts(new=2))
    assert [one[0] for one in held()] == ["a"]
    assert [one[0] for one in called()] == ["n"]
