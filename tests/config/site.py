"""The site as it is served in production, by gunicorn and ``config.serving``, for one test."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from config.launch.serve import open_port

FIRST_PORT = 18_000
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Served:
    """A site that runs."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of an answer."""
        opened = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            opened.request(
                "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = opened.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            opened.close()

    def written(self) -> str:
        return self.log.read_text(encoding="utf-8")


def environment(var: Path, database: str | None = None) -> dict[str, str]:
    """The environment of a process of the site, on the database that the test has or another one."""
    name = database or connection.settings_dict["NAME"]
    urls = {}
    for variable in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        head, _, query = os.environ[variable].partition("?")
        urls[variable] = f"{head.rpartition('/')[0]}/{name}?{query}"
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PLANVAERK_DB_ROLE"))
    }
    return {**kept, **urls, "PLANVAERK_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}


@contextmanager
def served(
    env: dict[str, str], log: Path, *, moment: str = "", door: socket.socket | None = None
) -> Iterator[Served]:
    """The site on a free port of the machine, stopped at the end; ``moment``: what its clock says when it begins.

    ``door`` is a port that the test holds, so that a site which is started again has the same address.
    """
    sock = door or open_port(None, FIRST_PORT)
    port = int(sock.getsockname()[1])
    with log.open("ab") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", *(("tests.crossing.week.moved", moment) if moment else ())),
                *("gunicorn", "config.wsgi:application"),
                *("--config=python:config.serving", f"--bind=fd://{sock.fileno()}"),
            ],
            env={**env, "PLANVAERK_DB_ROLE": "app"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            pass_fds=[sock.fileno()],
            start_new_session=True,
        )
    if door is None:
        sock.close()
    site = Served(port, process, log)
    try:
        for _attempt in range(300):
            try:
                site.get("/health/live")
                break
            except OSError:
                assert process.poll() is None, site.written()
                time.sleep(0.2)
        yield site
    finally:
        process.terminate()
        process.wait(30)
