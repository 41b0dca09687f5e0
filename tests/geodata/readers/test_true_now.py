"""Which row of a bitemporal register is true now, however it writes its moments."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest
import time_machine

from geodata.readers.true_now import TrueNow

ENDED = ("2010-01-01T00:00:00Z", "2011-01-01T00:00:00Z")
LATER = ("2011-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
TO_COME = ("2030-01-01T00:00:00Z", "")
OPEN = ("2010-06-01T00:00:00Z", "")
FRACTION = ("2010-06-01T00:00:00.5Z", None)
#: Danish time: half past midnight in summer is the evening before in UTC.
DANISH = ("2010/06/01 00:30:00", "")


def chosen(*rows: tuple[str, tuple[str | None, str | None], tuple[str, str]]) -> list[tuple[int, str]]:
    now: TrueNow[str] = TrueNow()
    for number, (name, valid, registered) in enumerate(rows):
        now.add(number, "a", name, valid=valid, registered=registered)
    assert now.superseded + now.other + len(now.rows()) == len(rows)
    return now.rows()


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (ENDED, LATER),
        (LATER, OPEN),  # what has ended is not so, whenever it began
        (OPEN, FRACTION),
        (DANISH, OPEN),
        ((None, None), DANISH),
        (("rubbish", ""), DANISH),
        (TO_COME, ENDED),  # its day has not come, and nobody says that anything is so until then
        (TO_COME, LATER),
        (TO_COME, OPEN),
        (TO_COME, (None, None)),
        (("2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"), TO_COME),
    ],
)
def test_the_better_row_is_taken_in_either_order(
    worse: tuple[str | None, str | None], better: tuple[str | None, str | None]
) -> None:
    for order in itertools.permutations((("worse", worse, ("", "")), ("better", better, ("", "")))):
        assert [name for _, name in chosen(*order)] == ["better"]


def test_of_rows_that_begin_together_the_last_registered_one_is_taken_then_the_last() -> None:
    early, late = ("2015-01-01T00:00:00Z", ""), ("2016-01-01T00:00:00Z", "")
    assert chosen(("late", OPEN, late), ("early", OPEN, early)) == [(0, "late")]
    assert chosen(("first", OPEN, late), ("second", OPEN, late)) == [(1, "second")]


@pytest.mark.parametrize(
    ("now", "taken"), [("2029-12-31T23:59:59+00:00", "old"), ("2030-01-01T00:00:00+00:00", "new")]
)
def test_what_is_to_come_waits_for_its_day(now: str, taken: str) -> None:
    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        rows = chosen(("new", TO_COME, ("", "")), ("old", LATER, ("", "")))
    assert [name for _, name in rows] == [taken]


def test_an_object_of_which_only_the_future_is_known_is_taken() -> None:
    assert chosen(("new", TO_COME, ("", ""))) == [(0, "new")]


def test_a_superseded_row_is_never_taken_and_an_object_without_another_is_told() -> None:
    now: TrueNow[str] = TrueNow()
    now.add(0, "a", "gone", valid=OPEN, registered=("2015-01-01T00:00:00Z", "2016-01-01T00:00:00Z"))
    now.add(1, "b", "there", valid=ENDED, registered=("", ""))
    assert now.rows() == [(1, "there")]
    assert now.told("file", 2, "buildings") == [
        "file: 2 rows tell of 2 buildings; 1 rows of earlier registrations and 0 of earlier or later validity were "
        "not stored",
        "file: 1 buildings have only superseded rows and were not taken",
    ]
