"""What all pages of the applicant share: the draft, its place on the way, and answers that no cache keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from geodata.accounts.models import Municipality, User
from permits.actions.change_draft import change_draft
from permits.models.drafts import Draft
from permits.portal.access import actor, keep, opened
from permits.portal.steps import address, first_open, place

#: Longest text of one box.
_LONGEST = 500


def page(request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A page with personal data."""
    response = render(request, f"apply/{template}.html", dict(context), status=status)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def step(name: str) -> Callable[[Callable[[HttpRequest, Draft], HttpResponse]], Callable[..., HttpResponse]]:
    """Make a page of a step: it gets the draft with its municipality opened, once what comes before is answered."""

    def wrap(view: Callable[[HttpRequest, Draft], HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
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
    request: HttpRequest, draft: Draft, name: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The page of a step; 422 where something of what was sent has to be put right."""
    authority = Municipality.objects.filter(code=draft.municipality_id).values_list("name", flat=True).first()
    whole = {"draft": draft, "place": place(draft, name), "authority": authority or "", **context}
    return page(request, name, whole, status)


def told(request: HttpRequest, draft: Draft, name: str, answers: Mapping[str, Any], **more: Any) -> Draft:
    """Keep what a step was told."""
    acting = actor(request, "permits.change_draft", draft.municipality_id)
    owner = request.user if isinstance(request.user, User) else None
    kept = change_draft(draft, acting_user=acting, step=name, answers=answers, owner=owner, **more)
    keep(request, kept)
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
