"""``/health``: whether the site can do its work, for the watchers of a server."""

from __future__ import annotations

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from permits.extensions import extensions


@transaction.non_atomic_requests  # or a database that is away would be met before the answer for it
@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503; ``revision`` is the last finished change.

    ``left_out`` names installed packages whose rules are not there, for ``manage.py check`` to say why.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(revision) FROM ledger_change")
            revision = cursor.fetchone()[0]
    except DatabaseError:
        return JsonResponse({"status": "error", "database": "unreachable"}, status=503)
    left_out = [one.name for one in extensions() if one.faults]
    more = {"left_out": left_out} if left_out else {}
    return JsonResponse({"status": "ok", "database": "ok", "revision": revision, **more})
