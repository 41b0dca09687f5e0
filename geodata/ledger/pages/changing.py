"""What can be done to imports on the site: give files, cancel, ask again, try a quarantined record again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geodata.accounts.pages import sign_in
from geodata.accounts.permissions import require
from geodata.accounts.whose import municipality_of
from geodata.ledger.action import Refused
from geodata.ledger.actions.cancel_import import cancel_import
from geodata.ledger.actions.retry_quarantined import retry_quarantined
from geodata.ledger.files import GivenFile, keep, let_go
from geodata.ledger.jobs import enqueue_import
from geodata.ledger.models import QuarantinedRecord
from geodata.ledger.orders import order
from geodata.ledger.pages.showing import run_for
from geodata.ledger.pages.uploads import MOST_BYTES
from geodata.readers.refusal import CannotRead


def _back(request: HttpRequest, run: int | None, told: str = "") -> HttpResponse:
    if told:
        messages.info(request, told)
    return redirect(reverse("imports:detail", args=[run]) if run else reverse("imports:list"))


@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """Keep the given files and put their import into the queue, for the municipality that the person speaks for."""
    if (away := sign_in(request)) is not None:
        return away
    code = municipality_of(request)
    require(request.user, "geodata.import_delivery", code)
    given = request.FILES.getlist("files")  # read first: it is then that they are counted
    files: list[GivenFile] = []
    try:
        if getattr(request, "too_large", None):
            words = _(
                "More than %(most)s GB at a time are not taken in here. Use the command import_geodata."
            )
            raise CannotRead(words % {"most": MOST_BYTES // 2**30})
        day = _day(request.POST.get("as_of", ""))
        # One by one, so that those before a file that cannot be kept are known.
        files.extend(keep(file.name or "", file.chunks()) for file in given if isinstance(file, UploadedFile))
        run = order(
            request.POST.get("source", ""),
            files,
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=code,
            complete=code if request.POST.get("complete") else None,
            yes=bool(request.POST.get("yes")),
            as_of=day,
            kept=True,
        )
    except CannotRead as error:
        let_go(file.path for file in files)
        return _back(request, None, str(error))
    enqueue_import(run)
    return _back(request, run.pk)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CannotRead(_("The day of the delivery is no date; write it as 2026-03-01.")) from None


@require_POST
def cancel(request: HttpRequest, run: int) -> HttpResponseBase:
    """Ask an import to stop."""
    if (away := sign_in(request)) is not None:
        return away
    found = run_for(request, run, "geodata.cancel_import")
    try:
        cancel_import(found, acting_user=request.user)  # type: ignore[arg-type]
    except (CannotRead, Refused) as error:
        return _back(request, run, str(error))
    return _back(request, run, _("The import is being cancelled; nothing of it will be stored."))


@require_POST
def resume(request: HttpRequest, run: int) -> HttpResponseBase:
    """Ask for the same import again, from files that still lie where they lay."""
    if (away := sign_in(request)) is not None:
        return away
    found = run_for(request, run, "geodata.resume_import")
    try:
        again = order(
            found.source,
            [GivenFile.at(Path(file["path"]), file["name"]) for file in found.files],
            acting_user=request.user,  # type: ignore[arg-type]
            municipality=found.municipality_id,
            complete=found.scope or None,
            yes=found.yes,
            as_of=found.as_of,
        )
    except CannotRead as error:
        return _back(request, run, str(error))
    enqueue_import(again)
    return _back(request, again.pk)


@require_POST
def retry(request: HttpRequest, run: int, record: int) -> HttpResponseBase:
    """Try a quarantined record again, as it was delivered or as the person has mended it."""
    if (away := sign_in(request)) is not None:
        return away
    found = run_for(request, run, "geodata.retry_quarantine")
    row = get_object_or_404(QuarantinedRecord, pk=record, run=found)
    mended = request.POST.get("content", "").replace("\r\n", "\n").encode() or None
    try:
        stored = retry_quarantined(row, acting_user=request.user, mended=mended)  # type: ignore[arg-type]
    except (CannotRead, Refused) as error:
        return _back(request, run, str(error))
    return _back(
        request,
        run,
        _("The record is stored.") if stored else _("The record was set aside again; its reason is below."),
    )
