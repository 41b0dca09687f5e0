"""``/tilgaengelighed/``: what is accessible, what is not, and where the municipality's statement stands.

Danish: tilgængelighedserklæring, webtilgængelighedsloven § 4. The statement itself is the municipality's and is made
in the state's own tool; this page and its JSON hold what has to go into it.
"""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.accessibility.defects import defects

STANDARD = "EN 301 549 v3.2.1"

_WHY = {
    "exempt": _("Exempt by the act; the same is told in another way."),
    "alternative": _("There is another way to the same answer."),
    "third_party": _("Written by others."),
    "planned": _("It is going to be mended."),
}


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The page."""
    danish = (get_language() or "da").startswith("da")
    rows = [
        {
            "criterion": one.criterion,
            "pages": one.pages,
            "said": one.da if danish else one.en,
            "why": _WHY[one.why],
        }
        for one in defects()
    ]
    context = {"rows": rows, "standard": STANDARD, "statement": settings.ACCESSIBILITY_STATEMENT}
    return render(request, "accessibility.html", context)


@require_safe
def known_defects(_request: HttpRequest) -> JsonResponse:
    """The list for programs: standard, address of the statement, and each defect in both languages."""
    return JsonResponse(
        {
            "standard": STANDARD,
            "statement": settings.ACCESSIBILITY_STATEMENT or None,
            "defects": [asdict(one) for one in defects()],
        },
        json_dumps_params={"ensure_ascii": False},
    )
