"""Backup and restore for real: in a throw-away cluster with all tables, as the site's own roles see it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.launch import database
from config.launch.backup import (
    DUMP,
    MANIFEST,
    _migrate,
    backup_options,
    holds_data,
    read_manifest,
    restore,
    write,
)
from config.launch.cluster import Cluster
from config.launch.place import Place, child_environment
from config.launch.progress import USAGE, CommandFailed, Log, Trouble
from config.launch.server import Server, with_database
from tests.launch.conftest import ROOT, Clone
from tests.launch.test_cluster import answer, ask

pytestmark = pytest.mark.real_clock

FILL = """
INSERT INTO accounts_municipality (code, name) VALUES ('0167', 'Prøve'), ('0253', 'Anden');
SELECT set_config('app.tenant', '0167', false);
INSERT INTO ledger_change (verb, themes, started_at) VALUES ('test', '{parcel}', now());
SELECT ledger_finish_change(id) FROM ledger_change WHERE verb = 'test';
INSERT INTO ledger_auditrow (municipality_id, verb, subject, detail) VALUES ('0167', 'test', 'æøå ½', '{"a": 1}');
INSERT INTO permits_application (municipality_id, public_id, number, title, work, state, address, applied_on,
    landzone_permit) VALUES
    ('0167', gen_random_uuid(), '1', 'Hus på Øster Allé', 'new', 'submitted', '', now(), false);
"""
CHANGE = """
INSERT INTO ledger_change (verb, themes, started_at) VALUES ('after', '{parcel}', now());
SELECT ledger_finish_change(max(id)) FROM ledger_change;
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with every migration and a few rows."""
    home = tmp_path_factory.mktemp("med mellemrum")
    cluster = Cluster(home / "pg", Log(home / "setup.log"), durable=False)
    cluster.create(database.set_up)
    env = {**os.environ, **database.private_addresses(cluster).environment()}
    env |= {"PLANVAERK_DB_ROLE": "owner", "PLANVAERK_SECRET_KEY": "x" * 50}
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"], check=True, env=env, cwd=ROOT
    )
    answer(cluster, "owner", FILL)
    yield cluster
    cluster.stop()


@pytest.fixture
def server(site: Cluster) -> Server:
    return Server.private(site)


@pytest.fixture(scope="module")
def kept(site: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    target = tmp_path_factory.mktemp("gemt") / "en kopi.backup"
    write(Server.private(site), target)
    return target


def everything(site: Cluster, name: str = database.DATABASE) -> dict[str, str]:
    """A checksum of every table, past all policies."""
    tables = site.sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
        name,
    ).split()
    return {
        table: site.sql(
            f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t", name
        )
        for table in tables
    }


def policies(site: Cluster) -> str:
    return site.sql(
        "SELECT * FROM pg_policies ORDER BY tablename, policyname;"
        "SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner), "
        "coalesce(relacl, acldefault('r', relowner))::text FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;"
        "SELECT defaclacl::text FROM pg_default_acl ORDER BY 1;"
        "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname, tgrelid::regclass::text",
        database.DATABASE,
    )


def test_data_rights_and_policies_come_back_and_a_new_epoch_begins(
    site: Cluster, server: Server, kept: Path
) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    manifest = read_manifest(kept, ROOT)
    assert (manifest["epoch"], manifest["revision"]) == (1, 1)
    data, rights = everything(site), policies(site)
    answer(site, "owner", "DELETE FROM permits_finding; UPDATE accounts_municipality SET name = 'Ødelagt'")
    assert everything(site) != data
    asked: list[str] = []
    assert restore(server, kept, asked.append) == 2
    assert asked == ["planvaerk_restoring"]
    restored = everything(site)
    epochs = restored.pop("ledger_epoch")
    assert epochs.startswith("2|")
    assert data.pop("ledger_epoch").startswith("1|")
    assert restored == data
    assert policies(site) == rights
    assert server.exists("planvaerk_before_restore")
    assert not server.exists("planvaerk_restoring")

    # The site's role is as restricted as before.
    assert answer(site, "app", "SELECT count(*) FROM permits_application") == "0"
    mine = "SELECT set_config('app.tenant', '{}', false); SELECT title FROM permits_application"
    assert answer(site, "app", mine.format("0167")).splitlines()[1:] == ["Hus på Øster Allé"]
    assert answer(site, "app", mine.format("0253")).splitlines()[1:] == []
    assert "permission denied" in ask(site, "app", "DELETE FROM ledger_auditrow").stderr
    assert "permission denied" in ask(site, "app", "SELECT * FROM ledger_audithead").stderr
    assert "must be owner" in ask(site, "app", "DROP TABLE permits_application").stderr

    # Revisions go on after the last one, in the new epoch; the audit chain goes on too.
    assert answer(site, "worker", CHANGE).splitlines()[-1] == "2"
    assert (
        answer(site, "worker", "SELECT epoch_id, revision FROM ledger_change WHERE verb = 'after'") == "2|2"
    )
    audited = (
        "SELECT set_config('app.tenant', '0167', false);"
        "INSERT INTO ledger_auditrow (municipality_id, verb, subject, detail) VALUES ('0167', 'x', '', '{}');"
        "SELECT sequence, previous <> '' FROM ledger_auditrow ORDER BY sequence DESC LIMIT 1"
    )
    assert answer(site, "app", audited).splitlines()[-1] == "2|t"


@pytest.mark.slow
def test_an_epoch_is_never_used_twice(server: Server, kept: Path) -> None:
    first = restore(server, kept, lambda _name: None)
    assert restore(server, kept, lambda _name: None) == first + 1


@pytest.mark.slow
def test_restore_beside_a_site_that_runs(site: Cluster, server: Server, kept: Path) -> None:
    env = child_environment(Place(ROOT), os.environ) | {"PLANVAERK_SECRET_KEY": "x" * 50}
    launcher: Any = SimpleNamespace(place=Place(ROOT), log=site.log, env=env)
    addresses = database.private_addresses(site)
    with subprocess.Popen(
        [str(site.binaries / "psql"), "-X", "-c", "SELECT pg_sleep(60)", site.url("app", database.DATABASE)],
        env={"LC_ALL": "C.UTF-8"},
        stderr=subprocess.PIPE,
    ) as busy:
        # Its tables are brought up to date before it is used, by the owner and under its passing name.
        assert restore(server, kept, lambda name: _migrate(launcher, addresses, name)) > 1
        assert busy.wait(10) != 0
    assert answer(site, "app", "SELECT count(*) FROM accounts_municipality") == "2"


@pytest.mark.slow
def test_a_failed_restore_changes_nothing(site: Cluster, server: Server, kept: Path) -> None:
    before = everything(site)

    def fail(_name: str) -> None:
        raise Trouble("no")

    with pytest.raises(Trouble):
        restore(server, kept, fail)
    assert everything(site) == before
    assert not server.exists("planvaerk_restoring")


@pytest.mark.slow
def test_a_dump_that_postgres_refuses_changes_nothing(site: Cluster, server: Server, tmp_path: Path) -> None:
    before = everything(site)
    spoilt = tmp_path / "spoilt"
    with zipfile.ZipFile(spoilt, "w") as archive:
        archive.writestr(DUMP, b"PGDMP" + b"\x00" * 3_000_000)
    with pytest.raises(Trouble, match="could not be read"):
        restore(server, spoilt, lambda _name: None)
    assert everything(site) == before
    assert not server.exists("planvaerk_restoring")


def test_a_wrong_a_truncated_and_a_changed_file_are_refused(kept: Path, tmp_path: Path) -> None:
    whole = kept.read_bytes()
    bad = tmp_path / "bad"
    middle = whole.index(b"PGDMP") + 200
    spoilt = [
        b"",
        b"hello",
        whole[: len(whole) // 2],
        whole[:-1],
        whole[1000:],
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
    ]
    for content in spoilt:
        bad.write_bytes(content)
        with pytest.raises(Trouble) as told:
            read_manifest(bad, ROOT)
        assert told.value.exit_code == USAGE
        assert "Nothing was changed" in told.value.hint
    with pytest.raises(Trouble, match="no file"):
        read_manifest(tmp_path / "none", ROOT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version": 1', b'"version": 9'),
        (b'"accounts.0001_initial"', b'"accounts.9999_initial"'),
        (b'"lookup.0002_tenants"', b'"lookup.0009_tenants"'),
        # A step that another app has.
        (b'"lookup.0002_tenants"', b'"lookup.0003_history"'),
    ],
)
def test_a_backup_of_a_newer_version_is_refused(kept: Path, tmp_path: Path, old: bytes, new: bytes) -> None:
    newer = tmp_path / "newer"
    with zipfile.ZipFile(kept) as source, zipfile.ZipFile(newer, "w") as target:
        text = source.read(MANIFEST)
        assert old in text
        target.writestr(MANIFEST, text.replace(old, new))
        target.writestr(DUMP, source.read(DUMP))
    with pytest.raises(Trouble, match="newer version of Planværk"):
        read_manifest(newer, ROOT)


def test_a_file_that_is_there_is_not_overwritten(server: Server, kept: Path) -> None:
    with pytest.raises(Trouble, match="not overwritten"):
        write(server, kept)


def test_a_backup_that_fails_leaves_no_file(server: Server, tmp_path: Path) -> None:
    lost = Server(with_database(server.address, "postgres"), server.log, server.binaries)
    with pytest.raises(Trouble, match="no tables"):
        write(lost, tmp_path / "x")
    broken = Server(server.address, server.log, tmp_path)
    with pytest.raises((Trouble, CommandFailed)):
        write(broken, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_whether_there_is_something_to_lose(site: Cluster, server: Server) -> None:
    assert holds_data(server)
    assert not holds_data(Server(with_database(server.address, "postgres"), server.log))
    assert not holds_data(Server(with_database(server.address, "nowhere"), server.log))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://app@/planvaerk?host=/run/x", "postgresql://app@/other?host=/run/x"),
        ("postgresql:///planvaerk?host=/run/x", "postgresql:///other?host=/run/x"),
        ("postgresql://a:p%40ss@db.example:5433/planvaerk", "postgresql://a@db.example:5433/other"),
    ],
)
def test_addresses(address: str, expected: str) -> None:
    assert with_database(address, "other", keep_password=False) == expected


def test_arguments_and_a_clone_without_data(clone: Clone, tmp_path: Path) -> None:
    assert backup_options(["x"]).file == Path("x")
    done = clone.run("backup", str(tmp_path / "x"))
    assert done.returncode == USAGE
    assert "nothing to back up" in done.stderr
    done = clone.run("restore", str(tmp_path / "x"))
    assert done.returncode == USAGE
    assert "no file" in done.stderr
    assert clone.run("restore").returncode == USAGE
