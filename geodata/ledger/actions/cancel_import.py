"""Stop an import before its records become visible."""

from __future__ import annotations

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger import jobs
from geodata.ledger.action import recorded
from geodata.ledger.models import FINISHED, ImportRun, ImportState
from geodata.ledger.runs import cancel_now
from geodata.readers.refusal import CannotRead


def cancel_import(run: ImportRun, *, acting_user: User | None) -> None:
    """Ask an import to stop: at once when nobody works on it, else between two batches.

    Raises
    ------
    CannotRead : it is finished, or its records are being merged, which is done whole or not at all.
    """
    with recorded(
        "geodata.cancel_import",
        acting_user=acting_user,
        municipality=run.municipality_id,
        subject=f"{run.source} {run.file_name}",
    ) as recorder:
        recorder.detail = {"run": run.pk}
        open_runs = ImportRun.objects.filter(pk=run.pk).exclude(state__in=[*FINISHED, ImportState.MERGING])
        if not open_runs.update(cancel_asked=True):
            run.refresh_from_db()
            raise CannotRead(
                _("This import is finished; it cannot be cancelled.")
                if run.finished
                else _("The records are being merged just now; this is done whole and cannot be cancelled.")
            )
        if run.job is not None:
            jobs.cancel(run.job)
    cancel_now(run)
