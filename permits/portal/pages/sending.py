"""The last steps: who applies, a look at all of it, sending in, and the receipt."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.accounts.models import Municipality, User
from geodata.accounts.permissions import allowed, refusal
from permits.actions.submit_application import DrawingFile
from permits.actions.submit_draft import submit_draft
from permits.engine.from_drawing import NoSuchLand
from permits.models.applications import Application, Work
from permits.models.drafts import Draft
from permits.outcomes import BREACHES
from permits.portal.access import keep, opened
from permits.portal.answer import answer, land_of
from permits.portal.contents import digest, drawing_of, geojson_of
from permits.portal.measures import form
from permits.portal.pages.shown import (
    boxes,
    onward,
    or_lost,
    page,
    put_right,
    step,
    step_page,
    told,
    typed_before,
)
from permits.portal.receipt import document, happens, said, words_of
from permits.portal.steps import address, after, first_open

_SUBMIT = "permits.submit_draft"
#: Name of the drawing as it is measured, beside the file as it came.
_DRAWN = "drawn.geojson"


@step("parties")
def parties(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Who applies, and how they are reached."""
    typed, errors = typed_before(request, draft, "parties")
    given: dict[str, Any] = draft.answers.get("parties", {}) if typed is None else typed
    if request.method == "POST":
        given, errors = boxes(request.POST, "name", "email", "phone", "role", "owner"), []
        if not given["name"]:
            errors.append(("name", _("Write your name.")))
        try:
            validate_email(given["email"])
        except ValidationError:
            errors.append(("email", _("Write an e-mail address, such as navn@eksempel.dk.")))
        if given["role"] not in ("owner", "agent"):
            errors.append(("role-owner", _("Say whether you own the property.")))
        if given["role"] == "agent" and not given["owner"]:
            errors.append(("owner", _("Write the name of the owner that you apply for.")))
        if not errors:
            return onward(request, told(request, draft, "parties", given), after("parties"))
        return put_right(request, draft, "parties", errors)
    return step_page(request, draft, "parties", {"given": given, "errors": errors})


@step("review")
def review(request: HttpRequest, draft: Draft) -> HttpResponse:
    """All that was told, each with a way to change it; and the rules once more."""
    try:
        found = answer(draft, day=localdate(), told=draft.answers.get("answer", {}).get("stamp"))
    except NoSuchLand:
        return step_page(request, draft, "review", {"gone": True})
    code = draft.municipality_id
    signed_in = request.user.is_authenticated
    context = {
        "found": found,
        "work": Work(draft.answers["what"]["work"]).label,
        "answers": draft.answers,
        "buildings": form(draft.buildings),
        "signed_in": signed_in,
        "refused": refusal(_SUBMIT, code) if signed_in and not allowed(request.user, _SUBMIT, code) else "",
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': address(draft, 'review')})}",
    }
    return step_page(request, draft, "review", context)


@require_POST
@or_lost
def submit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the draft in; a second click finds the application of the first."""
    with opened(request, public_id) as draft:
        if draft.application_id is not None:
            return redirect("portal:receipt", draft.public_id)
        if not isinstance(request.user, User):
            target = urlencode({"next": address(draft, "review")})
            return redirect(f"{reverse('account_login')}?{target}")
        missing = first_open(draft)
        if missing != "review":
            return redirect(address(draft, missing))
        try:
            land = land_of(draft)
        except NoSuchLand:
            return redirect(address(draft, "where"))
        day = localdate()
        submit_draft(
            draft,
            acting_user=request.user,
            title=draft.answers["what"]["title"],
            address=draft.answers["where"].get("address") or draft.answers["where"]["label"],
            work=draft.answers["what"]["work"],
            applied_on=day,
            parcels=list(land.parcels),
            drawings=_files(draft),
            said=said(draft, land, day),
        )
        keep(request, draft)
    return redirect("portal:receipt", public_id)


def _files(draft: Draft) -> list[DrawingFile]:
    """The drawing as it is measured now, and the file as it came beside it."""
    content = geojson_of(draft)
    files = [
        DrawingFile(_DRAWN, "application/geo+json", content, digest(content), read=drawing_of(draft)),
    ]
    if draft.original is not None:
        original = bytes(draft.original)
        files.append(
            DrawingFile(draft.original_name, "application/octet-stream", original, draft.original_sha256)
        )
    return files


@require_safe
@or_lost
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was sent in, when, and what happens now; made to be printed."""
    with opened(request, public_id) as draft:
        application, files, authority = _sent(draft)
        context = {
            "draft": draft,
            "application": application,
            "sent": draft.answers.get("sent", {}),
            "files": files,
            "authority": authority,
            "findings": [f for f in words_of(draft).get("findings", ()) if f["outcome"] in BREACHES],
            "happens": happens(),
        }
        return page(request, "receipt", context)


@require_safe
@or_lost
def receipt_pdf(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The receipt as an accessible PDF, in the language of the page."""
    with opened(request, public_id) as draft:
        application, files, authority = _sent(draft)
        response = HttpResponse(
            document(draft, application, files, authority), content_type="application/pdf"
        )
        name = _("receipt-%(number)s.pdf") % {"number": application.number}
        response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
        response["Cache-Control"] = "private, no-store"
        return response


def _sent(draft: Draft) -> tuple[Application, list[dict[str, str]], str]:
    """The application of a draft, its files, and the name of the municipality.

    Raises
    ------
    Http404 : it has not been sent in.
    """
    if draft.application is None:
        raise Http404(_("This draft has not been sent in."))
    rows = draft.application.drawings.order_by("pk").values_list("file_name", "sha256")
    files = [{"file_name": name, "sha256": sha256} for name, sha256 in rows]
    authority = Municipality.objects.filter(code=draft.municipality_id).values_list("name", flat=True)
    return draft.application, files, authority.first() or ""
