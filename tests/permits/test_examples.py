from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from permits.examples import CaseError, check, read
from tests.permits import own_sets
from tests.permits.situations import BOTH, DISTANCE, PLANE, box, house, situation

OWN = Path(__file__).parent / "cases"


def written(folder: Path, *cases: dict[str, object], **top: object) -> Path:
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump({"crs": "EPSG:25832", **top, "cases": list(cases)}, sort_keys=False))
    return path


def test_own_cases_agree() -> None:
    results = check(read([OWN]), set(BOTH))
    assert len(results) >= 10
    assert [r.line() for r in results if r.disagreements] == []


def test_each_rule_has_an_own_case_that_finds_something_and_one_that_does_not() -> None:
    for rule in BOTH:
        told = {
            e if isinstance(e, str) else e["outcome"]
            for case in read([OWN])
            if (e := case.data["expect"].get(rule)) is not None
        }
        assert {"pass", "needs_manual", "not_applicable"} <= told


def test_a_number_counts_to_five_millimetres(tmp_path: Path) -> None:
    for measured, wrong in ((5.004, 0), (5.006, 1)):
        case = situation(house(), expect={DISTANCE: {"outcome": "pass", "measured": measured}})
        assert len(check(read([written(tmp_path, case)]))[0].disagreements) == wrong


def test_a_municipalitys_own_set_answers_the_cases_that_name_it_and_no_others(
    tmp_path: Path, settings: Any
) -> None:
    settings.RULESETS = tmp_path / "rulesets"
    own_sets.write(settings.RULESETS)
    between = house(box(2.7, 8, 12, 18))
    for named, limit in (("Eget-2026", 3.0), ("BR18-2025", 2.5)):
        outcome = "needs_manual" if limit == 3.0 else "pass"
        case = situation(
            between, date="2026-02-02", ruleset=named, expect={DISTANCE: {"outcome": outcome, "limit": limit}}
        )
        (result,) = check(read([written(tmp_path, case)]))
        assert not result.disagreements, result.line()
    late = situation(between, date="2025-12-31", ruleset="Eget-2026", expect={DISTANCE: "pass"})
    assert "ruleset" in check(read([written(tmp_path, late)]))[0].line()


def test_flags_of_an_expectation_are_a_subset(tmp_path: Path) -> None:
    case = situation(house(), expect={DISTANCE: {"outcome": "pass", "flags": ["near_line"]}})
    assert check(read([written(tmp_path, case)]))[0].disagreements


@pytest.mark.parametrize(
    ("day", "named", "wrong"),
    [
        ("2020-06-30", "BR18-2018", False),
        ("2020-07-01", "BR18-2018", True),
        ("2021-06-28", "BR18-2021", True),
        ("2021-06-29", "BR18-2021", False),
        ("2023-12-31", "BR18-2025", True),
        ("2024-01-01", "BR18-2025", False),
    ],
)
def test_a_named_rule_set_must_be_the_one_of_the_day(
    tmp_path: Path, day: str, named: str, wrong: bool
) -> None:
    path = written(tmp_path, situation(house(), applied=day), ruleset=named)
    found = check(read([path]))[0].disagreements
    assert [d.rule for d in found] == (["ruleset"] if wrong else [])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"zone": "by"}, "zone"),
        ({"date": "2026-2-1"}, "date"),
        ({"parcel": {"wkt": "POLYGON ((0 0, 1 1"}}, "parcel/wkt"),
        ({"date": "2026-02-31"}, "date"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_does_not_follow_the_schema_is_said_with_file_case_and_path(
    tmp_path: Path, change: dict[str, object], place: str
) -> None:
    path = written(tmp_path, situation(house(), **change))
    with pytest.raises(CaseError) as error:
        read([path])
    assert str(path) in str(error.value)
    assert "a test" in str(error.value)
    assert place in str(error.value)


@pytest.mark.parametrize("text", ["cases: [", "a: 1\na: 2\n", "\xff", "cases: {}", "[]", "? [a]\n: 1\n"])
def test_what_is_no_file_of_cases_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CaseError):
        read([path])


def command(*args: str) -> tuple[int, str]:
    out = StringIO()
    code = 0
    try:
        call_command("rulecases", *args, stdout=out, stderr=out)
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue()


def test_command_closes_with_a_count(tmp_path: Path) -> None:
    good = situation(house(), name="good")
    bad = situation(house(box(1, 8, 9, 12)), name="bad")
    other = situation(house(), name="other", expect={PLANE: "pass"})
    path = written(tmp_path, good, bad, other)
    code, out = command(str(path), "--rules", DISTANCE)
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith(f"{path}:bad: {DISTANCE}: expected pass got needs_manual")
    assert lines[-1] == "1 passed, 1 failed"
    code, out = command(str(written(tmp_path, good)))
    assert (code, out.splitlines()[-1]) == (0, "1 passed, 0 failed")
    path = written(tmp_path, good, bad, other)
    code, out = command(str(path), "--json", "--rules", f"{DISTANCE},{PLANE}")
    assert code == 1
    assert json.loads(out)["passed"] == 2


def test_command_exits_two_when_nothing_can_be_run(tmp_path: Path) -> None:
    assert command(str(tmp_path / "none.yaml"))[0] == 2
    assert command(str(tmp_path))[0] == 2
    assert command(str(written(tmp_path, situation(house(), zone="by"))))[0] == 2
    assert command(str(written(tmp_path, situation(house()))), "--rules", "br18.nothing")[0] == 2


def test_a_rule_that_is_not_there_disagrees(tmp_path: Path) -> None:
    path = written(tmp_path, situation(house(), expect={"water.flood": "not_applicable", DISTANCE: "pass"}))
    assert [d.got for d in check(read([path]))[0].disagreements] in ([], ["no such rule"])


@pytest.mark.samples
def test_shared_cases_agree(samples: Path) -> None:
    folder = next(p for p in (samples / "cases", samples.parent / "cases") if p.is_dir())
    results = check(read([folder]), set(BOTH))
    assert len(results) >= 60
    assert [r.line() for r in results if r.disagreements] == []
