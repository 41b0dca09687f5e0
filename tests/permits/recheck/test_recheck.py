"""Re-check: a change marks the applications it can affect; what is checked again is as a full run finds it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command
from shapely.geometry import MultiPolygon, box

from geodata.accounts.models import User
from geodata.accounts.tenancy import tenant
from geodata.fkg.catalogue import state_theme
from geodata.ledger.models import SourceAnswer
from permits.actions.check_applications import check_applications
from permits.actions.mark_affected import mark_affected
from permits.extensions import Extension
from permits.models.applications import Application
from permits.models.rechecks import LookedAt
from permits.models.rulesets import RulesetSignature
from permits.recheck.waiting import waiting
from permits.rulebook import discover
from tests.permits.own_sets import write
from tests.permits.recheck.edits import DAY, EDITS, afresh, area, border, put, stored
from tests.permits.review.town import OTHER, OWN, SOUTH, WEST, WIDTH, Town, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None) -> Town:
    """The street, checked, and everything held against what is known."""
    made = build()
    mark_affected(acting_user=None, as_of=DAY)
    recheck(DAY)
    return made


def recheck(day: date) -> int:
    """What the command does for one municipality: mark, check, and say how many were."""
    mark_affected(acting_user=None, as_of=day)
    ids = waiting(OWN)
    if ids:
        check_applications(ids, acting_user=None, municipality=OWN, as_of=day)
    return len(ids)


def affected() -> set[int]:
    return set(LookedAt.objects.filter(affected=True).values_list("application_id", flat=True))


def mine(town: Town) -> list[int]:
    return [a.pk for key, a in town.applications.items() if key != "foreign"]


def beside(i: int) -> MultiPolygon:
    """A small area in the middle of the i-th parcel of the street, farther from the others than it is inexact."""
    return MultiPolygon([box(WEST + i * WIDTH + 10, SOUTH + 2, WEST + i * WIDTH + 14, SOUTH + 6)])


def test_nothing_changed_marks_nobody(town: Town) -> None:
    assert mark_affected(acting_user=None, as_of=DAY).applications == 0
    assert affected() == set()


def test_a_line_that_did_not_exist_before_marks_the_land_it_lies_on_and_no_other(town: Town) -> None:
    SourceAnswer.objects.create(
        source="test", theme=state_theme("fredning").id, municipality_id=OWN, state="found"
    )
    recheck(DAY)
    put(state_theme("fredning").id, "new", beside(1))
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"place": 1}
    assert affected() == {town.applications["near"].pk}


def test_a_line_that_moves_away_marks_where_it_was(town: Town) -> None:
    put(state_theme("fredning").id, "line", beside(1))
    recheck(DAY)
    put(state_theme("fredning").id, "line", beside(3))
    mark_affected(acting_user=None, as_of=DAY)
    assert affected() == {town.applications[key].pk for key in ("near", "fine")}


def test_each_kind_marks_as_far_as_its_rule_reaches(town: Town) -> None:
    for view in ("natura2000", "fredning"):
        put(state_theme(view).id, "far", MultiPolygon([box(WEST - 600, SOUTH, WEST - 480, SOUTH + 9)]))
        mark_affected(acting_user=None, as_of=DAY)
    # The first delivery of a kind is an answer of its register, which is about the whole municipality.
    recheck(DAY)
    put(state_theme("fredning").id, "far", MultiPolygon([box(WEST - 600, SOUTH, WEST - 450, SOUTH + 9)]))
    assert mark_affected(acting_user=None, as_of=DAY).applications == 0
    put(state_theme("natura2000").id, "far", MultiPolygon([box(WEST - 600, SOUTH, WEST - 450, SOUTH + 9)]))
    assert affected() == set()
    assert mark_affected(acting_user=None, as_of=DAY).reasons["place"] >= 1


def test_a_register_that_answers_marks_its_municipality(town: Town) -> None:
    SourceAnswer.objects.create(
        source="test", theme="s01_strandbeskyttelse", municipality_id=OWN, state="absent"
    )
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"register": 4}
    assert affected() == set(mine(town))
    recheck(DAY)
    SourceAnswer.objects.create(
        source="test", theme="s01_strandbeskyttelse", municipality_id=OTHER, state="absent"
    )
    mark_affected(acting_user=None, as_of=DAY)
    assert affected() <= {town.applications["foreign"].pk}


def test_what_a_neighbouring_municipality_answers_marks_as_far_as_a_rule_reaches(town: Town) -> None:
    def marked() -> set[int]:
        mark_affected(acting_user=None, as_of=DAY)
        found = affected() & set(mine(town))
        recheck(DAY)
        return found

    border(600.0)
    assert marked() == set()
    border(499.0)  # natura2000 is looked for 500 m around, and the plots lie one after the other
    assert marked() == {town.applications["hostile"].pk}
    border(280.0)
    assert marked() == set(mine(town))
    SourceAnswer.objects.create(
        source="test", theme=state_theme("natura2000").id, municipality_id=OTHER, state="absent"
    )
    assert marked() == set(mine(town))
    border(5000.0)
    assert marked() == set(mine(town))
    assert marked() == set()


def test_a_plan_that_comes_into_force_marks_by_the_day(town: Town) -> None:
    put(
        "plan",
        "test:9.9",
        MultiPolygon([box(WEST + 3 * WIDTH + 1, SOUTH, WEST + 4 * WIDTH - 1, SOUTH + 30)]),
        level="local_plan",
        number="9.9",
        title="Kommer",
        status="V",
        adopted_on=DAY,
        in_force_on=DAY + timedelta(days=5),
        limits=[],
    )
    recheck(DAY)
    assert recheck(DAY + timedelta(days=4)) == 0
    mark_affected(acting_user=None, as_of=DAY + timedelta(days=5))
    assert affected() == {town.applications["fine"].pk}


def test_an_application_never_checked_waits_and_is_checked_once(town: Town) -> None:
    with tenant(OWN):
        LookedAt.objects.filter(application_id=town.applications["fine"].pk).delete()
    assert waiting(OWN) == [town.applications["fine"].pk]
    assert recheck(DAY) == 1
    assert waiting(OWN) == []


def test_a_rule_more_marks_everybody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("permits.recheck.state.discover", lambda: {**discover(), "own.rule": None})
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"engine": LookedAt.objects.count()}


def test_another_version_of_a_package_marks_everybody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(version: str) -> None:
        package = Extension("egne-regler", version, numbers={"own.rule.least_m": {"value": 10}})
        monkeypatch.setattr("permits.recheck.state.extensions", lambda: (package,))

    installed("1.0")
    mark_affected(acting_user=None, as_of=DAY)
    recheck(DAY)
    assert mark_affected(acting_user=None, as_of=DAY).applications == 0
    installed("1.1")
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"engine": LookedAt.objects.count()}


def test_a_set_that_can_be_used_once_its_twin_is_gone_marks_who_named_it(
    town: Town, settings: Any, tmp_path: Path
) -> None:
    settings.RULESETS = tmp_path
    twin = write(tmp_path, "a.toml", municipality=OWN)
    write(tmp_path, "b.toml", municipality=OWN)
    fine = town.applications["fine"].pk
    with tenant(OWN):
        Application.objects.filter(pk=fine).update(ruleset="Eget-2026")
    check_applications([fine], acting_user=None, municipality=OWN, as_of=DAY)
    recheck(DAY)
    twin.unlink()
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"ruleset": 1}
    assert affected() == {fine}


def test_a_signature_marks_who_named_the_set_whatever_it_is_called(
    town: Town, settings: Any, tmp_path: Path
) -> None:
    settings.RULESETS = tmp_path
    path = write(tmp_path, "a.toml", name="file", municipality=OWN)
    fine = town.applications["fine"].pk
    LookedAt.objects.filter(application_id=fine).update(ruleset="file")
    mark_affected(acting_user=None, as_of=DAY)
    LookedAt.objects.update(affected=False)
    with tenant(OWN):
        RulesetSignature.objects.create(
            municipality_id=OWN,
            name="file",
            sha256=sha256(path.read_bytes()).hexdigest(),
            content="",
            signed_by=User.objects.create(username="lead"),
        )
    assert mark_affected(acting_user=None, as_of=DAY).reasons == {"ruleset": 1}
    assert affected() == {fine}


def test_the_command_says_what_it_did(town: Town) -> None:
    put(state_theme("fredning").id, "line", beside(1))
    out = StringIO()
    call_command("recheck", "--as-of", DAY.isoformat(), "--mark-only", stdout=out)
    assert "4 applications affected" in out.getvalue()
    out = StringIO()
    call_command("recheck", "--as-of", DAY.isoformat(), stdout=out)
    assert out.getvalue().splitlines()[-1].endswith("applications checked")
    assert affected() == set()


def _agree(town: Town, edits: int, seed: int) -> None:
    rng, day, checked = random.Random(seed), DAY, 0
    for number in range(edits):
        edit = rng.choice(EDITS)
        edit(rng, day)
        if rng.random() < 0.2:
            day += timedelta(days=1)
        checked += recheck(day)
        with tenant(OWN):
            expected, found = afresh(mine(town), day), stored(mine(town))
        pd.testing.assert_frame_equal(
            found, expected, check_dtype=False, obj=f"{edit.__name__}, edit {number}"
        )
    assert checked < edits * len(mine(town)), "all were checked again each time"


def test_full_and_incremental_runs_agree(town: Town) -> None:
    _agree(town, 12, seed=1)


@pytest.mark.slow
def test_full_and_incremental_runs_agree_over_two_hundred_edits(town: Town) -> None:
    _agree(town, 200, seed=2)


def test_an_area_is_drawn_where_somebody_builds() -> None:
    rng = random.Random(3)
    assert sum(area(rng).intersects(box(WEST, SOUTH, WEST + 6 * WIDTH, SOUTH + 32)) for _ in range(40)) > 5
