from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from geodata import columns_copy
from geodata.columns_copy import Type, copy_columns

TYPES: dict[str, Type] = {
    "number": "int8",
    "word": "varchar",
    "small": "int4",
    "value": "float8",
    "flag": "bool",
    "other": "varchar",
}


@pytest.mark.django_db
@pytest.mark.parametrize("portion", [7, 100_000])
def test_rows_come_back_as_they_were_and_in_their_order(
    monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(columns_copy, "_PORTION", portion)
    rng = np.random.default_rng(5)
    size = 500
    words = np.array(["", "æøå", "a\tb\\n\n", None, "'); DROP", "x" * 60], dtype=object)
    columns = {
        "number": rng.integers(-(2**62), 2**62, size),
        "word": rng.choice(words, size),
        "small": rng.integers(-(2**31), 2**31, size),
        "value": np.where(rng.random(size) < 0.3, np.nan, rng.normal(size=size) * 1e9),
        "flag": rng.random(size) < 0.5,
        "other": rng.choice(words[:3], size),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (at serial, number bigint, word varchar, small int, value float8, flag bool, "
            "other varchar)"
        )
        assert copy_columns("copied", columns, TYPES) == size
        cursor.execute("SELECT number, word, small, value, flag, other FROM copied ORDER BY at")
        found = cursor.fetchall()
    expected = [
        (n, w, s, None if np.isnan(v) else v, f, o)
        for n, w, s, v, f, o in zip(*(columns[name].tolist() for name in TYPES), strict=True)
    ]
    assert found == expected


@pytest.mark.django_db
def test_no_rows_are_no_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied (number bigint, word varchar)")
        none = {"number": np.zeros(0, dtype=np.int64), "word": np.zeros(0, dtype=object)}
        assert copy_columns("copied", none, {"number": "int8", "word": "varchar"}) == 0
        cursor.execute("SELECT count(*) FROM copied")
        assert cursor.fetchone() == (0,)
