"""Imports in bad company: two writers of one object, a full disk, a clock set back, a worker that dies."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.db import connection, connections
from django.utils import translation

from geodata.ledger import merge as merging
from geodata.ledger.jobs import do, enqueue_import
from geodata.ledger.models import Change, Epoch, ImportRun, Job, StagedRecord
from geodata.ledger.orders import order
from geodata.ledger.runs import Busy, DatabaseFull, work
from geodata.models.cadastre import Parcel, ParcelVersion
from tests.conftest import TODAY
from tests.geodata.imports import counts, run_import
from tests.geodata.ledger.cadastre import parcel_table
from tests.geodata.ledger.throwaway import server


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Whatever language an earlier page has left behind."""
    with translation.override("en"):
        yield


FULL = """
CREATE FUNCTION pg_temp.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.batch >= 2 THEN
        RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_room BEFORE INSERT ON ledger_stagedrecord FOR EACH ROW EXECUTE FUNCTION pg_temp.no_room();
"""


@pytest.mark.django_db
def test_a_full_disk_while_copying_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    run = order("matriklen", [parcel_table(tmp_path / "p.csv", 20)], acting_user=None)
    with connection.cursor() as cursor:
        cursor.execute(FULL)
    with pytest.raises(DatabaseFull, match="disk is full"):
        work(run.pk, batch_size=5)
    run.refresh_from_db()
    assert (run.state, run.staged) == ("failed", 0)
    assert not StagedRecord.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER no_room ON ledger_stagedrecord")
    assert run_import("matriklen", tmp_path / "p.csv").line == counts(new=20)


@pytest.mark.django_db
def test_a_clock_that_was_set_back_does_not_turn_history_round(tmp_path: Path) -> None:
    a, b = (parcel_table(tmp_path / f"{n}.csv", 3, number=n) for n in "ab")
    run_import("matriklen", a)
    # The server's clock was a day ahead when that change was finished, and is right again now.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_change DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_change SET recorded_at = recorded_at + interval '1 day'")
        cursor.execute("ALTER TABLE ledger_change ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    with time_machine.travel(TODAY.replace(year=2020), tick=False):
        assert run_import("matriklen", b).line == counts(changed=3)
    first, second = Change.objects.order_by("revision")
    assert first.recorded_at is not None
    assert second.recorded_at is not None
    assert first.recorded_at < second.recorded_at
    assert set(ParcelVersion.objects.current().values_list("parcel_number", flat=True)) == {"0b", "1b", "2b"}


@pytest.fixture
def _epoch() -> None:
    """A test with transactions of its own empties all tables when it ends, also the one with the first epoch."""
    Epoch.objects.get_or_create(number=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_epoch")
def test_two_writers_of_one_object_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_import("matriklen", parcel_table(tmp_path / "z.csv", 5, number="z"))
    first, second = (
        order("matriklen", [parcel_table(tmp_path / f"{n}.csv", 5, number=n)], acting_user=None) for n in "ab"
    )
    inside, go_on = threading.Event(), threading.Event()
    real = merging._to_end

    def held(*args: object) -> list[int]:
        inside.set()
        go_on.wait(20)
        return real(*args)  # type: ignore[arg-type]

    lines: dict[str, str] = {}

    def write(run: ImportRun) -> None:
        try:
            lines[run.file_name] = work(run.pk).line()
        finally:
            connections.close_all()

    one = threading.Thread(target=write, args=(first,))
    two = threading.Thread(target=write, args=(second,))
    monkeypatch.setattr(merging, "_to_end", held)
    one.start()
    assert inside.wait(20)
    monkeypatch.setattr(merging, "_to_end", real)
    two.start()
    two.join(1.0)
    assert two.is_alive(), "the second waits for the first"
    go_on.set()
    one.join(20)
    two.join(20)
    assert lines == {"a.csv": counts(changed=5), "b.csv": counts(changed=5)}
    history = ParcelVersion.objects.filter(object__register_id="1000").order_by("change_from__revision")
    assert [v.parcel_number for v in history] == ["0z", "0a", "0b"]
    assert [v.change_to_id for v in history] == [*[v.change_from_id for v in history][1:], None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_epoch")
def test_one_run_is_never_done_by_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = order("matriklen", [parcel_table(tmp_path / "p.csv", 5)], acting_user=None)
    inside, go_on = threading.Event(), threading.Event()

    def say(_text: str) -> None:
        inside.set()
        go_on.wait(20)

    def write() -> None:
        try:
            work(run.pk, say=say)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    assert inside.wait(20)
    with pytest.raises(Busy):
        work(run.pk)
    job = enqueue_import(run)
    with pytest.raises(Busy):
        do(job.pk)
    assert Job.objects.get().state == "working"
    go_on.set()
    thread.join(20)
    do(job.pk)
    assert Job.objects.get().state == "done"
    assert Parcel.objects.count() == 5


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of a few megabytes, where that may be made and the server's own user gets to it."""
    home = Path(tempfile.mkdtemp(prefix="planvaerk-disk-"))
    home.chmod(0o711)
    folder = home / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        shutil.rmtree(home)
        yield folder
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.real_clock
def test_a_really_full_disk_and_a_worker_that_dies_between_two_batches(
    tmp_path: Path, small_disk: Path
) -> None:
    """With a server of its own: a tablespace of 3 MB for the staging table, then a worker killed between batches."""
    home = tmp_path / "server"
    home.mkdir()
    with server(home) as found:
        path = parcel_table(tmp_path / "p.csv", 2_000)
        if small_disk.exists():
            uid = found.cluster.data.stat().st_uid
            os.chown(small_disk, uid, -1)
            found.cluster.sql(f"CREATE TABLESPACE small LOCATION '{small_disk}';", "planvaerk")
            found.cluster.sql("ALTER TABLE ledger_stagedrecord SET TABLESPACE small;", "planvaerk")
            found.env["PLANVAERK_IMPORT_BATCH"] = "500"
            big = parcel_table(tmp_path / "big.csv", 20_000, across=500)
            done = found.try_manage("import_geodata", "matriklen", str(big))
            assert done.returncode == 2, done.stderr
            assert "disk" in done.stderr
            assert found.rows("SELECT state, staged FROM ledger_importrun") == [("failed", 0)]
            assert found.rows("SELECT count(*) FROM geodata_parcel") == [(0,)]
            found.cluster.sql("ALTER TABLE ledger_stagedrecord SET TABLESPACE pg_default;", "planvaerk")
        found.env["PLANVAERK_IMPORT_BATCH"] = "20"
        found.manage("import_geodata", "matriklen", str(path), "--background")
        worker = found.spawn("manage.py", "worker", "--dead-after", "1")
        _until(lambda: _staged(found) >= 200)
        worker.kill()
        worker.wait()
        left = _staged(found)
        assert left >= 200
        worker = found.spawn("manage.py", "worker", "--dead-after", "1")
        try:
            _until(lambda: found.rows("SELECT state FROM ledger_job") == [("done",)])
        finally:
            worker.terminate()
            worker.wait(20)
        assert found.rows("SELECT count(*) FROM geodata_parcel") == [(2_000,)]
        assert found.rows("SELECT count(*) FROM ledger_change") == [(1,)]
        assert found.rows("SELECT count(*) FROM ledger_stagedrecord") == [(0,)]
        assert found.rows("SELECT attempts FROM ledger_job")[0][0] >= 2


def _staged(found: object) -> int:
    rows = found.rows("SELECT staged FROM ledger_importrun ORDER BY id DESC LIMIT 1")  # type: ignore[attr-defined]
    return int(rows[0][0])


def _until(true: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(psycopg.OperationalError):
            if true():  # type: ignore[operator]
                return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
