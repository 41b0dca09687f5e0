"""What the rulebook refuses: twins, rules without a law, rules whose own cases do not show both sides."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from permits import rulebook
from permits.examples import CaseError, check
from permits.own_cases import folders, own_cases, refused
from permits.rulebook import Rule, declared, discover, faults, no_findings
from tests.permits.situations import house, situation


def rule(name: str = "x.thing", **more: Any) -> Rule:
    values = {"law": "BR18 § 1", "name_da": "Ting", "name_en": "Thing", **more}
    return Rule(name, check=lambda _world, _ruleset: no_findings(), **values)


def case(**expected: Any) -> dict[str, Any]:
    return {"expect": {name.replace("__", "."): answer for name, answer in expected.items()}}


BOTH = [case(x__thing="fail"), case(x__thing="pass")]


def test_all_rules_of_the_project_are_taken_and_their_own_cases_agree() -> None:
    rules = declared()
    assert len(rules) >= 44
    assert [rule.id for rule in rules if rule.exempts] == ["br18.boundary_wall", "br18.permit_free"]
    assert refused(rules) == []
    results = check(own_cases(rules))
    assert len(results) >= 210
    assert [r.line() for r in results if r.disagreements] == []


def test_a_whole_rule_is_taken() -> None:
    assert faults([rule()], BOTH) == []
    assert faults([rule()]) == []


def test_twins_are_refused_by_name_and_number() -> None:
    assert faults([rule(), rule("x.other"), rule(), rule()]) == ["3 rules have the id x.thing"]


@pytest.mark.parametrize("law", ["", " ", "BR18", "—", "§", "ingen paragraf:", "ingen paragraf:  "])
def test_a_rule_names_a_paragraph_or_says_why_there_is_none(law: str) -> None:
    (told,) = faults([rule(law=law)])
    assert told.startswith("x.thing names neither a law")


@pytest.mark.parametrize(
    "law", ["BR18 § 177", "planloven §§ 15, 18 og 19", "vejloven §40", "ingen paragraf: fordi"]
)
def test_laws_that_are_taken(law: str) -> None:
    assert faults([rule(law=law)]) == []


@pytest.mark.parametrize(
    ("answer", "finds"),
    [
        ("fail", True),
        ("needs_dispensation", True),
        ("needs_other_consent", True),
        ("needs_manual", True),
        ({"outcome": "needs_manual", "reason": "overall_assessment"}, True),
        ({"outcome": "needs_manual", "reason": "missing_data"}, None),
        ("pass", False),
        ({"outcome": "pass", "measured": 2.5}, False),
        ("not_applicable", False),
    ],
)
def test_each_rule_has_a_case_of_either_side(answer: Any, finds: bool | None) -> None:
    told = faults([rule()], [case(x__thing=answer)])
    lacking = {True: "finds nothing", False: "finds something"}
    wanted = list(lacking.values())[::-1] if finds is None else [lacking[finds]]
    assert told == [f"x.thing has no own case that {what}" for what in wanted]


@pytest.mark.parametrize(
    ("answers", "lacking"),
    [
        (("pass", "not_applicable"), []),
        (("pass", "needs_manual"), ["finds nothing"]),
        (("not_applicable", "needs_manual"), ["finds something"]),
    ],
)
def test_an_exemption_is_found_where_it_holds(answers: tuple[str, ...], lacking: list[str]) -> None:
    told = faults([rule(exempts=True)], [case(x__thing=answer) for answer in answers])
    assert told == [f"x.thing has no own case that {what}" for what in lacking]


def test_cases_of_other_rules_do_not_count() -> None:
    assert len(faults([rule()], [case(x__other="fail"), case(x__other="pass")])) == 2


def test_everything_is_told_at_once() -> None:
    told = faults([rule(law=""), rule("y.b"), rule("y.b", law="")], [*BOTH, case(y__b="fail")])
    assert told == [
        "2 rules have the id y.b",
        'x.thing names neither a law (with its §) nor why there is none ("ingen paragraf: …")',
        'y.b names neither a law (with its §) nor why there is none ("ingen paragraf: …")',
        "y.b has no own case that finds nothing",
    ]


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more module with the rule of another: a copy that nobody has renamed, and whose law was lost."""
    package = importlib.import_module("permits.rules.parts.spoken")
    first = next(iter(discover().values()))
    monkeypatch.setattr(package, "RULE", replace(first, law=""), raising=False)


def test_nothing_runs_on_a_rulebook_with_faults(twin: None) -> None:
    with pytest.raises(ValueError, match=r"2 rules have the id br18.boundary_distance; .*neither a law"):
        discover()
    with pytest.raises(CommandError, match=r"the rulebook refuses:\n2 rules have the id") as stop:
        call_command("check", "--all")
    assert stop.value.returncode == 2
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_rules", stdout=out)
    assert end.value.code == 1
    assert out.getvalue().splitlines()[-1] == "45 rules, 0 own cases, 2 faults"


def test_the_command_tells_the_count() -> None:
    out = StringIO()
    call_command("check_rules", stdout=out)
    assert out.getvalue().startswith("44 rules, ")
    assert out.getvalue().endswith(" own cases, 0 faults\n")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rule]:
    """A rule that comes in a package of its own, at first without any case."""
    package = tmp_path / "cellar_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "depth.py").write_text(
        "from permits.rulebook import Rule, no_findings\n"
        "def check(world, ruleset):\n    return no_findings()\n"
        "RULE = Rule('cellar.depth', 'BR18 § 1', 'Dybde', 'Depth', check)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("cellar_rules.depth").RULE
    import sys

    for name in ("cellar_rules.depth", "cellar_rules"):
        sys.modules.pop(name, None)


def test_an_installed_rule_brings_its_own_cases(installed: Rule, tmp_path: Path) -> None:
    assert folders([installed]) == []
    assert refused([*declared(), installed]) == [
        "cellar.depth has no own case that finds something",
        "cellar.depth has no own case that finds nothing",
    ]
    cases = tmp_path / "cellar_rules" / "cases"
    cases.mkdir()
    written = [situation(house(), expect={"cellar.depth": answer}) for answer in ("fail", "pass")]
    (cases / "depth.yaml").write_text(yaml.safe_dump({"crs": "EPSG:25832", "cases": written}))
    assert folders([*declared(), installed])[1:] == [cases]
    assert refused([*declared(), installed]) == []


def test_a_file_of_cases_that_cannot_be_used_stops_the_check(
    installed: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = tmp_path / "cellar_rules" / "cases"
    cases.mkdir()
    (cases / "depth.yaml").write_text("cases: [")
    with pytest.raises(CaseError, match="not YAML"):
        refused([installed])
    part = importlib.import_module("permits.rules.parts.spoken")
    monkeypatch.setattr(part, "RULE", installed, raising=False)
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_rules", stdout=StringIO(), stderr=err)
    assert end.value.code == 2
    assert "not YAML" in err.getvalue()


def test_without_the_projects_tests_its_rules_are_judged_without_cases(
    installed: Rule, tmp_path: Path, settings: Any
) -> None:
    settings.BASE_DIR = tmp_path
    assert [line.split()[0] for line in refused([*declared(), installed])] == ["cellar.depth"] * 2
    assert rulebook.faults(declared(), []) != []  # they would be told if they were asked for
