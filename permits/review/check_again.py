"""Run the rules on one case again: never checked, or something that its check looked at has changed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geodata.ledger.action import Refused
from permits.actions.check_applications import check_applications
from permits.models.rechecks import LookedAt
from permits.review.access import may
from permits.review.corrections import opened

VERB = "permits.check_applications"


def affected(application: int) -> bool | None:
    """Whether something has changed since that the newest check looked at; None = no run has answered yet."""
    kept = LookedAt.objects.filter(application_id=application)
    return kept.order_by().values_list("affected", flat=True).first()


def may_check(request: HttpRequest) -> bool:
    """Whether the reader may run the rules on cases of the municipality that the request is about."""
    return may(request, VERB)


@require_POST
def check_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Run the rules; the page comes back with the answers of today."""
    code, application = opened(request, public_id, VERB)
    try:
        check_applications(
            [application],
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=code,
            as_of=localdate(),
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The rules have been run again."))
    return redirect("review:application", public_id)
