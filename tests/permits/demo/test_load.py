"""In the database: the engine finds what was designed, and a second load changes nothing."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from geodata.accounts.tenancy import tenant
from geodata.frames import read_sql
from permits.demo import load as loading
from permits.demo import names
from permits.demo.accounts import make_accounts
from permits.demo.demo import DemoTown
from permits.demo.designs import RULES
from permits.demo.trial import BROKEN, trial
from permits.engine.from_database import world_of
from permits.engine.run import run
from permits.models.applications import Application, Drawing
from permits.rulebook import worst
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def loaded(demo: DemoTown, django_db_setup: None, django_db_blocker: Any) -> Iterator[loading.LoadReport]:
    """The town in the database, loaded once: each test works on it in a savepoint of its own."""
    with django_db_blocker.unblock(), time_machine.travel(TODAY, tick=False), transaction.atomic():
        yield loading.load(demo)
        transaction.set_rollback(True)


def test_the_engine_finds_what_was_designed(demo: DemoTown, loaded: loading.LoadReport) -> None:
    assert loaded.applications == len(demo.applications)
    with tenant(names.CODE):
        ids = dict(Application.objects.values_list("number", "id"))
        findings = worst(run(world_of(list(ids.values()), as_of=DAY)))
    found = {(row.site, row.rule): row for row in findings.itertuples()}
    wrong = []
    for application in demo.applications:
        for rule in RULES:
            want, got = application.expected[rule], found[ids[application.number], rule]
            same = got.outcome == want.outcome and want.reason in ("", got.reason)
            for mine, theirs in ((want.measured, got.measured), (want.limit, got.limit)):
                same = same and (mine is None or abs(mine - theirs) < 0.005)
            if not same:
                wrong.append(
                    (application.number, application.design.name, rule, want, got.outcome, got.reason)
                )
    assert not wrong


def test_loading_twice_changes_nothing(demo: DemoTown, loaded: loading.LoadReport) -> None:
    assert not loaded.already
    for theme, rows in demo.themes.items():
        assert loaded.lines[theme] == f"{len(rows)} new, 0 changed, 0 unchanged, 0 ended, 0 quarantined"
    before = counts()
    assert loading.load(demo).already
    assert counts() == before
    with pytest.raises(loading.AnotherDemoError):
        loading.present(demo.wished, demo.seed + 1)


def test_edges_have_every_kind_of_the_town(loaded: loading.LoadReport) -> None:
    kinds = set(read_sql("SELECT DISTINCT kind FROM geodata_edge", geometry=None)["kind"])
    assert {"parcel", "road", "water", "unknown"} <= kinds


def test_drawings_are_kept_as_they_came(demo: DemoTown, loaded: loading.LoadReport) -> None:
    with tenant(names.CODE):
        stored = {d.file_name: bytes(d.content) for d in Drawing.objects.all()}
    for application in demo.applications:
        assert stored[f"tegning-{application.number}.geojson"] == application.drawing


def test_the_drawing_to_try_breaks_three_limits_and_can_be_mended(
    loaded: loading.LoadReport, tmp_path: Path
) -> None:
    with tenant(names.CODE):
        made = trial(list(Application.objects.order_by("id").values_list("id", flat=True)))
    assert made is not None
    file = tmp_path / "demo" / "hus.dxf"
    made.write(file)
    words = shlex.split(file.with_suffix(".txt").read_text(encoding="utf-8"))
    assert against(file, words) == BROKEN
    lower = [
        word.replace("storeys=2", "storeys=1") for word in words if not word.startswith(("height", "floor"))
    ]
    lower += ["height=3.4", f"floor_area={made.floor_m2 / 2:g}"]
    assert against(file, lower) == {"br18.boundary_distance"}


def against(file: Path, words: list[str]) -> set[str]:
    """Rules that the drawing breaks, by the command."""
    told = StringIO()
    with contextlib.suppress(SystemExit, CommandError):
        call_command("assess", str(file), *words, "--json", stdout=told)
    answered = json.loads(told.getvalue())["findings"]
    return {
        one["rule"]
        for one in answered
        if one["outcome"] in {"fail", "needs_dispensation"} or one["reason"] == "overall_assessment"
    }


def test_one_account_for_each_role_written_once(
    loaded: loading.LoadReport, tmp_path: Path, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow
    file = tmp_path / "accounts.txt"
    assert make_accounts(file) == 8
    assert make_accounts(file) == 0
    assert len(file.read_text().splitlines()) == 8
    assert file.stat().st_mode & 0o077 == 0


def counts() -> dict[str, int]:
    tables = (
        "geodata_parcelversion", "geodata_edge", "geodata_buildingversion", "planning_planversion",
        "planning_limit", "ledger_change", "ledger_importrun",
    )  # fmt: skip
    sql = "SELECT " + ", ".join(f"(SELECT count(*) FROM {t}) AS {t}" for t in tables)
    with tenant(names.CODE):
        applications = Application.objects.count()
    return {**read_sql(sql, geometry=None).iloc[0].to_dict(), "applications": applications}
