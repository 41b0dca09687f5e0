"""The list of applications: filters and order in the address, pages by key, and the worst answer of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from permits.review.labels import LABELS, UNCHECKED, label

PAGE: Final = 40
#: Days left from which on a case is soon due.
SOON: Final = 7
_CURSOR: Final = re.compile(r"(\d{4}-\d{2}-\d{2}|)\.(\d{1,18})")
_PERSON: Final = re.compile(r"nobody|[1-9]\d{0,17}")

Sort = Literal["newest", "due"]
Goal = Literal["", "late", "soon", "running", "waiting", "unknown"]
GOALS: Final[tuple[Goal, ...]] = ("late", "soon", "running", "waiting", "unknown")


@dataclass(frozen=True)
class Filters:
    """What the address of the list says: words, answers, whose, the goal, the order, and where the page starts.

    ``person`` is an id, ``nobody``, or empty; ``after`` is the key of the last row of the page before, without a day
    where the order is by a day that is not known.
    """

    words: str = ""
    outcomes: tuple[str, ...] = ()
    person: str = ""
    goal: Goal = ""
    sort: Sort = "newest"
    after: tuple[date | None, int] | None = None

    @classmethod
    def of(cls, query: Any) -> Filters:
        """Read a query string; what makes no sense in it is left out, never an error."""
        chosen = tuple(o for o in dict.fromkeys(query.getlist("outcome")) if o in LABELS)
        sort: Sort = "due" if query.get("sort") == "due" else "newest"
        goal = query.get("goal", "")
        person = query.get("assigned", "")
        words = " ".join(query.get("q", "").replace("\x00", "").split())[:100]
        return cls(
            words,
            chosen,
            person if _PERSON.fullmatch(person) else "",
            cast(Goal, goal) if goal in GOALS else "",
            sort,
            _after(query.get("after", ""), sort),
        )

    @property
    def any(self) -> bool:
        """Whether something is filtered out."""
        return bool(self.words or self.outcomes or self.person or self.goal)

    @property
    def kept(self) -> bool:
        """Whether the address of a case has something to lead back to."""
        return self.any or self.sort != "newest"

    def query(self, after: tuple[date | None, int] | None = None) -> str:
        """The same as a query string, optionally for the page after a row."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [("outcome", outcome) for outcome in self.outcomes]
        pairs += [("assigned", self.person)] if self.person else []
        pairs += [("goal", self.goal)] if self.goal else []
        pairs += [("sort", self.sort)] if self.sort != "newest" else []
        if after is not None:
            day = "" if after[0] is None else after[0].isoformat()
            pairs.append(("after", f"{day}.{after[1]}"))
        return urlencode(pairs)


def not_understood(query: Any) -> dict[str, str]:
    """What :meth:`Filters.of` leaves out of a query string: parameter → what was expected there.

    For programs: one that asks for what there is not would else be shown all cases as the answer.
    """
    read = Filters.of(query)
    wrong = {}
    if any(outcome and outcome not in LABELS for outcome in query.getlist("outcome")):
        wrong["outcome"] = ", ".join(LABELS)
    if query.get("goal", "") != read.goal:
        wrong["goal"] = ", ".join(GOALS)
    if query.get("sort") not in (None, "", read.sort):
        wrong["sort"] = "newest, due"
    if query.get("assigned", "") != read.person:
        wrong["assigned"] = "id of a person, or nobody"
    if query.get("after") and read.after is None:
        wrong["after"] = "as next of the page before has it"
    return wrong


def _after(text: str, sort: Sort) -> tuple[date | None, int] | None:
    match = _CURSOR.fullmatch(text)
    if match is None or not (match[1] or sort == "due"):
        return None
    try:
        return (date.fromisoformat(match[1]) if match[1] else None), int(match[2])
    except ValueError:
        return None


@dataclass(frozen=True)
class Row:
    """One application as the list shows it; ``left`` is in days, None = not known."""

    id: int
    public_id: UUID
    number: str
    title: str
    address: str
    applied_on: date
    outcome: str
    breaches: int
    affected: bool
    clock: str
    due_on: date | None
    left: int | None
    person: str

    @property
    def label(self) -> str:
        """The worst answer in words."""
        return label(self.outcome)

    @property
    def goal(self) -> str:
        """The days left of the service goal in words."""
        return goal_words(self.clock, self.left)

    @property
    def urgency(self) -> str:
        """``late``, ``soon`` or empty; colour is never the only sign of it, the words say it too."""
        if self.clock != "running" or self.left is None:
            return ""
        return "late" if self.left < 0 else "soon" if self.left <= SOON else ""


def goal_words(clock: str, left: int | None) -> str:
    """The days left of the service goal (servicemål) in words."""
    if clock == "exempt":
        return _("not covered by the service goal")
    if left is None:
        return _("service goal: not known, not fully informed")
    if left < 0:
        late = ngettext("%(n)s day past the service goal", "%(n)s days past the service goal", -left)
        words = late % {"n": -left}
    else:
        words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return _("%(days)s, waiting for the applicant") % {"days": words} if clock == "waiting" else words


@dataclass(frozen=True)
class Page:
    """A page of the list."""

    rows: tuple[Row, ...]
    filters: Filters
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    more: str = ""  # query string of the next page, empty on the last

    @property
    def back(self) -> str:
        """What addresses of cases end in, so that they lead back to this list."""
        return f"?{self.filters.query()}" if self.filters.kept else ""


_JOINED: Final = (
    "permits_application a LEFT JOIN permits_lookedat k ON k.application_id = a.id "
    "LEFT JOIN accounts_user u ON u.id = a.assigned_to_id"
)
_OUTCOME: Final = f"coalesce(k.answer, '{UNCHECKED}')"
_LISTED: Final = (
    f"SELECT a.id, a.public_id, a.number, a.title, a.address, a.applied_on, {_OUTCOME}, coalesce(k.breaches, 0), "
    "coalesce(k.affected, false), a.clock, a.due_on, coalesce(a.due_on - %s, a.days_left), "
    f"coalesce(nullif(u.display_name, ''), u.username, '') FROM {_JOINED} WHERE a.state <> 'draft'"
)


def _like(words: str) -> str:
    escaped = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _where(filters: Filters, today: date) -> tuple[str, list[Any]]:
    clauses = ["true"]
    values: list[Any] = []
    for word in filters.words.split():
        clauses.append("a.sought LIKE lower(%s)")
        values.append(_like(word))
    if filters.person == "nobody":
        clauses.append("a.assigned_to_id IS NULL")
    elif filters.person:
        clauses.append("a.assigned_to_id = %s")
        values.append(int(filters.person))
    if filters.goal == "late":
        clauses.append("a.due_on < %s")
        values.append(today)
    elif filters.goal == "soon":
        clauses.append("a.due_on BETWEEN %s AND %s")
        values += [today, today + timedelta(days=SOON)]
    elif filters.goal:
        clauses.append("a.clock = %s")
        values.append("" if filters.goal == "unknown" else filters.goal)
    if filters.outcomes:
        # Said without coalesce, so that the statistics of the answers lead to the right plan.
        answers = [outcome for outcome in filters.outcomes if outcome != UNCHECKED]
        asked = ["k.answer = ANY(%s)"] if answers else []
        values += [answers] if answers else []
        asked += ["k.application_id IS NULL"] if UNCHECKED in filters.outcomes else []
        clauses.append(f"({' OR '.join(asked)})")
    return " AND ".join(clauses), values


#: Order → SQL of it.
_ORDERS: Final = {"newest": "a.applied_on DESC, a.id DESC", "due": "a.due_on, a.id"}


def _beyond(filters: Filters) -> tuple[str, list[Any]]:
    if filters.after is None:
        return "true", []
    day, key = filters.after
    if filters.sort == "newest":
        return "(a.applied_on, a.id) < (%s, %s)", [day, key]
    if day is None:  # cases whose day is not known come last
        return "(a.due_on IS NULL AND a.id > %s)", [key]
    return "((a.due_on, a.id) > (%s, %s) OR a.due_on IS NULL)", [day, key]


#: All but the outcomes is asked, so that there is a number beside each.
_COUNTED: Final = (
    "FROM permits_application a LEFT JOIN permits_lookedat k ON k.application_id = a.id "
    "WHERE a.state <> 'draft'"
)


def _counts(cursor: Any, filters: Filters, today: date) -> dict[str, int]:
    where, values = _where(replace(filters, outcomes=()), today)
    cursor.execute(f"SELECT {_OUTCOME}, count(*) {_COUNTED} AND {where} GROUP BY 1", values)
    return dict(cursor.fetchall())


def _found(cursor: Any, filters: Filters, today: date) -> tuple[dict[str, int], list[int]]:
    """How many there are of each outcome, and the first that come after the page before, of those asked for."""
    where, values = _where(replace(filters, outcomes=()), today)
    beyond, key = _beyond(filters)
    first = f"(array_agg(a.id ORDER BY {_ORDERS[filters.sort]}) FILTER (WHERE {beyond}))[:%s]"
    cursor.execute(
        f"SELECT {_OUTCOME}, count(*), {first} {_COUNTED} AND {where} GROUP BY 1",
        [*key, PAGE + 1, *values],
    )
    told = cursor.fetchall()
    asked = filters.outcomes or [outcome for outcome, _n, _ids in told]
    return (
        {outcome: n for outcome, n, _ids in told},
        [key for outcome, _n, ids in told if outcome in asked for key in ids or ()],
    )


def page(filters: Filters, today: date, *, counted: bool = True) -> Page:
    """One page of applications (ansøgninger) of the open tenant.

    Parameters
    ----------
    filters : words that must all occur in address, number or title; outcomes, any of which is the worst one; whose;
        how the service goal stands; newest first, or by the last day of the goal, those without one last.
    today : day from which days left are counted.
    counted : False for who shows the rows alone; counting looks at every case, and the rows at forty.

    Returns
    -------
    At most :data:`PAGE` rows, the number of all that match, and how many there are per outcome when the outcomes
    are not asked for. Two queries, or one, however many
    applications there are.
    """
    with connection.cursor() as cursor:
        if filters.words:  # no index serves words: they are looked for once, for counts and rows together
            counts, ids = _found(cursor, filters, today)
            where, values = "a.id = ANY(%s)", [ids]
        else:
            counts = _counts(cursor, filters, today) if counted else {}
            where, values = _where(filters, today)
            beyond, key = _beyond(filters)
            where, values = f"{where} AND {beyond}", [*values, *key]
        cursor.execute(
            f"{_LISTED} AND {where} ORDER BY {_ORDERS[filters.sort]} LIMIT %s", [today, *values, PAGE + 1]
        )
        rows = [Row(*row) for row in cursor.fetchall()]
    total = sum(n for outcome, n in counts.items() if not filters.outcomes or outcome in filters.outcomes)
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    more = ""
    if last is not None:
        more = filters.query((last.applied_on if filters.sort == "newest" else last.due_on, last.id))
    return Page(tuple(shown), filters, total, counts, more)
