"""Columns out of the database, and arrays into it."""

from __future__ import annotations

import numpy as np
import pytest

from geodata.frames import read_columns

pytestmark = pytest.mark.django_db


def test_columns_come_in_the_kinds_that_arrays_have() -> None:
    found = read_columns(
        "SELECT n AS key, CASE n WHEN 1 THEN 2 END AS perhaps, CASE n WHEN 1 THEN 0.5::float8 END AS number, "
        "n = 1 AS flag, CASE n WHEN 2 THEN DATE '2026-03-02' END AS day, 'x' || n AS word, ARRAY[n, n] AS list, "
        "CASE n WHEN 1 THEN ST_AsBinary(ST_MakePoint(n, 2)) END AS geometry FROM generate_series(1, 2) n ORDER BY n"
    )
    assert {name: str(column.dtype) for name, column in found.items()} == {
        "key": "int64",
        "perhaps": "object",
        "number": "float64",
        "flag": "bool",
        "day": "datetime64[s]",
        "word": "object",
        "list": "object",
        "geometry": "object",
    }
    assert found["perhaps"].tolist() == [2, None]
    assert np.isnan(found["number"]).tolist() == [False, True]
    assert np.isnat(found["day"]).tolist() == [True, False]
    assert found["list"].tolist() == [[1, 1], [2, 2]]
    assert (found["geometry"][0].x, found["geometry"][1]) == (1.0, None)


def test_a_query_without_rows_has_its_columns() -> None:
    found = read_columns("SELECT 1 AS key, NULL::bytea AS geometry WHERE false")
    assert {name: len(column) for name, column in found.items()} == {"key": 0, "geometry": 0}


@pytest.mark.parametrize(
    "given", [np.array([3, -1, 2**40]), np.zeros(0, dtype=np.int64), np.array([0.1, np.nan, -1e300])]
)
def test_arrays_arrive_as_they_are(given: np.ndarray) -> None:
    found = read_columns("SELECT v AS value FROM unnest(%s) WITH ORDINALITY AS u(v, n) ORDER BY n", [given])
    np.testing.assert_array_equal(found["value"], given)
