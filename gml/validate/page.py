"""``/register/validate``: anybody may have a document looked at; nothing of it is kept."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geodata import sandbox
from gml.validate.as_geojson import as_geojson
from gml.validate.as_html import MOST_SHOWN, context
from gml.validate.as_json import as_json
from gml.validate.fault import Report
from gml.validate.isolated import report_of
from gml.validate.profiles import DEFAULT, PROFILES
from gml.validate.uploads import MOST_BYTES

LIMITS: Final = sandbox.Limits(cpu_s=30, wall_s=60.0)
#: Documents that one process of the site looks at at a time.
_AT_ONCE: Final = BoundedSemaphore(2)
_MEGABYTE: Final = 2**20


class _Refusal(Exception):
    """The file was not looked at: what to tell, and the status of the answer."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text, self.status = text, status


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def validate_page(request: HttpRequest) -> HttpResponse:
    """Form and answer: a page, or with ``format`` the report as ``json`` or the places as ``geojson``."""
    page: dict[str, Any] = {"most": MOST_BYTES // _MEGABYTE, "profile": DEFAULT}
    if request.method != "POST":
        return render(request, "gml/validate.html", page)
    profile = request.POST.get("profile", DEFAULT)
    page["profile"] = profile if profile in PROFILES else DEFAULT
    try:
        report = _looked_at(request, page["profile"])
    except _Refusal as refusal:
        return render(request, "gml/validate.html", page | {"refused": refusal.text}, status=refusal.status)
    form = request.POST.get("format")
    if form == "json":
        return JsonResponse(as_json(report), json_dumps_params={"ensure_ascii": False})
    if form == "geojson":
        return JsonResponse(as_geojson(report), content_type="application/geo+json")
    return render(request, "gml/validate.html", page | {"answer": True} | context(report))


def _looked_at(request: HttpRequest, profile: str) -> Report:
    given = request.FILES.get("file")
    if getattr(request, "too_large", None):
        text = _("The file is larger than %(most)s MB; use the command validate_plans.")
        raise _Refusal(text % {"most": MOST_BYTES // _MEGABYTE}, 413)
    if given is None or isinstance(given, list):
        raise _Refusal(_("Choose a file."), 400)
    if not _AT_ONCE.acquire(blocking=False):
        raise _Refusal(_("Too many files are being checked; try again in a minute."), 429)
    options = {
        "name": given.name or "file",
        "profile": profile,
        # Where the server looks for them is nothing to tell strangers.
        "schemas": str(settings.SCHEMAS) if settings.SCHEMAS.is_dir() else "",
        "today": timezone.localdate().isoformat(),
        "faults": MOST_SHOWN,
    }
    try:
        return report_of(sandbox.run("gml.validate.isolated:check", given.read(), options, LIMITS))
    except sandbox.StoppedError as stopped:
        raise _Refusal(_stopped(stopped.why), 422) from stopped
    finally:
        _AT_ONCE.release()


def _stopped(why: str) -> str:
    if why == "time":
        return _("The check took too long and was stopped.")
    if why == "memory":
        return _("The check needed too much memory and was stopped.")
    return _("The file could not be checked.")
