"""``/api/faults``: what the quality checks have found, as GeoJSON."""

from __future__ import annotations

import re
from typing import Final

import shapely
from django.contrib.gis.db.models.functions import Transform
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.checks.catalogue import checks
from geodata.checks.collection import feature
from geodata.checks.models import Fault

#: Most faults in one answer; ``next`` leads to the rest.
MOST: Final = 1_000
_WORLD: Final = 4326
#: Figures of other scripts are none, and an id has no more than the database can count to.
_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}")
_ID: Final = re.compile(r"[0-9]{1,18}")


@require_safe
def faults(request: HttpRequest) -> JsonResponse:
    """Faults of public data, by ``municipality`` (four digits) and ``check``; ``after`` goes on behind an id."""
    code, kind, after = (request.GET.get(name, "") for name in ("municipality", "check", "after"))
    if kind and kind not in checks():
        return _refused(_("There is no such check."))
    if (code and not _FOUR_DIGITS.fullmatch(code)) or (after and not _ID.fullmatch(after)):
        return _refused(_("A municipality has four digits, and an id is a number."))
    rows = Fault.objects.filter(public=True)
    if code:
        rows = rows.filter(municipality=code)
    if kind:
        rows = rows.filter(kind=kind)
    matched = rows.count()
    page = list(
        rows.filter(pk__gt=int(after or 0))
        .annotate(world=Transform("geometry", _WORLD))
        .order_by("pk")[: MOST + 1]
    )
    more = len(page) > MOST
    answer = {
        "type": "FeatureCollection",
        "features": [_feature(fault) for fault in page[:MOST]],
        "numberMatched": matched,
        "numberReturned": min(len(page), MOST),
    }
    if more:
        query = request.GET.copy()
        query["after"] = str(page[MOST - 1].pk)
        href = f"{request.path}?{query.urlencode()}"
        answer["links"] = [{"rel": "next", "type": "application/geo+json", "href": href}]
    response = JsonResponse(
        answer, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )
    response["Vary"] = "Cookie"
    return response


def _refused(text: str) -> JsonResponse:
    return JsonResponse({"title": text, "status": 400}, status=400, content_type="application/problem+json")


def _feature(fault: Fault) -> dict[str, object]:
    world = getattr(fault, "world", None)
    return {
        "id": fault.pk,
        **feature(
            fault.kind,
            shapely.from_wkb(bytes(world.wkb)) if world else None,
            {
                "theme": fault.theme,
                "object": fault.object_id,
                "other": fault.other_id,
                "municipality": fault.municipality_id,
                "label": fault.label,
                "measured": fault.measured,
                "found_at": fault.found_at.isoformat(),
            },
        ),
    }
