"""Persistent staging: records of a run on their way in, batch by batch, until one transaction merges them.

The table is an ordinary one. An unlogged table would be emptied by the server's recovery after a crash, and
with it everything that finished batches had promised.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from django.db import connection, transaction
from django.db.models import F

from geodata.crs import GRID
from geodata.frames import copy_text, copy_texts, shape_texts
from geodata.ledger.hashes import content_hashes, json_texts, object_ids
from geodata.ledger.models import ImportPart, ImportRun, StagedRecord
from geodata.ledger.themes import ENVELOPE, themes
from geodata.models.base import OBJECT_NAMESPACE
from geodata.readers.delivery import Delivery

_TABLE: Final = "ledger_stagedrecord"
_COLUMNS: Final = (
    "part_id", "batch", "objekt_id", "register_id", "municipality", "content_hash", "attributes", "geometry",
)  # fmt: skip


def columns_of(delivery: Delivery) -> list[str]:
    """Envelope columns of a delivery and those that its source speaks for."""
    return [*[c for c in ENVELOPE if c in delivery.frame.columns], *delivery.speaks_for]


def fingerprint(delivery: Delivery) -> uuid.UUID:
    """Hash of a delivery's ids and columns, to know it again when its file is read a second time."""
    digest = blake2b(f"{delivery.theme} {delivery.source} {columns_of(delivery)}".encode(), digest_size=16)
    digest.update(json.dumps([str(r) for r in delivery.frame["register_id"]]).encode())
    return uuid.UUID(bytes=digest.digest())


def stage_batch(part: ImportPart, delivery: Delivery, batch: int) -> int:
    """Write one batch and its progress in one transaction, and return how many records it held."""
    first = batch * part.batch_size
    frame = delivery.frame.iloc[first : first + part.batch_size]
    texts = _texts(part, frame, batch)
    with transaction.atomic():
        copy_texts(_TABLE, _COLUMNS, texts)
        ImportPart.objects.filter(pk=part.pk).update(staged=F("staged") + len(frame))
        ImportRun.objects.filter(pk=part.run_id).update(staged=F("staged") + len(frame))
    part.staged += len(frame)
    return len(frame)


def _texts(part: ImportPart, frame: gpd.GeoDataFrame, batch: int) -> list[list[str]]:
    """The records of a batch as COPY takes them, column by column."""
    columns = list(part.columns)
    geometry = (
        np.asarray(frame.geometry.array, dtype=object)
        if part.has_geometry
        else np.full(len(frame), None, dtype=object)
    )
    register_ids = frame["register_id"].astype(str).tolist()
    named = f"{part.register}:{themes[part.theme].kind}:"
    codes = frame["municipality"] if "municipality" in frame.columns else [None] * len(frame)
    said = [json_texts(frame[name]) for name in columns]
    record = "{" + ", ".join(f'"{name}": %s' for name in columns) + "}"
    return [
        [str(part.pk)] * len(frame),
        [str(batch)] * len(frame),
        object_ids(OBJECT_NAMESPACE, [named + name for name in register_ids]),
        copy_text(register_ids),
        copy_text(None if pd.isna(code) else str(code) for code in codes),
        content_hashes(columns, said, geometry),
        copy_text([record % row for row in zip(*said, strict=True)] if said else ["{}"] * len(frame)),
        shape_texts(geometry),
    ]


def fill_from_batches(part: int, register: str, types: Iterable[tuple[str, str]]) -> None:
    """Put the records of a part's batches into the merge's own table ``staging``."""
    named = list(types)
    listed = "".join(f", {name}" for name, _ in named)
    values = "".join(f", x.{name}" for name, _ in named)
    # Whole numbers that a frame held as floats come as 7.0, which jsonb_to_record would not take for an integer.
    record = ", ".join(f"{name} {_WHOLE.get(kind, kind)}" for name, kind in named)
    source = f"{_TABLE} s" + (f", jsonb_to_record(s.attributes) AS x({record})" if named else "")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO staging (objekt_id, register, register_id, municipality_id, content_hash, geometry"
            f"{listed}) SELECT s.objekt_id, %s, s.register_id, s.municipality, s.content_hash, s.geometry{values} "
            f"FROM {source} WHERE s.part_id = %s",
            [register, part],
        )


_WHOLE: Final = {"integer": "numeric", "bigint": "numeric", "smallint": "numeric"}


def drop_staged(run: ImportRun) -> None:
    """Forget what a run has staged."""
    StagedRecord.objects.filter(part__in=ImportPart.objects.filter(run=run).values("pk")).delete()


def without_records(part: ImportPart) -> Delivery:
    """The delivery of a part as far as merging asks for it: everything but its records."""
    frame = gpd.GeoDataFrame({name: [] for name in part.columns}, geometry=[], crs=GRID)
    return Delivery(
        theme=part.theme,
        source=part.source,
        register=part.register,
        frame=frame,
        speaks_for=tuple(part.speaks_for),
        has_geometry=part.has_geometry,
        as_of=part.as_of,
    )
