"""Rows that belong together, and the one of each group that decides: quick ways against the plain ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from permits.rules.parts.boundary import among, best, distinct
from permits.rules.parts.groups import grouped

ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(-2, 2),
        st.sampled_from([0.0, 1.0, 1.0, 2.5, float("nan")]),
        st.booleans(),
    ),
    max_size=30,
)


@given(ROWS)
def test_groups_begin_where_a_key_changes(rows: list[tuple[int, int, float, bool]]) -> None:
    a, b, value, flag = (np.array([row[k] for row in rows]) for k in range(4))
    a, b, flag = a.astype(np.int64), b.astype(np.int64), flag.astype(bool)
    value = np.nan_to_num(value.astype(np.float64), nan=7.0)
    found = grouped((a, b), then=(value, flag))
    order = sorted(range(len(rows)), key=lambda k: (a[k], b[k], value[k], flag[k]))
    assert found.order.tolist() == order
    heads: dict[tuple[int, int], int] = {}
    for k in order:
        heads.setdefault((int(a[k]), int(b[k])), k)
    assert found.head.tolist() == list(heads.values())
    assert [list(heads).index((int(a[k]), int(b[k]))) for k in order] == found.group.tolist()


def test_keys_that_are_no_numbers_or_too_far_apart_are_grouped_too() -> None:
    words = np.array(["b", "a", "b"], dtype=object)
    assert grouped((words,), then=()).order.tolist() == [1, 0, 2]
    far = np.array([2**61, -(2**61), 0])
    assert grouped((far, far), then=()).order.tolist() == [1, 2, 0]
    none = np.zeros(0, dtype=np.int64)
    assert grouped((none, none), then=(none,)).head.tolist() == []


@given(ROWS)
def test_the_best_row_of_a_group_has_the_smallest_rank_and_then_value(
    rows: list[tuple[int, int, float, bool]],
) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    group, rank, value = (np.array([row[k] for row in rows]) for k in range(3))
    group, rank, value = group.astype(np.int64), rank.astype(np.int64), value.astype(np.float64)
    table = pd.DataFrame({"group": group, "rank": rank, "value": value, "row": range(len(rows))})
    ordered = table.sort_values(["group", "rank", "value", "row"], na_position="last")
    assert best(group, rank, value).tolist() == ordered.drop_duplicates("group")["row"].tolist()


@given(st.lists(st.integers(-5, 5)), st.lists(st.integers(-5, 5)))
def test_keys_among_others(keys: list[int], known: list[int]) -> None:
    asked, others = np.array(keys, dtype=np.int64), np.array(known, dtype=np.int64)
    assert among(asked, others).tolist() == [key in known for key in keys]
    assert distinct(others).tolist() == sorted(set(known))


def test_keys_in_order_but_for_one_are_found_too() -> None:
    known = np.array([4, 1, 2, 3])
    assert among(np.array([1, 2, 3, 4, 5]), known).tolist() == [True] * 4 + [False]
    assert distinct(known).tolist() == [1, 2, 3, 4]


def test_the_best_row_where_only_a_later_group_has_several() -> None:
    group, rank = np.array([0, 1, 1, 2]), np.array([1, 1, 0, 0])
    assert best(group, rank, np.array([9.0, 1.0, 5.0, 3.0])).tolist() == [0, 2, 3]


def test_keys_in_one_number_are_ordered_as_keys_apart() -> None:
    """Negative and large keys, one key alone, two that together leave no room, and words of truth."""
    low, high = np.array([5, -7, 0, 3]), np.array([2**40, 1, -(2**40), 7])
    flag = np.array([True, False, True, False])
    for keys in ((low,), (low, high), (high, low), (flag, low), (low, flag, high), (high, high * 3)):
        found = grouped(keys, then=())
        assert found.order.tolist() == sorted(range(4), key=lambda k: tuple(int(key[k]) for key in keys))
        assert found.group.tolist() == [0, 1, 2, 3]
        assert found.head.tolist() == found.order.tolist()
    apart = np.array([0, 1, 0, 1]), np.array([2, 0, 1, 1])
    assert grouped(apart, then=()).order.tolist() == [2, 0, 1, 3]
