"""The one bridge between database and frames: WKB in bulk out, COPY in bulk in.

Geometry never becomes a GEOS object of the ORM on the way (seven times slower): rows are read as WKB through a
raw cursor and become arrays at once; frames are written by COPY.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import shapely
from django.db import connection
from psycopg.adapt import Dumper, Loader
from psycopg.copy import QueuedLibpqWriter
from psycopg.pq import Format

from geodata.crs import GRID

if TYPE_CHECKING:
    from geodata.ledger.themes import Theme


def read_sql(
    sql: str, params: Sequence[Any] | Mapping[str, Any] = (), *, geometry: str | None = "geometry"
) -> gpd.GeoDataFrame:
    """Run a query and return its rows.

    Parameters
    ----------
    sql : the geometry column, if any, must come out as WKB: ``ST_AsBinary(g) AS geometry``.
    geometry : name of that column; None = there is none (a plain DataFrame comes back).

    Returns
    -------
    GeoDataFrame in EPSG:25832, one row each, columns as the query names them; NULL geometry = None.
    """
    names, columns, _ = _fetched(sql, params)
    return _frame(dict(zip(names, columns, strict=True)), geometry)


def read_columns(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> dict[str, npt.NDArray[Any]]:
    """Run a query and return its columns; no frame is built, which for a single row costs more than the query.

    Parameters
    ----------
    sql : as for :func:`read_sql`.
    params : values to bind; arrays of int64, float64 and 16 bytes become ``bigint[]``, ``float8[]`` and ``uuid[]``.

    Returns
    -------
    One array a column, in the order of the rows: ``geometry`` as shapes, those of one part as that part,
    floats with NaN for NULL, dates as
    ``datetime64[s]`` with NaT, keys and flags as int64 and bool, all else (and keys or flags with a NULL among
    them) as objects with ``None``.
    """
    return {
        name: _array(column, "geometry" if name == "geometry" else _KINDS.get(of, ""))
        for name, column, of in zip(*_fetched(sql, params), strict=True)
    }


def run_sql(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run a statement that changes rows, with arrays bound as for :func:`read_columns`; how many it changed."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(np.ndarray, _ArrayDumper)
        return cursor.execute(sql, params or None).rowcount


#: What columns become, by the type's number in PostgreSQL.
_KINDS: Final = {
    16: "bool", 20: "int64", 21: "int64", 23: "int64", 700: "float64", 701: "float64", 1082: "datetime64[D]"
}  # fmt: skip


#: How the WKB of a collection begins that has one part, flat, with z, with m or with both; the part follows.
#: Tables hold many-part shapes throughout, nearly all of one part, which by itself costs far less to measure and cut.
_OF_ONE: Final = frozenset(
    struct.pack("<BII", 1, kind + more, 1) for kind in (4, 5, 6, 7) for more in (0, 1000, 2000, 3000)
)
_HEAD: Final = 9


def _array(values: Sequence[Any], kind: str) -> npt.NDArray[Any]:
    if kind == "geometry":
        # A part is taken out of its collection as bytes, which costs nothing beside a copy of its shape.
        wkb = [value[_HEAD:] if value is not None and value[:_HEAD] in _OF_ONE else value for value in values]
        return np.asarray(shapely.from_wkb(_objects(wkb)), dtype=object)
    if kind == "datetime64[D]":
        return np.array(values, dtype=kind).astype("datetime64[s]")
    if kind == "float64" or (kind and None not in values):
        return np.array(values, dtype=kind)
    return _objects(values)


def _objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    # One by one: lists of equal length would be taken for the rows of a table.
    return np.fromiter(values, dtype=object, count=len(values))


def theme_frame(
    theme: Theme | str,
    *,
    valid: date | None = None,
    known: int | datetime | None = None,
    columns: Iterable[str] | None = None,
    where: str = "",
    params: Mapping[str, Any] | None = None,
) -> gpd.GeoDataFrame:
    """What a theme held: the versions known at ``known`` of what was true on day ``valid``.

    Parameters
    ----------
    theme : a theme or its id.
    valid : day in the world (``gyldig_fra/til``, both inclusive, missing = open); None = any.
    known : revision, or a moment in time, which stands for the last revision finished by then; None = now.
    columns : columns of the version table (``v``) or of the object (``o.register_id``); None = the theme's own.
    where : further condition in SQL on ``v`` and ``o``, with ``%(name)s`` for values out of ``params``.

    Returns
    -------
    GeoDataFrame in EPSG:25832: ``object_id`` (int64), the columns, ``geometry`` (None where there is none).
    """
    from geodata.ledger.themes import themes

    chosen = themes[theme] if isinstance(theme, str) else theme
    return read_sql(*theme_sql(chosen, valid=valid, known=known, columns=columns, where=where, params=params))


def theme_sql(
    theme: Theme,
    *,
    valid: date | None = None,
    known: int | datetime | None = None,
    columns: Iterable[str] | None = None,
    where: str = "",
    params: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The query behind :func:`theme_frame` and the values it binds."""
    from geodata.ledger.revisions import revision_at

    bind: dict[str, Any] = dict(params or {})
    source = f"{theme.versions._meta.db_table} v"
    listed = [
        name if "." in name else f"v.{name}" for name in (theme.columns if columns is None else columns)
    ]
    if where or any(name.startswith("o.") for name in listed):
        source += f" JOIN {theme.objects._meta.db_table} o ON o.id = v.object_id"
    conditions = [f"({where})"] if where else []
    if theme.code is not None:
        conditions.append("v.theme_id = %(_theme)s")
        bind["_theme"] = theme.code
    if known is None:
        conditions.append("v.change_to_id IS NULL")
    else:
        bind["_known"] = revision_at(known)
        conditions += [_OPENED_BY_FEW if bind["_known"] <= _FEW else _OPENED, _NOT_CLOSED]
    if valid is not None:
        conditions.append(_VALID)
        bind["_valid"] = valid
    selected = ", ".join(["v.object_id", *listed, "ST_AsBinary(v.geometry) AS geometry"])
    return f"SELECT {selected} FROM {source} WHERE {' AND '.join(conditions)}", bind


#: The set of closing changes is hashed once; a join would carry every version through it.
_NOT_CLOSED: Final = (
    "(v.change_to_id IS NULL "
    "OR v.change_to_id NOT IN (SELECT id FROM ledger_change WHERE revision <= %(_known)s))"
)
#: An array can be looked up in the index of openings, but is searched from its start where a row is tested by it.
_OPENED_BY_FEW: Final = (
    "v.change_from_id = ANY(ARRAY(SELECT id FROM ledger_change WHERE revision <= %(_known)s))"
)
_OPENED: Final = "v.change_from_id IN (SELECT id FROM ledger_change WHERE revision <= %(_known)s)"
_FEW: Final = 1_000
_VALID: Final = (
    "(v.gyldig_fra IS NULL OR v.gyldig_fra <= %(_valid)s) "
    "AND (v.gyldig_til IS NULL OR v.gyldig_til >= %(_valid)s)"
)


class _JsonText(Loader):
    """jsonb as the text that it is, as Django's own cursors hand it over."""

    format = Format.BINARY

    def load(self, data: Any) -> str:
        return bytes(data)[1:].decode()  # the first byte is the version of the format


class _ArrayDumper(Dumper):
    """An array as PostgreSQL's binary array, put together without a loop over its values."""

    format = Format.BINARY
    element: int

    def get_key(self, obj: Any, format: Any) -> Any:  # noqa: A002  # psycopg's name
        return self.cls, obj.dtype.kind

    def upgrade(self, obj: Any, format: Any) -> Dumper:  # noqa: A002  # psycopg's name
        return {"i": _Keys, "f": _Numbers, "V": _Uuids}[obj.dtype.kind](self.cls)

    def dump(self, obj: Any) -> bytes:
        if not len(obj):
            return struct.pack("!iii", 0, 0, self.element)
        size = obj.dtype.itemsize
        items = np.empty(len(obj), dtype=[("length", ">i4"), ("value", f">{obj.dtype.kind}{size}")])
        items["length"], items["value"] = size, obj
        return struct.pack("!iiiii", 1, 0, self.element, len(obj), 1) + items.tobytes()


class _Keys(_ArrayDumper):
    element, oid = 20, 1016


class _Numbers(_ArrayDumper):
    element, oid = 701, 1022


class _Uuids(_ArrayDumper):
    element, oid = 2950, 2951


#: Rows are taken apart in portions that Python's collector of cycles does not notice: all at once they would make it
#: walk over everything that the process holds, again and again.
_PORTION: Final = 500


def _fetched(
    sql: str, params: Sequence[Any] | Mapping[str, Any]
) -> tuple[list[str], list[list[Any]], list[int]]:
    """Names, values and types of columns, by the binary protocol: geometry as bytes, not as hexadecimal text."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_loader("jsonb", _JsonText)
        cursor.adapters.register_dumper(np.ndarray, _ArrayDumper)
        cursor.execute(sql, params or None, binary=True)
        columns = cursor.description or ()
        values: list[list[Any]] = [[] for _ in columns]
        while rows := cursor.fetchmany(_PORTION):
            for column, portion in zip(values, zip(*rows, strict=True), strict=True):
                column.extend(portion)
        return [column.name for column in columns], values, [column.type_code for column in columns]


def _frame(columns: dict[str, list[Any]], geometry: str | None) -> gpd.GeoDataFrame:
    if geometry is None:
        return pd.DataFrame(columns)
    shapes = gpd.GeoSeries(shapely.from_wkb(_objects(columns.pop(geometry))), crs=GRID)
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=shapes.index), geometry=shapes)


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], types: Sequence[str] = ()
) -> int:
    """Write rows by COPY and return how many.

    ``types`` (PostgreSQL type names) switch to the binary form, which is faster and exact for floats.
    """
    count = 0
    names = ", ".join(f'"{column}"' for column in columns)
    form = " (FORMAT BINARY)" if types else ""
    with connection.cursor() as cursor:
        raw = cursor.cursor if hasattr(cursor, "cursor") else cursor
        with raw.copy(f'COPY "{table}" ({names}) FROM STDIN{form}') as copy:
            if types:
                copy.set_types(list(types))
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


def copy_texts(table: str, columns: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
    """Write whole columns by COPY; each value as COPY's own text (see :func:`copy_text`).

    Rows are put together by joining columns, which is several times faster than a call for each row.
    """
    copy_portions(table, columns, [texts])


def copy_portions(table: str, columns: Sequence[str], portions: Iterable[Sequence[Sequence[str]]]) -> None:
    """Columns of rows in portions, as :func:`copy_texts`: the server reads one while the next is being made."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as django_cursor:
        cursor = django_cursor.cursor
        # A thread of its own feeds the server; else each write would wait until the server has read it.
        statement = f'COPY "{table}" ({names}) FROM STDIN'
        with cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
            for portion in portions:
                if len(portion[0]):
                    copy.write("\n".join(map("\t".join, zip(*portion, strict=True))) + "\n")


def copy_text(values: Iterable[Any]) -> list[str]:
    """Values as COPY's text form; None is NULL."""
    texts = [_NULL if value is None else str(value) for value in values]
    if not _SPECIAL.search("".join(text for text in texts if text is not _NULL)):
        return texts
    return [text if text is _NULL else text.translate(_ESCAPED) for text in texts]


def shape_texts(shapes: npt.NDArray[np.object_]) -> list[str]:
    """Shapes as COPY takes them for a geometry column of the grid, flat; missing ones as NULL.

    The column itself gives them their SRID. Plain WKB put into hexadecimal by Python is five times faster than
    hexadecimal by GEOS.
    """
    return [
        _NULL if wkb is None else wkb.hex() for wkb in shapely.to_wkb(shapes, output_dimension=2).tolist()
    ]


_NULL: Final = "\\N"
_SPECIAL: Final = re.compile(r"[\\\t\n\r]")
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
