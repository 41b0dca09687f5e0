"""Kills of the publishing and of the serving process, between edits: what a harvest then proves is still complete."""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from config.benchmarks.scratch import scratch_environment
from geodata.ledger.models import Epoch
from gml.feed.bulk import gather
from gml.feed.harvester import harvest
from gml.feed.publish import publish
from tests.gml.feed.edits import edit, put
from tests.gml.feed.test_harvester import proof, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_clock, pytest.mark.slow]
ROOT = Path(__file__).parents[3]
_KILLS = 20


def _start(var: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **scratch_environment(), "PLANVAERK_VAR": str(var)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
    )


def test_kills_of_publisher_and_server_leave_a_complete_harvest(tmp_path: Path, settings: Any) -> None:
    Epoch.objects.get_or_create(number=1)
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rng = random.Random(13)
    for number in range(12):
        put(number)
    for _ in range(_KILLS):
        edit(rng)
        publisher = _start(settings.VAR, "manage.py", "publish_register")
        server = _start(
            settings.VAR, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{port}",
            "--no-control-socket",
        )  # fmt: skip
        into = str(tmp_path / "in")
        reader = _start(settings.VAR, "-c", _HARVEST, f"http://localhost:{port}/register/", into)
        for process in (publisher, server, reader):
            time.sleep(rng.uniform(0.5, 3.0))
            process.kill()
            process.wait()
    server = _start(
        settings.VAR,
        "-m",
        "gunicorn",
        "config.wsgi:application",
        f"--bind=127.0.0.1:{port}",
        "--no-control-socket",
    )
    try:
        _answers(port)
        publish()
        assert gather() is not None
        assert not list((settings.VAR / "register").glob("[!.]*.part"))
        done = harvest(f"http://localhost:{port}/register/", tmp_path / "in")
        assert done.complete
        assert proof(tmp_path / "in") == register()
    finally:
        server.terminate()
        server.wait()


_HARVEST = (
    "import sys; from pathlib import Path; from gml.feed.harvester import harvest; "
    "harvest(sys.argv[1], Path(sys.argv[2]))"
)


def _answers(port: int) -> None:
    for _ in range(300):
        try:
            asked = http.client.HTTPConnection("localhost", port, timeout=30)
            asked.request("GET", "/register/manifest.json")
            if asked.getresponse().status < 500:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("the site does not answer")
