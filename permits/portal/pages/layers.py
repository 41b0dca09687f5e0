"""What lies on each layer of a drawing: asked where the names do not say it, and kept for the next one."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from permits.drawings.drawing import DrawingError
from permits.drawings.layers import LayerMapping
from permits.drawings.read import IGNORED
from permits.engine.from_drawing import NoSuchLand
from permits.models.drafts import Draft
from permits.portal.answer import land_of
from permits.portal.contents import rows_of
from permits.portal.layers import HIGH, WIDE, meanings, meant, pictures_of, remember
from permits.portal.layers import told as told_of
from permits.portal.pages.shown import Errors, onward, put_right, step, step_page, told, typed_before
from permits.portal.reading import elsewhere, notes_of, read_by, said
from permits.portal.steps import address, after

_NAME: Final = "layers"


@step("drawing")
def layers(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Ask what is drawn on each layer of the file that was sent, and read it by that."""
    kept = draft.answers.get("drawing", {}).get("layers")
    if not kept or draft.original is None:
        return redirect(address(draft, "drawing"))
    mapping = LayerMapping.from_plain(kept)
    if request.method == "POST":
        return _answered(request, draft, mapping)
    typed, errors = typed_before(request, draft, _NAME)
    drawn = draft.answers["drawing"].get("pictures")
    if drawn is None:
        drawn = pictures_of(bytes(draft.original), draft.original_name, mapping)
    rows = [
        {
            "name": f"layer-{place}",
            "layer": use.layer,
            "outlines": use.outlines,
            "options": meanings(use),
            "chosen": use.meaning if typed is None else typed.get(f"layer-{place}", ""),
            "guess": use.source == "near",
            "error": next((text for box, text in errors if box == f"layer-{place}"), ""),
            "path": drawn.get(use.layer, ""),
        }
        for place, use in enumerate(mapping.uses)
    ]
    context = {
        "rows": rows,
        "errors": errors,
        "rest": bool(typed and typed.get("rest")),
        "file": draft.original_name,
        "frame": f"0 0 {WIDE:g} {HIGH:g}",
    }
    return step_page(request, draft, "drawing", context, template=_NAME)


def _answered(request: HttpRequest, draft: Draft, mapping: LayerMapping) -> HttpResponse:
    meaning, silent = told_of(mapping, request.POST.dict(), bool(request.POST.get("rest")))
    errors: Errors = [
        (
            f"layer-{place}",
            _("Say what is drawn on the layer %(name)s.") % {"name": mapping.uses[place].layer},
        )
        for place in silent
    ]
    confirmed = mapping.confirmed(meaning)
    if not errors and all(use.meaning == IGNORED for use in confirmed.uses):
        errors.append(("layer-0", _("At least one layer has to hold a building.")))
    if errors:
        return put_right(request, draft, _NAME, errors)
    content = bytes(draft.original or b"")
    try:
        land = land_of(draft)
        read = read_by(content, draft.original_name, land, confirmed)
    except NoSuchLand:
        return redirect(address(draft, "drawing"))
    except DrawingError as wrong:
        return put_right(request, draft, _NAME, [("layer-0", said(fault)) for fault in wrong.faults])
    if far := elsewhere(read, land):
        return put_right(request, draft, _NAME, [("layer-0", far)])
    remember(request, confirmed)
    buildings, facets = rows_of(read)
    pictures = draft.answers["drawing"].get("pictures")
    answers = {"notes": notes_of(read), "layers": confirmed.plain(), "pictures": pictures}
    kept = told(request, draft, "drawing", answers, buildings=buildings, facets=facets)
    return onward(request, kept, after("drawing"))


def listed(draft: Draft) -> list[dict[str, Any]]:
    """The layers that somebody has said something of, with what they hold, for the page of the measures."""
    kept = draft.answers.get("drawing", {}).get("layers", [])
    return [
        {"layer": use.layer, "meaning": meant(use.meaning)}
        for use in LayerMapping.from_plain(kept).uses
        if use.meaning
    ]
