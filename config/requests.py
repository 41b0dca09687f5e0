"""The outermost layer: each request gets a number, a line in the log and its place in the counts.

Neither line nor count holds the address: it may name a person's home, and it has no end of values.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import uuid
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.logs import request_id
from config.metrics import REQUESTS, SECONDS

log = logging.getLogger("planvaerk.requests")
HEADER: Final = "X-Request-ID"
#: What proxies make: hexadecimal digits, as UUID or in one piece. Nothing that a person could be named by.
_WELL_FORMED: Final = re.compile(r"(?=[0-9a-f-]{16,64}\Z)[0-9a-f]+(?:-[0-9a-f]+)*", re.IGNORECASE)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def number_of(request: HttpRequest) -> str:
    """The number that the request came with, when it is one, else a new one."""
    given = request.headers.get(HEADER, "")
    return given if _WELL_FORMED.match(given) else uuid.uuid4().hex


def view_of(request: HttpRequest) -> str:
    """Name of the view, ``static`` for files and ``none`` where no view was reached."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/") else "none"


def pseudonym(user: Any) -> str:
    """Twelve letters for a person (HMAC-SHA256 by the site's secret): lines of one belong together, unnamed."""
    text = f"log {user.pk}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()[:12]


class Requests:
    """Must stand first in ``MIDDLEWARE``.

    The line is written when the answer has been sent, streams included, so its duration is the whole one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = perf_counter()
        number = number_of(request)
        request_id.set(number)
        response = self.get_response(request)
        response[HEADER] = number
        response._resource_closers.append(partial(_told, request, response, begun))  # type: ignore[attr-defined]
        return response


def _told(request: HttpRequest, response: HttpResponseBase, begun: float) -> None:
    seconds = perf_counter() - begun
    method = request.method if request.method in _METHODS else "other"
    fields = {
        "view": view_of(request),
        "method": method,
        "status": response.status_code,
        "ms": round(1000 * seconds, 1),
    }
    # Only who has been looked up already: a line in the log must not ask the database.
    user = getattr(request, "_cached_user", None)
    if user is not None and user.is_authenticated:
        fields["user"] = pseudonym(user)
    REQUESTS.labels(fields["view"], method, response.status_code).inc()
    SECONDS.labels(fields["view"]).observe(seconds)
    log.info("request", extra={"fields": fields})


def _forget(**_given: Any) -> None:
    request_id.set("")


request_finished.connect(_forget, dispatch_uid="config.requests")
