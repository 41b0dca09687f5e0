"""Correcting an input and taking it back: rights, one transaction, one audit row, and the case page."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.html import escape

from geodata.accounts.models import Membership, Municipality, Role, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from geodata.ledger.revisions import last_revision
from geodata.models.cadastre import Edge
from permits.actions.check_applications import check_applications
from permits.actions.correct_input import CannotCorrect, correct_input
from permits.actions.withdraw_correction import withdraw_correction
from permits.engine.from_database import world_of
from permits.engine.stored_corrections import targets
from permits.models.applications import Application
from permits.models.corrections import Correction
from permits.models.findings import Finding, Run
from tests.permits.review.town import OTHER, OWN, Town, build

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # static files need not be collected
]
DAY = date(2026, 3, 2)
WHY = "Kortet er forældet; der er anlagt en vej."


@pytest.fixture
def town() -> Town:
    return build()


def person(role: Role, code: str = OWN) -> User:
    user = User.objects.create(username=f"u{uuid4().hex[:8]}", display_name=f"Prøve {role}")
    Membership.objects.create(user=user, municipality=Municipality.objects.get(pk=code), role=role)
    return user


def western_edge(town: Town, key: str = "near") -> str:
    """The side that the house of ``near`` stands 1.80 m from."""
    parcel = town.parcels[1]
    edge = next(e for e in Edge.objects.filter(parcel=parcel) if e.geometry.extent[2] == parcel_west(parcel))
    return f"e{edge.pk}"


def parcel_west(parcel: Any) -> float:
    return float(parcel.versions.get().geometry.extent[0])


def answer(application: Application, rule: str = "br18.boundary_distance") -> tuple[str, str]:
    with tenant(OWN):
        found = Finding.objects.newest().filter(application_id=application.pk, rule=rule).first()
    return (found.outcome, found.reason) if found else ("", "")


def correct(application: Application, user: User | None, **said: Any) -> Correction:
    given: dict[str, Any] = {"name": "edges.kind", "value": "road", "reason": WHY, "as_of": DAY, **said}
    with tenant(OWN):
        return correct_input(application.pk, acting_user=user, municipality=OWN, **given)


def test_a_correction_answers_anew_and_its_withdrawal_brings_the_answer_back(town: Town) -> None:
    application, user = town.applications["near"], person(Role.CASE_WORKER)
    assert answer(application) == ("needs_manual", "overall_assessment")
    runs, rows = Run.objects.count(), _audit_count()
    made = correct(application, user, target=western_edge(town))
    assert (made.original_word, made.word, made.made_by) == ("parcel", "road", user)
    assert answer(application) == ("pass", "")
    assert (Run.objects.count() - runs, _audit_count() - rows) == (1, 1)
    with tenant(OWN):
        last = AuditRow.objects.latest("id")
        assert (last.verb, last.acting_user) == ("permits.correct_input", user)
        assert last.detail["run"] == Run.objects.latest("id").pk
        gone = withdraw_correction(application.pk, made.pk, acting_user=user, municipality=OWN, as_of=DAY)
    assert (gone.withdraws_id, gone.word, gone.original_word) == (made.pk, "parcel", "road")
    assert answer(application) == ("needs_manual", "overall_assessment")
    assert (Run.objects.count() - runs, _audit_count() - rows) == (2, 2)
    with tenant(OWN), pytest.raises(CannotCorrect):
        withdraw_correction(application.pk, made.pk, acting_user=user, municipality=OWN, as_of=DAY)


def _audit_count() -> int:
    with tenant(OWN):
        return AuditRow.objects.count()


def test_only_that_case_is_assessed_again(town: Town) -> None:
    before = set(
        Finding.objects.newest()
        .exclude(application_id=town.applications["near"].pk)
        .values_list("id", flat=True)
    )
    correct(town.applications["near"], None, target=western_edge(town))
    still = set(Finding.objects.newest().values_list("id", flat=True))
    assert before
    assert before <= still


def test_a_second_correction_takes_the_place_of_the_first_until_it_is_withdrawn(town: Town) -> None:
    application = town.applications["near"]
    correct(application, None, target=western_edge(town))
    second = correct(application, None, target=western_edge(town), value="path", reason="Det er en sti.")
    assert second.original_word == "parcel", (
        "the original is that of the register, not of the first correction"
    )
    assert answer(application) == ("needs_manual", "overall_assessment")
    with tenant(OWN):
        withdraw_correction(application.pk, second.pk, acting_user=None, municipality=OWN, as_of=DAY)
    assert answer(application) == ("pass", "")


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.PLANNER, Role.AUDITOR])
def test_who_may_not_correct_changes_nothing(town: Town, role: Role) -> None:
    application = town.applications["near"]
    with pytest.raises(PermissionDenied):
        correct(application, person(role), target=western_edge(town))
    made = correct(application, None, target=western_edge(town))
    with tenant(OWN), pytest.raises(PermissionDenied):
        withdraw_correction(application.pk, made.pk, acting_user=person(role), municipality=OWN, as_of=DAY)
    with tenant(OWN):
        assert Correction.objects.count() == 1


def test_a_case_worker_of_another_municipality_sees_no_such_case(town: Town) -> None:
    user = person(Role.CASE_WORKER, OTHER)
    with tenant(OTHER), pytest.raises(CannotCorrect):
        correct_input(
            town.applications["near"].pk, "sites.datum_m", "site", 5.0, WHY,
            acting_user=user, municipality=OTHER, as_of=DAY,
        )  # fmt: skip
    correct(town.applications["near"], None, target=western_edge(town))
    with tenant(OTHER):
        assert Correction.objects.count() == 0
    with tenant(OWN):
        assert Correction.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"name": "edges.neighbour"},
        {"target": "e0"},
        {"value": "unknown"},
        {"reason": " \n "},
        {"reason": "x" * 501},
        {"name": "sites.datum_m", "target": "site", "value": "nan"},
        {"name": "sites.datum_m", "target": "site", "value": "1e9"},
        {"name": "sites.datum_m", "target": "site", "value": "fem"},
        {"name": "parcels.registered_m2", "target": "site", "value": 900.0},
    ],
)
def test_nonsense_is_refused_and_leaves_no_trace(town: Town, said: dict[str, Any]) -> None:
    rows, runs = _audit_count(), Run.objects.count()
    with pytest.raises(CannotCorrect):
        correct(town.applications["near"], None, **{"target": western_edge(town), **said})
    with tenant(OWN):
        assert Correction.objects.count() == 0
    assert (_audit_count(), Run.objects.count()) == (rows, runs)


def test_a_reason_that_is_too_long_is_refused_and_not_cut_off(town: Town) -> None:
    application = town.applications["near"]
    made = correct(application, None, target=western_edge(town))
    with tenant(OWN):
        with pytest.raises(CannotCorrect):
            withdraw_correction(
                application.pk, made.pk, acting_user=None, municipality=OWN, as_of=DAY, reason="x" * 501
            )
        assert Correction.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_only_what_was_sent_in_is_corrected(town: Town, state: str) -> None:
    with tenant(OWN):
        Application.objects.filter(pk=town.applications["near"].pk).update(state=state)
    with pytest.raises(CannotCorrect):
        correct(town.applications["near"], None, target=western_edge(town))


@pytest.mark.parametrize(
    "statement", ["UPDATE permits_correction SET reason = 'andet'", "DELETE FROM permits_correction"]
)
def test_rows_are_written_once(town: Town, statement: str) -> None:
    correct(town.applications["near"], None, target=western_edge(town))
    with (
        tenant(OWN),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="written once"),
        transaction.atomic(),
    ):
        cursor.execute(statement)


def test_every_input_finds_its_row_and_keeps_its_original(town: Town) -> None:
    application = town.applications["near"]
    with tenant(OWN):
        world = world_of([application.pk], as_of=DAY)
    standing = next(t for t in targets(world, "buildings") if t.startswith("s"))
    proposed = next(t for t in targets(world, "buildings") if t.startswith("b"))
    road = targets(world, "edges")[np.flatnonzero(world.edges["kind"] == "road")[0]]
    given = [
        ("sites.datum_m", "site", "5,25"),
        ("edges.width_across_m", road, 8.0),
        ("parcels.registered_m2", targets(world, "parcels")[0], 777.0),
        ("buildings.floor_m2", standing, 56.0),
        ("buildings.floor_m2", proposed, 95.0),
        ("buildings.kind", standing, "shed"),
        ("buildings.eaves_m", proposed, 0.6),
    ]
    made = [correct(application, None, name=name, target=t, value=v) for name, t, v in given]
    assert [m.original for m in made] == [None, 9.0, 800.0, None, 90.0, None, None]
    assert made[5].original_word == "other"
    with tenant(OWN):
        told = world_of([application.pk], as_of=DAY).overrides
    assert (told["key"] != -1).all()
    assert len(told) == len(given)


def test_a_boundary_that_was_worked_out_anew_is_found_again(town: Town) -> None:
    application, target = town.applications["near"], western_edge(town)
    correct(application, None, target=target)
    old = Edge.objects.get(pk=int(target[1:]))
    copy = Edge.objects.get(pk=old.pk)
    copy.pk = None
    copy.save()
    old.delete()
    with tenant(OWN):
        told = world_of([application.pk], as_of=DAY).overrides
    assert told["key"].tolist() == [copy.pk]


def test_a_boundary_corrected_before_and_after_it_was_worked_out_anew_is_as_said_last(town: Town) -> None:
    application, target = town.applications["near"], western_edge(town)
    correct(application, None, target=target)
    old = Edge.objects.get(pk=int(target[1:]))
    copy = Edge.objects.get(pk=old.pk)
    # As text the new name comes first.
    copy.pk = 10 ** len(str(old.pk))
    old.delete()
    copy.save(force_insert=True)
    second = correct(application, None, target=f"e{copy.pk}", value="path", reason="Det er en sti.")
    with tenant(OWN):
        told = world_of([application.pk], as_of=DAY).overrides
    assert told[["key", "word"]].to_numpy().tolist() == [[copy.pk, "path"]]
    assert answer(application) == ("needs_manual", "overall_assessment")
    with tenant(OWN):
        withdraw_correction(application.pk, second.pk, acting_user=None, municipality=OWN, as_of=DAY)
    assert answer(application) == ("pass", "")


def test_what_was_corrected_later_is_not_known_before(town: Town) -> None:
    application = town.applications["near"]
    then = last_revision()
    correct(application, None, target=western_edge(town))
    with tenant(OWN):
        assert world_of([application.pk], as_of=DAY, known=then).overrides.empty
        assert len(world_of([application.pk], as_of=DAY).overrides) == 1


def page(client: Client, town: Town, language: str = "da") -> str:
    client.cookies["django_language"] = language
    response = client.get(f"/sager/{town.applications['near'].public_id}/")
    assert response.status_code == 200
    return str(response.content.decode())


def post(client: Client, town: Town, tail: str, **data: Any) -> Any:
    return client.post(f"/sager/{town.applications['near'].public_id}/rettelser/{tail}", data)


def test_the_case_page_corrects_and_undoes_without_a_script(client: Client, town: Town) -> None:
    user = person(Role.CASE_WORKER)
    client.force_login(user)
    before = page(client, town)
    assert "Ret en oplysning" in before
    assert f'value="{western_edge(town)}"' in before
    hostile = "<script>alert('æ')</script> & målt"
    answered = post(
        client, town, "", input="edges.kind", target=western_edge(town), value="road", reason=hostile
    )
    assert (answered.status_code, answered["Location"].split("#")[1]) == (302, "corrections")
    text = page(client, town)
    assert "Rettet. Reglerne er kørt igen." in text
    assert escape(hostile) in text
    assert hostile not in text
    assert f"Prøve {Role.CASE_WORKER}" in text
    assert "Rettet af sagsbehandleren: Skellets art er skellet mod en vej" in text
    assert "Corrected by the case worker: Kind of boundary is the boundary to a road" in page(
        client, town, "en"
    )
    with tenant(OWN):
        made = Correction.objects.get()
    assert f"/rettelser/{made.pk}/fortryd/" in text
    assert post(client, town, f"{made.pk}/fortryd/").status_code == 302
    assert answer(town.applications["near"]) == ("needs_manual", "overall_assessment")
    text = page(client, town)
    assert "fortrudt" in text
    assert f"/rettelser/{made.pk}/fortryd/" not in text


def test_visitors_read_what_was_corrected_and_are_offered_nothing(client: Client, town: Town) -> None:
    assert "Rettede oplysninger" not in page(client, town)
    correct(town.applications["near"], person(Role.CASE_WORKER), target=western_edge(town))
    text = page(client, town)
    assert WHY in text
    assert "Ret en oplysning" not in text
    assert "Fortryd" not in text
    assert f"Prøve {Role.CASE_WORKER}" not in text
    assert post(
        client, town, "", input="edges.kind", target=western_edge(town), value="path", reason=WHY
    ).status_code in (302, 403)
    with tenant(OWN):
        assert Correction.objects.count() == 1


def test_a_wrong_value_is_told_on_the_page(client: Client, town: Town) -> None:
    client.force_login(person(Role.LEAD))
    post(client, town, "", input="sites.datum_m", target="site", value="to meter", reason=WHY)
    assert "Skriv et tal, for eksempel 4,5." in page(client, town)


def test_corrections_stay_when_all_cases_are_checked(town: Town) -> None:
    application = town.applications["near"]
    correct(application, None, target=western_edge(town))
    check_applications([application.pk], acting_user=None, municipality=OWN, as_of=DAY)
    assert answer(application) == ("pass", "")
