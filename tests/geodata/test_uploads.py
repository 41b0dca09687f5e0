"""What is sent to the site as files: so much is taken in and no more, and nothing is left of what is not."""

from __future__ import annotations

import io
import multiprocessing
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from geodata.accounts.models import Role
from geodata.ledger.files import GivenFile, keep, sweep
from geodata.ledger.models import ImportRun
from geodata.ledger.orders import order
from geodata.uploads import Taken, takers
from tests.geodata.accounts.people import OWN, person


def sent(path: str, *sizes: int, session: dict[str, str] | None = None) -> HttpRequest:
    """A request with files of these sizes."""
    files = [SimpleUploadedFile(f"{n}.dxf", b"x" * size) for n, size in enumerate(sizes)]
    request = RequestFactory().post(path, {"file": files, "said": "word"})
    request.session = session or {}  # type: ignore[assignment]
    return request


def kept(request: HttpRequest) -> list[int]:
    return [file.size or 0 for file in request.FILES.getlist("file")]


@pytest.fixture
def _ten_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(takers._entries, "/apply/", Taken(10_000))


@pytest.mark.usefixtures("_ten_thousand")
@pytest.mark.parametrize(
    ("sizes", "taken"), [((10_000,), [10_000]), ((10_001,), []), ((6_000, 6_000, 1), [6_000])]
)
def test_all_files_of_a_request_count_together(sizes: tuple[int, ...], taken: list[int]) -> None:
    request = sent("/apply/x/drawing/", *sizes)
    assert kept(request) == taken
    assert hasattr(request, "too_large") == (len(taken) < len(sizes))
    assert request.POST["said"] == "word"


def test_an_address_that_says_nothing_takes_no_file() -> None:
    request = sent("/konto/login/", 1)
    assert (kept(request), request.too_large) == ([], "0.dxf")  # type: ignore[attr-defined]


def test_deliveries_are_taken_of_people_who_have_signed_in() -> None:
    assert kept(sent("/imports/upload/", 9)) == []
    assert kept(sent("/imports/upload/", 9, session={SESSION_KEY: "1"})) == [9]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "words"), [("/apply/begin/", "højst imod 50 MB"), ("/konto/login/", "ikke imod filer")]
)
def test_what_says_that_it_is_far_too_large_is_not_read(path: str, words: str) -> None:
    body = _Unread()
    given = {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(2**30),
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
    }
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32  # without one nothing is read either
    page = client.generic("POST", path, headers={"Accept": "text/html"}, **given)
    assert (page.status_code, body.read_so_far) == (413, 0)
    assert words in page.text


class _Unread(io.RawIOBase):
    read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        self.read_so_far += 1
        return b""


# --- files that are kept for an import ----------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOADS = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"source": "no such register"}, {"source": "matriklen", "as_of": "x"}])
def test_an_order_that_is_refused_leaves_no_file(folder: Path, wrong: dict[str, str]) -> None:
    client = Client()
    client.force_login(person(Role.REGISTER_CLERK, OWN))
    client.post("/imports/upload/", {**wrong, "files": SimpleUploadedFile("p.csv", b"x")})
    assert not ImportRun.objects.exists()
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.django_db
def test_too_much_is_told_on_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(takers._entries, "/imports/upload/", Taken(1_000, signed_in=True))
    client = Client()
    client.force_login(person(Role.REGISTER_CLERK, OWN))
    files = [SimpleUploadedFile(name, b"x" * 600) for name in ("a.csv", "b.csv")]
    answer = client.post("/imports/upload/", {"source": "matriklen", "files": files}, follow=True)
    assert "ikke imod mere end 2 GB" in answer.text
    assert not ImportRun.objects.exists()
    assert not folder.exists()


@pytest.mark.django_db
def test_what_nobody_waits_for_is_swept_away(folder: Path) -> None:
    waited, left, young = (keep(f"{n}.csv", [n.encode()]) for n in "abc")
    half = folder / ".half"
    half.write_bytes(b"x")
    order("matriklen", [waited], acting_user=None, kept=True)
    before = time.time() - 7_200
    for path in (waited.path, left.path, half):
        os.utime(path, (before, before))
    assert {path.name for path in sweep()} == {left.path.name, ".half"}
    assert {path.name for path in folder.iterdir()} == {waited.path.name, young.path.name}


def _keeps(letter: bytes, turns: Any, results: Any) -> None:
    def chunks() -> Iterator[bytes]:
        for _n in range(3):
            turns.wait(20)
            yield letter * 1000

    results.put(keep("matrikel.csv", chunks()))


def test_two_processes_keep_files_of_one_name_at_once(folder: Path) -> None:
    """As they are forked, what one calls an object the other may call its own by the same number."""
    forked = multiprocessing.get_context("fork")
    turns, results = forked.Barrier(2), forked.Queue()
    both = [forked.Process(target=_keeps, args=(letter, turns, results)) for letter in (b"a", b"b")]
    for process in both:
        process.start()
    found: list[GivenFile] = [results.get(timeout=60) for _process in both]
    for process in both:
        process.join(20)
    assert {file.sha256 for file in found} == {sha256(letter * 3000).hexdigest() for letter in (b"a", b"b")}
    assert all(sha256(file.path.read_bytes()).hexdigest() == file.sha256 for file in found)
    assert len(list(folder.iterdir())) == 2
