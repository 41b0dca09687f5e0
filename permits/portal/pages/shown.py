"""What all pages of the applicant share: the draft, its place on the way, and answers that no cache keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from geodata.accounts.models import Municipality, User
from geodata.ledger.action import Refused
from permits.actions.change_draft import change_draft
from permits.models.drafts import Draft
from permits.portal.access import NoDraft, actor, keep, kept_until, opened
from permits.portal.steps import address, first_open, place

#: Boxes of a form and what is wrong with each.
Errors = list[tuple[str, str]]

#: Where the session keeps what has to be put right.
_TYPED = "drafts_typed"
_NOT_KEPT = ("csrfmiddlewaretoken",)
#: Longer than this nothing is kept that was not understood.
_MOST_TYPED = 20_000
#: Longest text of one box.
_LONGEST = 500


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with personal data."""
    response = render(request, f"apply/{template}.html", dict(context), status=status)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def or_lost(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Where session or draft are lost, say so and how to go on; what was sent in meanwhile shows its receipt."""

    @wraps(view)
    def shown(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            return view(request, public_id)
        except NoDraft:
            back = request.get_full_path() if request.method != "POST" else reverse("portal:start")
            context = {
                "sign_in": f"{reverse('account_login')}?{urlencode({'next': back})}",
                "unsent": request.method == "POST",
                "days": settings.DRAFT_DAYS,
            }
            return page(request, "lost", context, status=404)
        except Refused:
            with opened(request, public_id) as draft:
                if draft.application_id is None:
                    raise
            return redirect("portal:receipt", public_id)  # another tab has sent it in meanwhile

    return shown


def step(name: str) -> Callable[[Callable[[HttpRequest, Draft], HttpResponse]], Callable[..., HttpResponse]]:
    """Make a page of a step: it gets the draft with its municipality opened, once what comes before is answered."""

    def wrap(view: Callable[[HttpRequest, Draft], HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @or_lost
        @wraps(view)
        def shown(request: HttpRequest, public_id: UUID) -> HttpResponse:
            with opened(request, public_id) as draft:
                if draft.application_id is not None:
                    return redirect("portal:receipt", draft.public_id)
                missing = first_open(draft, name)
                if missing != name:
                    return redirect(address(draft, missing))
                return view(request, draft)

        return shown

    return wrap


def step_page(
    request: HttpRequest, draft: Draft, name: str, context: Mapping[str, Any], *, template: str = ""
) -> HttpResponse:
    """The page of a step; ``template`` where it has several."""
    authority = Municipality.objects.filter(code=draft.municipality_id).values_list("name", flat=True).first()
    whole = {
        "draft": draft,
        "place": place(draft, name),
        "authority": authority or "",
        "kept_until": kept_until(draft),
        **context,
    }
    return page(request, template or name, whole)


def put_right(request: HttpRequest, draft: Draft, name: str, errors: Errors) -> HttpResponse:
    """Back to the page of a step where something of what was sent has to be put right; what was typed stands there.

    By way of a redirect, so that neither the browser's way back nor loading the page again sends anything twice.
    """
    typed = {
        key: value for key, value in request.POST.items() if key not in _NOT_KEPT and len(value) < _MOST_TYPED
    }
    held = request.session.get(_TYPED, {})
    request.session[_TYPED] = {**held, f"{draft.public_id} {name}": {"errors": errors, "typed": typed}}
    back = "?back_to=review" if request.POST.get("back_to") == "review" else ""
    return redirect(address(draft, name) + back)


def typed_before(request: HttpRequest, draft: Draft, name: str) -> tuple[dict[str, str] | None, Errors]:
    """What was typed on a step and has to be put right, and what is wrong with it; ``None`` = nothing."""
    held = request.session.get(_TYPED, {}).get(f"{draft.public_id} {name}")
    return (None, []) if held is None else (held["typed"], [(box, words) for box, words in held["errors"]])


def told(request: HttpRequest, draft: Draft, name: str, answers: Mapping[str, Any], **more: Any) -> Draft:
    """Keep what a step was told."""
    acting = actor(request, "permits.change_draft", draft.municipality_id)
    owner = request.user if isinstance(request.user, User) else None
    kept = change_draft(draft, acting_user=acting, step=name, answers=answers, owner=owner, **more)
    keep(request, kept)
    # Measures and layers that were typed for another drawing are none of this one.
    steps = (name, "layers", "measures") if "buildings" in more else (name,)
    gone = {f"{draft.public_id} {step}" for step in steps}
    held = request.session.get(_TYPED, {})
    if gone & held.keys():
        request.session[_TYPED] = {key: value for key, value in held.items() if key not in gone}
    return kept


def onward(request: HttpRequest, draft: Draft, name: str) -> HttpResponse:
    """To the next step, or back to the review that a change was asked for from."""
    if request.POST.get("back_to") == "review" and first_open(draft) == "review":
        return redirect(address(draft, "review"))
    return redirect(address(draft, name))


def text(given: QueryDict, name: str, longest: int = _LONGEST) -> str:
    """One box as it was filled in: no control characters, no more blanks than between words."""
    return " ".join(given.get(name, "").replace("\x00", "").split())[:longest]


def boxes(given: QueryDict, *names: str) -> dict[str, str]:
    """Several boxes."""
    return {name: text(given, name) for name in names}
