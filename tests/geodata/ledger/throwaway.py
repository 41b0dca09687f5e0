"""A throw-away cluster that is durable like a real one, with our tables in it, for tests that kill it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from config.launch.cluster import Cluster
from config.launch.database import private_addresses, set_up
from config.launch.progress import Log

ROOT = Path(__file__).resolve().parents[3]


class Server:
    """A database server and the processes that use it."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.cluster = Cluster(data, Log(folder / "log.txt"))
        self.addresses = private_addresses(self.cluster)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "PG"))},
            **self.addresses.environment(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PLANVAERK_VAR": str(folder),
            "PLANVAERK_SECRET_KEY": "only for a test",
            "PLANVAERK_LOG": "ERROR",
        }
        self.env.pop("PLANVAERK_DB_ROLE", None)

    def try_manage(self, *arguments: str, role: str = "worker") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**self.env, "PLANVAERK_DB_ROLE": role},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str, role: str = "worker") -> str:
        done = self.try_manage(*arguments, role=role)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            env={**self.env, "PLANVAERK_DB_ROLE": "worker"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def rows(self, sql: str, database: str = "planvaerk") -> list[tuple[object, ...]]:
        with psycopg.connect(self.cluster.url("postgres", database)) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[arg-type]

    def kill(self) -> None:
        """``kill -9`` of the server and, with it, of all its children."""
        pid = self.cluster.running_pid()
        if pid is None:
            return
        children = [
            int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        ]
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while any(_alive(p) for p in [pid, *children]) and time.monotonic() < end:
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.01)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A running server with our tables, gone afterwards; ``folder`` is its ``PLANVAERK_VAR``.

    Its data lie beside: the folders of pytest are closed to others each time that another run of pytest begins, and
    the server's own user could not start again.
    """
    home = Path(tempfile.mkdtemp(prefix="planvaerk-server-"))
    home.chmod(0o711)
    found = Server(folder, home / "pg")
    try:
        with _running(found):
            yield found
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(found: Server) -> Iterator[None]:
    found.cluster.create(set_up)
    try:
        found.manage("migrate", "-v", "0", role="owner")
        yield
    finally:
        found.cluster.stop()
