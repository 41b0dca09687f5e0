"""The one bridge between database and frames: WKB in bulk out, COPY in bulk in.

Geometry never becomes a GEOS object of the ORM on the way (seven times slower): rows are read as WKB through a
raw cursor and become arrays at once; frames are written by COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import connection
from django.db.models import QuerySet

from geodata.crs import GRID, GRID_SRID


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
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    return _frame(names, rows, geometry)


def read_frame(
    queryset: QuerySet[Any], columns: Iterable[str], *, geometry: str | None = "geometry"
) -> gpd.GeoDataFrame:
    """Rows of a queryset as a frame; ``columns`` are field paths as in ``values_list``."""
    names = list(columns)
    rows = queryset.values_list(*names)
    if geometry is not None:
        rows = queryset.annotate(_wkb=AsWKB(geometry)).values_list(*names, "_wkb")
        names = [*names, geometry]
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        return _frame(names, cursor.fetchall(), geometry)


def _frame(names: Sequence[str], rows: Sequence[Sequence[Any]], geometry: str | None) -> gpd.GeoDataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(names)
    columns: dict[str, Any] = dict(zip(names, map(list, values), strict=True))
    if geometry is None:
        return pd.DataFrame(columns)
    wkb = np.array([None if value is None else bytes(value) for value in columns.pop(geometry)], dtype=object)
    shapes = gpd.GeoSeries(shapely.from_wkb(wkb), crs=GRID)
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=shapes.index), geometry=shapes)


def to_ewkb(geometries: Iterable[Any]) -> npt.NDArray[np.object_]:
    """Hex-free EWKB with the grid's SRID, for COPY; None stays None."""
    array = np.asarray(list(geometries), dtype=object)
    return np.asarray(shapely.to_wkb(shapely.set_srid(array, GRID_SRID), include_srid=True), dtype=object)


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
