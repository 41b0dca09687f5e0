"""The merge of one delivery: staging by COPY, content hashes compared, versions closed and opened by SQL.

The hash is kept per object *and source*, so that a source's own delivery read again is always unchanged; the
object shows, column by column, the value of the best source that speaks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from geodata.crs import GRID_SRID
from geodata.frames import copy_text, copy_texts
from geodata.ledger.action import Recorder
from geodata.ledger.hashes import content_hashes, json_texts, object_ids, plain
from geodata.ledger.staging import fill_from_batches
from geodata.ledger.themes import Theme
from geodata.models.base import OBJECT_NAMESPACE
from geodata.readers.delivery import CannotRead, Delivery

#: A complete delivery that would end more than this share of its scope needs a second word.
MOST_ENDED: Final = 0.05
_ENVELOPE: Final = ("oprindkode", "statuskode", "off_kode", "noegle", "note", "gyldig_fra", "gyldig_til")
_RANK_OF_OTHERS: Final = 100
#: From so many new versions on the planner's statistics are refreshed at once.
_MANY: Final = 100
_THEME_LOCK: Final = 4712
_NULL: Final = copy_text([None])[0]


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

    No change is begun when nothing is to be written. ``part`` says that the records are those of an
    :class:`~geodata.ledger.models.ImportPart` and staged already; the delivery's own frame is then only asked
    for its columns.

    Raises
    ------
    CannotRead : ending would go beyond the bound; the caller's transaction must be given up.
    """
    report = Merged()
    columns = [*[c for c in _ENVELOPE if c in delivery.frame.columns], *delivery.speaks_for]
    lock_themes([theme.id])
    types = column_types(theme, columns)
    _open_staging(types)
    if part is None:
        _fill(theme, delivery, columns)
    else:
        fill_from_batches(part, delivery.register, types)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE staging")
    tables = _Tables(theme, columns, delivery.source)
    with connection.cursor() as cursor:
        cursor.execute(tables.compare, {"as_of": delivery.as_of})
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
        change = recorder.begin_change([theme.id])
        bind: dict[str, Any] = {
            "change": change.pk,
            "theme": theme.id,
            "source": delivery.source,
            "as_of": delivery.as_of,
        }
        cursor.execute(tables.add_municipalities)
        cursor.execute(tables.add_objects, bind)
        report.new = cursor.rowcount
        cursor.execute(tables.bind_objects)
        cursor.execute(tables.put_statements, bind)
        cursor.execute(tables.resolve, {"rank": json.dumps(dict(theme.rank)), "other": _RANK_OF_OTHERS})
        cursor.execute(tables.close, bind)
        closed = cursor.rowcount
        cursor.execute(tables.open, bind)
        opened = cursor.rowcount
        if ending:
            cursor.execute(tables.end, {**bind, "objects": ending})
            report.ended = cursor.rowcount
            cursor.execute(tables.confirm_end, {**bind, "objects": ending})
        if opened > _MANY:
            # Before anything is derived: a plan made for empty tables takes minutes on full ones.
            for table in tables.written:
                cursor.execute("SELECT ledger_analyze(%s)", [table])
        report.changed = opened - report.new
        report.unchanged = total - opened - report.older
        for hook in theme.after_open:
            hook(cursor, change.pk)
        cursor.execute(tables.touched, bind)
        report.touched = [row[0] for row in cursor.fetchall()]
        if not opened and not closed and not ending:
            recorder.detail["note"] = "a second source said nothing that shows"
    return report


def _to_end(cursor: Any, tables: _Tables, delivery: Delivery, complete: str | None, yes: bool) -> list[int]:
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


def column_types(theme: Theme, columns: Iterable[str]) -> list[tuple[str, str]]:
    """Columns of the theme's versions with their types in SQL."""
    fields = {f.column: f for f in theme.versions._meta.concrete_fields}
    return [(name, fields[name].db_type(connection) or "text") for name in columns]


def _open_staging(types: list[tuple[str, str]]) -> None:
    definitions = "".join(f", {name} {kind}" for name, kind in types)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staging")
        cursor.execute(
            "CREATE TEMP TABLE staging (object_id bigint, objekt_id uuid, register text, register_id text, "
            f"municipality_id char(4), content_hash uuid, geometry geometry(Geometry,{GRID_SRID}), "
            f"resolved_hash uuid, verdict smallint{definitions}) ON COMMIT DROP"
        )


def _fill(theme: Theme, delivery: Delivery, columns: list[str]) -> None:
    frame = delivery.frame
    fields = {f.column: f for f in theme.versions._meta.concrete_fields}
    geometry = (
        np.asarray(frame.geometry.array, dtype=object)
        if delivery.has_geometry
        else np.full(len(frame), None, dtype=object)
    )
    register_ids = frame["register_id"].astype(str).tolist()
    named = f"{delivery.register}:{theme.kind}:"
    texts = [
        object_ids(OBJECT_NAMESPACE, [named + name for name in register_ids]),
        copy_text([delivery.register]) * len(frame),
        copy_text(register_ids),
        copy_text(None if pd.isna(m) else m for m in frame["municipality"])
        if "municipality" in frame.columns
        else copy_text([None]) * len(frame),
        content_hashes(frame, columns, geometry),
        copy_text(
            shapely.to_wkb(
                shapely.set_srid(shapely.force_2d(geometry), GRID_SRID), hex=True, include_srid=True
            )
        ),
        *(_texts(frame[name], fields[name]) for name in columns),
    ]
    copy_texts(
        "staging",
        ["objekt_id", "register", "register_id", "municipality_id", "content_hash", "geometry", *columns],
        texts,
    )


def _texts(values: pd.Series, column: models.Field[Any, Any]) -> list[str]:
    """A column as COPY takes it for a field."""
    if isinstance(column, models.IntegerField | models.FloatField | models.BooleanField):
        return [_NULL if text == "null" else text.strip('"') for text in json_texts(values)]
    if isinstance(column, models.JSONField):
        return copy_text(None if text == "null" else text for text in json_texts(values))
    if isinstance(column, ArrayField):
        return copy_text(
            None if text == "null" else "{" + text.strip("[]") + "}" for text in json_texts(values)
        )
    return copy_text(map(plain, values))


class _Tables:
    """The SQL of one merge; nothing but identifiers of our own models is ever put into it."""

    def __init__(self, theme: Theme, columns: list[str], source: str) -> None:
        objects = theme.objects._meta.db_table
        versions = theme.versions._meta.db_table
        fields = {f.column: f for f in theme.versions._meta.concrete_fields}
        attributes = [*_ENVELOPE, *theme.attributes]
        self._types = {name: fields[name].db_type(connection) for name in attributes}
        self.written = (objects, versions, "ledger_statement")
        said = ", ".join(f"'{name}'" for name in columns)
        as_json = ", ".join(f"'{name}', to_jsonb(s.{name})" for name in columns)

        # verdict: 0 this source said the same before, 1 it says something new, 2 it has said something later.
        self.compare = (
            "WITH judged AS (UPDATE staging s SET verdict = CASE WHEN EXISTS (SELECT FROM ledger_statement t "
            f"WHERE t.objekt_id = s.objekt_id AND t.source = '{source}' AND t.content_hash = s.content_hash) "
            f"AND EXISTS (SELECT FROM {objects} o JOIN {versions} v ON v.object_id = o.id "
            "AND v.change_to_id IS NULL WHERE o.objekt_id = s.objekt_id) "  # else it had ended and is back
            "THEN 0 WHEN EXISTS (SELECT FROM ledger_statement t WHERE t.objekt_id = s.objekt_id "
            f"AND t.source = '{source}' AND t.as_of > %(as_of)s::date) "
            "THEN 2 ELSE 1 END RETURNING verdict) SELECT count(*), count(*) FILTER (WHERE verdict = 1), "
            "count(*) FILTER (WHERE verdict = 2) FROM judged"
        )
        self.confirm = (
            "UPDATE ledger_statement t SET as_of = %(as_of)s FROM staging s WHERE s.verdict = 0 "
            f"AND t.objekt_id = s.objekt_id AND t.source = '{source}' "
            "AND (t.as_of IS NULL OR t.as_of < %(as_of)s::date)"
        )
        self.add_municipalities = (
            "INSERT INTO accounts_municipality (code, name) SELECT DISTINCT municipality_id, '' FROM staging "
            "WHERE municipality_id IS NOT NULL ON CONFLICT DO NOTHING"
        )
        self.add_objects = (
            f"INSERT INTO {objects} (objekt_id, register, register_id, municipality_id, created_by_id) "
            "SELECT objekt_id, register, register_id, municipality_id, %(change)s FROM staging WHERE verdict = 1 "
            "ON CONFLICT (objekt_id) DO NOTHING"
        )
        self.bind_objects = (
            f"UPDATE staging s SET object_id = o.id FROM {objects} o "
            "WHERE o.objekt_id = s.objekt_id AND s.verdict = 1"
        )
        self.put_statements = (
            "INSERT INTO ledger_statement "
            "(theme, objekt_id, source, content_hash, columns, attributes, geometry, as_of, change_id) "
            f"SELECT %(theme)s, objekt_id, %(source)s, content_hash, ARRAY[{said}]::varchar[], "
            f"jsonb_build_object({as_json}), geometry, %(as_of)s, %(change)s FROM staging s WHERE verdict = 1 "
            "ON CONFLICT (objekt_id, source) DO UPDATE SET content_hash = excluded.content_hash, "
            "columns = excluded.columns, attributes = excluded.attributes, geometry = excluded.geometry, "
            "as_of = excluded.as_of, change_id = excluded.change_id"
        )
        self.resolve = self._resolve(attributes, columns)
        self.close = (
            f"UPDATE {versions} v SET change_to_id = %(change)s FROM shown s "
            "WHERE v.object_id = s.object_id AND v.change_to_id IS NULL AND v.content_hash <> s.resolved_hash"
        )
        listed = ", ".join(attributes)
        self.open = (
            f"INSERT INTO {versions} (versions_id, object_id, change_from_id, content_hash, {listed}, geometry) "
            f"SELECT gen_random_uuid(), s.object_id, %(change)s, s.resolved_hash, "
            f"{', '.join(self._filled(name) for name in attributes)}, s.geometry FROM shown s "
            f"WHERE NOT EXISTS (SELECT FROM {versions} v WHERE v.object_id = s.object_id "
            "AND v.change_to_id IS NULL)"
        )
        scope = (
            f"FROM {objects} o JOIN {versions} v ON v.object_id = o.id AND v.change_to_id IS NULL "
            "WHERE o.register = %(register)s AND (%(scope)s::text IS NULL OR o.municipality_id = %(scope)s)"
        )
        self.in_scope = f"SELECT count(*) {scope}"
        self.missing = (
            f"SELECT o.id {scope} AND NOT EXISTS (SELECT FROM staging s WHERE s.objekt_id = o.objekt_id) "
            # What was said on a later day than this delivery cannot be ended by it.
            "AND NOT EXISTS (SELECT FROM ledger_statement t WHERE t.objekt_id = o.objekt_id "
            "AND t.as_of > %(as_of)s::date)"
        )
        self.confirm_end = (
            f"UPDATE ledger_statement t SET as_of = %(as_of)s FROM {objects} o WHERE o.id = ANY(%(objects)s) "
            f"AND t.objekt_id = o.objekt_id AND t.source = '{source}' AND %(as_of)s::date IS NOT NULL"
        )
        self.end = (
            f"UPDATE {versions} SET change_to_id = %(change)s "
            "WHERE object_id = ANY(%(objects)s) AND change_to_id IS NULL"
        )
        self.touched = (
            f"SELECT DISTINCT object_id FROM {versions} "
            "WHERE change_from_id = %(change)s OR change_to_id = %(change)s"
        )

    def _resolve(self, attributes: list[str], columns: list[str]) -> str:
        """Table ``shown``: what each touched object shows now, over all its sources.

        Objects with one source take its row as it stands; only where several speak is each column looked up
        among them by rank.
        """
        alone = ", ".join(
            f"s.{name}" if name in columns else f"NULL::{self._types[name]} AS {name}" for name in attributes
        )
        best = ", ".join(
            f"(SELECT x.{name} FROM ranked t, jsonb_to_record(t.attributes) AS x({name} {self._types[name]}) "
            f"WHERE t.objekt_id = s.objekt_id AND '{name}' = ANY(t.columns) ORDER BY t.rank LIMIT 1) AS {name}"
            for name in attributes
        )
        return (
            "DROP TABLE IF EXISTS shown; CREATE TEMP TABLE shown ON COMMIT DROP AS "
            "WITH several AS (SELECT t.objekt_id FROM ledger_statement t JOIN staging s USING (objekt_id) "
            "WHERE s.verdict = 1 GROUP BY t.objekt_id HAVING count(*) > 1), "
            "ranked AS (SELECT t.*, coalesce((%(rank)s::jsonb ->> t.source)::int, %(other)s) AS rank "
            "FROM ledger_statement t JOIN several USING (objekt_id)) "
            f"SELECT s.object_id, s.content_hash AS resolved_hash, {alone}, s.geometry FROM staging s "
            "WHERE s.verdict = 1 AND s.objekt_id NOT IN (SELECT objekt_id FROM several) "
            "UNION ALL "
            # The hash of a joined answer is made of what each source said, so that it changes when one does.
            "SELECT s.object_id, (SELECT md5(string_agg(t.content_hash::text, ',' ORDER BY t.rank, t.source))::uuid "
            f"FROM ranked t WHERE t.objekt_id = s.objekt_id), {best}, "
            "(SELECT t.geometry FROM ranked t WHERE t.objekt_id = s.objekt_id AND t.geometry IS NOT NULL "
            "ORDER BY t.rank LIMIT 1) FROM staging s "
            "WHERE s.verdict = 1 AND s.objekt_id IN (SELECT objekt_id FROM several)"
        )

    @staticmethod
    def _filled(name: str) -> str:
        """Envelope columns that no source fills take their published default."""
        defaults = {"oprindkode": "0", "statuskode": "3", "off_kode": "1", "noegle": "''", "note": "''"}
        return f"coalesce(s.{name}, {defaults[name]})" if name in defaults else f"s.{name}"
