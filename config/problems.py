"""Pages that say what went wrong (fejlsider): 400, 403, 404, 413, 429, 500 and 503, with the request's number.

Who reads them has to be able to name that number, so it stands in the page, in ``X-Request-ID`` and in the log.
Programs get a problem document (RFC 9457), and the number in the header.
"""

from __future__ import annotations

import sys
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from config.logs import request_id
from config.metrics import ERRORS
from geodata.problems import problem
from geodata.uploads import TooLarge

#: Seconds after which a database that is started again usually answers.
_RETRY_S: Final = 5
#: Where programs ask; a browser that follows a link there says that it wants a page.
_PROGRAMS: Final = (
    *("/api/", "/ogc/", "/tiles/", "/health", "/metrics"),
    *("/register/atom", "/register/bulk/", "/register/catalogue", "/register/changes", "/register/key"),
    *("/register/manifest", "/register/metadata/", "/register/plans/"),
    f"{urlsplit(settings.REGISTER_NAMESPACE).path.rstrip('/')}/codelist/",
)


def _wants_html(request: HttpRequest) -> bool:
    if request.path.startswith(_PROGRAMS):
        return "text/html" in request.headers.get("Accept", "")
    return request.accepts("text/html")


def _title(status: int) -> str:
    return {
        400: _("We cannot understand that request"),
        403: _("You do not have access to this"),
        404: _("We cannot find that page"),
        413: _("That is too large"),
        429: _("Too many attempts"),
        500: _("Something went wrong on our side"),
        503: _("The site cannot answer just now"),
    }[status]


def _answer(request: HttpRequest, status: int, *, whose: HttpRequest | None, **more: Any) -> HttpResponse:
    """The page; ``whose`` = None makes it without reading session, user or anything else that may fail."""
    if not _wants_html(request):
        answer: HttpResponse = problem(status, _title(status), detail=more.get("detail", ""))
    else:
        context = {"request_id": request_id.get(), "status": status, **more}
        answer = HttpResponse(loader.render_to_string(f"{status}.html", context, whose), status=status)
        answer["Cache-Control"] = "no-store"
    if status == 503:
        answer["Retry-After"] = str(_RETRY_S)
    return answer


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 where it was too much rather than wrong, 503 where the database went away with the session."""
    if isinstance(exception, SessionInterrupted) and _without_database(exception):
        return _answer(request, 503, whose=None)
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    detail = str(exception) if isinstance(exception, TooLarge) else ""
    return _answer(request, 413 if too_large else 400, whose=None, detail=detail)


def _without_database(error: BaseException | None) -> bool:
    """Whether the database did not answer where an error, or one that it came of, was raised."""
    while error is not None and not isinstance(error, OperationalError | InterfaceError):
        error = error.__context__
    return error is not None


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with the reason that was given."""
    return _answer(request, 403, whose=request, detail=str(exception))


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404; what the resolver tells of a wrong address is not repeated."""
    told = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    if "matches the given query" in told:  # Django's own words, of a table
        told = ""
    return _answer(request, 404, whose=request, detail=told)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from a page of ours, or from one of a session that is over."""
    words = _(
        "The form is too old, or cookies are switched off. Go back, load the page again and send it anew."
    )
    return _answer(request, 403, whose=None, detail=words, form=True)


def too_many(request: HttpRequest) -> HttpResponse:
    """429, of the limits on attempts."""
    return _answer(request, 429, whose=request)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 when it is the database that does not answer. Never fails itself."""
    kind = sys.exc_info()[0]
    status = 503 if kind is not None and issubclass(kind, OperationalError | InterfaceError) else 500
    match = request.resolver_match
    ERRORS.labels(match.view_name if match else "none", kind.__name__ if kind else "unknown").inc()
    try:
        return _answer(request, status, whose=None)
    except Exception:  # noqa: BLE001 - the page itself is broken; who waits still gets words and the number
        danish = (get_language() or "da").startswith("da")
        words = "Noget gik galt hos os." if danish else "Something went wrong on our side."
        text = f"{words}\n{request_id.get()}\n"
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
