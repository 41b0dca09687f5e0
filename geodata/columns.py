"""Tables that are plain columns until somebody asks pandas for more than one of them.

A pandas table costs about a millisecond to make, however few rows it has. Most tables on the way from an application
to its findings are made, read column by column, and dropped; these ones are made only where more than that is asked.
They are pandas tables in every other respect, and what pandas makes of them (a selection, a copy) is an ordinary one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.crs import GRID

Array = npt.NDArray[Any]

GEOMETRY: Final = "geometry"


class _Late:
    """What both kinds share; pandas keeps its data in ``_mgr``, which is made here when it is first looked at."""

    _held: dict[str, Array] | None = None

    def _hold(self, columns: Mapping[str, Array]) -> None:
        # The base of pandas tables sets up a table without data.
        super(pd.DataFrame, self).__init__(None)  # type: ignore[misc]
        self.__dict__["_held"] = dict(columns)

    @property
    def _mgr(self) -> Any:
        if self._held is not None:
            self.__dict__["_mgr"] = self._table(self._held)._mgr
            # From now on it may be written to, and the columns would tell another story.
            self.__dict__["_held"] = None
        return self.__dict__["_mgr"]

    @_mgr.setter
    def _mgr(self, made: Any) -> None:
        self.__dict__["_mgr"] = made
        self.__dict__["_held"] = None

    def _table(self, columns: dict[str, Array]) -> Any:
        return plain_table(columns)

    def __len__(self) -> int:
        held = self._held
        return len(self._mgr.axes[1]) if held is None else len(next(iter(held.values())))

    @property
    def empty(self) -> bool:
        """Whether there are no rows."""
        return not len(self)


class LateTable(_Late, pd.DataFrame):
    """A table without geometry from arrays of equal length, which it takes over."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self._hold(columns)

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return pd.DataFrame._from_mgr(mgr, axes)  # type: ignore[attr-defined]


class _Remembering(_Late):
    """A table that is read only and hands out the same column each time."""

    def __getitem__(self, key: Any) -> Any:
        if type(key) is not str:
            found = super().__getitem__(key)  # type: ignore[misc]
            if isinstance(found, GeoColumns):
                # geopandas gives what it selects the class of what it selects from.
                found.__class__ = gpd.GeoDataFrame
            return found
        kept: dict[str, Any] = self.__dict__.setdefault("_kept", {})
        if key not in kept:
            held = self._held
            kept[key] = (
                super().__getitem__(key)  # type: ignore[misc]
                if held is None or key not in held
                else self._column(key, held[key])
            )
        return kept[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__dict__.pop("_kept", None)
        super().__setitem__(key, value)  # type: ignore[misc]

    def _column(self, name: str, values: Array) -> Any:
        if name == GEOMETRY:
            return gpd.GeoSeries(gpd.array.GeometryArray(values, crs=GRID), index=_index(values), name=name)
        return _series(values, _index(values), name)


class Columns(_Remembering, LateTable):
    """A table without geometry that is only read."""


class GeoColumns(_Remembering, gpd.GeoDataFrame):  # type: ignore[misc]
    """A table with ``geometry`` (shapes or ``None``, EPSG:25832) that is only read."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self._hold(columns)
        self.__dict__["_geometry_column_name"] = GEOMETRY

    @property
    def geometry(self) -> Any:
        """The shapes."""
        return self[GEOMETRY]

    @property
    def _constructor(self) -> Any:
        return _ORDINARY._constructor

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _ORDINARY._constructor_from_mgr(mgr, axes)

    def _table(self, columns: dict[str, Array]) -> Any:
        shape = gpd.array.GeometryArray(columns[GEOMETRY], crs=GRID)
        rest = {name: values for name, values in columns.items() if name != GEOMETRY}
        table = plain_table(rest, len(shape))
        table.insert(list(columns).index(GEOMETRY), GEOMETRY, shape)
        return table


#: What is made of a table with geometry is made as from this one.
_ORDINARY: Final = gpd.GeoDataFrame()


def late(table: pd.DataFrame) -> pd.DataFrame:
    """A table of this module with the columns of any table, and rows from 0; one that is such is handed back."""
    if isinstance(table, _Late) and table._held is not None:
        return table
    columns = columns_of(table)
    return GeoColumns(columns) if GEOMETRY in columns else Columns(columns)


def columns_of(table: pd.DataFrame) -> dict[str, Array]:
    """The columns of a table as arrays, geometry as shapes; not to be written to.

    Those of a table of this module are handed out as they stand, without making it.
    """
    held = table._held if isinstance(table, _Late) else None
    if held is not None:
        return held
    return {str(name): array_of(table, str(name)) for name in table.columns}


def array_of(table: pd.DataFrame, name: str) -> Array:
    """One column of a table as an array; see :func:`columns_of`."""
    held = table._held if isinstance(table, _Late) else None
    if held is not None:
        return held[name]
    column = table[name]
    return np.asarray(column.array, dtype=object) if name == GEOMETRY else column.to_numpy()


def plain_table(columns: Mapping[str, Array], size: int | None = None) -> pd.DataFrame:
    """A pandas table from arrays of equal length, which it takes over; words stay objects.

    ``size`` is asked for where there are no columns.
    """
    index = pd.RangeIndex(len(next(iter(columns.values()))) if size is None else size)
    return pd.DataFrame(
        # Words are told to be objects, or every one would be looked at again to find out that it is one.
        {
            name: _series(values, index, None) if values.dtype == object else values
            for name, values in columns.items()
        },
        index=index,
        copy=False,
    )


def _series(values: Array, index: pd.Index[Any], name: str | None) -> pd.Series[Any]:
    return pd.Series(values, index=index, name=name, dtype=values.dtype, copy=False)


def _index(values: Array) -> pd.RangeIndex:
    return pd.RangeIndex(len(values))
