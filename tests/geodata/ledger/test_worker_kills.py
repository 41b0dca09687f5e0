"""Two workers on one queue, killed again and again in the middle of jobs: each job is done once, none is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.geodata.ledger.cadastre import parcel_table
from tests.geodata.ledger.throwaway import server

pytestmark = [pytest.mark.slow, pytest.mark.real_clock]

SEED = 20_261_122
PARCELS = 200
#: One job a letter; each changes all parcels, so that a job which was done twice, or never, leaves other versions.
LETTERS = "abcdefgh"
KILLS = 20
PATIENCE_S = 900


def test_each_job_is_done_once_whatever_dies(tmp_path: Path) -> None:
    chance, killed = random.Random(SEED), 0
    with server(tmp_path) as found:
        found.env["PLANVAERK_IMPORT_BATCH"] = "10"
        for letter in LETTERS:
            path = parcel_table(tmp_path / f"{letter}.csv", PARCELS, number=letter)
            found.manage("import_geodata", "matriklen", str(path), "--background")
        files = [tmp_path / f"worker{n}.pid" for n in range(2)]
        zygotes = [found.spawn("-m", "tests.geodata.ledger.zygote", str(file)) for file in files]
        try:
            end = time.monotonic() + PATIENCE_S
            while found.rows("SELECT count(*) FROM ledger_job WHERE state = 'done'") != [(len(LETTERS),)]:
                assert time.monotonic() < end, found.rows("SELECT id, state, attempts FROM ledger_job")
                time.sleep(
                    chance.uniform(0.02, 0.25)
                )  # a job takes a second, and half of the kills have to find one
                if killed < KILLS and found.rows("SELECT FROM ledger_job WHERE state = 'working'"):
                    with suppress(ProcessLookupError, FileNotFoundError):
                        os.kill(int(chance.choice(files).read_text(encoding="ascii")), signal.SIGKILL)
                        killed += 1
        finally:
            for zygote, file in zip(zygotes, files, strict=True):
                zygote.kill()
                with suppress(ProcessLookupError, FileNotFoundError):
                    os.kill(int(file.read_text(encoding="ascii")), signal.SIGKILL)
                zygote.wait()
        attempts = found.rows("SELECT sum(attempts) FROM ledger_job")
        print(f"{len(LETTERS)} jobs, {killed} kills, {attempts[0][0]} attempts")
        assert killed >= KILLS // 2
        assert found.rows(
            "SELECT right(parcel_number, 1), count(*) FROM geodata_parcelversion GROUP BY 1 ORDER BY 1"
        ) == [(letter, PARCELS) for letter in LETTERS]
        assert found.rows("SELECT count(*) FROM geodata_parcelversion WHERE change_to_id IS NULL") == [
            (PARCELS,)
        ]
        assert found.rows("SELECT count(*) FROM ledger_change") == [(len(LETTERS),)]
        assert found.rows("SELECT DISTINCT state, new + changed FROM ledger_importrun") == [("done", PARCELS)]
        assert found.rows("SELECT count(*) FROM ledger_auditrow WHERE verb = 'geodata.import_delivery'") == [
            (len(LETTERS),)
        ]
        assert found.rows("SELECT count(*) FROM ledger_stagedrecord") == [(0,)]
        found.manage("verify_audit", role="owner")
