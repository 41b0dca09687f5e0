"""Mutation testing: the rules' own tests notice at least 85 % of small changes to ``permits/rules``.

Survivors that are accepted stand in ``survivors.toml`` with their reasons. ``equivalent`` ones cannot be noticed by
any test and do not count; ``accepted`` ones could be and count as not killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, compiled, mutants

ROOT = Path(__file__).parents[2]
TESTS = ("tests/permits/rules", "tests/mutation/own_cases.py")
SURVIVORS = Path(__file__).with_name("survivors.toml")
SEED = 4
#: Mutants drawn of a file; files with fewer are run in full. Of some 2,600 about 650 are run, which tells the share
#: of all to within 3 percentage points (95 % of draws); rarer gaps of one file show when this is raised.
DRAWN = 16
LEAST = 0.85


def files() -> list[str]:
    return sorted(
        str(p.relative_to(ROOT))
        for p in (ROOT / "permits" / "rules").rglob("*.py")
        if p.name != "__init__.py"
    )


def drawn(file: str, most: int = DRAWN) -> list[Mutant]:
    """The sample of a file: the same mutants each time, whatever is edited elsewhere in it."""
    return sorted(mutants(ROOT, file), key=lambda m: m.rank(SEED))[:most]


def listed() -> dict[tuple[str, str, str, int], dict[str, Any]]:
    """Accepted survivors by what names their mutant."""
    rows = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", [])
    return {(r["file"], r["line"], r["mutation"], r.get("nth", 1)): r for r in rows}


def verdicts(wanted: list[Mutant], folder: Path, tests: tuple[str, ...] = TESTS) -> dict[str, Any]:
    """Run mutants in a warm process of their own; see :mod:`tests.mutation.warm`."""
    (folder / "mutants.json").write_text(json.dumps([asdict(m) for m in wanted]), encoding="utf-8")
    inner = ("PYTEST_", "COV_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(inner) and k != "PLANVAERK_NO_SKIP"}
    env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    argv = [sys.executable, "-m", "pytest", "-p", "tests.mutation.warm", "-p", "no:cacheprovider", "-q"]
    argv += ["--assert=plain", "--tb=line", "-m", "not slow and not samples and not django_db"]
    argv += [f"--mutants={folder / 'mutants.json'}", f"--verdicts={folder / 'verdicts.jsonl'}", *tests]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    told = sorted((json.loads(line) for line in lines[:-1]), key=lambda row: int(row["at"]))
    return {**json.loads(lines[-1]), "results": told}


def table(rows: list[tuple[Mutant, dict[str, Any]]], known: dict[Any, dict[str, Any]]) -> tuple[str, float]:
    """What is printed, and the share of mutants that were killed among those that can be."""
    count: dict[str, Counter[str]] = {}
    for mutant, verdict in rows:
        of = count.setdefault(mutant.file.removeprefix("permits/rules/"), Counter())
        kind = known.get(mutant.key(), {}).get("kind", "open")
        of["mutants"] += 1
        of[kind if verdict["survived"] else "killed"] += 1
    total = sum(count.values(), Counter())
    lines = [f"{'file':36}{'mutants':>8}{'killed':>8}{'survived':>9}{'equivalent':>11}{'share':>7}"]
    for name, of in [*sorted(count.items()), ("all", total)]:
        can = of["mutants"] - of["equivalent"]
        share = of["killed"] / can if can else 1.0
        survived = of["open"] + of["accepted"]
        lines.append(
            f"{name:36}{of['mutants']:8}{of['killed']:8}{survived:9}{of['equivalent']:11}{share:7.0%}"
        )
    return "\n".join(lines), total["killed"] / max(total["mutants"] - total["equivalent"], 1)


@pytest.mark.slow
@pytest.mark.real_clock
def test_the_rules_own_tests_notice_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = listed()
    everything = {m.key(): m for file in files() for m in mutants(ROOT, file)}
    gone = [key for key in known if key not in everything]
    assert gone == [], "listed survivors that no longer exist"
    sample = [m for file in files() for m in drawn(file)]
    also = [everything[key] for key in known if everything[key] not in set(sample)]
    told = verdicts(sample + also, tmp_path)
    rows = list(zip(sample + also, told["results"], strict=True))
    printed, share = table(rows[: len(sample)], known)
    lines = [
        f"{m.file}:{m.line}: {m.text}: {m.change} ({m.nth})"
        for m, verdict in rows
        if verdict["survived"] and m.key() not in known
    ]
    with capsys.disabled():
        print(f"\n{printed}\nOpen survivors:", *lines, sep="\n  ")
    dead = [m.key() for m, verdict in rows if not verdict["survived"] and m.key() in known]
    assert dead == [], "listed survivors that tests notice meanwhile"
    assert share >= LEAST


def test_a_mutant_is_the_source_with_one_change() -> None:
    for file in files():
        source = (ROOT / file).read_text(encoding="utf-8")
        sound = compile(source, str(ROOT / file), "exec", dont_inherit=True)
        for mutant in drawn(file, 3):
            assert compiled(ROOT, mutant) != sound, mutant


def test_which_changes_are_made(tmp_path: Path) -> None:
    source = '''"""Text 1 < 2."""
LIMIT: Final = 2
RULE: Final = Rule(limit=3)


def mask(a: int | float, b: float = 7.0) -> Bools:
    """More than 5."""
    if a > b + EQUAL:
        raise ValueError(f"{a} < 1")
    out[a] = np.where(~a, b, "c")
    return zip(min(a), strict=True)
'''
    (tmp_path / "x.py").write_text(source, encoding="utf-8")
    found = mutants(tmp_path, "x.py")
    assert [(m.line, m.change) for m in found] == [
        (2, "2 -> 3"),
        (2, "2 -> 1"),
        (8, "> -> <="),
        (8, "+ -> -"),
        (10, "dropped"),
        (10, "branches swapped"),
        (10, "~ dropped"),
        (11, "return inverted"),
        (11, "min -> max"),
    ]
    assert len({m.key() for m in found}) == len(found)
    sound = compile(source, str(tmp_path / "x.py"), "exec", dont_inherit=True)
    assert all(compiled(tmp_path, m) != sound for m in found)
