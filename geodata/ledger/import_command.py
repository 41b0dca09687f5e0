"""What the two import commands share: read everything, store everything or nothing, say what happened."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import shapely
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from geodata.accounts.models import Municipality
from geodata.checks.delivery import joined
from geodata.ledger.imports import ImportReport, import_delivery
from geodata.ledger.whereabouts import with_municipality
from geodata.readers.delivery import CannotRead, Delivery, Rejected
from geodata.registry import readers

NOTHING_STORED: Final = 2
SOME_QUARANTINED: Final = 3
_SHOWN: Final = 3
_CHUNK: Final = 2**20


class ImportCommand(BaseCommand):
    """Base of ``import_geodata`` and ``import_plans``.

    Progress, warnings and what was set aside go to stderr, the counts to stdout, the sum last. Exit code 0: all
    records stored; 3: some set aside; 2: nothing stored.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="file, or archive of files")
        parser.add_argument(
            "--municipality", metavar="NNNN", help="municipality of objects that do not state one"
        )
        parser.add_argument(
            "--complete",
            metavar="SCOPE",
            help="the files are everything of this scope (a municipality's four digits, or * for the register): "
            "objects missing from them are ended",
        )
        parser.add_argument(
            "--yes", action="store_true", help="go on although more than 5 %% of the scope would end"
        )

    def run(self, source: str, options: dict[str, Any]) -> None:
        """Read the paths of ``options`` as ``source`` and store them in one transaction."""
        try:
            reports = self._run(source, options)
        except CannotRead as error:
            raise CommandError(
                f"{error}. Nothing was stored.".replace("..", "."), returncode=NOTHING_STORED
            ) from None
        total = sum(reports.values(), ImportReport())
        self._tell_rejected(total.rejected)
        if len(reports) > 1:
            for theme, report in reports.items():
                self.stdout.write(f"{theme}: {report.line()}")
        self.stdout.write(total.line())
        self.stdout.flush()
        stored = total.new + total.changed + total.unchanged
        if total.quarantined and not stored:
            self._say("Nothing was stored: every record was set aside.")
            raise SystemExit(NOTHING_STORED)
        if total.quarantined:
            raise SystemExit(SOME_QUARANTINED)

    def _run(self, source: str, options: dict[str, Any]) -> dict[str, ImportReport]:
        municipality = _code(options["municipality"], "--municipality")
        complete = options["complete"]
        if complete is not None and complete != "*":
            complete = _code(complete, "--complete")
        reader = readers.get(source)
        if reader is None:
            raise CannotRead(f"no source is called {source!r}; known are {', '.join(sorted(readers))}")
        paths = [Path(p) for p in options["paths"]]
        read = [(path, delivery) for path in paths for delivery in self._read(reader, path, municipality)]
        deliveries = [(path.name, _digest(path), d) for path, d in read]
        if complete is not None:
            # Together the files are the scope, so together they are one delivery.
            name, digest = ", ".join(p.name for p in paths), _digest(*paths)
            deliveries = [(name, digest, d) for d in joined([d for _, d in read])]
            if any(d.rejected for _, _, d in deliveries):
                self._tell_rejected([r for _, _, d in deliveries for r in d.rejected])
                raise CannotRead(
                    "records were set aside, so the files are not complete, and what they do not hold cannot be "
                    "ended. Mend the records, or import without --complete"
                )
        reports: dict[str, ImportReport] = {}
        told: set[str] = set()
        with transaction.atomic():
            if municipality:
                Municipality.objects.get_or_create(code=municipality, defaults={"name": ""})
            for name, digest, delivery in deliveries:
                self._say(f"{name}: storing {len(delivery.frame)} × {delivery.theme} …")
                placed = with_municipality(delivery, municipality)
                report = import_delivery(
                    placed,
                    acting_user=None,
                    file_name=name,
                    file_sha256=digest,
                    municipality=municipality,
                    complete=complete,
                    yes=options["yes"],
                )
                for warning in placed.warnings:
                    if warning not in told:
                        self._say(f"warning: {warning}")
                        told.add(warning)
                reports[delivery.theme] = reports.get(delivery.theme, ImportReport()) + report
        return reports

    def _read(
        self, reader: Callable[..., list[Delivery]], path: Path, municipality: str | None
    ) -> Sequence[Delivery]:
        self._say(f"{path.name}: reading …")
        try:
            found = reader([path], municipality=municipality)
        except (
            ValueError,
            TypeError,
            KeyError,
            OSError,
            RecursionError,
            MemoryError,
            shapely.errors.GEOSException,
        ) as error:
            # What no reader foresaw; a person gets a sentence all the same.
            raise CannotRead(
                f"{path.name} could not be understood ({type(error).__name__}: {error}). Check that it is the "
                f"register's own export"
            ) from error
        for delivery in found:
            held = f"{len(delivery.frame)} × {delivery.theme}"
            self._say(f"{path.name}: {held} read, {len(delivery.rejected)} set aside")
        return found

    def _tell_rejected(self, rejected: Sequence[Rejected]) -> None:
        for reason, count in Counter(r.reason for r in rejected).most_common():
            self._say(f"set aside, {reason}: {count}")
            for record in [r for r in rejected if r.reason == reason][:_SHOWN]:
                place = f" at {record.place}" if record.place else ""
                self._say(f"  {record.record}{place}: {record.explanation}")

    def _say(self, text: str) -> None:
        self.stderr.write(text, style_func=lambda plain: plain)


def _code(text: str | None, option: str) -> str | None:
    if text is not None and not re.fullmatch(r"\d{4}", text):
        raise CannotRead(f"{option} {text!r} is no municipality code; write four digits, such as 0167")
    return text


def _digest(*paths: Path) -> str:
    digest = sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
