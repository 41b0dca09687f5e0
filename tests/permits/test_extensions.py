"""Packages of a municipality's own: what is whole is taken, what is not is told by name and stops nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.test import Client

from permits.engine import ruleset_files
from permits.engine.features import kinds, reaches
from permits.engine.prepare import prepare
from permits.engine.rulesets import load
from permits.engine.run import run
from permits.example_world import build
from permits.extensions import extensions, left_out
from permits.proofs.proof import explanations, prove, unexplained
from permits.rulebook import discover, shipped_rules
from tests.permits import own_sets
from tests.permits.extending import beside, written
from tests.permits.situations import box, house, situation

NAME = "fjordby-regler"
RULE = """
from permits.rulebook import Need, Rule, findings

def check(world, ruleset):
    sites = world.column("sites", "site")
    return findings({id!r}, site=sites, outcome="fail", limit=ruleset.number({number!r}))

RULE = Rule({id!r}, {law!r}, "Noget", "Something", check, needs={needs})
"""
NUMBER = '[numbers."{0}"]\nvalue = 7\nclause = "BR18 § 1"\nsource = "en test"\nconfidence = "setting"\n'
KEY = "fjordby.thing.least_m"
WORDS = """
from permits.proofs.proof import Explanation
from permits.proofs.words import Words, say

def trace(trace, world, finding, ruleset):
    trace.add("zone", "a quiet place")

def words(trace, voice, title):
    return Words(title, say(trace, "%(zone)s"))

EXPLANATION = Explanation({0!r}, trace, words)
DANISH = {{"a quiet place": "et stille sted"}}
"""


def rule(name: str = "fjordby.thing", law: str = "BR18 § 1", needs: str = "()", number: str = KEY) -> str:
    return RULE.format(id=name, law=law, needs=needs, number=number)


WHOLE = {
    "rules/thing.py": rule(needs="(Need('5706_havn_are', reach='fjordby.thing.least_m'),)"),
    "numbers/thing.toml": NUMBER.format(KEY),
    "explanations/thing.py": WORDS.format("fjordby.thing"),
}

Bring = Callable[..., None]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bring]:
    """Install packages, each a name and its files."""
    site = tmp_path / "site"
    site.mkdir()
    with ExitStack() as stack:

        def put(**packages: dict[str, str]) -> None:
            for name, files in packages.items():
                written(site, name.replace("_", "-"), files)
            stack.enter_context(beside(site, monkeypatch))

        yield put


def test_without_packages_there_is_nothing_to_say() -> None:
    assert extensions() == ()
    assert "5706_havn_are" not in kinds()


def test_a_whole_package_brings_rule_number_layer_and_words(bring: Bring) -> None:
    bring(fjordby_regler=WHOLE)
    assert (left_out(), unexplained()) == ([], [])
    assert set(discover()) - {r.id for r in shipped_rules()} == {"fjordby.thing"}
    assert {one.numbers[KEY]["value"] for one in load().values()} == {7}
    assert "5706_havn_are" in kinds()
    assert reaches()["5706_havn_are"] == 7.0
    world = prepare(build([situation(house())]))
    table = run(world, ["fjordby.thing"])
    assert table[["outcome", "limit"]].values.tolist() == [["fail", 7.0]]
    said = {language: prove(world, table.iloc[0], "applicant", language).words for language in ("da", "en")}  # type: ignore[arg-type]
    assert (said["da"].title, said["da"].verdict) == ("Noget", "et stille sted")
    assert (said["en"].title, said["en"].verdict) == ("Something", "a quiet place")
    assert checks.run_checks(tags=["permits"]) == []


def test_a_layer_that_did_not_answer_is_answered_by_the_rulebook(bring: Bring) -> None:
    bring(fjordby_regler=WHOLE)
    silent = build([situation(house(), missing_layers=["5706_havn_are"])])
    table = run(silent, ["fjordby.thing"])
    assert table[["outcome", "reason"]].values.tolist() == [["needs_manual", "missing_data"]]


FAULTY = {
    "rules/a_whole_one.py": rule("fjordby.whole"),
    "rules/broken.py": "import nothing_of_the_kind\n",
    "rules/ends.py": "raise SystemExit(1)\n",
    "rules/wrong.py": "RULE = 'br18.height'\n",
    "rules/lawless.py": rule("fjordby.lawless", law="fordi"),
    "rules/nowhere.py": rule("fjordby.nowhere", needs="(Need('havnen'), Need('s01_strandbeskyttelse'))"),
    "rules/far.py": rule("fjordby.far", needs="(Need('5706_havn_are', reach='fjordby.far.away_m'),)"),
    "rules/twin.py": rule("br18.height"),
    "rules/long.py": rule("fjordby." + "x" * 60),
    "numbers/known.toml": NUMBER.format("br18.height.most_m"),
    "numbers/own.toml": NUMBER.format(KEY),
    "numbers/poor.toml": '[numbers."fjordby.poor_m"]\nvalue = 1\n',
    "numbers/text.toml": "[numbers\n",
}
TOLD = (
    "fjordby_regler.rules.broken does not import: ModuleNotFoundError: No module named 'nothing_of_the_kind'",
    "fjordby_regler.rules.ends does not import: SystemExit: 1",
    "RULE of fjordby_regler.rules.wrong is no Rule",
    "fjordby.lawless names neither a law (with its §)",
    "fjordby.nowhere needs the layer havnen, which is neither a register kind nor the id of an FKG theme",
    "fjordby.nowhere needs the layer s01_strandbeskyttelse, which is neither",
    "fjordby.far looks as far as fjordby.far.away_m, which is no number of a rule set or of the package",
    "the rule br18.height is one of Planværk's own already",
    "is no id: a family, a full stop and a name",
    "the number br18.height.most_m is one of Planværk's own already",
    "poor.toml: fjordby.poor_m has no clause, source, confidence.",
    "text.toml: it cannot be read: ",
)


def test_all_faults_are_told_at_once_and_none_of_its_rules_is_there(bring: Bring) -> None:
    bring(fjordby_regler=FAULTY)
    told = left_out()
    assert all(line.startswith("fjordby-regler 1.0: ") for line in told)
    for wanted in TOLD:
        assert sum(wanted in line for line in told) == 1, wanted
    assert len(told) == len(TOLD)
    assert list(discover()) == sorted(r.id for r in shipped_rules())
    assert all(KEY not in one.numbers for one in load().values())
    warned = checks.run_checks(tags=["permits"])
    assert [(w.id, w.level) for w in warned] == [("permits.W001", checks.WARNING)] * len(TOLD)
    err = StringIO()
    call_command("check", stderr=err)
    assert all(wanted in err.getvalue() for wanted in TOLD)
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_rules", stdout=out)
    assert end.value.code == 1
    assert out.getvalue().splitlines()[:12] == told


@pytest.mark.django_db
def test_health_names_what_is_left_out_and_stays_well(bring: Bring, client: Client) -> None:
    assert "left_out" not in client.get("/health").json()
    bring(fjordby_regler=FAULTY)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["left_out"]) == (200, "ok", [NAME])
    err = StringIO()
    call_command("check", "--all", stdout=StringIO(), stderr=err)
    assert [f"left out: {line}" for line in left_out()] == err.getvalue().splitlines()[: len(TOLD)]


def test_an_entry_point_that_leads_nowhere_and_an_empty_package(bring: Bring, tmp_path: Path) -> None:
    written(tmp_path / "site", NAME, {"rules/__init__.py": ""})
    shutil.rmtree(tmp_path / "site" / "fjordby_regler" / "rules")
    bring(egne_regler=WHOLE, tom_pakke={"rules/__init__.py": ""})
    (told,) = left_out()
    assert told.startswith(f"{NAME} 1.0: fjordby_regler.rules does not import: ModuleNotFoundError")
    assert "fjordby.thing" in discover()


def test_what_two_packages_bring_is_of_neither(bring: Bring) -> None:
    third = {"rules/other.py": rule("fjordby.other"), "numbers/other.toml": NUMBER.format("fjordby.other_m")}
    bring(fjordby_regler=WHOLE, nabo_regler=WHOLE, tredje_regler=third)
    assert left_out() == [
        f"{name} 1.0: the {what} is brought by another package too"
        for name in (NAME, "nabo-regler")
        for what in ("rule fjordby.thing", f"number {KEY}")
    ]
    assert set(discover()) - {r.id for r in shipped_rules()} == {"fjordby.other"}


def test_words_that_are_broken_leave_the_rule_its_common_ones(bring: Bring) -> None:
    more = {
        "explanations/thing.py": "raise RuntimeError('no words')\n",
        "explanations/foreign.py": WORDS.format("br18.height"),
        "explanations/other.py": WORDS.format("fjordby.other"),
        "explanations/wrong.py": "EXPLANATION = 1\n",
    }
    bring(fjordby_regler={**WHOLE, **more})
    assert left_out() == []
    assert unexplained() == [
        f"{NAME} 1.0: {line}"
        for line in (
            "fjordby_regler.explanations.thing does not import: RuntimeError: no words",
            "two explanations of br18.height",
            "fjordby_regler.explanations.other explains fjordby.other, which is no rule of the package",
            "EXPLANATION of fjordby_regler.explanations.wrong is no Explanation",
        )
    ]
    assert [w.id for w in checks.run_checks(tags=["permits"])] == ["permits.W002"] * 4
    assert explanations()["br18.height"].trace.__module__.startswith("permits.")
    world = prepare(build([situation(house())]))
    table = run(world, ["fjordby.thing"])
    assert prove(world, table.iloc[0], "applicant", "en").words.verdict == "The rule is broken."


def test_cases_of_either_side_are_asked_of_a_package_too(bring: Bring) -> None:
    bring(fjordby_regler=WHOLE)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_rules", stdout=out)
    assert out.getvalue().splitlines()[:2] == [
        "fjordby.thing has no own case that finds something",
        "fjordby.thing has no own case that finds nothing",
    ]
    with pytest.raises(CommandError, match=r"fjordby\.thing has no own case that finds something"):
        call_command("check", "--all")


def test_a_package_brings_rule_sets_beside_those_of_the_folder(
    bring: Bring, tmp_path: Path, settings: Any
) -> None:
    settings.RULESETS = tmp_path / "rulesets"
    mine = own_sets.text("Fjordby-2026") + "\n" + NUMBER.format(KEY).replace("value = 7", "value = 9")
    own_sets.write(settings.RULESETS, name="Fra-mappen")
    bring(fjordby_regler={**WHOLE, "rulesets/eget.toml": mine, "rulesets/broken.toml": "name = 'Andet'\n"})
    found = {one.file: one for one in ruleset_files.own()}
    assert list(found) == [
        "eget.toml",
        "fjordby_regler.rulesets/broken.toml",
        "fjordby_regler.rulesets/eget.toml",
    ]
    assert [one.usable for one in found.values()] == [True, False, True]
    assert left_out() == []  # a file of numbers that cannot be used keeps its faults to itself
    sets = load()
    assert sets["Fjordby-2026"].number(KEY) == 9.0  # what a set says of a number goes before the package
    assert sets["Fra-mappen"].number(KEY) == 7.0
    assert sets["Fjordby-2026"].number("br18.boundary_distance.house_m") == 3.0


def test_an_own_set_that_makes_a_word_of_a_number_is_refused(
    bring: Bring, tmp_path: Path, settings: Any
) -> None:
    settings.RULESETS = tmp_path / "rulesets"
    bring(fjordby_regler=WHOLE)
    path = own_sets.write(settings.RULESETS)
    path.write_text(path.read_text() + "\n" + NUMBER.format(KEY).replace("value = 7", 'value = "langt"'))
    (one,) = ruleset_files.own()
    assert [fault.values["key"] for fault in one.faults] == [KEY]


def test_cases_may_name_what_an_installed_rule_looks_at(bring: Bring, tmp_path: Path) -> None:
    import yaml

    from permits.examples import CaseError, check, read

    case = situation(
        house(),
        registers=[{"kind": "5706_havn_are", "wkt": box(0, 0, 3, 3)}],
        expect={"fjordby.thing": {"outcome": "fail", "limit": 7.0}},
    )
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump({"cases": [case]}))
    with pytest.raises(CaseError):
        read([path])
    bring(fjordby_regler=WHOLE)
    assert [result.disagreements for result in check(read([path]))] == [()]
