"""Imports as pages and as JSON: which there were, how far one is, what it left in quarantine and why."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geodata.accounts.models import Municipality
from geodata.accounts.pages import sign_in
from geodata.accounts.permissions import allowed, require
from geodata.accounts.tenancy import tenant
from geodata.accounts.whose import municipalities, municipality_of
from geodata.ledger.models import ImportOriginal, ImportRun, ImportState, QuarantinedRecord, SourceAnswer
from geodata.ledger.reasons import title
from geodata.registry import readers

PAGE: Final = 25
READ: Final = "ledger.read_imports"
READ_QUARANTINE: Final = "ledger.read_quarantine"
#: Bytes of an original that the page shows for mending; more is mended in the source.
MOST_SHOWN: Final = 100_000


def run_for(request: HttpRequest, run: int, verb: str = READ) -> ImportRun:
    """The run when the person may do this with it; else there is no such run for them.

    Raises
    ------
    Http404 : no such run, or one of a municipality in which the person has no role.
    PermissionDenied : the person may see it and not do this.
    """
    found = ImportRun.objects.select_related("asked_by", "same_as").filter(pk=run).first()
    if found is None or not allowed(request.user, READ, found.municipality_id):
        raise Http404
    require(request.user, verb, found.municipality_id)
    return found


def _visible(request: HttpRequest) -> QuerySet[ImportRun]:
    codes = [m.code for m in municipalities(request) if allowed(request.user, READ, m.code)]
    if not codes:
        raise PermissionDenied
    return ImportRun.objects.filter(Q(municipality__in=codes) | Q(municipality__isnull=True))


@require_safe
def imports(request: HttpRequest) -> HttpResponseBase:
    """All imports of the person's municipalities and of the whole country, newest first."""
    if (away := sign_in(request)) is not None:
        return away
    rows = _visible(request).annotate(
        waiting=Count("quarantine", filter=Q(quarantine__settled_at__isnull=True))
    )
    page = Paginator(rows.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    code = municipality_of(request)
    context = {
        "page": page,
        "running": any(not run.finished for run in page),
        "may_import": allowed(request.user, "geodata.import_delivery", code),
        "sources": list(readers),
        "code": code,
        "answers": SourceAnswer.objects.filter(Q(municipality=code) | Q(municipality__isnull=True)).order_by(
            "source", "theme"
        ),
    }
    return _private(request, "ledger/imports/list.html", context, code)


@require_safe
def detail(request: HttpRequest, run: int) -> HttpResponseBase:
    """One import: progress that refreshes itself, counts, warnings, quarantine."""
    if (away := sign_in(request)) is not None:
        return away
    found = run_for(request, run)
    if request.headers.get("HX-Request") == "true" and not found.finished:
        return _private(request, "ledger/imports/progress.html", _context(request, found), None)
    context = _context(request, found)
    records = QuarantinedRecord.objects.filter(run=found).order_by("settled_at", "pk")
    page = Paginator(records, PAGE).get_page(request.GET.get("page"))
    if context["may_read_originals"]:
        _add_originals(found, list(page))
    context |= {
        "page": page,
        "reasons": [
            (title(word), count)
            for word, count in QuarantinedRecord.objects.filter(run=found, settled_at__isnull=True)
            .values_list("reason")
            .annotate(count=Count("pk"))
            .order_by("-count", "reason")
        ],
        "parts": found.parts.order_by("number"),
    }
    response = _private(request, "ledger/imports/detail.html", context, found.municipality_id)
    if request.headers.get("HX-Request") == "true":
        # It has just finished: the page is loaded whole, with counts and quarantine.
        response["HX-Refresh"] = "true"
    return response


def _context(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    code = run.municipality_id

    def may(verb: str) -> bool:
        return allowed(request.user, verb, code)

    share = 100 * run.staged // run.records if run.records else 0
    return {
        "run": run,
        "share": share,
        "may_cancel": not run.finished
        and run.state != ImportState.MERGING
        and not run.cancel_asked
        and may("geodata.cancel_import"),
        "may_resume": run.state in (ImportState.FAILED, ImportState.CANCELLED)
        and not run.kept
        and bool(run.files)
        and may("geodata.resume_import"),
        "may_retry": may("geodata.retry_quarantine"),
        "may_read_originals": code is not None and may(READ_QUARANTINE),
    }


def _add_originals(run: ImportRun, records: list[QuarantinedRecord]) -> None:
    with tenant(run.municipality_id):
        kept = dict(ImportOriginal.objects.filter(record__in=records).values_list("record_id", "content"))
    for record in records:
        content = bytes(kept.get(record.pk, b""))
        short = 0 < len(content) <= MOST_SHOWN
        record.bytes_shown = content.decode("utf-8", "replace") if short else ""  # type: ignore[attr-defined]


@require_safe
def as_json(request: HttpRequest, run: int) -> HttpResponseBase:
    """The report of one import, for programs."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "sign in first"}, status=401)
    response = JsonResponse(report(run_for(request, run)))
    response["Cache-Control"] = "private, no-store"
    return response


def report(run: ImportRun) -> dict[str, Any]:
    """What is told of a run, in plain values; the bytes in quarantine are not."""
    numbers = ("new", "changed", "unchanged", "ended", "quarantined", "older")
    return {
        "id": run.pk,
        "source": run.source,
        "file": run.file_name,
        "sha256": run.file_sha256,
        "municipality": run.municipality_id,
        "complete": run.scope or None,
        "as_of": run.as_of,
        "state": run.state,
        "job": run.job_id,
        "progress": {"done": run.staged, "of": run.records},
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "same_as": run.same_as_id,
        "message": run.message,
        "warnings": run.warnings,
        **{name: getattr(run, name) for name in numbers},
        "parts": [
            {
                "theme": part.theme,
                "source": part.source,
                "records": part.records,
                "as_of": part.as_of,
                "revision": part.change.revision if part.change else None,
                **{name: getattr(part, name) for name in numbers if name != "quarantined"},
            }
            for part in run.parts.select_related("change").order_by("number")
        ],
        "quarantine": [
            {
                "id": record.pk,
                "theme": record.theme,
                "record": record.record,
                "reason": record.reason,
                "explanation": record.explanation,
                "place": record.place,
                "tried_at": record.tried_at,
                "settled_at": record.settled_at,
            }
            for record in run.quarantine.order_by("pk")
        ],
    }


def _private(request: HttpRequest, template: str, context: dict[str, Any], code: str | None) -> HttpResponse:
    municipality = Municipality.objects.filter(pk=code).first() if code else None
    context["authority"] = municipality.name if municipality else ""
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response
