"""An import from the order to the merged result, on one path for the terminal, the site and the worker.

A run goes through ``queued → reading → staging → merging → done``. Reading and staging commit as they go: the
records lie in batches in a table of their own, and whoever takes the run up after a crash goes on at the first
batch that is missing. Merging is one transaction; nobody sees anything of the import before its revision, and
nothing of one that failed or was cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from geodata.accounts.models import Municipality
from geodata.accounts.tenancy import tenant
from geodata.checks.delivery import joined
from geodata.ledger import quarantine
from geodata.ledger.action import Recorder, recorded
from geodata.ledger.answers import tell_found
from geodata.ledger.files import MAPPED, give_up_files, read_files, verify_files
from geodata.ledger.imports import COUNTS, ImportReport, older_warning
from geodata.ledger.merge import Merged, lock_themes, merge
from geodata.ledger.models import FINISHED, Change, ImportPart, ImportRun, ImportState, StagedRecord
from geodata.ledger.revisions import finish_change, last_revision
from geodata.ledger.staging import columns_of, drop_staged, fingerprint, stage_batch, without_records
from geodata.ledger.themes import themes
from geodata.ledger.whereabouts import with_municipality
from geodata.ledger.wrapping import wrapping_of
from geodata.readers.delivery import Delivery
from geodata.readers.refusal import CannotRead

#: Space of the advisory locks that say "somebody works on this run".
_RUN_LOCK: Final = 4713
Say = Callable[[str], None]


class Cancelled(Exception):
    """Somebody asked to stop; nothing of the run is left but its row."""


class Busy(Exception):
    """Another process works on this run."""


class DatabaseFull(CannotRead):
    """The database's disk is full; nothing of the import was stored."""


def work(run_id: int, *, say: Say = lambda _text: None, batch_size: int | None = None) -> ImportReport:
    """Do what is left to do of a run; calling it again after any crash, or twice, changes nothing.

    Raises
    ------
    CannotRead : the files cannot be used or may not end so much; nothing is stored and the run has failed.
    Cancelled : somebody asked to stop.
    Busy : another process works on it.
    OperationalError : the connection was lost; the run can be taken up again.
    """
    with _alone(run_id):
        run = ImportRun.objects.get(pk=run_id)
        if run.finished:
            return report_of(run)
        try:
            # COPY speaks to the driver itself, whose errors are to look like all others.
            with connection.wrap_database_errors:
                return _steps(run, say, batch_size or settings.IMPORT_BATCH)
        except Cancelled:
            _give_up(run, ImportState.CANCELLED, "")
            raise
        except (OperationalError, InterfaceError) as error:
            if not isinstance(error.__cause__, DiskFull):
                raise
            # What was staged is given back, which is also what the disk needs.
            text = _(
                "The database's disk is full. Nothing of this import was stored; make room and start it again"
            )
            with suppress(DatabaseError):
                _give_up(run, ImportState.FAILED, text)
            raise DatabaseFull(text) from error
        except Exception as error:
            _give_up(run, ImportState.FAILED, str(error) or type(error).__name__)
            raise


def _steps(run: ImportRun, say: Say, batch_size: int) -> ImportReport:
    if run.state == ImportState.QUEUED:
        same = done_before(run)
        if same is not None:
            say(f"{run.file_name}: the same file was stored before, and nothing newer since")
            return _unchanged(run, same)
    if run.state != ImportState.MERGING:
        _go_on(run, ImportState.READING)
        verify_files(run)
        deliveries = _deliveries(run, say)
        _prepare(run, deliveries, batch_size)
        _stage(run, deliveries, say)
        _go_on(run, ImportState.MERGING)
    say(f"{run.file_name}: storing …")
    return _merge(run)


@contextmanager
def _alone(run_id: int) -> Iterator[None]:
    """Hold the run as long as this connection lives; the death of the process or of the server lets it go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_RUN_LOCK, run_id])
        if not cursor.fetchone()[0]:
            raise Busy(_("The same import is being done by another process just now."))
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_RUN_LOCK, run_id])


def _go_on(run: ImportRun, state: ImportState) -> None:
    """The next step, unless somebody has asked to stop; asking and going on cannot cross each other."""
    moved = ImportRun.objects.filter(pk=run.pk, cancel_asked=False).exclude(state__in=FINISHED)
    if not moved.update(state=state):
        raise Cancelled
    run.state = state


# --- reading ----------------------------------------------------------------------------------------------------


def _deliveries(run: ImportRun, say: Say) -> list[Delivery]:
    code = run.options["municipality"]
    deliveries = read_files(run, say)
    if run.scope:
        # Together the files are the scope, so together they are one delivery.
        deliveries = joined(deliveries)
        aside = [r for d in deliveries for r in d.rejected]
        if aside:
            raise CannotRead(
                "records were set aside, so the files are not complete, and what they do not hold cannot be "
                f"ended. Mend the records, or import without --complete. The first: {aside[0].record}, "
                f"{aside[0].reason}: {aside[0].explanation}"
            )
    return [with_municipality(d, code) for d in deliveries]


def _prepare(run: ImportRun, deliveries: Sequence[Delivery], batch_size: int) -> None:
    """Write down what will be staged, or recognise what a former try has written."""
    there = list(run.parts.order_by("number"))
    if [p.fingerprint for p in there] == [fingerprint(d) for d in deliveries]:
        _go_on(run, ImportState.STAGING)
        return
    code = run.options["municipality"]
    with transaction.atomic(), tenant(code):
        _forget_parts(run)
        if code:
            run.municipality = Municipality.objects.get_or_create(code=code, defaults={"name": ""})[0]
        for number, delivery in enumerate(deliveries):
            ImportPart.objects.create(
                run=run,
                number=number,
                theme=delivery.theme,
                source=delivery.source,
                register=delivery.register,
                columns=columns_of(delivery),
                speaks_for=list(delivery.speaks_for),
                has_geometry=delivery.has_geometry,
                as_of=delivery.as_of or run.as_of,
                fingerprint=fingerprint(delivery),
                batch_size=batch_size,
                records=len(delivery.frame),
            )
            quarantine.set_aside(run, delivery.theme, delivery.rejected, code)
        if any(d.rejected for d in deliveries):
            # What a mapping has set aside lies as a whole file in itself, whatever its format was.
            alone = {"kind": "json", "whole": True} if run.source.startswith(MAPPED) else None
            run.files = [{**f, "wrapping": alone or wrapping_of(Path(f["path"]))} for f in run.files]
        run.theme = ", ".join(dict.fromkeys(d.theme for d in deliveries))[:200]
        run.records, run.staged = sum(len(d.frame) for d in deliveries), 0
        run.quarantined = sum(len(d.rejected) for d in deliveries)
        run.warnings = list(dict.fromkeys(w for d in deliveries for w in d.warnings))
        run.save(
            update_fields=["municipality", "files", "theme", "records", "staged", "quarantined", "warnings"]
        )
    _go_on(run, ImportState.STAGING)


def _stage(run: ImportRun, deliveries: Sequence[Delivery], say: Say) -> None:
    for part, delivery in zip(run.parts.order_by("number"), deliveries, strict=True):
        # Batches are written in order and whole, so their number tells where to go on.
        for batch in range(part.staged // part.batch_size, -(-part.records // part.batch_size)):
            _go_on(run, ImportState.STAGING)
            stage_batch(part, delivery, batch)
            say(f"{run.file_name}: {part.staged} of {part.records} × {part.theme} staged")


# --- merging ----------------------------------------------------------------------------------------------------


def _merge(run: ImportRun) -> ImportReport:
    parts = list(run.parts.order_by("number"))
    report = ImportReport(
        quarantined=run.quarantined, warnings=list(run.warnings), rejected=quarantine.told(run), run=run.pk
    )
    with recorded(
        "geodata.import_delivery",
        acting_user=run.asked_by,
        municipality=run.options["municipality"],
        subject=f"{run.source} {run.file_name}",
    ) as recorder:
        lock_themes(part.theme for part in parts)
        for number, part in enumerate(parts):
            delivery = without_records(part)
            step = Recorder(recorder.verb, recorder.acting_user, recorder.subject)
            merged = merge(
                themes[part.theme], delivery, step, complete=run.scope or None, yes=run.yes, part=part.pk
            )
            _count(part, merged, step.change, report)
            if merged.older:
                report.warnings.append(older_warning(delivery, merged.older))
            tell_found(part.source, part.theme, _places(run, part), merged.parts, as_of=part.as_of, run=run)
            if step.change is not None:
                recorder.change = step.change
                if number < len(parts) - 1:
                    # A later part may close what this one opened, and only finished changes can be closed.
                    finish_change(step.change)
                    recorder.change, run.change = None, step.change
        run.change = recorder.change or run.change
        run.revision, run.staged = last_revision(), run.records
        drop_staged(run)
        for name in COUNTS:
            setattr(run, name, getattr(report, name))
        run.warnings = report.warnings
        _finish(run, ImportState.DONE)
        recorder.detail = {"run": run.pk, "result": report.line()}
    give_up_files(run)
    return report


def _count(part: ImportPart, merged: Merged, change: Change | None, report: ImportReport) -> None:
    for name in ("new", "changed", "unchanged", "ended", "older"):
        setattr(part, name, getattr(merged, name))
        setattr(report, name, getattr(report, name) + getattr(merged, name))
    report.touched += merged.touched
    part.change = change
    part.save()


def _places(run: ImportRun, part: ImportPart) -> list[str | None]:
    rows = StagedRecord.objects.filter(part=part, municipality__isnull=False)
    codes: list[str | None] = list(rows.values_list("municipality", flat=True).distinct())
    return [*codes, None] if run.scope == "*" else codes


# --- the same again, and the end --------------------------------------------------------------------------------


def done_before(run: ImportRun) -> ImportRun | None:
    """The run that stored the same file with the same options, when nothing newer was merged since; else None."""
    before = (
        ImportRun.objects.filter(
            source=run.source,
            file_sha256=run.file_sha256,
            scope=run.scope,
            options=run.options,
            state=ImportState.DONE,
            same_as__isnull=True,
            revision__isnull=False,
        )
        .order_by("-pk")
        .first()
    )
    if before is None:
        return None
    since = before.change.revision if before.change else before.revision
    names = before.theme.split(", ")
    newer = Change.objects.filter(revision__gt=since, themes__overlap=names)
    return None if newer.exists() else before


def _unchanged(run: ImportRun, same: ImportRun) -> ImportReport:
    rejected = quarantine.told(same)
    report = ImportReport(
        unchanged=same.new + same.changed + same.unchanged,
        quarantined=len(rejected),
        older=same.older,
        warnings=list(same.warnings),
        rejected=rejected,
        run=run.pk,
    )
    for name in COUNTS:
        setattr(run, name, getattr(report, name))
    run.theme, run.same_as, run.warnings = same.theme, same, report.warnings
    run.records = run.staged = same.records
    with recorded(
        "geodata.import_delivery",
        acting_user=run.asked_by,
        municipality=run.options["municipality"],
        subject=f"{run.source} {run.file_name}",
    ) as recorder:
        _finish(run, ImportState.DONE)
        recorder.detail = {"run": run.pk, "result": report.line(), "same_as": same.pk}
    give_up_files(run)
    return report


def _forget_parts(run: ImportRun) -> None:
    drop_staged(run)
    run.parts.all().delete()
    quarantine.forget(run)


def _give_up(run: ImportRun, state: ImportState, message: str) -> None:
    with transaction.atomic():
        _forget_parts(run)
        for name in (*COUNTS, "staged"):
            setattr(run, name, 0)
        run.message = message
        run.change = None
        _finish(run, state)
    give_up_files(run)


def _finish(run: ImportRun, state: ImportState) -> None:
    run.state = state
    run.finished_at = datetime.now(UTC)
    names = [f.name for f in run._meta.concrete_fields if f.name not in ("id", "cancel_asked", "job")]
    run.save(update_fields=names)


def cancel_now(run: ImportRun) -> bool:
    """Clear away a run that nobody works on; False when somebody does, who will hear of it between batches."""
    try:
        with _alone(run.pk):
            run.refresh_from_db()
            if not run.finished:
                _give_up(run, ImportState.CANCELLED, "")
            return True
    except Busy:
        return False


def report_of(run: ImportRun) -> ImportReport:
    """What a finished run said."""
    if run.state == ImportState.FAILED:
        raise CannotRead(run.message)
    if run.state == ImportState.CANCELLED:
        raise Cancelled
    counts: dict[str, Any] = {name: getattr(run, name) for name in COUNTS}
    return ImportReport(**counts, warnings=list(run.warnings), rejected=quarantine.told(run), run=run.pk)
