"""A case on paper: plan true to scale, sources with their dates, and all findings in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from geodata.fkg.catalogue import state_theme, state_themes
from geodata.ledger.models import SourceAnswer
from geodata.models.cadastre import ParcelVersion
from permits.engine.world import World
from permits.models.findings import Run
from permits.models.rechecks import LookedAt
from permits.review import views
from permits.review.labels import label
from permits.review.plan_drawing import plan
from planning.delivered import theme_of
from planning.models.plans import Level


@dataclass(frozen=True)
class Source:
    """A register that the answers rest on: what it answered, and of which day."""

    title: str
    said: str
    as_of: date | None


_SAID = {
    "found": _lazy("touches the property"),
    "absent": _lazy("nothing there"),
    "not_answered": _lazy("not answered"),
}


def sources(world: World, municipality: str) -> list[Source]:
    """Layers that were asked about the site, with what they answered and the day of what they know.

    Parameters
    ----------
    municipality : code of the case's; a register may know another one as of another day.
    """
    danish = {theme.kind: theme for theme in state_themes().values() if theme.kind}
    here = SourceAnswer.objects.filter(Q(municipality=None) | Q(municipality=municipality))
    days = dict(here.filter(as_of__isnull=False).order_by("as_of").values_list("theme", "as_of"))
    own = world.column("parcels", "parcel").tolist()
    parcels = ParcelVersion.objects.filter(object__in=own, change_to=None)
    known = parcels.aggregate(day=Max("change_from__recorded_at"))["day"]
    told = (
        [Source(_("Cadastre (Matriklen)"), _("boundaries of the property"), localtime(known).date())]
        if known
        else []
    )
    for row in world.layers.itertuples():
        theme = danish.get(str(row.kind))
        title = theme.title if theme is not None else _layer_title(str(row.kind))
        # The day of the layer itself is the one that was asked about, not that of what the register knew.
        asked = (theme.id,) if theme is not None else _THEMES.get(str(row.kind), ())
        of = [day for name in asked if (day := days.get(name)) is not None]
        told.append(Source(title, str(_SAID.get(str(row.state), row.state)), min(of, default=None)))
    return told


#: Themes that the layers of plans and land are read from; a layer is as old as the oldest of them.
_THEMES: Final = {
    "plans": (theme_of(Level.LOCAL_PLAN),),
    "zones": ("zone",),
    "surroundings": ("parcel", "building"),
    "terrain": (state_theme("terraen_flise").id,),
}


def _layer_title(kind: str) -> str:
    return {
        "plans": _("Local plans"),
        "zones": _("Zones"),
        "surroundings": _("Neighbouring parcels and buildings"),
        "terrain": _("Terrain"),
    }.get(kind, kind)


@require_safe
def printed(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page for the file (sagens akter): printed, or saved as PDF by the browser."""
    with views.opened(request) as code:
        found = views.application_of(public_id)
        views.looked_at(request, found, code)
        context = views.context(request, found, code)
        panel = context["panel"]
        kept = LookedAt.objects.filter(application_id=found.pk).first()
        context |= {
            "plan": plan(
                panel.world,
                panel.findings,
                _("Plan of the property with what is applied for and where the findings lie"),
            ),
            "sources": sources(panel.world, found.municipality_id),
            "run": Run.objects.filter(pk=kept.run_id).first() if kept else None,
            "worst": label(kept.answer) if kept else label("unchecked"),
            "ruleset": kept.ruleset if kept else "",
            "address": request.build_absolute_uri(found_path(request)),
        }
        response = render(request, "review/print.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def found_path(request: HttpRequest) -> str:
    """Path of the case that the paper is about."""
    return request.path.removesuffix("udskrift/")
