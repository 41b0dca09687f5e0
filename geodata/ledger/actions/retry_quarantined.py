"""Try a quarantined record again: its kept bytes, or a mended copy of them, by the same reader."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from geodata.ledger.files import MAPPED, read_one, reader_of
from geodata.ledger.imports import import_delivery
from geodata.ledger.models import ImportOriginal, QuarantinedRecord
from geodata.ledger.whereabouts import with_municipality
from geodata.ledger.wrapping import wrapped
from geodata.readers.delivery import Delivery
from geodata.readers.refusal import CannotRead
from geodata.registry import readers

#: Themes whose records are made of several records of their file, so that one alone would say something else.
MADE_OF_SEVERAL: Final = ("municipality_outline", "boundary_line")


def retry_quarantined(
    record: QuarantinedRecord, *, acting_user: User | None, mended: bytes | None = None
) -> bool:
    """Read a record again and store it when it is sound; else its row says the new reason.

    Parameters
    ----------
    record : a record that is still in quarantine.
    mended : a corrected copy of its bytes; the bytes as delivered are kept beside whatever is stored.

    Returns
    -------
    Whether it was stored, which settles the record.

    Raises
    ------
    CannotRead : it cannot be read alone, its bytes are not there for this municipality, or its source has said
        something else of its object since; the message says what to do instead.
    """
    run = record.run
    with recorded(
        "geodata.retry_quarantine",
        acting_user=acting_user,
        municipality=run.municipality_id,
        subject=f"{run.file_name} {record.record}",
    ) as recorder:
        record = QuarantinedRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if record.settled_at is not None:
            raise CannotRead(_("This record has been stored in the meantime."))
        content = mended if mended is not None else _original(record)
        suffix, file = _as_file(record, content)
        with tempfile.TemporaryDirectory(prefix="planvaerk-") as folder:
            path = Path(folder) / f"record{suffix}"
            path.write_bytes(file)
            found = read_one(reader_of(run), path, record.record, run.municipality_id, lambda _text: None)
        record.tried_at = datetime.now(UTC)
        rejected = [r for d in found for r in d.rejected]
        if rejected:
            record.reason = rejected[0].reason[:60]
            record.explanation, record.place = rejected[0].explanation, rejected[0].place[:200]
        else:
            for delivery in found:
                report = import_delivery(
                    with_municipality(_of_its_day(delivery, record), run.municipality_id),
                    acting_user=acting_user,
                    file_name=f"{run.file_name}: {record.record}",
                    file_sha256=sha256(content).hexdigest(),
                    municipality=run.municipality_id,
                )
                if report.older:
                    raise CannotRead(
                        _(
                            "Its source has said something else of this object on a later day; nothing was stored."
                        )
                    )
                record.settled_by_id = report.run
            record.settled_at = record.tried_at
        record.save()
        stored = record.settled_at is not None
        recorder.detail = {"run": run.pk, "record": record.pk, "stored": stored, "mended": mended is not None}
    return stored


def _of_its_day(delivery: Delivery, record: QuarantinedRecord) -> Delivery:
    """The record is of the day of the delivery that it came in, however late it is mended."""
    if delivery.as_of is not None:
        return delivery
    part = record.run.parts.filter(theme=delivery.theme).first()
    return replace(delivery, as_of=part.as_of if part else record.run.as_of)


def _original(record: QuarantinedRecord) -> bytes:
    content = ImportOriginal.objects.filter(record=record).values_list("content", flat=True).first()
    if not content:
        raise CannotRead(
            _(
                "The bytes of this record are not kept for a municipality. Mend it in the source and import the file "
                "again, naming the municipality."
            )
        )
    return bytes(content)


def _as_file(record: QuarantinedRecord, content: bytes) -> tuple[str, bytes]:
    if record.run.source not in readers and not record.run.source.startswith(MAPPED):
        raise CannotRead(
            _("This record did not come out of a file that is read here. Deliver it again at its source.")
        )
    if record.theme in MADE_OF_SEVERAL:
        raise CannotRead(
            _(
                "A record of this kind is put together from several records of its file and cannot be read alone. "
                "Mend it in the source and import the file again."
            )
        )
    known = {str(file.get("wrapping")): file.get("wrapping") or {} for file in record.run.files}
    file = wrapped(next(iter(known.values()), {}), content) if len(known) == 1 else None
    if file is None:
        raise CannotRead(
            _(
                "The format of the file does not allow reading one record alone. Mend it in the source and import "
                "the file again."
            )
        )
    return file
