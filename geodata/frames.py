"""The one bridge between database and frames: WKB in bulk out, COPY in bulk in.

Geometry never becomes a GEOS object of the ORM on the way (seven times slower): rows are read as WKB through a
raw cursor and become arrays at once; frames are written by COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from django.db import connection
from django.db.models import QuerySet

from geodata.crs import GRID, GRID_SRID


def read_sql(
    sql: str, params: Sequence[Any] | dict[str, Any] = (), *, geometry: str | None = "geometry"
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
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    columns: dict[str, Any] = {
        name: values for name, values in zip(names, zip(*rows, strict=True), strict=True)
    } if rows else {name: [] for name in names}
    if geometry is None:
        return pd.DataFrame(columns)  # type: ignore[return-value]  # callers without geometry want a plain table
    wkb = np.array([None if value is None else bytes(value) for value in columns.pop(geometry)], dtype=object)
    return gpd.GeoDataFrame(
        pd.DataFrame(columns), geometry=gpd.GeoSeries(shapely.from_wkb(wkb), crs=GRID).set_axis(range(len(wkb)))
    )


def read_frame(queryset: QuerySet[Any], columns: Iterable[str], *, geometry: str | None = "geometry") -> gpd.GeoDataFrame:
    """Rows of a queryset as a frame; ``columns`` are field paths as in ``values_list``."""
    from django.contrib.gis.db.models.functions import AsWKB

    names = list(columns)
    rows = queryset.values_list(*names)
    if geometry is not None:
        rows = queryset.annotate(_wkb=AsWKB(geometry)).values_list(*names, "_wkb")
        names = [*names, "geometry"]
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        got = cursor.fetchall()
    data = dict(zip(names, zip(*got, strict=True), strict=True)) if got else {name: [] for name in names}
    if geometry is None:
        return pd.DataFrame(data)  # type: ignore[return-value]  # see read_sql
    wkb = np.array([None if v is None else bytes(v) for v in data.pop("geometry")], dtype=object)
    return gpd.GeoDataFrame(
        pd.DataFrame(data), geometry=gpd.GeoSeries(shapely.from_wkb(wkb), crs=GRID).set_axis(range(len(wkb)))
    )


def to_ewkb(geometries: Iterable[Any]) -> npt.NDArray[np.object_]:
    """Hex-free EWKB with the grid's SRID, for COPY; None stays None."""
    array = np.asarray(list(geometries), dtype=object)
    return np.asarray(shapely.to_wkb(shapely.set_srid(array, GRID_SRID), include_srid=True), dtype=object)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], types: Sequence[str] = ()) -> int:
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
