"""DAR's address points, with files written here: which row is true now, and faults."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import QuarantinedRecord
from geodata.models.addresses import AddressPointVersion
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
