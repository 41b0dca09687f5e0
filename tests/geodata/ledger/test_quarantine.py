"""What was set aside is kept whole and can be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from geodata.accounts.tenancy import tenant
from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.models import AuditRow, ImportOriginal, QuarantinedRecord, SourceAnswer
from geodata.models.buildings import BuildingVersion
from geodata.models.cadastre import ParcelVersion
from geodata.readers.refusal import CannotRead
from tests.geodata.imports import collection, feature, run_import, square
from tests.geodata.ledger.cadastre import parcel_table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Whatever language an earlier page has left behind."""
    with translation.override("en"):
        yield


BOW = [
    [
        [700_000, 6_170_000],
        [700_010, 6_170_010],
        [700_010, 6_170_000],
        [700_000, 6_170_010],
        [700_000, 6_170_000],
    ]
]


def aside(tmp_path: Path, **options: object) -> QuarantinedRecord:
    path = collection(
        tmp_path / "b.geojson", feature(square(700_100), ID_LOKALID="1"), feature(BOW, ID_LOKALID="2")
    )
    assert run_import("geodanmark", path, **options).code == 3
    return QuarantinedRecord.objects.get()


def test_the_same_bytes_are_refused_again_and_say_when_they_were_tried(tmp_path: Path) -> None:
    record = aside(tmp_path, municipality="0999")
    assert not retry_quarantined(record, acting_user=None)
    record.refresh_from_db()
    assert record.settled_at is None
    assert record.tried_at is not None
    assert record.reason == "invalid_geometry"


def test_a_mended_record_is_stored_and_settles(tmp_path: Path) -> None:
    record = aside(tmp_path, municipality="0999")
    with tenant("0999"):
        content = bytes(ImportOriginal.objects.get().content)
    mended = content.replace(b"[700010, 6170010], [700010, 6170000]", b"[700010, 6170000], [700010, 6170010]")
    assert mended != content
    assert retry_quarantined(record, acting_user=None, mended=mended)
    record.refresh_from_db()
    assert record.settled_by is not None
    assert BuildingVersion.objects.current().count() == 2
    with tenant("0999"):
        assert bytes(ImportOriginal.objects.get().content) == content, "as delivered, for good"
        assert AuditRow.objects.filter(verb="geodata.retry_quarantine").count() == 1
    with pytest.raises(CannotRead, match="meantime"):
        retry_quarantined(record, acting_user=None, mended=mended)


def mended_bytes(record: QuarantinedRecord) -> bytes:
    with tenant("0999"):
        content = bytes(ImportOriginal.objects.get(record=record).content)
    return content.replace(b"[700010, 6170010], [700010, 6170000]", b"[700010, 6170000], [700010, 6170010]")


def test_a_record_is_of_the_day_of_its_delivery_however_late_it_is_mended(tmp_path: Path) -> None:
    record = aside(tmp_path, municipality="0999", as_of=date(2026, 1, 5))
    assert retry_quarantined(record, acting_user=None, mended=mended_bytes(record))
    assert {row.as_of for row in SourceAnswer.objects.filter(theme="building")} == {date(2026, 1, 5)}


def test_an_old_record_does_not_undo_what_its_source_has_said_since(tmp_path: Path) -> None:
    record = aside(tmp_path, municipality="0999", as_of=date(2026, 1, 5))
    newer = collection(tmp_path / "n.geojson", feature(square(700_500), ID_LOKALID="2"))
    assert run_import("geodanmark", newer, municipality="0999", as_of=date(2026, 2, 5)).code == 0
    before = sorted(BuildingVersion.objects.values_list("pk", flat=True))
    with pytest.raises(CannotRead, match="on a later day"):
        retry_quarantined(record, acting_user=None, mended=mended_bytes(record))
    assert sorted(BuildingVersion.objects.current().values_list("pk", flat=True)) == before
    record.refresh_from_db()
    assert record.settled_at is None


def test_a_row_of_the_parcel_table_is_read_by_its_header(tmp_path: Path) -> None:
    path = parcel_table(tmp_path / "p.csv", 2)
    lines = path.read_text().splitlines()
    sound = lines[2]
    lines[2] = sound[:-40]
    path.write_text("\n".join(lines) + "\n")
    assert run_import("matriklen", path, municipality="0999").code == 3
    assert retry_quarantined(QuarantinedRecord.objects.get(), acting_user=None, mended=sound.encode())
    assert ParcelVersion.objects.current().count() == 2


def test_bytes_of_no_municipality_cannot_be_tried_and_it_is_said_why(tmp_path: Path) -> None:
    record = aside(tmp_path)
    with pytest.raises(CannotRead, match="not kept for a municipality"):
        retry_quarantined(record, acting_user=None)
