"""Numbers of requests, lines in the log without anything about people, and pages that say what went wrong."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import gettext as _

from config import urls
from config.logs import JsonLines, WithRequest, configuration, redacted
from config.problems import too_many
from geodata.accounts.models import Role
from tests.geodata.accounts.people import OWN, person

pytestmark = pytest.mark.django_db
ADDRESS, CPR = "Søndergade 12, 8000 Aarhus", "010190-1234"
GIVEN = "0f" * 16

#: What goes wrong, for each status that has a page.
_WRONG: dict[int, Callable[[], Exception]] = {
    400: lambda: SuspiciousOperation(f"{ADDRESS} {CPR}"),
    403: lambda: PermissionDenied(_("You have no role in any municipality.")),
    404: lambda: Http404("nowhere"),
    413: lambda: RequestDataTooBig("too much"),
    500: lambda: ValueError(f"{ADDRESS} {CPR}"),
    503: lambda: OperationalError(f"server closed the connection: {ADDRESS} {CPR}"),
}


def _fails(_request: HttpRequest, status: int) -> HttpResponse:
    if status == 429:
        return too_many(_request)
    raise _WRONG[status]()


def _interrupted(_request: HttpRequest, why: str) -> HttpResponse:
    """As the middleware of sessions tells both that a session is gone and that it could not be kept."""
    try:
        raise (
            OperationalError("server closed the connection") if why == "database" else DatabaseError("no row")
        )
    except DatabaseError:
        try:
            raise UpdateError
        except UpdateError:
            raise SessionInterrupted("The request's session was deleted") from None


def _streams(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(part for part in (b"a", b"b"))


urlpatterns = [
    *urls.urlpatterns,
    path("fails/<int:status>", _fails, name="fails"),
    path("api/fails/<int:status>", _fails),
    path("interrupted/<str:why>", _interrupted),
    path("streams", _streams, name="streams"),
]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500


@pytest.fixture
def written() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the whole site writes, at its most talkative, as the server's own log gets it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(WithRequest())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def failing() -> Client:
    return Client(raise_request_exception=False)


def _line(lines: list[dict[str, Any]]) -> dict[str, Any]:
    [line] = [line for line in lines if line["logger"] == "planvaerk.requests"]
    return line


def test_a_number_is_taken_over_told_and_logged(client: Client, written: Any) -> None:
    answer = client.get("/health", headers={"X-Request-ID": GIVEN})
    assert answer["X-Request-ID"] == GIVEN
    line = _line(written())
    assert line["request_id"] == GIVEN
    assert (line["view"], line["method"], line["status"]) == ("health", "GET", 200)
    assert line["ms"] > 0 or line["ms"] == 0.0  # the clock of the tests stands still
    assert "user" not in line


@pytest.mark.parametrize("given", ["", "x", CPR, "0101901234", "a" * 65, f"{GIVEN}\tæ", "<script>", "-" * 20])
def test_another_number_is_made_where_the_given_one_is_none(client: Client, given: str) -> None:
    one, two = (client.get("/health", headers={"X-Request-ID": given})["X-Request-ID"] for _n in range(2))
    assert given not in (one, two)
    assert len(one) == 32
    assert one != two


@pytest.mark.parametrize("method", ["get", "post", "strange"])
@pytest.mark.parametrize(
    "where", ["/ejendom/", f"/{ADDRESS}/{CPR}", "/api/property/", "/fails/400", "/fails/500", "/fails/503"]
)
@pytest.mark.urls(__name__)
def test_nothing_about_people_is_written(failing: Client, written: Any, where: str, method: str) -> None:
    sent = {"q": f"{ADDRESS} {CPR}"}
    headers = {
        "Referer": f"http://testserver/?q={ADDRESS} {CPR}".encode().decode("latin-1"),
        "User-Agent": CPR,
    }
    if method == "strange":
        failing.generic(CPR, where, QUERY_STRING="q=S%C3%B8ndergade+12+010190-1234", headers=headers)
    else:
        getattr(failing, method)(where, sent, headers=headers)
    lines = written()
    assert _line(lines)["request_id"]
    text = json.dumps(lines, ensure_ascii=False)
    for word in ("ndergade", "8000", "Aarhus", "010190", "1234", "ejendom/", "ndergade"):
        assert word not in text, lines


def test_a_person_is_a_pseudonym(client: Client, written: Any) -> None:
    user = person(Role.CASE_WORKER, OWN, name="karen.kirkegaard")
    client.force_login(user)
    client.get("/")
    client.get("/ejendom/")
    lines = [line for line in written() if line["logger"] == "planvaerk.requests"]
    assert len({line["user"] for line in lines}) == 1
    assert len(lines[0]["user"]) == 12
    assert "kirkegaard" not in json.dumps(written())
    assert lines[0]["user"] != str(user.pk)


@pytest.mark.urls(__name__)
def test_an_error_is_told_by_its_kind_and_places_with_the_number_of_the_page(
    failing: Client, written: Any
) -> None:
    answer = failing.get("/fails/500")
    [error] = [line for line in written() if line["level"] == "ERROR"]
    assert error["error"] == "builtins.ValueError"
    assert any("_fails" in place for place in error["places"])
    assert error["request_id"] == answer["X-Request-ID"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 503])
def test_every_page_of_an_error_speaks_both_languages_and_tells_the_number(
    failing: Client, status: int
) -> None:
    danish = failing.get(f"/fails/{status}", headers={"X-Request-ID": GIVEN})
    failing.cookies["django_language"] = "en"
    english = failing.get(f"/fails/{status}", headers={"X-Request-ID": GIVEN})
    for answer, told, lang in (
        (danish, "Skriver du til os om det", "da"),
        (english, "If you write to us about it", "en"),
    ):
        assert answer.status_code == status
        text = answer.content.decode()
        assert f'<html lang="{lang}">' in text
        assert told in text
        assert f"<code>{GIVEN}</code>" in text
        assert "Søndergade" not in text
        assert "Content-Security-Policy" in answer
    heads = [
        text.split("<h1>")[1].split("</h1>")[0]
        for text in (danish.content.decode(), english.content.decode())
    ]
    assert heads[0] != heads[1]
    assert ("Retry-After" in danish) == (status == 503)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("status", [400, 403, 404, 413, 500, 503])
def test_programs_get_a_problem_document(failing: Client, status: int) -> None:
    answer = failing.get(f"/api/fails/{status}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "Søndergade" not in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("why", "status"), [("database", 503), ("session", 400)])
def test_a_session_that_the_database_could_not_keep_is_no_fault_of_the_visitor(
    failing: Client, why: str, status: int
) -> None:
    assert failing.get(f"/interrupted/{why}").status_code == status


@pytest.mark.urls(__name__)
def test_500_is_told_even_when_its_page_is_broken(failing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_named: Any) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr("config.problems.loader.render_to_string", broken)
    answer = failing.get("/fails/500", headers={"X-Request-ID": GIVEN})
    assert answer.status_code == 500
    assert answer.content.decode().split("\n") == ["Noget gik galt hos os.", GIVEN, ""]


def test_a_forged_form_is_refused_in_danish() -> None:
    answer = Client(enforce_csrf_checks=True).post("/apply/begin/")
    assert answer.status_code == 403
    assert "Formularen er for gammel" in answer.text
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.text


@pytest.mark.urls(__name__)
def test_a_stream_is_told_when_it_has_been_sent(client: Client, written: Any) -> None:
    answer = client.get("/streams")
    assert not [line for line in written() if line["logger"] == "planvaerk.requests"]
    assert b"".join(answer) == b"ab"
    assert _line(written())["view"] == "streams"


def test_what_looks_like_a_civil_registration_number_goes() -> None:
    assert redacted("file 010190-1234, 0101901234 and 010190 1234") == "file [number], [number] and [number]"
    assert redacted("Of 010190-1234. CPR-nr.0101901234.") == "Of [number]. CPR-nr.[number]."
    kept = "run 12345678 at 2026-03-02T10:00:00, coordinate 574000.1234567890 and 1234567890.12, hash 0f0101901234ab"
    assert redacted(kept) == kept


def test_text_is_written_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert configuration("WARNING", "json")["formatters"]["line"] == {"()": JsonLines}
    assert "message" in configuration("WARNING", "text")["formatters"]["line"]["format"]
