"""The merge of one delivery: staging by COPY, content hashes compared, versions closed and opened by SQL.

The statements themselves are in :mod:`geodata.ledger.merge_sql`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from django.db import connection

from geodata.crs import GRID_SRID
from geodata.frames import copy_portions, copy_text, shape_texts
from geodata.ledger.action import Recorder
from geodata.ledger.hashes import content_hashes, json_texts, object_ids, plain, random_ids
from geodata.ledger.merge_sql import MergeSql
from geodata.ledger.staging import fill_from_batches
from geodata.ledger.themes import ENVELOPE, Theme, themes
from geodata.models.base import OBJECT_NAMESPACE
from geodata.readers.delivery import Delivery
from geodata.readers.refusal import CannotRead

#: A complete delivery that would end more than this share of its scope needs a second word.
MOST_ENDED: Final = 0.05
_RANK_OF_OTHERS: Final = 100
#: From so many new versions on the planner's statistics are refreshed at once.
_MANY: Final = 100
_THEME_LOCK: Final = 4712
_NULL: Final = copy_text([None])[0]
#: Rows prepared while the server reads those before.
_PORTION: Final = 10_000
_NUMBERS: Final = frozenset({"smallint", "integer", "bigint", "double precision", "boolean"})


@dataclass
class Merged:
    """What became of the records, in objects."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    #: Records of an older delivery than the one that its source spoke of last; not taken.
    older: int = 0
    #: Keys of the objects that were opened or closed, for whatever is derived from them.
    touched: list[int] = field(default_factory=list)
    #: Municipality and part of the theme (see :class:`~geodata.ledger.themes.Theme`) of what was delivered.
    parts: set[tuple[str, str]] = field(default_factory=set)


def lock_themes(names: Iterable[str]) -> None:
    """Wait until no other import merges into these themes; held to the end of the transaction.

    Two deliveries that speak of one object at once are stored one after the other, so that both are compared
    with what really stands there and both are in its history.
    """
    with connection.cursor() as cursor:
        for name in sorted(
            set(names)
        ):  # always in the same order, else two of them could wait for each other
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_THEME_LOCK, name])


def merge(
    theme: Theme,
    delivery: Delivery,
    recorder: Recorder,
    *,
    complete: str | None,
    yes: bool,
    part: int | None = None,
) -> Merged:
    """Stage a delivery, close and open versions within the recorder's change, and say what became of it.

    No change is begun when nothing is to be written; one of a source that says what others have said before opens no
    version. ``part`` says that the records are those of an
    :class:`~geodata.ledger.models.ImportPart` and staged already; the delivery's own frame is then only asked
    for its columns.

    Raises
    ------
    CannotRead : ending would go beyond the bound; the caller's transaction must be given up.
    """
    report = Merged()
    columns = [*[c for c in ENVELOPE if c in delivery.frame.columns], *delivery.speaks_for]
    lock_themes([theme.id])
    types = theme.column_types(columns)
    _open_staging(types)
    if part is None:
        _fill(theme, delivery, types)
    else:
        fill_from_batches(part, delivery.register, types)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE staging (objekt_id, municipality_id)")  # of shapes it would take seconds
    report.parts = _parts(theme, columns)
    tables = MergeSql(theme, columns, delivery.source)
    with connection.cursor() as cursor:
        cursor.execute(tables.compare, {"as_of": delivery.as_of})
        cursor.execute(tables.count)
        total, touched, report.older = cursor.fetchone()
        if report.older and complete is not None:
            raise CannotRead(
                f"the delivery is of {delivery.as_of}, and {delivery.source} has spoken of {report.older} of its "
                f"objects since; what it does not hold may be newer and is not ended. Import it without --complete"
            )
        ending = _to_end(cursor, tables, delivery, complete, yes)
        if delivery.as_of is not None:
            # Said again on a later day: an older delivery that arrives afterwards must not undo it.
            cursor.execute(tables.confirm, {"as_of": delivery.as_of})
        if not touched and not ending:
            report.unchanged = total - report.older
            return report
        opened = _write(cursor, tables, delivery, recorder, ending=ending, touched=touched, report=report)
        report.changed = opened - report.new
        report.unchanged = total - opened - report.older
    return report


def _parts(theme: Theme, columns: list[str]) -> set[tuple[str, str]]:
    """Which parts of the theme the staged records belong to, by municipality."""
    if theme.part is None:
        return set()
    listed = ", ".join(name if name in columns else "NULL" for name in theme.parts_of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT municipality_id, {listed} FROM staging WHERE municipality_id IS NOT NULL"
        )
        named = {(code, theme.part(*said)) for code, *said in cursor.fetchall()}
    return {(code, part) for code, part in named if part is not None}


def _write(
    cursor: Any,
    tables: MergeSql,
    delivery: Delivery,
    recorder: Recorder,
    *,
    ending: list[int],
    touched: int,
    report: Merged,
) -> int:
    """Write what is judged new, end what is to end, under the recorder's change; how many versions were opened."""
    theme = themes[delivery.theme]
    change = recorder.begin_change([theme.id])
    bind: dict[str, Any] = {
        "change": change.pk,
        "theme": theme.id,
        "source": delivery.source,
        "as_of": delivery.as_of,
    }
    cursor.execute(tables.add_municipalities)
    cursor.execute(tables.open_bound)
    cursor.execute(tables.add_objects, bind)
    report.new = cursor.rowcount
    cursor.execute(tables.bind_objects)
    cursor.execute(tables.put_statements(anew=report.new == touched), bind)
    several = False
    if report.new < touched:  # else nobody can have spoken of them
        cursor.execute(tables.others_speak, bind)
        several = cursor.fetchone()[0]
    if several:
        cursor.execute(tables.resolve, {"rank": json.dumps(dict(theme.rank)), "other": _RANK_OF_OTHERS})
        cursor.execute(tables.keep, bind)
    if report.new < touched:  # else nothing of it was ever there
        cursor.execute(tables.close(several=several), bind)
    cursor.execute(tables.open(several=several), bind)
    opened: int = cursor.rowcount
    if ending:
        cursor.execute(tables.end, {**bind, "objects": ending})
        report.ended = cursor.rowcount
        cursor.execute(tables.confirm_end, {**bind, "objects": ending})
    if opened > _MANY:
        # Before anything is derived: a plan made for empty tables takes minutes on full ones.
        for table in tables.written:
            cursor.execute("SELECT ledger_analyze(%s)", [table])
    for hook in theme.after_open:
        hook(cursor, change.pk)
    cursor.execute(tables.touched, bind)
    report.touched = [row[0] for row in cursor.fetchall()]
    return opened


def _to_end(cursor: Any, tables: MergeSql, delivery: Delivery, complete: str | None, yes: bool) -> list[int]:
    if complete is None:
        return []
    scope = None if complete == "*" else complete
    bind = {"register": delivery.register, "scope": scope, "as_of": delivery.as_of}
    cursor.execute(tables.missing, bind)
    missing = [row[0] for row in cursor.fetchall()]
    cursor.execute(tables.in_scope, bind)
    held = cursor.fetchone()[0]
    if missing and len(missing) > MOST_ENDED * held and not yes:
        raise CannotRead(
            f"the delivery would end {len(missing)} of {held} objects in scope {complete}, more than "
            f"{MOST_ENDED:.0%}. If it really is complete, say so once more with --yes"
        )
    return missing


def _open_staging(types: list[tuple[str, str]]) -> None:
    definitions = "".join(f", {name} {kind}" for name, kind in types)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staging")
        cursor.execute(
            "CREATE TEMP TABLE staging (objekt_id uuid, versions_id uuid DEFAULT gen_random_uuid(), "
            "register text, register_id text, municipality_id char(4), content_hash uuid, "
            f"geometry geometry(Geometry,{GRID_SRID}){definitions}) "
            "ON COMMIT DROP"
        )


def _fill(theme: Theme, delivery: Delivery, types: list[tuple[str, str]]) -> None:
    columns = [name for name, _ in types]
    copy_portions(
        "staging",
        [
            "objekt_id",
            "versions_id",
            "register",
            "register_id",
            "municipality_id",
            "content_hash",
            "geometry",
            *columns,
        ],
        (
            _portion(theme, delivery, delivery.frame.iloc[start : start + _PORTION], types)
            for start in range(0, len(delivery.frame), _PORTION)
        ),
    )


def _portion(
    theme: Theme, delivery: Delivery, frame: pd.DataFrame, types: list[tuple[str, str]]
) -> list[list[str]]:
    """Some rows of a delivery as COPY takes them, column by column."""
    geometry = (
        np.asarray(frame.geometry.array, dtype=object)
        if delivery.has_geometry
        else np.full(len(frame), None, dtype=object)
    )
    register_ids = frame["register_id"].astype(str).tolist()
    named = f"{delivery.register}:{theme.kind}:"
    said = {name: json_texts(frame[name]) for name, _ in types}
    return [
        object_ids(OBJECT_NAMESPACE, [named + name for name in register_ids]),
        random_ids(len(frame)),
        copy_text([delivery.register]) * len(frame),
        copy_text(register_ids),
        _texts(frame["municipality"], [], "text")
        if "municipality" in frame.columns
        else copy_text([None]) * len(frame),
        content_hashes(said, list(said.values()), geometry),
        shape_texts(geometry),
        *(_texts(frame[name], said[name], kind) for name, kind in types),
    ]


def _texts(values: pd.Series, said: list[str], kind: str) -> list[str]:
    """A column as COPY takes it for a type of SQL; ``said`` is the same as JSON."""
    if kind in _NUMBERS:
        return [_NULL if text == "null" else text.strip('"') for text in said]
    if kind == "jsonb":
        return copy_text(None if text == "null" else text for text in said)
    if kind.endswith("[]"):
        return copy_text(None if text == "null" else "{" + text.strip("[]") + "}" for text in said)
    if values.dtype != object:
        values = values.astype(object).where(values.notna(), None)
    listed = values.tolist()
    return copy_text(listed if all(type(v) is str for v in listed) else map(plain, listed))
