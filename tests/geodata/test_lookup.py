"""Rows by keys of two columns."""

from __future__ import annotations

import numpy as np
import pytest

from geodata.lookup import Pairs


@pytest.mark.parametrize(
    "second", [np.array([7, 8, 7, 8]), np.array(["a", "b", "a", "b"], dtype=object)], ids=["numbers", "words"]
)
def test_a_pair_is_found_by_both_halves_and_the_last_counts(second: np.ndarray) -> None:
    pairs = Pairs(np.array([1, 1, 5, 1]), second)
    wanted = second[[0, 1, 0, 1]]
    assert pairs.find(np.array([1, 1, 5, 5]), wanted).tolist() == [0, 3, 2, -1]


def test_what_neither_half_knows_is_not_found() -> None:
    pairs = Pairs(np.array([1, 5]), np.array([7, 8]))
    assert pairs.find(np.array([1, 2, 9, -1]), np.array([9, 7, 8, 7])).tolist() == [-1, -1, -1, -1]
    none = np.zeros(0, dtype=np.int64)
    assert Pairs(none, none).find(np.array([1]), np.array([7])).tolist() == [-1]
    assert pairs.find(none, none).tolist() == []
