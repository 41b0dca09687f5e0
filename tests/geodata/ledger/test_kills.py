"""One hundred random kills of worker and database while parcels are imported: the end is the undisturbed one."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.geodata.ledger.cadastre import parcel_table
from tests.geodata.ledger.throwaway import Server, server

pytestmark = [pytest.mark.slow, pytest.mark.real_clock]

SEED = 20_260_302
KILLS = 100
PARCELS = 2_000

#: Everything that an import leaves, with revisions instead of keys.
STATE = {
    "objects": "SELECT objekt_id, register_id, municipality_id, c.revision FROM geodata_parcel o "
    "JOIN ledger_change c ON c.id = o.created_by_id ORDER BY 1",
    "versions": "SELECT o.objekt_id, v.content_hash, v.parcel_number, v.property_number, md5(ST_AsEWKB(v.geometry)), "
    "f.revision, t.revision FROM geodata_parcelversion v JOIN geodata_parcel o ON o.id = v.object_id "
    "JOIN ledger_change f ON f.id = v.change_from_id LEFT JOIN ledger_change t ON t.id = v.change_to_id "
    "ORDER BY 1, 6",
    "statements": "SELECT objekt_id, source, content_hash, columns::text, attributes::text, as_of "
    "FROM ledger_statement ORDER BY 1, 2",
    "edges": "SELECT p.objekt_id, n.objekt_id, e.kind, e.inner, md5(ST_AsEWKB(ST_Normalize(e.geometry))), "
    "f.revision, t.revision FROM geodata_edge e JOIN geodata_parcel p ON p.id = e.parcel_id "
    "LEFT JOIN geodata_parcel n ON n.id = e.neighbour_id JOIN ledger_change f ON f.id = e.change_from_id "
    "LEFT JOIN ledger_change t ON t.id = e.change_to_id ORDER BY 1, 2, 5, 6, 3, 4, 7",
    "runs": "SELECT state, records, staged, new, changed, unchanged, ended, quarantined, message "
    "FROM ledger_importrun ORDER BY id",
    "changes": "SELECT revision, verb, themes::text FROM ledger_change ORDER BY revision",
    "audit": "SELECT verb, count(*) FROM ledger_auditrow GROUP BY 1",
    "left over": "SELECT count(*) FROM ledger_stagedrecord",
    "answers": "SELECT source, theme, municipality_id, state FROM ledger_sourceanswer ORDER BY 1, 2, 3",
}


def state(found: Server, database: str) -> dict[str, list[tuple[object, ...]]]:
    return {name: found.rows(sql, database) for name, sql in STATE.items()}


def done(found: Server) -> int:
    """How many imports are finished; -1 while the server is down."""
    with suppress(psycopg.OperationalError):
        return int(str(found.rows("SELECT count(*) FROM ledger_job WHERE state IN ('done', 'failed')")[0][0]))
    return -1


def test_a_hundred_kills_change_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    files = [parcel_table(tmp_path / f"{letter}.csv", PARCELS, number=letter) for letter in "ab"]
    killed: Counter[str] = Counter()
    in_state: Counter[str] = Counter()
    with server(tmp_path) as found:
        found.env["PLANVAERK_IMPORT_BATCH"] = "10"
        pid_file = tmp_path / "worker.pid"
        rounds = 0
        zygote = found.spawn("-m", "tests.geodata.ledger.zygote", str(pid_file))
        try:
            while killed.total() < KILLS or done(found) < rounds:
                if done(found) == rounds:
                    # The two files in turn: first everything is new, then everything changes.
                    found.manage("import_geodata", "matriklen", str(files[rounds % 2]), "--background")
                    rounds += 1
                # Short pauses hit the reading and the batches, long ones the merging and what comes after it.
                time.sleep(chance.uniform(0.03, 0.7) if chance.random() < 0.65 else chance.uniform(0.5, 3.5))
                if killed.total() == KILLS:
                    continue
                for row in found.rows("SELECT state FROM ledger_importrun ORDER BY id DESC LIMIT 1"):
                    in_state[str(row[0])] += 1
                what = chance.choice(("worker", "worker", "database", "both"))
                if what != "database":
                    with suppress(ProcessLookupError, FileNotFoundError):
                        os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGKILL)
                if what != "worker":
                    found.kill()
                    found.cluster.start()
                killed[what] += 1
        finally:
            zygote.kill()
            with suppress(ProcessLookupError, FileNotFoundError):
                os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGKILL)
            zygote.wait()
        disturbed = state(found, "planvaerk")
        del found.env["PLANVAERK_IMPORT_BATCH"]  # how many batches there are makes no difference either
        for name, url in found.addresses.environment().items():
            found.env[name] = url.replace("/planvaerk?", "/undisturbed?")
        # Only now, since after each crash the server looks at all the files that it has.
        found.cluster.sql("CREATE DATABASE undisturbed OWNER owner;")
        found.manage("migrate", "-v", "0", role="owner")
        for n in range(rounds):
            found.manage("import_geodata", "matriklen", str(files[n % 2]))
        undisturbed = state(found, "undisturbed")
    print(f"{rounds} imports, killed {dict(killed)}, while {dict(in_state)}")
    assert killed.total() == KILLS
    assert len(disturbed["objects"]) == PARCELS
    assert disturbed["left over"] == [(0,)]
    for name in STATE:
        assert disturbed[name] == undisturbed[name], name
