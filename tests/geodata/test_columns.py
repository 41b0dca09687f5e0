"""Tables that are columns until pandas is asked for more are pandas tables in every respect."""

from __future__ import annotations

import copy
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.columns import Columns, GeoColumns, LateTable, array_of, columns_of, late
from geodata.crs import GRID
from geodata.keys import Keys


def plain() -> dict[str, np.ndarray]:
    return {
        "key": np.array([3, 1, 2]),
        "word": np.array(["a", "", "c"], dtype=object),
        "number": np.array([1.5, np.nan, 3.0]),
    }


def drawn() -> dict[str, np.ndarray]:
    return {
        **plain(),
        "geometry": np.array([shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1)], dtype=object),
    }


def untouched(table: pd.DataFrame) -> bool:
    """Nothing of pandas was made yet."""
    return vars(table)["_mgr"] is None


@pytest.mark.parametrize("kind", [LateTable, Columns])
def test_it_is_the_table_that_pandas_makes(kind: type) -> None:
    expected = pd.DataFrame(plain()).astype({"word": object})
    pd.testing.assert_frame_equal(pd.DataFrame(kind(plain())), expected)
    assert type(kind(plain())[["key", "word"]]) is pd.DataFrame
    pd.testing.assert_frame_equal(pd.concat([kind(plain()), kind(plain())]), pd.concat([expected, expected]))


def test_length_and_columns_are_read_without_pandas() -> None:
    table, shapes = LateTable(plain()), GeoColumns(drawn())
    assert len(table) == 3
    assert not table.empty
    assert len(shapes) == 3
    assert array_of(table, "key") is columns_of(table)["key"]
    assert shapes["key"].tolist() == [3, 1, 2]
    assert shapes.geometry.tolist()[0] == shapely.Point(1, 2)
    assert untouched(table)
    assert untouched(shapes)
    assert LateTable({"key": np.zeros(0)}).empty


def test_with_shapes_it_is_a_geodataframe() -> None:
    table = GeoColumns(drawn())
    assert isinstance(table, gpd.GeoDataFrame)
    assert table.geometry.crs == GRID
    assert list(table.columns) == ["key", "word", "number", "geometry"]
    for made in (table[table["key"] > 1], table.copy(), table.assign(more=1), table[["key", "geometry"]]):
        assert type(made) is gpd.GeoDataFrame
        assert made.crs == GRID
        assert made.geometry.name == "geometry"
    assert type(table[["key"]]) is pd.DataFrame
    assert table.area.tolist()[2] == 1.0


def test_what_is_written_is_what_is_read() -> None:
    table = LateTable(plain())
    table.loc[[True, False, False], ["number"]] = 7.0
    assert columns_of(table)["number"][0] == 7.0
    assert table["number"].iloc[0] == 7.0
    read = Columns(plain())
    assert read["key"].tolist() == [3, 1, 2]
    read["key"] = 5
    assert read["key"].tolist() == [5, 5, 5]
    assert array_of(read, "key").tolist() == [5, 5, 5]


def test_a_selection_does_not_remember() -> None:
    part = GeoColumns(drawn())[np.array([True, True, False])]
    assert part["key"].tolist() == [3, 1]
    part.loc[:, "key"] = 9
    assert part["key"].tolist() == [9, 9]


@pytest.mark.parametrize("table", [LateTable(plain()), Columns(plain()), GeoColumns(drawn())])
def test_it_travels(table: pd.DataFrame) -> None:
    for other in (pickle.loads(pickle.dumps(table)), copy.deepcopy(table)):
        assert len(other) == 3
        assert list(other.columns) == list(table.columns)
        assert other["word"].tolist() == ["a", "", "c"]


def test_late_takes_any_table() -> None:
    table = Columns(plain())
    assert late(table) is table
    turned = pd.DataFrame(plain()).iloc[::-1]
    assert late(turned)["key"].tolist() == [2, 1, 3]
    assert late(turned).index.tolist() == [0, 1, 2]
    shapes = gpd.GeoDataFrame(drawn(), geometry="geometry", crs=GRID)
    assert isinstance(late(shapes), GeoColumns)
    assert array_of(shapes, "geometry")[0] == shapely.Point(1, 2)


@pytest.mark.parametrize("spread", [1, 10**12])
def test_keys_find_the_first_row(spread: int) -> None:
    keys = Keys(np.array([7, 3, 3, -4]) * spread)
    assert keys.find(np.array([3, 7, -4, 5, 100, -100]) * spread).tolist() == [1, 0, 3, -1, -1, -1]
    assert Keys(np.zeros(0, dtype=np.int64)).find(np.array([0, 1])).tolist() == [-1, -1]
