"""The request's transaction, and in it the municipality whose personal data may be read.

A page is one transaction. It names the municipality with SET LOCAL, so that commit and rollback alike forget it and a
pooled connection carries nothing to the next request. A page that fails is rolled back as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from geodata.accounts.tenancy import SETTING, tenant
from geodata.accounts.whose import municipality_of

T = TypeVar("T")
_SET_LOCAL: Final = "SELECT set_config(%s, %s, true)"


class TenantMiddleware:
    """Opens the transaction when the view is known (so after the check of forged forms), closes it with the answer.

    Must stand last in ``MIDDLEWARE``. A view under ``transaction.non_atomic_requests`` gets none and sees no personal
    data before it opens :func:`geodata.accounts.tenancy.tenant` itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with ExitStack() as opened:
            request._page_transaction = opened  # type: ignore[attr-defined]
            request._page_failed = False  # type: ignore[attr-defined]
            response = self.get_response(request)
            if request._page_failed:  # type: ignore[attr-defined]
                transaction.set_rollback(True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Open the transaction, unless the view says that it manages its own."""
        if "default" not in getattr(view, "_non_atomic_requests", ()):
            page: ExitStack = request._page_transaction  # type: ignore[attr-defined]
            within = connection.in_atomic_block  # only where a test holds a transaction around the request
            page.enter_context(transaction.atomic())
            code = municipality_of(request)
            with connection.cursor() as cursor:
                cursor.execute(_SET_LOCAL, [SETTING, code or ""])
            request._tenant = code  # type: ignore[attr-defined]
            page.callback(delattr, request, "_tenant")
            if within:
                page.callback(_forget)
        return None

    def process_exception(self, request: HttpRequest, _exception: Exception) -> None:
        """The view failed: what it wrote is not kept, also when another layer turns the failure into a page.

        A view without a transaction of the page has nothing that could be taken back.
        """
        request._page_failed = hasattr(request, "_tenant")  # type: ignore[attr-defined]


def _forget() -> None:
    if not connection.needs_rollback:  # a rollback forgets by itself
        with connection.cursor() as cursor:
            cursor.execute(_SET_LOCAL, [SETTING, ""])


@contextmanager
def tenant_of_page(request: HttpRequest, code: str | None) -> Iterator[None]:
    """Open a tenant while a page is made; that of the page's own transaction is open already."""
    if code is not None and getattr(request, "_tenant", None) == code:
        yield
    else:
        with tenant(code):
            yield


def streamed(request: HttpRequest, parts: Callable[[], Iterable[T]]) -> Iterator[T]:
    """The parts of a streamed answer, made in a transaction of their own.

    A stream is sent after the request's transaction has ended; without this it would see no personal data.

    Parameters
    ----------
    parts : makes the parts; called when the first one is asked for.
    """
    with tenant(municipality_of(request)):
        yield from parts()
