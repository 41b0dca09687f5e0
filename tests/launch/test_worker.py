"""The worker beside the site: started again when it dies, ended with the site, also by another launcher."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from config.launch.place import Place
from config.launch.serve import start_ticks
from config.launch.worker import Worker

pytestmark = pytest.mark.real_clock


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    found.make_folders()
    found.python.parent.mkdir(parents=True)
    found.python.symlink_to(sys.executable)
    (tmp_path / "manage.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    return found


def pid_of(worker: Worker, other_than: int = 0) -> int:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            pid = int(json.loads(worker.file.read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError):
            pid = 0
        if pid not in (0, other_than):
            return pid
        time.sleep(0.02)
    raise AssertionError("no worker was started")


def test_a_killed_worker_is_started_again_and_stops_with_the_site(place: Place) -> None:
    worker = Worker(place)
    worker.start(dict(os.environ))
    try:
        first = pid_of(worker)
        os.kill(first, signal.SIGKILL)
        second = pid_of(worker, first)
        assert start_ticks(second) is not None
    finally:
        worker.stop()
    assert start_ticks(second) is None
    assert not worker.file.exists()


def test_another_launcher_ends_it(place: Place) -> None:
    left = Worker(place)
    process = left._launch(dict(os.environ))
    assert Worker(place).stop()
    assert start_ticks(process.pid) is None
    process.wait(5)
    assert not Worker(place).stop()
