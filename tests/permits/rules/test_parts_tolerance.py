"""When a number is too close to a limit for its positions."""

from __future__ import annotations

import numpy as np

from permits.rulebook import FLAGS
from permits.rules.parts.tolerance import any_of, turning, within_tolerance

FLAG = FLAGS["within_tolerance"]


def test_a_verdict_turns_half_a_millimetre_beyond_the_limit() -> None:
    margin = np.array([0.0, -0.0005, -0.0005005, -0.0005025, -0.00051, -0.00049, 0.0005, -1.0, 1.0, np.nan])
    assert turning(margin).tolist() == [0, FLAG, FLAG, FLAG, 0, 0, 0, 0, 0, 0]


def test_a_margin_smaller_than_the_positions_are_exact() -> None:
    margin = np.array([0.1, -0.1, 0.2, -0.3, 0.0, -0.0005, 5.0, np.nan])
    sigma = np.array([0.15, 0.15, 0.2, 0.2, 0.0, 0.0, 0.1, 9.0])
    assert within_tolerance(margin, sigma).tolist() == [FLAG, FLAG, 0, 0, 0, FLAG, 0, 0]


def test_bits_of_any_of_the_rows_of_an_owner() -> None:
    found = any_of(np.array([0, 4, 2, 0, 4]), np.array([2, 0, 0, 1, 3]), 5)
    assert found.tolist() == [6, 0, 0, 4, 0]
