"""Store a delivery: one run, one transaction, one audit row, one revision.

An import is a delta: it never ends anything, unless ``complete`` says that the delivery is everything of its
scope. How records become versions is in :mod:`geodata.ledger.merge`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from geodata.ledger.answers import tell_found
from geodata.ledger.merge import merge
from geodata.ledger.models import ImportRun, ImportState
from geodata.ledger.quarantine import known_municipality, set_aside
from geodata.ledger.themes import themes
from geodata.readers.delivery import Delivery, Rejected

#: What a report counts, in objects and set-aside records.
COUNTS: Final = ("new", "changed", "unchanged", "ended", "quarantined", "older")


@dataclass
class ImportReport:
    """What became of a delivery, in objects."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    quarantined: int = 0
    older: int = 0
    warnings: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    run: int = 0
    #: Keys of the objects that were opened or closed, for whatever is derived from them.
    touched: list[int] = field(default_factory=list)

    def line(self) -> str:
        """The closing line of the import commands."""
        return (
            f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.ended} ended, {self.quarantined} quarantined"
        )

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.ended + other.ended,
            self.quarantined + other.quarantined,
            self.older + other.older,
            [*self.warnings, *other.warnings],
            [*self.rejected, *other.rejected],
            max(self.run, other.run),
            [*self.touched, *other.touched],
        )


def import_delivery(
    delivery: Delivery,
    *,
    acting_user: User | None,
    file_name: str,
    file_sha256: str,
    municipality: str | None = None,
    complete: str | None = None,
    yes: bool = False,
) -> ImportReport:
    """Store a delivery in one transaction, with one audit row and one revision (none when nothing new was said).

    Parameters
    ----------
    delivery : checked records of one theme.
    file_name, file_sha256 : what was read.
    municipality : tenant whose originals a quarantine may hold.
    complete : scope (four-digit municipality code, or ``*`` for all of the register) of which the delivery is
        everything: objects of this register and theme in the scope that are missing from it are ended.
    yes : go on although more than 5 % of the scope would end.

    Raises
    ------
    CannotRead : ending would go beyond the bound; nothing is stored.
    """
    theme = themes[delivery.theme]
    with recorded(
        "geodata.import_delivery",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"{delivery.source} {file_name}",
    ) as recorder:
        run = ImportRun.objects.create(
            source=delivery.source,
            theme=theme.id,
            file_name=file_name[:255],
            file_sha256=file_sha256,
            municipality_id=known_municipality(municipality),
            scope=complete or "",
            as_of=delivery.as_of,
            warnings=list(delivery.warnings),
        )
        report = ImportReport(
            quarantined=len(delivery.rejected),
            warnings=list(delivery.warnings),
            rejected=list(delivery.rejected),
            run=run.pk,
        )
        set_aside(run, theme.id, delivery.rejected, municipality)
        merged = merge(theme, delivery, recorder, complete=complete, yes=yes)
        for name in ("new", "changed", "unchanged", "ended", "older", "touched"):
            setattr(report, name, getattr(merged, name))
        if report.older:
            report.warnings.append(older_warning(delivery, report.older))
        for name in COUNTS:
            setattr(run, name, getattr(report, name))
        run.warnings = report.warnings
        run.records = run.staged = len(delivery.frame)
        tell_found(delivery.source, theme.id, codes_of(delivery), merged.parts, as_of=delivery.as_of, run=run)
        run.state = ImportState.DONE
        run.finished_at = datetime.now(UTC)
        run.change = recorder.change
        run.save()
        recorder.detail = {"run": run.pk, "result": report.line()}
    return report


def codes_of(delivery: Delivery) -> list[str]:
    """The municipalities that a delivery's records name."""
    if "municipality" not in delivery.frame.columns:
        return []
    return sorted(map(str, delivery.frame["municipality"].dropna().unique()))


def older_warning(delivery: Delivery, older: int) -> str:
    """What is told when an older delivery arrives after a newer one."""
    return (
        f"{older} records of {delivery.theme} were not taken: the delivery is of {delivery.as_of}, and "
        f"{delivery.source} has said something else of the same objects on a later day"
    )
