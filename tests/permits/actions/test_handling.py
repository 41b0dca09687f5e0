"""Judging findings, tasks, assignment and the clock: rights, audit rows, and what a later check makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from geodata.accounts.models import Role, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from permits.actions.accept_finding import accept_finding
from permits.actions.assign_case import assign_case
from permits.actions.check_applications import check_applications
from permits.actions.correct_input import correct_input
from permits.actions.finish_task import finish_task
from permits.actions.make_task import make_task
from permits.actions.override_finding import override_finding
from permits.actions.record_event import record_event
from permits.actions.withdraw_judgement import withdraw_judgement
from permits.handling import CannotHandle
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.models.handling import CaseEvent, Judgement, Task
from permits.review.handled import Handled, handled
from tests.permits.actions.test_corrections import person, western_edge
from tests.permits.review.town import OTHER, OWN, Town, build

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
RULE = "br18.boundary_distance"
WHY = "Naboen har givet samtykke, og huset skygger ikke."


@pytest.fixture
def town() -> Town:
    return build()


@pytest.fixture
def worker(town: Town) -> User:
    return person(Role.CASE_WORKER)


def finding_of(application: Application, rule: str = RULE) -> Finding:
    return Finding.objects.newest().get(application_id=application.pk, rule=rule)


def now_of(application: Application) -> Handled:
    with tenant(OWN):
        application.refresh_from_db()
        shown = Finding.objects.newest().filter(application_id=application.pk)
        return handled(application, shown, (), named=True, today=DAY)


def override(application: Application, user: User | None, **said: Any) -> Judgement:
    given: dict[str, Any] = {"instead": "pass", "reason": WHY, **said}
    finding = given.pop("finding", None) or finding_of(application).pk
    with tenant(OWN):
        return override_finding(application.pk, finding, acting_user=user, municipality=OWN, **given)


def audited() -> list[str]:
    with tenant(OWN):
        return list(AuditRow.objects.order_by("id").values_list("verb", flat=True))


def test_an_overridden_finding_stays_as_the_rules_gave_it_and_is_undone(town: Town, worker: User) -> None:
    case = town.applications["near"]
    found, before = finding_of(case), len(audited())
    made = override(case, worker)
    assert (made.run_id, made.finding_id, made.outcome) == (found.run_id, found.pk, found.outcome)
    assert finding_of(case).outcome == found.outcome
    told = now_of(case).judged[found.pk]
    assert (told.answer, told.reason, told.by, told.outdated) == ("pass", WHY, str(worker), False)
    assert "1,80 m" in told.then
    with tenant(OWN):
        gone = withdraw_judgement(case.pk, made.pk, "Fejl", acting_user=worker, municipality=OWN)
        assert (gone.withdraws_id, gone.rule, gone.finding_id) == (made.pk, RULE, found.pk)
        with pytest.raises(CannotHandle):
            withdraw_judgement(case.pk, made.pk, acting_user=worker, municipality=OWN)
    after = now_of(case)
    assert after.judged == {}
    assert [line.why for line in after.history[:2]] == ["Fejl", WHY]
    assert audited()[before:] == ["permits.override_finding", "permits.withdraw_judgement"]


def test_an_accepted_finding_is_judged_once(town: Town, worker: User) -> None:
    case = town.applications["near"]
    finding = finding_of(case)
    with tenant(OWN):
        accept_finding(case.pk, finding.pk, acting_user=worker, municipality=OWN)
        with pytest.raises(CannotHandle, match="allerede"):
            accept_finding(case.pk, finding.pk, acting_user=worker, municipality=OWN)
    with pytest.raises(CannotHandle):
        override(case, worker)
    assert now_of(case).judged[finding.pk].answer == "overall_assessment"
    assert len(now_of(case).history) == 2


def test_the_same_answer_of_a_later_check_keeps_a_judgement_and_another_one_outdates_it(
    town: Town, worker: User
) -> None:
    case = town.applications["near"]
    first = finding_of(case)
    override(case, worker)
    check_applications([case.pk], acting_user=None, municipality=OWN, as_of=DAY)
    second = finding_of(case)
    assert second.pk != first.pk
    told = now_of(case).judged[second.pk]
    assert (told.finding, told.outdated) == (first.pk, False)
    with tenant(OWN):
        correct_input(
            case.pk, "edges.kind", western_edge(town), "road", "Der er anlagt en vej.",
            acting_user=None, municipality=OWN, as_of=DAY,
        )  # fmt: skip
    third = finding_of(case)
    assert third.outcome == "pass"
    assert now_of(case).judged[third.pk].outdated
    with pytest.raises(CannotHandle):  # that finding is no longer the newest
        override(case, worker, finding=first.pk)
    Finding.objects.filter(pk=third.pk).delete()
    left = now_of(case)
    assert left.judged == {}
    assert [one.outdated for one in left.left_over] == [True]


@pytest.mark.parametrize(
    "said",
    [
        {"reason": " \x00 "},
        {"reason": "x" * 501},
        {"instead": "needs_manual"},
        {"instead": "'; drop table"},
        {"instead": "overall_assessment"},  # that is what was found
        {"finding": 2**62},
    ],
)
def test_an_override_that_makes_no_sense_leaves_nothing(
    town: Town, worker: User, said: dict[str, Any]
) -> None:
    before = audited()
    with pytest.raises(CannotHandle):
        override(town.applications["near"], worker, **said)
    with tenant(OWN):
        assert not Judgement.objects.exists()
    assert audited() == before


def test_a_finding_of_another_case_is_not_judged(town: Town, worker: User) -> None:
    other = finding_of(town.applications["high"], "plan.height")
    with pytest.raises(CannotHandle):
        override(town.applications["near"], worker, finding=other.pk)


def test_a_task_is_made_and_done_once(town: Town, worker: User) -> None:
    case, lead = town.applications["near"], person(Role.LEAD)
    finding = finding_of(case)
    with tenant(OWN):
        made = make_task(
            case.pk, finding.pk, "Bed om  snit", given_to=worker.pk, due_on=date(2026, 3, 1),
            acting_user=lead, municipality=OWN,
        )  # fmt: skip
    (told,) = now_of(case).tasks[finding.pk]
    assert (told.text, told.given_to, told.late, told.finding) == (
        "Bed om snit",
        str(worker),
        True,
        finding.pk,
    )
    assert now_of(case).open_tasks == 1
    with tenant(OWN):
        finish_task(case.pk, made.pk, acting_user=worker, municipality=OWN)
        with pytest.raises(CannotHandle):
            finish_task(case.pk, made.pk, acting_user=worker, municipality=OWN)
        assert Task.objects.get().done_by == worker
    assert now_of(case).open_tasks == 0


def test_work_is_given_only_to_those_who_work_there(town: Town, worker: User) -> None:
    case, stranger = town.applications["near"], person(Role.CASE_WORKER, OTHER)
    applicant = person(Role.APPLICANT)
    with tenant(OWN):
        for other in (stranger, applicant):
            with pytest.raises(CannotHandle):
                assign_case(case.pk, other.pk, acting_user=worker, municipality=OWN, as_of=DAY)
        assign_case(case.pk, worker.pk, acting_user=worker, municipality=OWN, as_of=DAY)
        with pytest.raises(CannotHandle):
            assign_case(case.pk, worker.pk, acting_user=worker, municipality=OWN, as_of=DAY)
        assign_case(case.pk, None, acting_user=worker, municipality=OWN, as_of=DAY)
        assert list(CaseEvent.objects.values_list("kind", "person")) == [
            ("assigned", worker.pk),
            ("assigned", None),
        ]
        assert Application.objects.get(pk=case.pk).assigned_to is None


def test_events_set_the_clock_and_only_what_can_follow_is_put_down(town: Town, worker: User) -> None:
    case = town.applications["near"]  # applied for on 1 February

    def put(kind: str, day: date, **more: Any) -> CaseEvent:
        return record_event(case.pk, kind, day, acting_user=worker, municipality=OWN, as_of=DAY, **more)

    with tenant(OWN):
        for kind, day, more in (
            ("waiting", DAY, {}),
            ("resumed", DAY, {}),
            ("informed", DAY, {}),
            ("informed", DAY, {"category": "palace"}),
            ("informed", date(2026, 1, 31), {"category": "simple"}),
            ("informed", date(2026, 3, 3), {"category": "simple"}),
            ("exempt", DAY, {}),
            ("assigned", DAY, {}),
            ("decided", DAY, {}),
        ):
            with pytest.raises(CannotHandle):
                put(kind, day, **more)
        assert not CaseEvent.objects.exists()
        put("informed", date(2026, 2, 10), category="single_family")
        put("waiting", date(2026, 2, 20))
        case.refresh_from_db()
        assert (case.clock, case.due_on, case.days_left) == ("waiting", None, 30)
        with pytest.raises(CannotHandle):
            put("resumed", date(2026, 2, 19))
        put("resumed", DAY)
        case.refresh_from_db()
        assert (case.clock, case.due_on, case.days_left) == ("running", date(2026, 4, 1), None)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PLANNER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_case_workers_and_leads_handle(town: Town, role: Role) -> None:
    case, user = town.applications["near"], person(role)
    finding = finding_of(case).pk
    by: dict[str, Any] = {"acting_user": user, "municipality": OWN}
    tries: list[Callable[[], object]] = [
        lambda: accept_finding(case.pk, finding, **by),
        lambda: override_finding(case.pk, finding, "pass", WHY, **by),
        lambda: withdraw_judgement(case.pk, 1, **by),
        lambda: make_task(case.pk, finding, "x", **by),
        lambda: finish_task(case.pk, 1, **by),
        lambda: assign_case(case.pk, None, as_of=DAY, **by),
        lambda: record_event(case.pk, "exempt", DAY, reason="x", as_of=DAY, **by),
    ]
    for act in tries:
        with tenant(OWN), pytest.raises(PermissionDenied):
            act()


def test_a_case_of_another_municipality_is_not_there(town: Town, worker: User) -> None:
    foreign = town.applications["foreign"]
    with pytest.raises(CannotHandle), tenant(OWN):
        record_event(foreign.pk, "exempt", DAY, reason="x", acting_user=worker, municipality=OWN, as_of=DAY)


@pytest.mark.parametrize("table", ["permits_judgement", "permits_caseevent"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = 'andet'", "DELETE FROM {}"])
def test_what_was_said_is_not_rewritten(town: Town, worker: User, table: str, statement: str) -> None:
    case = town.applications["near"]
    override(case, worker)
    with tenant(OWN):
        assign_case(case.pk, worker.pk, acting_user=worker, municipality=OWN, as_of=DAY)
    with (
        pytest.raises(DatabaseError, match="written once"),
        tenant(OWN),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
