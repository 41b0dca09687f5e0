"""Signing: a person with the role, the file as it stands, one audit row; and what a case then is reckoned with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from geodata.accounts.models import Municipality, Role, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import Refused
from geodata.ledger.models import AuditRow
from geodata.registry import guards
from permits.actions.check_applications import check_applications
from permits.actions.sign_ruleset import CannotSign, sign_ruleset
from permits.actions.submit_application import Submission, submit_application
from permits.engine.from_database import world_of
from permits.engine.ruleset_files import own
from permits.engine.rulesets import choose
from permits.models.applications import Application
from permits.models.findings import Finding
from permits.models.rulesets import RulesetSignature
from permits.signing import State, standings
from tests.geodata.accounts.people import person
from tests.permits import own_sets
from tests.permits.review.town import OTHER, OWN, Town, build

pytestmark = pytest.mark.django_db
NAME = "Eget-2026"
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RULESETS = tmp_path / "rulesets"
    own_sets.write(tmp_path / "rulesets")
    return tmp_path / "rulesets"


@pytest.fixture(autouse=True)
def _places(db: None) -> None:
    for code, name in ((OWN, "Prøve Kommune"), (OTHER, "Anden Kommune")):
        Municipality.objects.get_or_create(code=code, defaults={"name": name})


def digest(file: str = "eget.toml") -> str:
    return next(one.sha256 for one in own() if one.file == file)


def sign(**more: Any) -> RulesetSignature:
    lead = more.pop("acting_user", None) or person(Role.LEAD, OWN, name=f"lead-{User.objects.count()}")
    return sign_ruleset(
        **{"name": NAME, "sha256": digest(), "acting_user": lead, "municipality": OWN, **more}
    )


def state(day: date = TODAY, code: str = OWN) -> State:
    with tenant(code):
        return next(s.state for s in standings(code, day) if s.file.name == NAME)


def trail(code: str = OWN) -> list[AuditRow]:
    with tenant(code):
        return list(AuditRow.objects.filter(verb="permits.sign_ruleset"))


def test_signing_is_one_row_and_one_line_of_the_trail() -> None:
    lead = person(Role.LEAD, OWN)
    sign(acting_user=lead)
    with tenant(OWN):
        kept = RulesetSignature.objects.get()
    assert (kept.name, kept.sha256, kept.signed_by_id) == (NAME, digest(), lead.pk)
    assert kept.content == own_sets.text()
    (row,) = trail()
    assert (row.acting_user_id, row.subject) == (lead.pk, NAME)
    assert row.detail["sha256"] == digest()
    assert row.detail["valid_from"] == "2026-01-01"
    assert trail(OTHER) == []


def test_draft_signed_in_force(folder: Path) -> None:
    assert state() == State.DRAFT
    sign()
    assert state() == State.IN_FORCE
    assert state(date(2026, 1, 1)) == State.IN_FORCE
    assert state(date(2025, 12, 31)) == State.SIGNED
    (folder / "eget.toml").write_text(own_sets.text(distance=3.5))
    assert state() == State.DRAFT
    sign()
    assert state() == State.IN_FORCE
    # What was signed before does not count any more: the newest signature is for another content.
    (folder / "eget.toml").write_text(own_sets.text())
    assert state() == State.DRAFT


def test_shipped_sets_are_in_force_by_their_files_and_nobody_elses_are_shown() -> None:
    with tenant(OTHER):
        found = {s.file.name: s.state for s in standings(OTHER, TODAY)}
    assert found == dict.fromkeys(("BR18-2018", "BR18-2020", "BR18-2021", "BR18-2025"), State.IN_FORCE)


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.LEAD, Role.ADMINISTRATOR)])
def test_others_may_not_sign(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        sign(acting_user=person(role, OWN))
    with pytest.raises(PermissionDenied):
        sign(acting_user=person(Role.LEAD, OTHER))
    assert trail() == []
    with tenant(OWN):
        assert not RulesetSignature.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Findes-ikke"}, "ikke et eget"),
        ({"name": "BR18-2025"}, "ikke et eget"),
        ({"sha256": "0" * 64}, "ændret"),
        ({"municipality": OTHER}, "ikke et eget"),
    ],
)
def test_what_cannot_be_signed_leaves_nothing_behind(change: dict[str, Any], said: str) -> None:
    lead = person(Role.LEAD, OWN, OTHER)
    with pytest.raises(CannotSign, match=said):
        sign(acting_user=lead, **change)
    for code in (OWN, OTHER):
        assert trail(code) == []


def test_a_file_with_faults_cannot_be_signed(folder: Path) -> None:
    own_sets.write(folder, "brudt.toml", name="Brudt", distance="nan")
    with pytest.raises(CannotSign, match="fejl"):
        sign(name="Brudt", sha256=digest("brudt.toml"))
    assert trail() == []


def test_it_is_signed_once() -> None:
    sign()
    with pytest.raises(CannotSign, match="allerede"):
        sign()
    assert len(trail()) == 1


def test_a_guard_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def guard(*, name: str, **_more: Any) -> str:
        asked.append(name)
        return "BR18 § 1: not today"

    monkeypatch.setitem(guards._by_verb, "permits.sign_ruleset", [guard])
    with pytest.raises(Refused, match="not today"):
        sign()
    assert asked == [NAME]
    assert trail() == []


@pytest.fixture
def town() -> Town:
    return build(check=False)


def naming(town: Town, key: str) -> Application:
    application = town.applications[key]
    with tenant(application.municipality_id):
        Application.objects.filter(pk=application.pk).update(ruleset=NAME)
    return application


def distance_of(application: Application) -> tuple[str, str, float | None]:
    code = application.municipality_id
    run, _ = check_applications([application.pk], acting_user=None, municipality=code, as_of=TODAY)
    kept = Finding.objects.get(run=run, rule="br18.boundary_distance")
    assert run.rulesets == ([] if kept.reason == "legal_text" else [NAME])
    return kept.outcome, kept.reason, kept.limit


def test_a_case_is_reckoned_with_a_signed_set_and_with_no_other(town: Town, folder: Path) -> None:
    near = naming(town, "near")
    assert distance_of(near) == ("needs_manual", "legal_text", None)
    sign()
    assert distance_of(near) == ("needs_manual", "overall_assessment", 3.0)
    (folder / "eget.toml").write_text(own_sets.text(distance=1.5))
    assert distance_of(near) == ("needs_manual", "legal_text", None)
    sign()
    assert distance_of(near) == ("pass", "", 1.5)


@pytest.mark.filterwarnings("ignore:No directory at:UserWarning")  # static files need not be collected
def test_the_page_of_a_case_says_why_it_has_no_numbers(town: Town, client: Client) -> None:
    near = naming(town, "near")
    distance_of(near)
    text = client.get(f"/sager/{near.public_id}/").content.decode()
    assert f"Regelsættet {NAME}, som ansøgningen nævner, er en kladde; ingen har underskrevet det." in text
    assert "Der bruges ikke et andet regelsæt i stedet." in text


def test_one_municipalitys_signature_is_nothing_to_another(town: Town) -> None:
    sign()
    foreign = naming(town, "foreign")
    with tenant(OTHER):
        world = world_of([foreign.pk])
        assert world.sites["ruleset"].tolist() == [NAME]
        assert choose(world).tolist() == [""]


def test_an_application_may_name_a_set_when_it_is_sent_in(town: Town) -> None:
    sign()
    said = Submission(
        number="BYG-77", title="Hus", work="new", address="", applied_on=TODAY, parcels=[], ruleset=NAME
    )
    key = submit_application(said, acting_user=None, municipality=OWN)
    with tenant(OWN):
        assert choose(world_of([key])).tolist() == [NAME]
