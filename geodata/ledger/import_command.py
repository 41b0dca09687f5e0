"""What the two import commands share: read everything, store everything or nothing, say what happened."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from geodata.ledger.action import Refused
from geodata.ledger.answers import tell
from geodata.ledger.files import MAPPED
from geodata.ledger.imports import ImportReport
from geodata.ledger.jobs import enqueue_import
from geodata.ledger.models import AnswerState, ImportPart
from geodata.ledger.orders import order
from geodata.ledger.quarantine import known_municipality
from geodata.ledger.runs import Busy, Cancelled, work
from geodata.readers.delivery import Rejected
from geodata.readers.mapping import load
from geodata.readers.refusal import CannotRead
from geodata.readers.services.harvest import harvest, is_address
from geodata.readers.services.web import NotAnswered

NOTHING_STORED: Final = 2
SOME_QUARANTINED: Final = 3
_SHOWN: Final = 3


class ImportCommand(BaseCommand):
    """Base of ``import_geodata`` and ``import_plans``.

    Progress, warnings and what was set aside go to stderr, the counts to stdout, the sum last. Exit code 0: all
    records stored; 3: some set aside; 2: nothing stored.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help="file, archive of files, or (with a mapping) the address of a service",
        )
        parser.add_argument(
            "--municipality", metavar="NNNN", help="municipality of objects that do not state one"
        )
        parser.add_argument(
            "--complete",
            metavar="SCOPE",
            help="the files are everything of this scope (a municipality's four digits, or * for the whole "
            "register): objects missing from them are ended",
        )
        parser.add_argument(
            "--yes", action="store_true", help="go on although more than 5 %% of the scope would end"
        )
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            metavar="DATE",
            help="day of the delivery (2026-03-01), where the files do not say it; an older one never undoes a newer",
        )
        parser.add_argument(
            "--background",
            action="store_true",
            help="let a worker do it; the page of imports shows how far it is",
        )

    def run(self, source: str, options: dict[str, Any]) -> None:
        """Read the paths of ``options`` as ``source`` and store them, or ask a worker to."""
        try:
            run = order(
                source,
                fetched(source, options["paths"], self._say),
                acting_user=None,
                municipality=options["municipality"],
                complete=options["complete"],
                yes=options["yes"],
                as_of=options["as_of"],
            )
            if options["background"]:
                self.stdout.write(f"import {run.pk} is in the queue, job {enqueue_import(run).pk}")
                return
            report = work(run.pk, say=self._say)
        except (CannotRead, Refused) as error:
            if isinstance(error, NotAnswered):
                tell_silence(source, options["municipality"])
            raise CommandError(
                f"{str(error).rstrip('.')}. Nothing was stored.", returncode=NOTHING_STORED
            ) from None
        except Cancelled:
            raise CommandError(
                "The import was cancelled. Nothing was stored.", returncode=NOTHING_STORED
            ) from None
        except (Busy, OperationalError, InterfaceError) as error:
            raise CommandError(
                f"{str(error).strip()}. Nothing was stored yet; the same command goes on where this one stopped.",
                returncode=NOTHING_STORED,
            ) from None
        self._tell(run.pk, report)

    def _tell(self, run: int, report: ImportReport) -> None:
        for warning in dict.fromkeys(report.warnings):
            self._say(f"warning: {warning}")
        tell_rejected(report.rejected, self._say)
        parts = ImportPart.objects.filter(run=run).order_by("number")
        if len(parts) > 1:
            for part in parts:
                counts = ImportReport(part.new, part.changed, part.unchanged, part.ended)
                self.stdout.write(f"{part.theme}: {counts.line()}")
        self.stdout.write(report.line())
        self.stdout.flush()
        if report.quarantined and not (report.new or report.changed or report.unchanged):
            self._say("Nothing was stored: every record was set aside.")
            raise SystemExit(NOTHING_STORED)
        if report.quarantined:
            raise SystemExit(SOME_QUARANTINED)

    def _say(self, text: str) -> None:
        self.stderr.write(text, style_func=lambda plain: plain)


def fetched(source: str, paths: Sequence[str], say: Callable[[str], None]) -> list[Path]:
    """The files of an import; what is the address of a service is fetched first.

    Raises
    ------
    CannotRead : an address without a mapping.
    NotAnswered : the service did not answer to the end; what it gave is kept for the next try.
    """
    if not any(is_address(path) for path in paths):
        return [Path(path) for path in paths]
    if not source.startswith(MAPPED):
        raise CannotRead(f"{source} is read from files; a service needs a mapping (mapping:FILE)")
    mapping = load(source.removeprefix(MAPPED))
    folder: Path = settings.VAR / "services"
    return [
        harvest(path, mapping, folder, say=say, wait_s=settings.SERVICE_WAIT_S)
        if is_address(path)
        else Path(path)
        for path in paths
    ]


def tell_silence(source: str, municipality: str | None) -> None:
    """Keep that a source gave no answer, so that nobody takes its silence for "nothing there"."""
    mapping = load(source.removeprefix(MAPPED))
    code = known_municipality(municipality)
    tell(mapping.source, mapping.theme, code, AnswerState.NOT_ANSWERED, as_of=None)


def tell_rejected(rejected: Sequence[Rejected], say: Callable[[str], None]) -> None:
    """Say how many records were set aside for which reason, and of each reason the first few."""
    for reason, count in Counter(r.reason for r in rejected).most_common():
        say(f"set aside, {reason}: {count}")
        for record in [r for r in rejected if r.reason == reason][:_SHOWN]:
            place = f" at {record.place}" if record.place else ""
            say(f"  {record.record}{place}: {record.explanation}")
