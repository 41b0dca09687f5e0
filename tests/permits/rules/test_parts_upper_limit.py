"""A number that stays at or below a limit: every state of what is known, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from permits.engine.world import World
from permits.rulebook import FLAGS
from permits.rules.parts.coverage import Left
from permits.rules.parts.upper_limit import Limits, Measured, plain, upper_limit

NAN, INF = np.nan, np.inf
#: value, least, open, strict, mild -> outcome, reason, measured, limit, margin
ROWS = [
    ((5.0, 5.0, False, 8.0, 8.0), ("pass", "", 5.0, 8.0, 3.0)),
    ((8.0, 8.0, False, 8.0, 8.0), ("pass", "", 8.0, 8.0, 0.0)),
    ((9.0, 9.0, False, 8.0, 8.0), ("needs_manual", "overall_assessment", 9.0, 8.0, -1.0)),
    # What the limit is hangs on something that nobody knows.
    ((5.0, 5.0, False, 6.0, 8.0), ("pass", "", 5.0, 6.0, 1.0)),
    ((7.0, 7.0, False, 6.0, 8.0), ("needs_manual", "missing_data", 7.0, NAN, NAN)),
    ((9.0, 9.0, False, 6.0, 8.0), ("needs_manual", "overall_assessment", 9.0, 8.0, -1.0)),
    # The number itself does: the milder one is told where even that breaks the limit.
    ((9.0, 7.0, False, 8.0, 8.0), ("needs_manual", "missing_data", 9.0, 8.0, NAN)),
    ((12.0, 9.0, False, 8.0, 8.0), ("needs_manual", "overall_assessment", 9.0, 8.0, -1.0)),
    # A part is not known: a breach stands, what is met is no answer.
    ((5.0, 5.0, True, 8.0, 8.0), ("needs_manual", "missing_data", 5.0, 8.0, NAN)),
    ((9.0, 9.0, True, 8.0, 8.0), ("needs_manual", "overall_assessment", 9.0, 8.0, -1.0)),
    ((NAN, NAN, False, 8.0, 8.0), ("needs_manual", "missing_data", NAN, 8.0, NAN)),
    # Perhaps there is no limit; certainly there is none.
    ((5.0, 5.0, False, 8.0, INF), ("needs_manual", "missing_data", 5.0, NAN, NAN)),
    ((99.0, 99.0, False, INF, INF), ("not_applicable", "", NAN, NAN, NAN)),
]


def _world(size: int) -> World:
    return World.of(
        sites=pd.DataFrame({"site": [0, 1]}),
        buildings=pd.DataFrame({"building": range(size), "site": 0}),
    )


def _columns(size: int) -> tuple[Measured, Limits]:
    value, least, open_, strict, mild = (
        np.array(column) for column in zip(*(r for r, _ in ROWS), strict=True)
    )
    place = np.arange(float(size))
    return Measured(value, least, open_, place, place + 100.0), Limits(strict, mild)


def test_what_is_known_decides() -> None:
    size = len(ROWS)
    measured, limits = _columns(size)
    table = upper_limit("x", _world(size), np.ones(size, dtype=bool), measured, limits)
    # The other site has no building to ask about.
    assert table.loc[table["site"] == 1, ["building", "outcome"]].to_numpy().tolist() == [
        [-1, "not_applicable"]
    ]
    table = table[table["site"] == 0].set_index("building").sort_index()
    assert list(zip(table["outcome"], table["reason"], strict=True)) == [told[:2] for _, told in ROWS]
    numbers = table[["measured", "limit", "margin"]].to_numpy(dtype=float)
    np.testing.assert_allclose(numbers, [told[2:] for _, told in ROWS])
    shown = np.isfinite(numbers[:, 0])
    np.testing.assert_allclose(table["x"], np.where(shown, np.arange(size), NAN))
    np.testing.assert_allclose(table["y"], np.where(shown, np.arange(size) + 100.0, NAN))
    assert set(table["flags"]) == {0}


def test_whom_it_asks_and_what_plans_leave() -> None:
    number, size = np.full(5, 5.0), 5
    asked = np.array([True, True, True, True, False])
    left = Left(
        pieces=np.zeros(0, dtype=np.int64),
        tested=np.array([True, False, False, True, True]),
        unknown=np.array([False, True, False, True, True]),
        near_line=np.array([True, False, True, False, True]),
    )
    table = upper_limit("x", _world(size), asked, plain(number), Limits(number + 3.0, number + 3.0), left)
    table = table[table["site"] == 0].set_index("building").sort_index()
    told = list(zip(table["outcome"], table["reason"], strict=True))
    assert table.index.tolist() == [0, 1, 2, 3]
    assert told == [("pass", ""), ("needs_manual", "missing_data"), ("not_applicable", ""), ("pass", "")]
    assert table["measured"].isna().tolist() == [False, True, True, False]
    assert table["flags"].tolist() == [FLAGS["near_line"], 0, FLAGS["near_line"], 0]


def test_numbers_that_turn_the_verdict_are_flagged() -> None:
    value = np.array([8.0005, 8.0, 9.0, 6.0005, NAN])
    mild = np.array([8.0, 8.0, 8.0, 8.0, 8.0])
    strict = np.array([8.0, 8.0, 8.0, 6.0, 8.0])
    table = upper_limit("x", _world(5), np.ones(5, dtype=bool), plain(value), Limits(strict, mild))
    flags = table[table["site"] == 0].set_index("building").sort_index()["flags"]
    assert flags.tolist() == [FLAGS["within_tolerance"], 0, 0, FLAGS["within_tolerance"], 0]


def test_numbers_that_are_none() -> None:
    given = np.array([3.0, 0.0, -0.5, -np.inf, np.inf, NAN])
    np.testing.assert_allclose(plain(given).value, [3.0, 0.0, NAN, NAN, NAN, NAN])
    np.testing.assert_allclose(plain(given).least, plain(given).value)
    assert not plain(given).open.any()
