"""A municipality's own rule sets: which file can be used, where one is used, and that no other takes its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.utils import translation

from permits.engine import ruleset_files
from permits.engine.ruleset_files import RulesetFile, every, own, shipped
from permits.engine.rulesets import by_date, choose, load, refusals
from permits.engine.run import run
from permits.engine.world import World
from permits.example_world import build
from permits.proofs.proof import prove
from permits.rulebook import discover
from tests.permits import own_sets
from tests.permits.situations import DISTANCE, box, house, situation

#: 2.7 m from the boundary: enough for the national set, too little for the own one.
BETWEEN = house(box(2.7, 8, 12, 18))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RULESETS = tmp_path / "rulesets"
    return tmp_path / "rulesets"


def named(*sites: tuple[str, str, str | None]) -> World:
    """Sites that each name a rule set, with the hash that was signed and the day of sending in."""
    world = build([situation(BETWEEN) for _ in sites])
    names, signed, days = zip(*sites, strict=True)
    return world.with_(
        sites=world.sites.assign(
            ruleset=names, ruleset_signed=signed, applied_on=pd.to_datetime(pd.Series(days))
        )
    )


def only(folder: Path, **more: Any) -> RulesetFile:
    own_sets.write(folder, **more)
    (found,) = own()
    return found


def test_shipped_sets_say_that_they_are_in_force() -> None:
    assert {
        one.name: (one.status, bool(one.signed_by), bool(one.signed_on)) for one in shipped()
    } == dict.fromkeys(("BR18-2018", "BR18-2020", "BR18-2021", "BR18-2025"), ("in_force", True, True))


def test_a_signed_set_is_used_where_it_is_named_and_nowhere_else(folder: Path) -> None:
    one = only(folder)
    world = named(("", "", "2026-02-02"), ("Eget-2026", one.sha256, "2026-02-02"))
    assert choose(world).tolist() == ["BR18-2025", "Eget-2026"]
    table = run(world, rules=[DISTANCE])
    assert table["outcome"].tolist() == ["pass", "needs_manual"]
    assert table["limit"].tolist() == [2.5, 3.0]
    assert prove(world, table.iloc[1]).trace.ruleset == "Eget-2026"


def test_a_set_is_used_in_its_time_only(folder: Path) -> None:
    one = only(folder, valid_to="2026-06-30")
    days = [
        ("2025-12-31", False),
        ("2026-01-01", True),
        ("2026-06-30", True),
        ("2026-07-01", False),
        (None, False),
    ]
    world = named(*(("Eget-2026", one.sha256, day) for day, _ in days))
    assert refusals(world).tolist() == ["" if used else "not_in_force" for _, used in days]
    assert choose(world).tolist() == ["Eget-2026" if used else "" for _, used in days]


def test_without_a_last_day_an_unknown_day_lies_in_its_time(folder: Path) -> None:
    one = only(folder)
    assert refusals(named(("Eget-2026", one.sha256, None))).tolist() == [""]


def test_what_may_not_be_used_is_no_number_at_all_and_never_another_sets(folder: Path) -> None:
    one = only(folder)
    own_sets.write(folder, "broken.toml", name="Brudt", distance='"bred"')
    world = named(
        ("Eget-2026", "", "2026-02-02"),
        ("Eget-2026", "0" * 64, "2026-02-02"),
        ("Eget-2026", one.sha256, "2025-02-02"),
        ("Brudt", "1" * 64, "2026-02-02"),
        ("Findes-ikke", "", "2026-02-02"),
        ("", "", "2026-02-02"),
    )
    assert refusals(world).tolist() == ["unsigned", "changed", "not_in_force", "faulty", "unknown", ""]
    assert choose(world).tolist() == [""] * 5 + ["BR18-2025"]
    table = run(world)
    for site in range(5):
        mine = table[table["site"] == site]
        assert set(mine["rule"]) >= {name for name, rule in discover().items() if rule.asks is None}
        assert set(zip(mine["outcome"], mine["reason"], strict=True)) == {("needs_manual", "legal_text")}
        assert mine[["measured", "limit", "margin"]].isna().to_numpy().all()
    rest = table[table["site"] == 5]
    alone = run(named(("", "", "2026-02-02")))
    columns = ["rule", "outcome", "measured", "limit"]
    pd.testing.assert_frame_equal(rest[columns].reset_index(drop=True), alone[columns])


@pytest.mark.parametrize(
    ("signed", "day", "words"),
    [
        ("", "2026-02-02", ("Eget-2026", "kladde", "ikke et andet regelsæt")),
        ("0" * 64, "2026-02-02", ("Eget-2026", "ændret")),
        (None, "2025-02-02", ("Eget-2026", "ikke i kraft")),
    ],
)
def test_the_proof_says_why_there_are_no_numbers(
    folder: Path, signed: str | None, day: str, words: tuple[str, ...]
) -> None:
    one = only(folder)
    world = named(("Eget-2026", one.sha256 if signed is None else signed, day))
    proof = prove(world, run(world, rules=[DISTANCE]).iloc[0])
    told = proof.words.text().replace("ikke et andet", "ikke et andet regelsæt")
    for word in words:
        assert word in told
    assert "%(" not in told
    assert proof.trace.ruleset == ""
    english = prove(world, run(world, rules=[DISTANCE]).iloc[0], language="en").words.text()
    assert "No other rule set is used in its place." in english


def test_a_file_changed_after_signing_is_not_used_from_that_moment(folder: Path) -> None:
    path = own_sets.write(folder)
    (before,) = own()
    world = named(("Eget-2026", before.sha256, "2026-02-02"))
    assert choose(world).tolist() == ["Eget-2026"]
    path.write_text(path.read_text() + "\n# one more line\n")
    assert choose(world).tolist() == [""]
    path.write_text(own_sets.text())
    assert choose(world).tolist() == ["Eget-2026"]
    path.unlink()
    assert refusals(world).tolist() == ["unknown"]


def test_one_run_reads_the_files_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is chosen by its hash and what is measured with are the same bytes."""
    path = own_sets.write(folder)
    (one,) = own()
    world = named(("Eget-2026", one.sha256, "2026-02-02"))

    def every_and_then_changed() -> tuple[RulesetFile, ...]:
        found = every()
        path.write_text(own_sets.text(distance=9.0))
        return found

    monkeypatch.setattr("permits.engine.run.every", every_and_then_changed)
    assert run(world, rules=[DISTANCE])["limit"].tolist() == [3.0]
    assert load()["Eget-2026"].number(own_sets.DISTANCE) == 9.0


def test_a_national_set_that_is_named_gives_way_to_the_day() -> None:
    world = named(("BR18-2018", "", "2026-02-02"), ("BR18-2025", "", "2026-02-02"))
    assert choose(world).tolist() == ["BR18-2025"] * 2


def test_a_shipped_draft_is_on_no_calendar_and_cannot_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from permits.engine import rulesets

    draft = replace(shipped()[-1], name="BR27", status="draft", valid_from=pd.Timestamp("2026-01-01").date())
    everything = (*shipped(), draft)
    for module in (ruleset_files, rulesets):
        monkeypatch.setattr(module, "shipped", lambda: everything)
    rulesets._calendar.cache_clear()
    assert by_date(pd.to_datetime(pd.Series(["2026-02-02"]))).tolist() == ["BR18-2025"]
    rulesets._calendar.cache_clear()
    world = named(("BR27", "", "2026-02-02"))
    assert refusals(world, everything).tolist() == ["unsigned"]
    assert choose(world, everything).tolist() == [""]
    assert "BR27" in load(everything)  # to be compared with what is in force


def test_all_sets_are_known_by_name_drafts_among_them(folder: Path) -> None:
    own_sets.write(folder)
    assert list(load()) == ["BR18-2018", "BR18-2020", "BR18-2021", "BR18-2025", "Eget-2026"]
    assert (own()[0].municipality, own()[0].kind, own()[0].status) == ("0999", "own", "")


NUMBER = f'[numbers."{own_sets.DISTANCE}"]'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Et navn"}, "It has no name, or one with other signs"),
        ({"name": "a/b"}, "It has no name, or one with other signs"),
        ({"name": "BR18-2025"}, "Another rule set is called BR18-2025 too."),
        ({"title_da": ""}, "title_da is missing."),
        ({"title_en": '" "'}, "title_en is missing."),
        ({"kind": '"national"'}, 'A municipality\'s own set says kind = "own".'),
        ({"municipality": "kommunen"}, "It does not say which municipality it belongs to"),
        ({"top": 'status = "in_force"'}, "It says of itself that it is signed"),
        ({"top": 'signed_by = "Somebody"'}, "It says of itself that it is signed"),
        ({"valid_from": "true"}, "valid_from is not a date"),
        ({"valid_from": "2026-01-01T10:00:00"}, "valid_from is not a date"),
        ({"valid_to": "2025-12-31"}, "It ends before it begins."),
        ({"distance": '"bred"'}, f"The value of {own_sets.DISTANCE} is a word instead of a number"),
        ({"distance": "nan"}, f"The value of {own_sets.DISTANCE} is no number"),
        ({"distance": "inf"}, f"The value of {own_sets.DISTANCE} is no number"),
        ({"distance": "-1.0"}, f"The value of {own_sets.DISTANCE} is no number"),
        ({"distance": "1" + "0" * 400}, f"The value of {own_sets.DISTANCE} is no number"),
        ({"distance": "true"}, f"The value of {own_sets.DISTANCE} is no number"),
        ({"distance": "[1]"}, f"The value of {own_sets.DISTANCE} is no number"),
    ],
)
def test_a_file_with_a_fault_says_which_and_is_not_used(
    folder: Path, change: dict[str, str], said: str
) -> None:
    one = only(folder, **change)
    with translation.override("en"):
        assert [str(f) for f in one.faults if said in str(f)], [str(f) for f in one.faults]
    assert not one.usable
    with translation.override("da"):
        assert said not in str(one.faults[0])
    assert sorted(load()) == ["BR18-2018", "BR18-2020", "BR18-2021", "BR18-2025"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"{NUMBER}\n", '[numbers."br18.boundary_distance.huse_m"]\n', f"{own_sets.DISTANCE} is missing."),
        (f"{NUMBER}\nvalue = 3.0\n", f"{NUMBER}\n", f"{own_sets.DISTANCE} has no value."),
        ('clause = "BR18 § 177, nr. 2"\n', 'clause = " "\n', f"{own_sets.DISTANCE} has no clause."),
        ('confidence = "sure"', 'confidence = "quite"', "The confidence of"),
        ('value = "fixed"', 'value = "round"', "The value of br18.road_side.form must be one of: "),
        ('value = "fixed"', "value = 2", "The value of br18.road_side.form is a word instead of a number"),
        ("[numbers", "[number", "It has no numbers"),
        ("[numbers.", "numbers = 1\n[other.", "It has no numbers"),
        (NUMBER, f"numbers.other = 1\n{NUMBER}", "some that are no tables"),
        ("title_da", "\ntitle_da", ""),
    ],
)
def test_numbers_are_whole_and_all_there(folder: Path, old: str, new: str, said: str) -> None:
    text = own_sets.text()
    assert old in text
    folder.mkdir()
    (folder / "x.toml").write_text(text.replace(old, new))
    (one,) = own()
    with translation.override("en"):
        told = [str(fault) for fault in one.faults]
    assert bool(told) == bool(said)
    assert any(said in line for line in told) or not said


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a = ", b"", b"numbers = 1", b"[numbers]\nx = 1", b"name = 1"]
)
def test_what_is_no_rule_set_troubles_nobody_else(folder: Path, content: bytes) -> None:
    own_sets.write(folder)
    (folder / "a.toml").write_bytes(content)
    (folder / "b.toml").mkdir()
    assert [bool(one.faults) for one in own()] == [True, True, False]
    assert "Eget-2026" in load()


def test_of_two_with_one_name_neither_is_used(folder: Path) -> None:
    own_sets.write(folder, "a.toml")
    own_sets.write(folder, "b.toml", municipality="0998")
    assert [one.usable for one in own()] == [False, False]
    assert "Eget-2026" not in load()


def test_a_place_without_own_sets_has_none() -> None:
    assert own() == ()
    assert np.all(choose(named(("", "", "2026-02-02"))) == "BR18-2025")
