"""The SQL of one merge, made of nothing but identifiers of our own models.

The hash is kept per object *and source*, so that a source's own delivery read again is always unchanged; the
object shows, column by column, the value of the best source that speaks for it. Staged rows are wide and are
never written again: what becomes of each is in the narrow tables ``judged`` and ``bound``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from geodata.ledger.themes import ENVELOPE, Theme

#: A function takes a hundred arguments.
_PAIRS: Final = 40
#: Envelope columns that no source fills take their published default.
_DEFAULTS: Final = {
    "oprindkode": "0",
    "statuskode": "3",
    "off_kode": "1",
    "bruger_id": "''",
    "noegle": "''",
    "note": "''",
}

#: Of sources of equal rank whoever spoke last; two of one change by name, so that the answer is always the same.
_BEST: Final = "ORDER BY t.rank, t.change_id DESC, t.source"
_SAID_AGAIN: Final = (
    " ON CONFLICT (objekt_id, source) DO UPDATE SET content_hash = excluded.content_hash, "
    "columns = excluded.columns, attributes = excluded.attributes, geometry = excluded.geometry, "
    "as_of = excluded.as_of, change_id = excluded.change_id"
)


class MergeSql:
    """Statements that merge ``staging`` (columns of one source) into the tables of one theme."""

    def __init__(self, theme: Theme, columns: list[str], source: str) -> None:
        objects = theme.objects._meta.db_table
        versions = theme.versions._meta.db_table
        self._theme = theme
        self._attributes = [*ENVELOPE, *theme.attributes]
        self._types = dict(theme.column_types(self._attributes))
        self._columns = columns
        self.written = (objects, versions)
        of_theme = "" if theme.code is None else f"AND o.theme_id = '{theme.code}' "

        # verdict: 0 this source said the same before, 1 it says something new, 2 it has said something later.
        self.compare = (
            "DROP TABLE IF EXISTS judged; CREATE TEMP TABLE judged ON COMMIT DROP AS SELECT s.objekt_id, "
            "CASE WHEN t.content_hash = s.content_hash AND v.object_id IS NOT NULL THEN 0 "  # else it has ended
            "WHEN t.as_of > %(as_of)s::date THEN 2 ELSE 1 END AS verdict, o.id IS NULL AS unknown FROM staging s "
            f"LEFT JOIN ledger_statement t ON t.objekt_id = s.objekt_id AND t.source = '{source}' "
            f"LEFT JOIN {objects} o ON o.objekt_id = s.objekt_id "
            f"LEFT JOIN {versions} v ON v.object_id = o.id AND v.change_to_id IS NULL"
        )
        self.count = (
            "SELECT count(*), count(*) FILTER (WHERE verdict = 1), count(*) FILTER (WHERE verdict = 2) "
            "FROM judged"
        )
        self.confirm = (
            "UPDATE ledger_statement t SET as_of = %(as_of)s FROM judged j WHERE j.verdict = 0 "
            f"AND t.objekt_id = j.objekt_id AND t.source = '{source}' "
            "AND (t.as_of IS NULL OR t.as_of < %(as_of)s::date)"
        )
        self.add_municipalities = (
            "INSERT INTO accounts_municipality (code, name) SELECT DISTINCT municipality_id, '' FROM staging "
            "WHERE municipality_id IS NOT NULL ON CONFLICT DO NOTHING"
        )
        shared = ("", "") if theme.code is None else (", theme_id", f", '{theme.code}'")
        self.open_bound = (
            "DROP TABLE IF EXISTS bound; "
            "CREATE TEMP TABLE bound (objekt_id uuid, object_id bigint, held uuid) ON COMMIT DROP"
        )
        self.add_objects = (
            f"WITH fresh AS (INSERT INTO {objects} "
            f"(objekt_id, register, register_id, municipality_id, created_by_id{shared[0]}) "
            f"SELECT s.objekt_id, register, register_id, municipality_id, %(change)s{shared[1]} FROM staging s "
            "JOIN judged j ON j.objekt_id = s.objekt_id AND j.verdict = 1 AND j.unknown RETURNING objekt_id, id) "
            "INSERT INTO bound SELECT objekt_id, id FROM fresh"
        )
        self.bind_objects = (
            "INSERT INTO bound SELECT j.objekt_id, o.id, v.content_hash "
            f"FROM judged j JOIN {objects} o USING (objekt_id) LEFT JOIN {versions} v ON v.object_id = o.id "
            "AND v.change_to_id IS NULL WHERE j.verdict = 1 AND NOT j.unknown; ANALYZE bound"
        )
        self.others_speak = (
            "SELECT EXISTS (SELECT FROM ledger_statement t JOIN bound USING (objekt_id) "
            "WHERE t.source <> %(source)s)"
        )
        scope = (
            f"FROM {objects} o JOIN {versions} v ON v.object_id = o.id AND v.change_to_id IS NULL "
            f"WHERE o.register = %(register)s {of_theme}"
            "AND (%(scope)s::text IS NULL OR o.municipality_id = %(scope)s)"
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

    def put_statements(self, *, anew: bool) -> str:
        """Keep what the source says; ``anew``: it has spoken of none of the objects before."""
        said = ", ".join(f"'{name}'" for name in self._columns)
        return (
            "INSERT INTO ledger_statement "
            "(theme, objekt_id, source, content_hash, columns, attributes, geometry, as_of, change_id) "
            f"SELECT %(theme)s, s.objekt_id, %(source)s, content_hash, ARRAY[{said}]::varchar[], "
            f"{_json_of(self._columns)}, geometry, %(as_of)s, %(change)s "
            "FROM staging s JOIN bound USING (objekt_id)"
        ) + ("" if anew else _SAID_AGAIN)

    def close(self, *, several: bool) -> str:
        """End what shows something else now; ``several``: other sources speak of some of the objects."""
        return (
            f"UPDATE {self.written[1]} v SET change_to_id = %(change)s FROM {self._shown(several)} s "
            "WHERE v.object_id = s.object_id AND v.change_to_id IS NULL AND s.held <> s.resolved_hash"
        )

    def open(self, *, several: bool) -> str:
        """New versions of what shows something else than before, or shows something for the first time.

        It does not look into the versions' own table: a plan made while that is small would read it again for
        every row that this very statement adds.
        """
        values = self._values()
        if self._theme.code is not None:
            values["theme_id"] = f"'{self._theme.code}'"
        return (
            f"INSERT INTO {self.written[1]} (versions_id, object_id, change_from_id, content_hash, "
            f"{', '.join(values)}) SELECT s.versions_id, s.object_id, %(change)s, s.resolved_hash, "
            f"{', '.join(values.values())} "
            f"FROM {self._shown(several)} s WHERE s.held IS DISTINCT FROM s.resolved_hash"
        )

    def _values(self) -> dict[str, str]:
        """Column of the version table → what ``s`` shows for it, in SQL."""
        names = self._attributes if self._theme.code is None else ENVELOPE
        values = {n: f"coalesce(s.{n}, {_DEFAULTS[n]})" if n in _DEFAULTS else f"s.{n}" for n in names}
        if self._theme.code is not None:
            values["attributes"] = _packed_of(self._theme)
        return {**values, "geometry": "s.geometry"}

    def _shown(self, several: bool) -> str:
        return "shown" if several else f"({self._alone()})"

    def _alone(self) -> str:
        """What objects show of which this source alone speaks: its rows as they stand."""
        listed = ", ".join(
            f"s.{name}" if name in self._columns else f"NULL::{self._types[name]} AS {name}"
            for name in self._attributes
        )
        return (
            f"SELECT s.versions_id, b.object_id, b.held, s.content_hash AS resolved_hash, {listed}, s.geometry "
            "FROM staging s JOIN bound b USING (objekt_id)"
        )

    @property
    def resolve(self) -> str:
        """Table ``shown``: what each touched object shows now, each column looked up by rank among its sources."""
        best = ", ".join(
            f"(SELECT x.{name} FROM ranked t, jsonb_to_record(t.attributes) AS x({name} {self._types[name]}) "
            f"WHERE t.objekt_id = b.objekt_id AND '{name}' = ANY(t.columns) {_BEST} LIMIT 1) AS {name}"
            for name in self._attributes
        )
        return (
            "DROP TABLE IF EXISTS shown; CREATE TEMP TABLE shown ON COMMIT DROP AS "
            "WITH several AS (SELECT t.objekt_id FROM ledger_statement t JOIN bound USING (objekt_id) "
            "GROUP BY t.objekt_id HAVING count(*) > 1), "
            "ranked AS (SELECT t.*, coalesce((%(rank)s::jsonb ->> t.source)::int, %(other)s) AS rank "
            "FROM ledger_statement t JOIN several USING (objekt_id)) "
            f"{self._alone()} WHERE s.objekt_id NOT IN (SELECT objekt_id FROM several) "
            "UNION ALL "
            # The hash of a joined answer is made of what each source said and of who is believed first, so that
            # answers of one hash show the same.
            "SELECT gen_random_uuid(), b.object_id, b.held, "
            f"(SELECT md5(string_agg(t.content_hash::text, ',' {_BEST}))::uuid "
            f"FROM ranked t WHERE t.objekt_id = b.objekt_id), {best}, "
            "(SELECT t.geometry FROM ranked t WHERE t.objekt_id = b.objekt_id AND t.geometry IS NOT NULL "
            f"{_BEST} LIMIT 1) FROM bound b WHERE b.objekt_id IN (SELECT objekt_id FROM several)"
        )

    @property
    def keep(self) -> str:
        """Leave the version of an object as it is where another source speaks and nothing shows otherwise by it."""
        same = " AND ".join(
            f"v.{name} IS NOT DISTINCT FROM {value}" for name, value in self._values().items()
        )
        return (
            f"UPDATE shown s SET resolved_hash = s.held FROM {self.written[1]} v "
            "WHERE v.object_id = s.object_id AND v.change_to_id IS NULL AND s.held <> s.resolved_hash "
            "AND EXISTS (SELECT FROM bound b JOIN ledger_statement t USING (objekt_id) "
            f"WHERE b.object_id = s.object_id AND t.source <> %(source)s) AND {same}"
        )


def _packed_of(theme: Theme) -> str:
    """SQL of a theme's packed columns; what is not there is left out, so that empty and missing are the same."""
    whole = _json_of(theme.packed)
    if "jsonb" not in theme.packed.values():
        return f"jsonb_strip_nulls({whole})"
    # What such a column holds inside is its own affair and keeps its nulls.
    return (
        "(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM "
        f"jsonb_each({whole}) WHERE value <> 'null')"
    )


def _json_of(names: Iterable[str]) -> str:
    """SQL of a json object of columns of ``s``, in several pieces where there are many."""
    pairs = [f"'{name}', to_jsonb(s.{name})" for name in names]
    pieces = [", ".join(pairs[at : at + _PAIRS]) for at in range(0, len(pairs), _PAIRS)]
    return " || ".join(f"jsonb_build_object({piece})" for piece in pieces) or "'{}'::jsonb"
