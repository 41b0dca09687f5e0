"""The transaction of a page and the municipality in it: nothing is carried over, nothing half done is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from geodata.accounts.middleware import streamed
from geodata.accounts.models import Municipality, Role
from geodata.accounts.tenancy import tenant
from tests.geodata.accounts.people import OTHER, OWN, municipalities, person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls(__name__),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        return cursor.fetchone()[0] or ""


def tell(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{setting()} {connection.in_atomic_block}")


def fail(request: HttpRequest) -> HttpResponse:
    Municipality.objects.create(code="0001", name="Halvt gjort")
    how = request.GET["how"]
    if how == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
    raise {"forbidden": PermissionDenied, "missing": Http404}.get(how, RuntimeError)("nej")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        yield setting()

    return StreamingHttpResponse(
        streamed(request, parts) if "own" in request.GET else (setting() for _ in "x")
    )


@transaction.non_atomic_requests
def alone(request: HttpRequest) -> HttpResponse:
    return tell(request)


urlpatterns = [
    path("tell", tell),
    path("fail", fail),
    path("stream", stream),
    path("alone", alone),
    path("login", tell, name="account_login"),
    path("i18n", tell, name="set_language"),
]
handler403 = handler404 = handler500 = lambda _request, *_args, **_kwargs: HttpResponse("problem", status=500)


@pytest.fixture
def client() -> Client:
    municipalities()
    made = Client(raise_request_exception=False)
    made.force_login(person(Role.LEAD, OWN))
    return made


def test_a_page_speaks_for_the_municipality_and_the_connection_forgets_it(client: Client) -> None:
    for _ in range(2):
        assert client.get("/tell").content.decode() == f"{OWN} True"
        assert setting() == ""
    assert Client().get("/tell").content.decode() == "0999 True"
    assert client.get("/alone").content.decode() == " False"


@pytest.mark.parametrize("how", ["forbidden", "missing", "runtime", "database"])
def test_a_page_that_fails_keeps_nothing_and_carries_nothing_over(client: Client, how: str) -> None:
    assert client.get(f"/fail?how={how}").status_code == 500
    assert not Municipality.objects.filter(code="0001").exists()
    assert setting() == ""
    assert not connection.in_atomic_block
    assert Client().get("/tell").content.decode() == "0999 True"


def test_a_stream_opens_its_own(client: Client) -> None:
    assert b"".join(client.get("/stream").streaming_content) == b"", "after the page nobody is spoken for"
    assert b"".join(client.get("/stream?own").streaming_content) == OWN.encode()
    assert setting() == ""


def test_a_stream_that_is_broken_off_leaves_nothing_open(client: Client) -> None:
    request = HttpRequest()
    request.user = AnonymousUser()
    parts = streamed(request, lambda: iter("abc"))
    assert next(parts) == "a"
    parts.close()
    assert setting() == ""
    assert not connection.in_atomic_block


def test_two_requests_at_once_do_not_mix() -> None:
    municipalities()
    people = {code: person(Role.LEAD, code) for code in (OWN, OTHER)}
    clients = {}
    for code, user in people.items():
        clients[code] = Client()
        clients[code].force_login(user)
    wrong: list[str] = []

    def ask(code: str) -> None:
        try:
            for _ in range(10):
                said = clients[code].get("/tell").content.decode()
                if said != f"{code} True":
                    wrong.append(f"{code}: {said}")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(code,)) for code in (OWN, OTHER) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_inner_tenant_gives_the_outer_one_back() -> None:
    municipalities()
    with tenant(OWN):
        with tenant(OTHER):
            assert setting() == OTHER
        assert setting() == OWN
        with pytest.raises(DatabaseError), tenant(OTHER), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert setting() == OWN
    assert setting() == ""


def test_the_middleware_stands_last(settings: Any) -> None:
    assert settings.MIDDLEWARE[-1] == "geodata.accounts.middleware.TenantMiddleware"
