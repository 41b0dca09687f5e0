"""``/health`` and what lies below it: whether the site can do its work, for the watchers of a server.

Each part has an address of its own, since a balancer, a service manager and a person ask different things. None holds
anything about people, and none needs a signature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import watching
from permits.extensions import extensions

View = Callable[[HttpRequest], JsonResponse]


def _watched(view: View) -> View:
    """Not kept by anybody, no transaction (it would meet a database that is away first), 503 without a database."""

    @wraps(view)
    def guarded(request: HttpRequest) -> JsonResponse:
        try:
            return view(request)
        except (DatabaseError, InterfaceError):
            return JsonResponse({"status": "error", "database": "unreachable"}, status=503)

    return transaction.non_atomic_requests(never_cache(require_safe(guarded)))


def _ready() -> tuple[dict[str, Any], bool]:
    waiting = watching.waiting_migrations()
    if waiting:
        return {"status": "error", "database": "not migrated", "waiting": waiting}, False
    return {"status": "ok", "database": "ok"}, True


def _worker() -> dict[str, Any]:
    found, waiting = watching.workers(), watching.queue()
    return {
        "state": found.state,
        "known": found.known,
        "silent_s": None if found.silent_s is None else round(found.silent_s, 1),
        "queue": waiting.length,
        "oldest_s": round(waiting.oldest_s, 1),
    }


def _sources() -> list[dict[str, Any]]:
    told = []
    for source in watching.sources():
        one = asdict(source)
        age = one.pop("age_s")
        told.append({**one, "age_days": None if age is None else round(age / 86400, 2)})
    return told


@_watched
def health(_request: HttpRequest) -> JsonResponse:
    """Everything at once; 200 when the site answers, else 503. A missing worker is told and makes nothing fail.

    ``revision`` is the last finished change; ``left_out`` names installed packages whose rules are not there, for
    ``manage.py check`` to say why.
    """
    state, well = _ready()
    if not well:
        return JsonResponse(state, status=503)
    left_out = [one.name for one in extensions() if one.faults]
    more = {"left_out": left_out} if left_out else {}
    return JsonResponse(
        {**state, "revision": watching.revision(), "worker": _worker(), "sources": _sources(), **more}
    )


@_watched
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers; asks nothing of the database. What does not get this is to be started anew."""
    return JsonResponse({"status": "ok"})


@_watched
def ready(_request: HttpRequest) -> JsonResponse:
    """Visitors may be sent here: the database answers and has the tables of this version. Else 503."""
    state, well = _ready()
    return JsonResponse(state, status=200 if well else 503)


@_watched
def worker(_request: HttpRequest) -> JsonResponse:
    """Background work is being done; 503 when no worker has given a sign of life for ten seconds."""
    state = _worker()
    return JsonResponse(state, status=200 if state["state"] == "alive" else 503)


@_watched
def sources(_request: HttpRequest) -> JsonResponse:
    """When each register last delivered; how old is too old is for the municipality to say."""
    return JsonResponse({"sources": _sources()})
