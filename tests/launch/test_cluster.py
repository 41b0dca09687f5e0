"""The private cluster: from nothing, found again, nobody else's."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from config.launch import database
from config.launch.cluster import ROLES, Cluster, find_binaries, make_socket_folder, socket_folder
from config.launch.progress import Log, Trouble


def ask(
    cluster: Cluster, role: str, statement: str, name: str = database.DATABASE
) -> subprocess.CompletedProcess[str]:
    """Ask the database as one role, by its address."""
    argv = [str(cluster.binaries / "psql"), "-X", "-A", "-t", "-c", statement, cluster.url(role, name)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})


def answer(cluster: Cluster, role: str, statement: str, name: str = database.DATABASE) -> str:
    """Return the answer."""
    done = ask(cluster, role, statement, name)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# -- where the socket is -----------------------------------------------------------------------------------


def test_socket_folder_is_short_whatever_the_path(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 120) / ("å" * 60) / "pg"
    for uid in (0, 1000, 4294967294):
        # The server adds `/.s.PGSQL.5432.lock`; the system's limit is 107 bytes.
        assert len(str(socket_folder(deep, uid))) < 60


def test_two_clones_and_two_clusters_have_their_own(tmp_path: Path) -> None:
    paths = [tmp_path / clone / name for clone in ("one", "two") for name in ("pg", "pg-test")]
    assert len({socket_folder(path) for path in paths}) == 4


def test_a_link_to_the_clone_is_the_same_clone(tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    (tmp_path / "link").symlink_to("clone")
    assert socket_folder(tmp_path / "link" / "pg") == socket_folder(tmp_path / "clone" / "pg")


def test_users_do_not_share_a_folder(tmp_path: Path) -> None:
    assert socket_folder(tmp_path, 1000) != socket_folder(tmp_path, 1001)
    assert socket_folder(tmp_path, 0).parent == Path("/run")
    assert socket_folder(tmp_path, 0, run=tmp_path / "no-run").parent == Path("/tmp")


def test_socket_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    make_socket_folder(folder, os.geteuid())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    make_socket_folder(folder, os.geteuid())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_planted_link_is_refused(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (tmp_path / "sockets").symlink_to(trap)
    with pytest.raises(Trouble, match="not a folder of this clone"):
        make_socket_folder(tmp_path / "sockets", os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    with pytest.raises(Trouble, match="not a folder of this clone"):
        make_socket_folder(folder, 0)


# -- from nothing ------------------------------------------------------------------------------------------


def test_cluster_from_nothing(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "POSIX")
    assert not cluster.exists()
    cluster.create(database.set_up)
    assert cluster.exists()
    assert cluster.answers()

    # Nothing but the socket, in a folder for its owner alone.
    assert answer(cluster, "app", "SHOW listen_addresses") == ""
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700

    # UTF-8 and Danish order, whatever the language of the shell.
    assert answer(cluster, "app", "SHOW server_encoding") == "UTF8"
    letters = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['å','ø','z','æ']) x"
    assert answer(cluster, "app", letters) == "zæøå"

    # Three roles without special rights; the superuser is for the setup only.
    special = "rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication"
    for role in ROLES:
        assert answer(cluster, "owner", f"SELECT {special} FROM pg_roles WHERE rolname = '{role}'") == "f"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'planvaerk'"
    assert answer(cluster, "owner", owner) == "owner"

    # A database made by the owner, as Django makes one for the tests, has extensions and rights.
    answer(cluster, "owner", "CREATE DATABASE fresh", "postgres")
    found = answer(cluster, "owner", "SELECT extname FROM pg_extension ORDER BY 1", "fresh").split()
    assert {"postgis", "btree_gist", "pgcrypto"} <= set(found)
    answer(cluster, "owner", "CREATE TABLE t (id serial PRIMARY KEY, shape geometry)", "fresh")
    for role in ("app", "worker"):
        answer(cluster, role, "INSERT INTO t (shape) VALUES (ST_MakePoint(1, 2))", "fresh")
        answer(cluster, role, "UPDATE t SET shape = NULL", "fresh")
        assert ask(cluster, role, "CREATE TABLE mine (id int)", "fresh").returncode != 0
        assert ask(cluster, role, "DROP TABLE t", "fresh").returncode != 0
    assert answer(cluster, "app", "SELECT count(*) FROM t", "fresh") == "2"

    # Stopped, and started again with everything in it.
    assert cluster.stop() is True
    assert cluster.running_pid() is None
    assert not cluster.sockets.exists()
    assert cluster.stop() is False
    cluster.start()
    assert answer(cluster, "worker", "SELECT count(*) FROM t", "fresh") == "2"

    # The socket's folder was swept away while the server ran: it comes back.
    shutil.rmtree(cluster.sockets)
    cluster.start()
    assert answer(cluster, "worker", "SELECT count(*) FROM t", "fresh") == "2"

    # The setting that tells a throw-away cluster from one that holds somebody's data.
    assert answer(cluster, "app", "SHOW fsync") == "off"


def test_interrupted_setup_is_begun_anew(cluster: Cluster) -> None:
    def power_cut(_cluster: Cluster) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster.create(power_cut)
    assert not cluster.exists()
    cluster.create(database.set_up)
    assert answer(cluster, "app", "SELECT 1") == "1"


def test_copied_clone_does_not_take_the_other_server_for_its_own(cluster: Cluster) -> None:
    cluster.create(lambda _cluster: None)
    pid = cluster.running_pid()
    copied = Cluster(cluster.data.with_name("copy"), cluster.log, durable=False)
    subprocess.run(["cp", "-a", str(cluster.data), str(copied.data)], check=True)
    assert (copied.data / "postmaster.pid").exists()
    assert copied.running_pid() is None
    assert copied.stop() is False
    assert cluster.running_pid() == pid is not None


def test_another_major_is_reported_with_the_way_on(tmp_path: Path) -> None:
    data = tmp_path / "pg"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n", encoding="ascii")
    old = Cluster(data, Log(None))
    with pytest.raises(Trouble, match=r"made by PostgreSQL 9; this machine runs PostgreSQL \d+") as caught:
        old.start()
    assert "./run reset --yes" in caught.value.hint
    assert "pg_dump" in caught.value.hint
    assert (data / "PG_VERSION").read_text(encoding="ascii") == "9\n"


def test_no_server_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match="PostgreSQL is not installed"):
        find_binaries(tmp_path)


# -- a server of one's own ---------------------------------------------------------------------------------


def test_no_address_means_the_private_cluster() -> None:
    assert database.given_addresses({}, ["postgresql://app@/planvaerk?host=/run/x"]) is None
    own = {"DATABASE_URL": "postgresql://app@/planvaerk?host=/run/x"}
    assert database.given_addresses(own, [own["DATABASE_URL"]]) is None


def test_given_address_serves_all_roles_unless_they_have_their_own() -> None:
    url = "postgresql://site:secret@db.example:5432/planvaerk"
    given = database.given_addresses({"DATABASE_URL": url, "DATABASE_OWNER_URL": url + "?o"}, [])
    assert given is not None
    assert (given.app, given.owner, given.worker, given.private) == (url, url + "?o", url, False)


def test_an_address_that_is_none() -> None:
    with pytest.raises(Trouble, match="not an address"):
        database.given_addresses({"DATABASE_URL": "planvaerk"}, [])


def test_shell_file_is_private_and_quoted(tmp_path: Path) -> None:
    path = tmp_path / "env.sh"
    database.write_shell_file(path, {"A": "it's $HOME"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done = subprocess.run(
        ["sh", "-c", '. "$1"; echo "$A"', "sh", str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "it's $HOME\n"
