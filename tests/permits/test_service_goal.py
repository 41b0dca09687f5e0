"""The clock of the service goal: worked out from events, waiting left out."""

from __future__ import annotations

from datetime import date

import pytest

from permits.drawings.vocabulary import KINDS
from permits.service_goal import _OF_KIND, Category, Clock, Event, category_of, clock, days_left

INFORMED = Event("informed", date(2026, 3, 2), "simple")


def march(day: int) -> date:
    return date(2026, 3, day)


def test_forty_days_from_fully_informed() -> None:
    now = clock([INFORMED])
    assert now == Clock("running", date(2026, 4, 11))
    assert days_left(now.due_on, now.days_left, march(2)) == 40
    assert days_left(now.due_on, now.days_left, date(2026, 4, 12)) == -1


@pytest.mark.parametrize(
    ("category", "days"),
    [("simple", 40), ("single_family", 40), ("industry", 50), ("business", 55), ("dwellings", 60)],
)
def test_each_category_has_its_days(category: str, days: int) -> None:
    due = clock([Event("informed", march(2), category)]).due_on
    assert due is not None
    assert (due - march(2)).days == days


def test_waiting_for_the_applicant_does_not_count() -> None:
    waiting = clock([INFORMED, Event("waiting", march(12))])
    assert waiting == Clock("waiting", None, 30)
    assert days_left(waiting.due_on, waiting.days_left, march(31)) == 30
    resumed = clock([INFORMED, Event("waiting", march(12)), Event("resumed", march(19))])
    assert resumed == Clock("running", date(2026, 4, 18))  # seven days later than without the waiting


def test_nothing_is_known_before_the_case_is_fully_informed() -> None:
    assert clock([]) == Clock()
    assert clock([Event("waiting", march(3)), Event("resumed", march(4))]) == Clock()
    assert days_left(None, None, march(2)) is None


def test_what_is_not_covered_has_no_days_until_it_is_informed_again() -> None:
    assert clock([INFORMED, Event("exempt", march(3))]) == Clock("exempt")
    again = Event("informed", march(9), "dwellings")
    assert clock([INFORMED, Event("exempt", march(3)), again]) == clock([again])


def test_the_longest_goal_of_the_buildings_is_suggested() -> None:
    assert category_of(["detached_house", "garage"]) == Category.SINGLE_FAMILY
    assert category_of(["carport"]) == Category.SIMPLE
    assert category_of(["multi_storey_housing", "shed"]) == Category.DWELLINGS
    assert category_of([]) is None
    assert category_of(["garage", "institution"]) is None
    assert set(_OF_KIND) <= set(KINDS)
