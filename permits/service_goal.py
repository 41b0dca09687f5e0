"""The service goal of a case (servicemål): calendar days from fully informed to decision, waiting time left out.

Source: agreement of December 2015 between KL and the government on case handling times. The clock is always worked
out from the events of the case; what lists sort by is kept beside the case and made anew with each event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    """What kind of building the goal is for."""

    SIMPLE = "simple", _("Simple structures")
    SINGLE_FAMILY = "single_family", _("Single-family houses and the like")
    INDUSTRY = "industry", _("Industry and storage buildings")
    BUSINESS = "business", _("Multi-storey, commercial")
    DWELLINGS = "dwellings", _("Multi-storey, dwellings")


#: Category → calendar days.
DAYS: Final[dict[str, int]] = {
    Category.SIMPLE: 40,
    Category.SINGLE_FAMILY: 40,
    Category.INDUSTRY: 50,
    Category.BUSINESS: 55,
    Category.DWELLINGS: 60,
}
#: Kind of a proposed building → category; others are for the case worker to say.
_OF_KIND: Final = {
    "garage": Category.SIMPLE,
    "carport": Category.SIMPLE,
    "shed": Category.SIMPLE,
    "greenhouse": Category.SIMPLE,
    "covered_terrace": Category.SIMPLE,
    "terrace": Category.SIMPLE,
    "pool": Category.SIMPLE,
    "stairs": Category.SIMPLE,
    "solar": Category.SIMPLE,
    "detached_house": Category.SINGLE_FAMILY,
    "two_family_horizontal": Category.SINGLE_FAMILY,
    "double_house": Category.SINGLE_FAMILY,
    "row_house": Category.SINGLE_FAMILY,
    "summer_house": Category.SINGLE_FAMILY,
    "farm_building": Category.INDUSTRY,
    "silo": Category.INDUSTRY,
    "business": Category.BUSINESS,
    "multi_storey_housing": Category.DWELLINGS,
}


class EventKind(TextChoices):
    """What happens to the clock of a case."""

    INFORMED = "informed", _("Fully informed")  # fuldt oplyst
    WAITING = "waiting", _("Waiting for the applicant")
    RESUMED = "resumed", _("The applicant has answered")
    EXEMPT = "exempt", _("Not covered by the service goal")
    ASSIGNED = "assigned", _("Assigned")  # does not touch the clock


State = Literal["", "running", "waiting", "exempt"]


@dataclass(frozen=True)
class Event:
    """One event: its kind, the day it happened, and for ``informed`` the category."""

    kind: str
    on: date
    category: str = ""


@dataclass(frozen=True)
class Clock:
    """Where the clock of a case stands.

    Attributes
    ----------
    state : empty = not fully informed (not known), ``running``, ``waiting`` (for the applicant) or ``exempt``.
    due_on : last day of the goal while it runs, else None.
    days_left : days that were left when it stopped to wait, else None; negative = past the goal.
    """

    state: State = ""
    due_on: date | None = None
    days_left: int | None = None


def days_left(due_on: date | None, frozen: int | None, today: date) -> int | None:
    """Days left (dage tilbage), None where nobody knows; ``frozen`` is what was left when the case began to wait."""
    return frozen if due_on is None else (due_on - today).days


def clock(events: Iterable[Event]) -> Clock:
    """Work out the clock (servicemålsfrist) from the events of a case.

    Parameters
    ----------
    events : in the order they happened; what cannot follow on what came before changes nothing.

    Returns
    -------
    The clock. The day on which the case was fully informed is day 0, so a goal of 40 days ends 40 days later; days
    of waiting are added. Being fully informed a second time starts anew.

    Examples
    --------
    >>> clock([Event("informed", date(2026, 3, 2), "simple")]).due_on
    datetime.date(2026, 4, 11)
    >>> clock([])
    Clock(state='', due_on=None, days_left=None)
    """
    now = Clock()
    for event in events:
        if event.kind == EventKind.INFORMED:
            now = Clock("running", event.on + timedelta(days=DAYS[event.category]))
        elif event.kind == EventKind.WAITING and now.due_on is not None:
            now = Clock("waiting", None, (now.due_on - event.on).days)
        elif event.kind == EventKind.RESUMED and now.state == "waiting":
            now = Clock("running", event.on + timedelta(days=now.days_left or 0))
        elif event.kind == EventKind.EXEMPT:
            now = Clock("exempt")
    return now


def category_of(kinds: Sequence[str]) -> Category | None:
    """The category that the proposed buildings point to: the one with the longest goal; None = cannot be told."""
    named = Counter(_OF_KIND.get(kind) for kind in kinds)
    if not named or None in named:
        return None
    return max((c for c in named if c is not None), key=lambda c: (DAYS[c], c != Category.SIMPLE))
