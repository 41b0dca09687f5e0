"""Two hundred kills of harvester and server while plans change: what was harvested is proved complete."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from config.benchmarks.scratch import scratch_environment
from geodata.ledger.models import Epoch
from gml.feed.bulk import gather
from gml.feed.harvester import harvest
from gml.feed.publish import publish
from gml.models.published import PublishedPlan
from tests.gml.feed.edits import edit, put
from tests.gml.feed.test_harvester import proof, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_clock, pytest.mark.slow]
ROOT: Final = Path(__file__).parents[3]
_SEED: Final = 13
#: In each round the server is killed, and seven harvesters, the last of them while the server is away.
_ROUNDS: Final = 25
_HARVESTERS: Final = 6
#: So many rounds share a folder; a new one begins with the bulk files.
_ROUNDS_A_FOLDER: Final = 5
#: Never ends by itself, so that every kill hits it at work; a register that contradicts itself ends it.
_HARVEST: Final = """
import sys
from pathlib import Path
from gml.feed.client import HarvestFailed
from gml.feed.harvester import harvest
while True:
    try:
        harvest(sys.argv[1], Path(sys.argv[2]), anew=len(sys.argv) > 3)
    except HarvestFailed as error:
        if "other plans" in str(error):
            raise
"""


class _Site:
    """The site as it is served, which is killed with all its processes and started again on the same port."""

    def __init__(self, var: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}/register/"
        self._var = var
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return _start(
            self._var, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{self.port}", "--threads=4",
            "--no-control-socket", start_new_session=True,
        )  # fmt: skip

    def kill(self) -> None:
        assert self._process.poll() is None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def start_again(self) -> None:
        self._process = self._started()

    def answers(self) -> None:
        for _ in range(600):
            try:
                with closing(http.client.HTTPConnection("localhost", self.port, timeout=30)) as asked:
                    asked.request("GET", "/register/manifest.json")
                    if asked.getresponse().status < 500:
                        return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise AssertionError("the site does not answer")


def _start(var: Path, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **scratch_environment(), "PLANVAERK_VAR": str(var)}
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if "-c" in arguments else subprocess.DEVNULL, **more,
    )  # fmt: skip


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a harvester, which must be at work until then."""
    child.kill()
    _, said = child.communicate()
    assert child.returncode == -signal.SIGKILL, said.decode()


def _is_whole(into: Path) -> None:
    """Every file has bytes that the register published for this plan, and what is put down is there."""
    published: dict[str, set[str]] = {}
    for plan, sha256 in PublishedPlan.objects.values_list("plan", "sha256"):
        published.setdefault(str(plan), set()).add(sha256)
    files = list((into / "plans").glob("*.gml"))
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() in published[file.stem]
    if (into / "harvest.db").exists():
        with closing(sqlite3.connect(into / "harvest.db")) as book:
            assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = {row[0] for row in book.execute("SELECT name FROM sqlite_master")}
            held = {row[0] for row in book.execute("SELECT plan FROM held")} if "held" in tables else set()
        assert held <= {file.stem for file in files}


def test_two_hundred_kills_of_harvester_and_server_leave_a_complete_harvest(
    tmp_path: Path, settings: Any
) -> None:
    Epoch.objects.get_or_create(number=1)
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    rng = random.Random(_SEED)
    for number in range(12):
        put(number)
    publish()
    site, kills = _Site(settings.VAR), 0
    try:
        for turn in range(_ROUNDS):
            into = tmp_path / f"in{turn // _ROUNDS_A_FOLDER}"
            site.answers()
            if turn % _ROUNDS_A_FOLDER == 0:
                assert gather() is not None
                publisher = _start(settings.VAR, "manage.py", "publish_register")
            for _ in range(_HARVESTERS):
                anew = ["anew"] if rng.random() < 0.2 else []
                reader = _start(settings.VAR, "-c", _HARVEST, site.address, str(into), *anew)
                time.sleep(rng.uniform(0.05, 0.4))
                edit(rng)
                time.sleep(rng.uniform(0.0, 0.2))
                _kill(reader)
                kills += 1
                _is_whole(into)
            reader = _start(settings.VAR, "-c", _HARVEST, site.address, str(into))
            time.sleep(rng.uniform(0.2, 0.6))
            site.kill()
            kills += 1
            publisher.kill()
            publisher.wait()
            site.start_again()
            # It asks a site that comes back, half way through whatever it was at.
            time.sleep(rng.uniform(0.0, 1.0))
            _kill(reader)
            kills += 1
            _is_whole(into)
            if turn % _ROUNDS_A_FOLDER == _ROUNDS_A_FOLDER - 1:
                site.answers()
                assert harvest(site.address, into).complete
                assert proof(into) == register()
    finally:
        site.kill()
    assert kills == 200
    assert not list((settings.VAR / "register").glob("[!.]*.part"))
