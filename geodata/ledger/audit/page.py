"""The audit trail (revisionsspor) of one municipality as a page: who did what, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from geodata.accounts.models import Municipality
from geodata.accounts.pages import sign_in
from geodata.accounts.permissions import require
from geodata.accounts.tenancy import tenant
from geodata.accounts.whose import municipality_of
from geodata.ledger.models import AuditRow

PAGE: Final = 50
READ: Final = "ledger.read_audit"

#: What a verb is called on the page; one that is not here shows its own name.
VERBS: Final[Mapping[str, Any]] = {
    "permits.submit_application": gettext_lazy("Applications sent in"),
    "permits.withdraw_application": gettext_lazy("Application withdrawn"),
    "permits.check_applications": gettext_lazy("Rules run"),
    "permits.sign_ruleset": gettext_lazy("Rule set signed"),
    "permits.start_draft": gettext_lazy("Draft begun"),
    "permits.change_draft": gettext_lazy("Draft changed"),
    "permits.discard_draft": gettext_lazy("Draft discarded"),
    "permits.submit_draft": gettext_lazy("Draft sent in"),
    "permits.mark_affected": gettext_lazy("Affected applications marked"),
    "permits.correct_input": gettext_lazy("Input corrected"),
    "permits.withdraw_correction": gettext_lazy("Correction taken back"),
    "permits.accept_finding": gettext_lazy("Finding accepted"),
    "permits.override_finding": gettext_lazy("Finding overridden"),
    "permits.withdraw_judgement": gettext_lazy("Judgement of a finding undone"),
    "permits.make_task": gettext_lazy("Task made"),
    "permits.finish_task": gettext_lazy("Task finished"),
    "permits.assign_case": gettext_lazy("Case given to a case worker"),
    "permits.record_event": gettext_lazy("Event of a case put down"),
    "permits.decide_case": gettext_lazy("Case decided"),
    "planning.edit_plan": gettext_lazy("Plan edited"),
    "planning.publish_plan": gettext_lazy("Plan published"),
    "geodata.import_delivery": gettext_lazy("Register read in"),
    "geodata.check_geodata": gettext_lazy("Data checked for faults"),
    "geodata.cancel_import": gettext_lazy("Import stopped"),
    "geodata.resume_import": gettext_lazy("Import taken up again"),
    "geodata.retry_quarantine": gettext_lazy("Records set aside tried again"),
    "lookup.contest_value": gettext_lazy("Value contested"),
    "lookup.answer_contest": gettext_lazy("Contested value answered"),
    "lookup.export_looks": gettext_lazy("Log of look-ups exported"),
    "accounts.grant_role": gettext_lazy("Role given"),
    "accounts.revoke_role": gettext_lazy("Role taken back"),
}


@dataclass(frozen=True)
class Filters:
    """What the address says; what makes no sense in it is left out, never an error."""

    verb: str = ""
    who: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None
    after: int | None = None  # number of the last row of the page before

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        """Read a query string."""

        def text(name: str) -> str:
            return " ".join(query.get(name, "").replace("\x00", "").split())[:100]

        after = query.get("after", "")
        known = after.isascii() and after.isdigit() and len(after) < 19
        return cls(
            text("verb")[:60],
            text("who"),
            text("q"),
            _day(query.get("since", "")),
            _day(query.get("until", "")),
            int(after) if known else None,
        )

    @property
    def any(self) -> bool:
        """Whether something is filtered out."""
        return any((self.verb, self.who, self.words, self.since, self.until))

    def query(self, after: int) -> str:
        """The same as a query string, for the page after a row."""
        pairs = {
            "verb": self.verb,
            "who": self.who,
            "q": self.words,
            "since": self.since or "",
            "until": self.until or "",
        }
        return urlencode({name: value for name, value in pairs.items() if value} | {"after": after})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def rows(municipality: str, filters: Filters) -> QuerySet[AuditRow]:
    """The rows of a municipality that match, newest first; its tenant must be open."""
    found = AuditRow.objects.filter(municipality_id=municipality).select_related("acting_user", "change")
    if filters.verb:
        found = found.filter(verb=filters.verb)
    if filters.who:
        found = found.filter(
            Q(acting_user__username__icontains=filters.who)
            | Q(acting_user__display_name__icontains=filters.who)
        )
    for word in filters.words.split():
        found = found.filter(subject__icontains=word)
    if filters.since:
        found = found.filter(at__gte=_midnight(filters.since))
    if filters.until and filters.until < date.max:
        found = found.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    if filters.after is not None:
        found = found.filter(sequence__lt=filters.after)
    return found.order_by("-sequence")


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The trail of the municipality for which the person speaks; auditor, administrator and team lead only."""
    if (away := sign_in(request)) is not None:
        return away
    code = municipality_of(request)
    if code is None:
        raise PermissionDenied(_("You have no role in any municipality."))
    require(request.user, READ, code)
    filters = Filters.of(request.GET)
    with tenant(code):
        found = list(rows(code, filters)[: PAGE + 1])
        verbs = list(
            AuditRow.objects.filter(municipality_id=code)
            .order_by("verb")
            .values_list("verb", flat=True)
            .distinct()
        )
        for row in found:
            row.verb_label = VERBS.get(row.verb, row.verb)  # type: ignore[attr-defined]
            row.details = [(key, value) for key, value in row.detail.items()]  # type: ignore[attr-defined]
    more = filters.query(found[PAGE - 1].sequence) if len(found) > PAGE else ""
    context = {
        "rows": found[:PAGE],
        "more": more,
        "filters": filters,
        "verbs": [(verb, VERBS.get(verb, verb)) for verb in verbs],
        "authority": Municipality.objects.get(pk=code).name,
    }
    response = render(request, "ledger/audit.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
