"""What has been made of a case so far: judgements and tasks at their findings, the clock, and the history."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from geodata.accounts.models import User
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.models.handling import About, CaseEvent, Judgement, JudgementKind, Task
from permits.outcomes import answer_of
from permits.proofs.proof import unit_of
from permits.proofs.words import number
from permits.review.cases import goal_words
from permits.review.corrections import Row as CorrectionRow
from permits.review.labels import label, title_of
from permits.service_goal import Category, EventKind, days_left


@dataclass(frozen=True)
class Judged:
    """A judgement that stands, at its finding."""

    id: int
    kind: str
    answer: str  # what stands now: the finding's own, or what was decided instead
    label: str
    reason: str
    by: str
    at: datetime
    outdated: bool  # a later check finds something else
    then: str  # what it was about, in words
    run: int
    finding: int


@dataclass(frozen=True)
class ToDo:
    """A task at its finding."""

    id: int
    text: str
    given_to: str
    due_on: date | None
    late: bool
    by: str
    at: datetime
    done_at: datetime | None
    done_by: str
    outdated: bool
    then: str
    run: int
    finding: int


@dataclass(frozen=True)
class Line:
    """One line of the history."""

    at: datetime
    by: str
    what: str
    why: str = ""


@dataclass(frozen=True)
class Handled:
    """All of it, on the page of one case."""

    judged: dict[int, Judged] = field(default_factory=dict)  # by finding as it is shown now
    tasks: dict[int, list[ToDo]] = field(default_factory=dict)
    left_over: tuple[Judged | ToDo, ...] = ()  # about findings that a later check no longer makes
    history: tuple[Line, ...] = ()
    events: tuple[CaseEvent, ...] = ()

    @property
    def open_tasks(self) -> int:
        """How many tasks are not done."""
        every = [task for some in self.tasks.values() for task in some]
        every += [one for one in self.left_over if isinstance(one, ToDo)]
        return sum(task.done_at is None for task in every)


def handled(
    application: Application,
    findings: Iterable[Finding],
    corrections: Iterable[CorrectionRow],
    *,
    named: bool,
    today: date,
) -> Handled:
    """Judgements, tasks and history of a case.

    Parameters
    ----------
    findings : the newest ones, as shown.
    corrections : the corrected inputs of the case.
    named : whether the reader is told who did it.
    """
    shown = list(findings)
    places = _Places(shown)
    made = list(
        Judgement.objects.filter(application=application, withdraws=None)
        .select_related("made_by", "withdrawal__made_by")
        .order_by("id")
    )
    tasks = list(
        Task.objects.filter(application=application)
        .select_related("made_by", "given_to", "done_by")
        .order_by("id")
    )
    events = tuple(
        CaseEvent.objects.filter(application=application).select_related("made_by", "person").order_by("id")
    )
    judged: dict[int, Judged] = {}
    left: list[Judged | ToDo] = []
    for one in made:
        if getattr(one, "withdrawal", None) is not None:
            continue
        here = places.of(one)
        told = _judged(one, here, named)
        if here is None:
            left.append(told)
        else:
            judged[here.pk] = told  # the newest one stands
    todo: dict[int, list[ToDo]] = defaultdict(list)
    for task in tasks:
        here = places.of(task)
        row = _to_do(task, here, named, today)
        if here is None:
            left.append(row)
        else:
            todo[here.pk].append(row)
    lines = [
        *_received(application),
        *_of_judgements(made, named),
        *_of_tasks(tasks, named),
        *_of_events(events, named),
        *_of_corrections(corrections),
    ]
    lines.sort(key=lambda line: line.at, reverse=True)
    return Handled(judged, dict(todo), tuple(left), tuple(lines), events)


class _Places:
    """Findings by what stays the same from check to check."""

    def __init__(self, findings: list[Finding]) -> None:
        self._of: dict[tuple[str, int], list[Finding]] = defaultdict(list)
        for finding in findings:
            self._of[finding.rule, finding.building].append(finding)

    def of(self, about: About) -> Finding | None:
        """The finding that takes the place of the one of then; None = there is none, or nobody can tell which."""
        some = self._of[about.rule, about.building]
        same = [f for f in some if f.pk == about.finding_id] or [
            f for f in some if (f.area, f.feature) == (about.area, about.feature)
        ]
        if len(same) == 1:
            return same[0]
        return some[0] if len(some) == 1 else None


def outdated(about: About, finding: Finding | None) -> bool:
    """Whether a later check finds something else than what was judged."""
    if finding is None:
        return True
    return (about.outcome, about.outcome_reason) != (finding.outcome, finding.reason) or not all(
        _alike(a, b) for a, b in ((about.measured, finding.measured), (about.limit, finding.limit))
    )


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=0.0, abs_tol=1e-6)


def _name(person: User | None, named: bool) -> str:
    return str(person) if named and person else ""


def _then(about: About) -> str:
    """What was found then, in words."""
    unit = unit_of(about.rule)
    words = [label(answer_of(about.outcome, about.outcome_reason))]
    if about.measured is not None:
        words.append(_("measured %(value)s") % {"value": number(about.measured, unit)})
    if about.limit is not None:
        words.append(_("limit %(value)s") % {"value": number(about.limit, unit)})
    return ", ".join(words)


def _judged(one: Judgement, here: Finding | None, named: bool) -> Judged:
    answer = one.instead or answer_of(one.outcome, one.outcome_reason)
    return Judged(
        one.pk,
        one.kind,
        answer,
        label(answer),
        one.reason,
        _name(one.made_by, named),
        one.made_at,
        outdated(one, here),
        f"{title_of(one.rule)}: {_then(one)}",
        one.run_id,
        one.finding_id,
    )


def _to_do(task: Task, here: Finding | None, named: bool, today: date) -> ToDo:
    return ToDo(
        task.pk,
        task.text,
        _name(task.given_to, named),
        task.due_on,
        task.due_on is not None and task.done_at is None and task.due_on < today,
        _name(task.made_by, named),
        task.made_at,
        task.done_at,
        _name(task.done_by, named),
        outdated(task, here),
        f"{title_of(task.rule)}: {_then(task)}",
        task.run_id,
        task.finding_id,
    )


def _received(application: Application) -> list[Line]:
    at = datetime.combine(application.applied_on, time(), get_current_timezone())
    return [Line(at, "", _("Application received"))]


def _of_judgements(made: Iterable[Judgement], named: bool) -> list[Line]:
    lines = []
    for one in made:
        title = title_of(one.rule)
        if one.kind == JudgementKind.ACCEPTED:
            what = _("Accepted: %(finding)s") % {"finding": title}
        else:
            what = _("Overridden: %(finding)s. %(found)s → %(instead)s") % {
                "finding": title,
                "found": label(answer_of(one.outcome, one.outcome_reason)),
                "instead": label(one.instead),
            }
        lines.append(Line(one.made_at, _name(one.made_by, named), what, one.reason))
        gone: Judgement | None = getattr(one, "withdrawal", None)
        if gone is not None:
            what = _("Undone: judgement of %(finding)s") % {"finding": title}
            lines.append(Line(gone.made_at, _name(gone.made_by, named), what, gone.reason))
    return lines


def _of_tasks(tasks: Iterable[Task], named: bool) -> list[Line]:
    lines = []
    for task in tasks:
        said = {"text": task.text}
        lines.append(Line(task.made_at, _name(task.made_by, named), _("Task: %(text)s") % said))
        if task.done_at is not None:
            done = _("Task done: %(text)s") % said
            lines.append(Line(task.done_at, _name(task.done_by, named), done))
    return lines


def _of_events(events: Iterable[CaseEvent], named: bool) -> list[Line]:
    lines = []
    for event in events:
        what = str(EventKind(event.kind).label)
        if event.kind == EventKind.ASSIGNED:
            what = (
                _("Assigned to %(name)s") % {"name": event.person}
                if event.person
                else _("Assigned to nobody")
            )
            if not named:
                what = str(EventKind.ASSIGNED.label)
        else:
            what = f"{what}, {date_format(event.happened_on, 'DATE_FORMAT')}"
            if event.category:
                what = f"{what} ({Category(event.category).label})"
        lines.append(Line(event.made_at, _name(event.made_by, named), what, event.reason))
    return lines


def _of_corrections(rows: Iterable[CorrectionRow]) -> list[Line]:
    lines = []
    for row in rows:
        said: dict[str, Any] = {"what": row.title, "old": row.original, "new": row.value, "about": row.about}
        corrected = _("Corrected: %(what)s (%(about)s), %(old)s → %(new)s") % said
        lines.append(Line(row.at, row.by, corrected, row.reason))
        if row.withdrawn_at is not None:
            undone = _("Undone: correction of %(what)s (%(about)s)") % said
            lines.append(Line(row.withdrawn_at, row.withdrawn_by, undone, row.withdrawn_reason))
    return lines


def goal_of(application: Application, today: date) -> str:
    """Days left of the service goal in words, with the last day of it."""
    words = goal_words(application.clock, days_left(application.due_on, application.days_left, today))
    if application.due_on is None:
        return words
    return _("%(days)s, until %(day)s") % {
        "days": words,
        "day": date_format(application.due_on, "DATE_FORMAT"),
    }
