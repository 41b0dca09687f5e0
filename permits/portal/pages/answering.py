"""The answer: what the rules say, what can be changed, and the button that changes it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from permits.engine.from_drawing import NoSuchLand
from permits.models.drafts import Draft
from permits.portal.access import opened
from permits.portal.answer import answer as answer_of
from permits.portal.answer import land_of, token_of, world_of
from permits.portal.contents import changed_rows
from permits.portal.pages.shown import or_lost, step, step_page, told
from permits.portal.steps import address, after
from permits.proofs.remedies.change import carried_out
from permits.proofs.remedies.remedy import remedies
from permits.proofs.remedies.words import words


@step("answer")
def answer(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Findings, evidence and remedies; nothing of it is kept but what it hung on."""
    try:
        found = answer_of(draft, day=localdate(), told=draft.answers.get("answer", {}).get("stamp"))
    except NoSuchLand:
        return step_page(request, draft, "answer", {"gone": True})
    measures = draft.answers.get("measures", {})
    if draft.answers.get("answer", {}).get("stamp") != found.stamp:
        draft = told(request, draft, "answer", {"stamp": found.stamp})
    used, unfit = measures.get("used", ""), measures.get("unfit", False)
    context = {"found": found, "used": used, "unfit": unfit, "next": address(draft, after("answer"))}
    return step_page(request, draft, "answer", context)


@require_POST
@or_lost
def use(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Carry a remedy out on the drawing; the answer is then another."""
    with opened(request, public_id) as draft:
        if draft.application_id is not None or not draft.buildings:
            return redirect("portal:start")
        try:
            land = land_of(draft)
        except NoSuchLand:
            return redirect(address(draft, "answer"))
        world = world_of(draft, land, localdate())
        token = request.POST.get("remedy", "")
        chosen = next((each for each in remedies(world) if token_of(each) == token), None)
        if chosen is None:
            # Rules or drawing have changed since the page was made.
            told(request, draft, "measures", {"confirmed": True, "unfit": True})
        else:
            buildings, facets = changed_rows(draft, carried_out(world, chosen.change))
            used = _("Done: %(what)s") % {"what": words(chosen, world).title}
            told(
                request,
                draft,
                "measures",
                {"confirmed": True, "used": used},
                buildings=buildings,
                facets=facets,
            )
        return redirect(address(draft, "answer"))
