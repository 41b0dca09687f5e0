"""Two rule sets over the standing cases: what would change, and that nothing is written."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection

from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AuditRow
from permits.engine.compare import differences
from permits.engine.from_database import world_of
from permits.example_world import build as example
from permits.management.commands import compare_rulesets
from permits.models.applications import Application
from permits.models.findings import Finding, Run
from tests.permits import own_sets
from tests.permits.review.town import OTHER, OWN, Town, build
from tests.permits.situations import DISTANCE, box, house, situation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """A draft in which houses keep 6.5 m to the boundary."""
    settings.RULESETS = tmp_path / "rulesets"
    own_sets.write(tmp_path / "rulesets", distance=6.5)
    return tmp_path / "rulesets"


@pytest.fixture
def town() -> Town:
    return build(check=False)


def compare(*args: str) -> tuple[list[str], list[str]]:
    out, err = StringIO(), StringIO()
    call_command("compare_rulesets", *args, stdout=out, stderr=err)
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def rows() -> list[int]:
    counts = []
    with connection.cursor() as cursor:
        for code in (OWN, OTHER):
            with tenant(code):
                counts += [AuditRow.objects.count(), Application.objects.count()]
        counts += [Run.objects.count(), Finding.objects.count()]
        cursor.execute("SELECT count(*) FROM ledger_change")
        counts.append(cursor.fetchone()[0])
    return counts


def test_it_lists_the_cases_whose_outcome_would_change(town: Town) -> None:
    high = town.applications["high"].number
    lines, progress = compare("BR18-2025", "Eget-2026")
    changed = [line for line in lines if f": {DISTANCE}: " in line]
    # 1.80 m is too little by both sets and is not listed; 7 m is enough by both.
    assert changed == [
        f"{OWN} {high}: {DISTANCE}: pass measured 6 limit 2.5 -> "
        "needs_manual overall_assessment measured 6 limit 6.5",
        changed[1],
    ]
    assert town.applications["hostile"].number in changed[1]
    assert f"{DISTANCE}: 2" in lines
    assert lines[-1] == "2 of 5 cases would change from BR18-2025 to Eget-2026"
    assert progress == [f"{OTHER}: compared 1 of 1 cases", f"{OWN}: compared 4 of 4 cases"]


def test_the_same_for_machines(town: Town) -> None:
    lines, _ = compare("BR18-2025", "Eget-2026", "--json", "--municipality", OWN)
    told = json.loads("\n".join(lines))
    assert {name: told[name] for name in ("before", "after", "cases", "changed")} == {
        "before": "BR18-2025",
        "after": "Eget-2026",
        "cases": 4,
        "changed": 2,
    }
    assert told["rules"][DISTANCE] == 2
    assert sum(told["rules"].values()) == len(told["changes"])
    (one,) = (c for c in told["changes"] if c["case"] == town.applications["high"].number)
    assert one == {
        "municipality": OWN,
        "application": town.applications["high"].pk,
        "case": town.applications["high"].number,
        "rule": DISTANCE,
        "before": {"outcome": "pass", "reason": "", "measured": 6.0, "limit": 2.5},
        "after": {"outcome": "needs_manual", "reason": "overall_assessment", "measured": 6.0, "limit": 6.5},
    }


def test_a_set_compared_with_itself_changes_nothing(town: Town) -> None:
    lines, _ = compare("BR18-2025", "BR18-2025")
    assert lines == ["0 of 5 cases would change from BR18-2025 to BR18-2025"]


def test_the_way_back_is_the_reverse(town: Town) -> None:
    def told(*names: str) -> list[dict[str, Any]]:
        return list(json.loads("\n".join(compare(*names, "--json")[0]))["changes"])

    there, back = told("BR18-2025", "Eget-2026"), told("Eget-2026", "BR18-2025")
    assert there
    assert [{**c, "before": c["after"], "after": c["before"]} for c in there] == back


def test_what_a_case_names_does_not_matter_here(town: Town) -> None:
    before = compare("BR18-2025", "Eget-2026")[0]
    with tenant(OWN):
        Application.objects.update(ruleset="Eget-2026")  # unsigned: the check gives it no numbers
    assert compare("BR18-2025", "Eget-2026")[0] == before


def test_drafts_of_applicants_and_withdrawn_cases_do_not_stand(town: Town) -> None:
    with tenant(OWN):
        Application.objects.filter(pk=town.applications["high"].pk).update(state="withdrawn")
        Application.objects.filter(pk=town.applications["hostile"].pk).update(state="draft")
    assert compare("BR18-2025", "Eget-2026")[0][-1].startswith("0 of 3 cases would change")


def test_cases_come_in_parts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compare("BR18-2025", "Eget-2026", "--municipality", OWN)[0]
    monkeypatch.setattr(compare_rulesets, "CHUNK", 3)
    lines, progress = compare("BR18-2025", "Eget-2026", "--municipality", OWN)
    assert lines == whole
    assert progress == [f"{OWN}: compared 3 of 4 cases", f"{OWN}: compared 4 of 4 cases"]


@pytest.mark.parametrize("names", [("BR18-2025", "BR77"), ("BR77", "BR18-2025")])
def test_an_unknown_set_is_told_with_the_known_ones(names: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as stop:
        compare(*names)
    assert stop.value.returncode == 2
    assert str(stop.value) == (
        "there is no rule set BR77\nknown: BR18-2018, BR18-2020, BR18-2021, BR18-2025, Eget-2026"
    )


def test_a_set_with_faults_is_told_with_them(folder: Path) -> None:
    own_sets.write(folder, "b.toml", name="Brudt", distance="nan")
    with pytest.raises(CommandError, match=rf"Brudt cannot be used\nb.toml: .*{own_sets.DISTANCE}") as stop:
        compare("BR18-2025", "Brudt")
    assert stop.value.returncode == 2


def test_an_unknown_municipality_is_refused(town: Town) -> None:
    with pytest.raises(CommandError, match="no municipality 0001") as stop:
        compare("BR18-2025", "Eget-2026", "--municipality", "0001")
    assert stop.value.returncode == 2


def test_nothing_is_written_and_nothing_could_be(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows()
    compare("BR18-2025", "Eget-2026")
    assert rows() == before

    def writing(*args: Any, **more: Any) -> Any:
        Application.objects.update(title="x")
        return world_of(*args, **more)

    monkeypatch.setattr(compare_rulesets, "world_of", writing)
    with pytest.raises(InternalError, match="read-only"):
        compare("BR18-2025", "Eget-2026")
    Run.objects.create(engine_version="x", revision=0, valid_on="2026-01-01", rules=[], rulesets=[])


def test_another_reason_is_another_answer_and_another_number_is_not() -> None:
    """By BR18-2021 the road side is a slope, by BR18-2025 a distance: here both are met."""
    met = situation(house(box(10, 5, 20, 15)), surroundings=[{"kind": "road", "wkt": box(0, -10, 40, 0)}])
    near = situation(house(box(10, 1, 20, 11)), surroundings=[{"kind": "road", "wkt": box(0, -10, 40, 0)}])
    table = differences(example([met, near]), "BR18-2021", "BR18-2025")
    road = table[table["rule"] == "br18.road_side"]
    assert road["site"].tolist() == [1]
    assert road["outcome_before"].tolist() == ["pass"]
    assert road["outcome_after"].tolist() == ["needs_manual"]
    unsettled = differences(example([met]), "BR18-2020", "BR18-2025")
    road = unsettled[unsettled["rule"] == "br18.road_side"]
    assert road[["outcome_before", "reason_before", "outcome_after", "reason_after"]].to_numpy().tolist() == [
        ["needs_manual", "legal_text", "pass", ""]
    ]
