"""A gigabyte of files, up to the limits and beyond them, sent to the site as it is served."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from geodata.accounts.models import Role
from tests.config.site import Served, environment, served
from tests.geodata.accounts.people import OWN, person

pytestmark = [pytest.mark.slow, pytest.mark.real_clock, pytest.mark.django_db(transaction=True)]

MEGABYTE = 2**20
LIMIT = 50 * MEGABYTE
AT_ONCE, TIMES = 4, 4
#: Four files at once in one process, each read by its view, and half as much again.
MOST_MORE_KB = AT_ONCE * LIMIT * 3 // 2 // 1024
TOKEN = "x" * 32
HEAD = '--bound\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
TAIL = b"\r\n--bound--\r\n"


def opened(
    site: Served, path: str, size: int, name: str, file: str, **headers: str
) -> http.client.HTTPConnection:
    """A form with one file of so many bytes, sent as far as the file begins."""
    head = HEAD.format(name=name, file=file).encode()
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=300)
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "multipart/form-data; boundary=bound")
    connection.putheader("Content-Length", str(len(head) + size + len(TAIL)))
    for header, value in headers.items():
        connection.putheader(header.replace("_", "-"), value)
    connection.endheaders(head)
    return connection


def parts(size: int) -> Iterator[bytes]:
    block = b"no drawing\n" * (MEGABYTE // 11)
    for start in range(0, size, len(block)):
        yield block[: size - start]


def send(
    site: Served, path: str, size: int, name: str = "drawing", file: str = "hus.dxf", **headers: str
) -> tuple[int, str]:
    """Status and text of what is answered to a file that is sent to its end."""
    connection = opened(site, path, size, name, file, **headers)
    try:
        for part in parts(size):
            connection.send(part)
        connection.send(TAIL)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def children(site: Served) -> list[str]:
    pid = site.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def most_kb(site: Served) -> int:
    """Most memory that one process of the site has ever had."""
    told = [Path(f"/proc/{pid}/status").read_text(encoding="ascii") for pid in children(site)]
    return max(
        int(line.split()[1]) for text in told for line in text.splitlines() if line.startswith("VmHWM")
    )


def test_a_gigabyte_leaves_no_file_and_takes_no_more_memory_than_the_limits_allow(tmp_path: Path) -> None:
    client = Client()
    client.force_login(person(Role.REGISTER_CLERK, OWN))
    signed_in = {
        "Cookie": f"sessionid={client.cookies[settings.SESSION_COOKIE_NAME].value}; csrftoken={TOKEN}",
        "X_CSRFToken": TOKEN,
    }
    var, coming = tmp_path / "var", tmp_path / "coming"
    var.mkdir()
    coming.mkdir()
    begun = time.monotonic()
    with served({**environment(var), "TMPDIR": str(coming)}, tmp_path / "site.log") as site:
        for _n in range(8):  # both processes have loaded what they need
            assert send(site, "/api/assess", 1000)[0] == 422
        before = most_kb(site)
        sizes = [LIMIT, LIMIT + 1, LIMIT - 1, 2 * LIMIT] * TIMES
        with ThreadPoolExecutor(AT_ONCE) as many:
            answers = list(many.map(lambda size: send(site, "/api/assess", size), sizes))
        for size, (status, text) in zip(sizes, answers, strict=True):
            assert status == (422 if size <= LIMIT else 413), text[:300]
            if status == 413:
                assert json.loads(text)["errors"][0] == {
                    "parameter": "drawing", "code": "too_large", "detail": "a drawing has at most 50 MB",
                }  # fmt: skip
        more = most_kb(site) - before
        # A delivery is kept for its import, which no worker does here; of one that is no source nothing stays.
        status, _text = send(site, "/imports/upload/", 100 * MEGABYTE, "files", "p.csv", **signed_in)
        assert status == 302
        assert not list((var / "uploads").iterdir())
        # What nobody takes is not kept while it comes, either.
        assert send(site, "/konto/login/", 10 * MEGABYTE, "file", **signed_in)[0] < 500
        sent = sum(sizes) + 110 * MEGABYTE
        print(
            f"{sent / 1e9:.2f} GB in {time.monotonic() - begun:.0f} s, {before / 1024:.0f} MB + {more / 1024:.0f} MB"
        )
        assert sent > 10**9
        assert more < MOST_MORE_KB
        assert list(coming.iterdir()) == []
        _is_refused_while_it_is_sent(site)
        _leaves_nothing_when_killed(site, coming, var, signed_in)
    assert list(coming.iterdir()) == []
    assert [path for path in (var / "uploads").iterdir() if path.stat().st_size > 0] == []


def _is_refused_while_it_is_sent(site: Served) -> None:
    """What says that it is far too large is answered although most of it never comes."""
    connection = opened(site, "/api/assess", 20 * LIMIT, "drawing", "hus.dxf")
    connection.send(next(parts(MEGABYTE)))
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert (answer.status, told["detail"]) == (413, "Her tages der højst imod 50 MB.")


def _leaves_nothing_when_killed(site: Served, coming: Path, var: Path, signed_in: dict[str, str]) -> None:
    """Every process of the site dies while a delivery comes."""
    connection = opened(site, "/imports/upload/", 100 * MEGABYTE, "files", "p.csv", **signed_in)
    for part in parts(30 * MEGABYTE):
        connection.send(part)
    pids = children(site)
    written = any(
        str(coming) in os.readlink(number) and os.stat(number).st_size > 0
        for pid in pids
        for number in Path(f"/proc/{pid}/fd").iterdir()
        if number.is_symlink() and os.path.lexists(number)
    )
    assert written, "the file is on the disk while it comes"
    assert list(coming.iterdir()) == [], "and has no name there"
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
    with pytest.raises((OSError, http.client.HTTPException, socket.timeout)):
        connection.getresponse()
    connection.close()
