"""Ports, and knowing the site again."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.launch import lock
from config.launch.place import Place
from config.launch.progress import Trouble
from config.launch.serve import HOST, Site, open_port, start_ticks
from tests.launch.conftest import ROOT, Clone


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """A port that another program listens on."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        sock.listen()
        yield sock


def test_taken_port_is_an_error_that_says_what_to_do(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with pytest.raises(Trouble, match=f"Port {port} is taken") as caught:
        open_port(port)
    assert caught.value.exit_code == 2
    assert "--port" in caught.value.hint


def test_taken_port_on_the_command_line(clone: Clone, taken: socket.socket) -> None:
    done = clone.run("demo", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_next_free_port_is_taken_and_held(taken: socket.socket) -> None:
    first = taken.getsockname()[1]
    with open_port(None, first) as one, open_port(None, first) as two:
        ports = [sock.getsockname()[1] for sock in (taken, one, two)]
        assert len(set(ports)) == 3
        assert min(ports) == first


def site(folder: Path) -> Site:
    place = Place(folder)
    place.make_folders()
    return Site(place)


def test_site_that_ended_is_not_running_even_when_its_number_lives(tmp_path: Path) -> None:
    here = site(tmp_path)
    assert here.running() is None
    assert here.stop() is False
    ticks = start_ticks(os.getpid())
    assert ticks is not None
    here.file.write_text(json.dumps({"pid": os.getpid(), "port": 8000, "ticks": ticks - 1}), encoding="utf-8")
    assert here.running() is None
    assert here.stop() is False
    assert not here.file.exists()


def test_running_site_is_found_and_stopped(tmp_path: Path) -> None:
    here = site(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    record = {"pid": process.pid, "port": 8123, "ticks": start_ticks(process.pid)}
    here.file.write_text(json.dumps(record), encoding="utf-8")
    found = here.running()
    assert found is not None
    assert found.url == "http://127.0.0.1:8123/"
    assert here.stop() is True
    assert process.wait(5) != 0
    assert here.running() is None


WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hej"]
"""


def test_serving_until_stopped(tmp_path: Path) -> None:
    """The real server on the held port: it answers when `start` returns, and ends when told to."""
    root = tmp_path / "et sted"
    (root / "config").mkdir(parents=True)
    (root / "config" / "wsgi.py").write_text(WSGI, encoding="utf-8")
    for name in ("serving.py", "logs.py"):
        shutil.copy(ROOT / "config" / name, root / "config" / name)
    place = Place(root)
    place.make_folders()
    place.python.parent.mkdir(parents=True)
    place.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    place.python.chmod(0o755)
    here = Site(place)
    process = here.start(open_port(None), {**os.environ, "PYTHONPATH": ""})
    found = here.running()
    assert found is not None
    with socket.create_connection((HOST, found.port)) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"hej" in client.makefile("rb").read()
    assert here.stop() is True
    assert here.wait(process) == 0
    with open_port(found.port):
        pass


def test_site_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.make_folders()
    place.python.parent.mkdir(parents=True)
    place.python.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    place.python.chmod(0o755)
    here = Site(place)
    with pytest.raises(Trouble, match="did not start"):
        here.start(open_port(None), dict(os.environ))
    assert here.running() is None
    assert not here.file.exists()


def test_second_run_waits_for_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []

    def second() -> None:
        with lock.held(tmp_path):
            order.append("second")

    with lock.held(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert "waiting" in capsys.readouterr().err


def test_lock_is_given_back_when_its_holder_dies(tmp_path: Path) -> None:
    code = "import pathlib, sys; from config.launch import lock; lock.take(pathlib.Path(sys.argv[1]), '')"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    with lock.held(tmp_path):
        pass
