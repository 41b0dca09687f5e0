"""Import runs: batches that survive, cancel, resume, the same file again, late deliveries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import translation

from geodata.ledger import runs, staging
from geodata.ledger.actions.cancel_import import cancel_import
from geodata.ledger.models import (
    AnswerState,
    AuditRow,
    Change,
    ImportPart,
    ImportRun,
    QuarantinedRecord,
    SourceAnswer,
    StagedRecord,
)
from geodata.ledger.orders import order
from geodata.ledger.runs import Cancelled, work
from geodata.models.cadastre import Parcel, ParcelVersion
from geodata.readers.refusal import CannotRead
from tests.geodata.imports import collection as write
from tests.geodata.imports import counts, feature, run_import, square
from tests.geodata.ledger.cadastre import parcel_table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Whatever language an earlier page has left behind."""
    with translation.override("en"):
        yield


def ordered(path: Path, **options: object) -> ImportRun:
    return order("matriklen", [path], acting_user=None, **options)  # type: ignore[arg-type]


def dies_after(monkeypatch: pytest.MonkeyPatch, batches: int, error: Exception) -> list[int]:
    """Let the n-th batch fail before it is written; returns the numbers of the batches that were tried."""
    tried: list[int] = []
    real = staging.stage_batch

    def stage(part: ImportPart, delivery: object, batch: int) -> int:
        if len(tried) == batches:
            raise error
        tried.append(batch)
        return real(part, delivery, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "stage_batch", stage)
    return tried


def test_a_run_that_lost_its_database_goes_on_at_the_first_missing_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ordered(parcel_table(tmp_path / "p.csv", 23))
    with monkeypatch.context() as patch:
        dies_after(patch, 2, OperationalError("the connection was lost"))
        with pytest.raises(OperationalError):
            work(run.pk, batch_size=5)
    run.refresh_from_db()
    assert (run.state, run.staged, run.records) == ("staging", 10, 23)
    assert not Parcel.objects.exists(), "nothing is visible before it is merged"
    tried = dies_after(monkeypatch, 99, AssertionError())
    assert work(run.pk, batch_size=5).new == 23
    assert tried == [2, 3, 4]
    run.refresh_from_db()
    assert (run.state, run.staged) == ("done", 23)
    assert not StagedRecord.objects.exists()
    assert work(run.pk).line() == counts(new=23), "work again says the same and does nothing"
    assert Change.objects.count() == 1


def test_the_same_command_takes_up_what_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parcel_table(tmp_path / "p.csv", 12)
    with monkeypatch.context() as patch:
        dies_after(patch, 0, OperationalError("gone"))
        lost = run_import("matriklen", path)
    assert lost.code == 2
    assert "goes on where this one stopped" in lost.said
    assert run_import("matriklen", path).line == counts(new=12)
    assert ImportRun.objects.count() == 1


def test_a_file_that_was_written_over_meanwhile_is_not_mixed_with_what_is_staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parcel_table(tmp_path / "p.csv", 12)
    run = ordered(path)
    with monkeypatch.context() as patch:
        dies_after(patch, 1, OperationalError("gone"))
        with pytest.raises(OperationalError):
            work(run.pk, batch_size=5)
    parcel_table(path, 9)
    with pytest.raises(CannotRead, match="has changed since"):
        work(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert not StagedRecord.objects.exists()


def test_cancel_between_two_batches_leaves_nothing(tmp_path: Path) -> None:
    run = ordered(parcel_table(tmp_path / "p.csv", 20))

    def say(text: str) -> None:
        if "10 of 20" in text:
            ImportRun.objects.filter(pk=run.pk).update(cancel_asked=True)

    with pytest.raises(Cancelled):
        work(run.pk, say=say, batch_size=5)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not StagedRecord.objects.exists()
    assert not Parcel.objects.exists()
    assert not Change.objects.exists()
    with pytest.raises(Cancelled):
        work(run.pk)


def test_cancelling_is_an_action_and_too_late_when_merging_has_begun(tmp_path: Path) -> None:
    run = ordered(parcel_table(tmp_path / "p.csv", 3))
    cancel_import(run, acting_user=None)
    run.refresh_from_db()
    assert run.state == "cancelled"
    again = ordered(parcel_table(tmp_path / "q.csv", 4))
    work(again.pk)
    again.refresh_from_db()
    with pytest.raises(CannotRead, match="finished"):
        cancel_import(again, acting_user=None)


def test_the_same_file_under_another_name_is_answered_at_once(tmp_path: Path) -> None:
    one = parcel_table(tmp_path / "one.csv", 40)
    two = parcel_table(tmp_path / "two.csv", 40)
    assert run_import("matriklen", one).line == counts(new=40)
    run = ordered(two)
    begun = time.monotonic()
    report = work(run.pk)
    assert time.monotonic() - begun < 0.2
    assert report.line() == counts(unchanged=40)
    run.refresh_from_db()
    assert run.same_as is not None
    assert Change.objects.count() == 1


def test_the_same_file_is_read_again_when_something_newer_was_merged(tmp_path: Path) -> None:
    one = parcel_table(tmp_path / "one.csv", 5)
    run_import("matriklen", one)
    run_import("matriklen", parcel_table(tmp_path / "two.csv", 5, number="b"))
    assert run_import("matriklen", one).line == counts(changed=5)


def test_the_same_objects_in_two_coordinate_systems_are_unchanged(tmp_path: Path) -> None:
    from pyproj import Transformer

    grid = [feature(square(700_000 + 30 * n, 6_170_000), id_lokalid=f"b{n}") for n in range(4)]
    run_import("geodanmark", write(tmp_path / "a.geojson", *grid), municipality="0999")
    move = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)
    degrees = [
        feature(
            [[list(move.transform(*xy)) for xy in ring] for ring in square(700_000 + 30 * n, 6_170_000)],
            id_lokalid=f"b{n}",
        )
        for n in range(4)
    ]
    other = write(tmp_path / "b.geojson", *degrees, crs="urn:ogc:def:crs:OGC:1.3:CRS84")
    assert run_import("geodanmark", other, municipality="0999").line == counts(unchanged=4)


def test_an_older_delivery_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    new, old = (parcel_table(tmp_path / f"{n}.csv", 3, number=n) for n in "ab")
    run_import("matriklen", new, as_of=date(2026, 2, 1))
    late = run_import("matriklen", old, as_of=date(2026, 1, 1))
    assert late.line == counts()
    assert "3 records of parcel were not taken" in late.said
    assert set(ParcelVersion.objects.current().values_list("parcel_number", flat=True)) == {"0a", "1a", "2a"}
    assert run_import("matriklen", old, as_of=date(2026, 3, 1)).line == counts(changed=3)


def test_what_was_said_again_later_is_not_undone_by_what_lies_between(tmp_path: Path) -> None:
    a, b = (parcel_table(tmp_path / f"{n}.csv", 1, number=n) for n in "ab")
    run_import("matriklen", a, as_of=date(2026, 1, 1))
    assert run_import("matriklen", a, as_of=date(2026, 3, 1)).line == counts(unchanged=1)
    assert run_import("matriklen", b, as_of=date(2026, 2, 1)).line == counts()
    assert ParcelVersion.objects.current().get().parcel_number == "0a"


def test_an_old_file_does_not_bring_back_what_has_ended(tmp_path: Path) -> None:
    all_of_it, fewer = (parcel_table(tmp_path / f"{n}.csv", n) for n in (40, 39))
    run_import("matriklen", all_of_it, as_of=date(2026, 1, 1))
    run_import("matriklen", fewer, complete="0999", as_of=date(2026, 3, 1))
    older = parcel_table(tmp_path / "c.csv", 40)
    assert run_import("matriklen", older, as_of=date(2026, 2, 1)).line == counts(unchanged=39)
    assert ParcelVersion.objects.current().count() == 39


def test_a_file_that_would_end_everything_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "a.csv", 30))
    far = parcel_table(tmp_path / "b.csv", 1, shift=5000.0)
    refused = run_import("matriklen", far, complete="0999")
    assert refused.code == 2
    assert "29 of 30" in refused.said
    assert not StagedRecord.objects.exists()
    assert ParcelVersion.objects.current().count() == 30
    assert ImportRun.objects.get(state="failed").message


def test_a_done_import_tells_what_the_source_has_answered(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "a.csv", 2), as_of=date(2026, 2, 3))
    answer = SourceAnswer.objects.get()
    assert (answer.theme, answer.municipality_id, answer.state, answer.as_of) == (
        "parcel",
        "0999",
        AnswerState.FOUND,
        date(2026, 2, 3),
    )


def test_one_audit_row_an_import(tmp_path: Path) -> None:
    run_import("matriklen", parcel_table(tmp_path / "a.csv", 2), municipality="0999")
    from geodata.accounts.tenancy import tenant

    with tenant("0999"):
        row = AuditRow.objects.get()
        assert row.verb == "geodata.import_delivery"
    assert not QuarantinedRecord.objects.exists()
