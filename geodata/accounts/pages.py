"""The way to the sign-in page, and choosing which of one's municipalities the pages speak for."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geodata.accounts.whose import CHOICE, municipalities


def sign_in(request: HttpRequest) -> HttpResponse | None:
    """The way to the sign-in page for whoever has not signed in, and from there back to their page."""
    if request.user.is_authenticated:
        return None
    # An address that only takes forms shows nothing to who comes back to it.
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _came_from(request)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from; the first one where that is not known."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # no address at all
        return "/"
    if page.netloc != request.get_host():
        return "/"
    return page._replace(scheme="", netloc="", fragment="").geturl()


@require_POST
def choose_municipality(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the session and go back; a municipality in which one has no role is refused."""
    code = request.POST.get("municipality", "")
    if code not in {m.code for m in municipalities(request)}:
        raise PermissionDenied(_("You have no role in that municipality."))
    request.session[CHOICE] = code
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return HttpResponseRedirect(back)
