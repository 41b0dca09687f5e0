"""Rule cases: the law as runnable examples, through the same engine that checks applications.

All cases of all files become one World with one site each and are run in one call. A file that does not
follow the schema (``permits/rulecase.schema.json``) stops everything with file, case and path; a case whose
findings differ from what it expects is a disagreement.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from permits import example_world
from permits.engine import ruleset_files
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.world import World
from permits.rulebook import FLAGS, Rule, declared, discover, themes_asked, worst

#: Numbers of an expectation are compared with this absolute tolerance, in their own unit.
TOLERANCE: Final = 0.005
_PERMIT: Final = ("br18.permit_free", "br18.boundary_wall")


class CaseError(ValueError):
    """A file of rule cases cannot be used; the message names file, case and path."""


@dataclass(frozen=True)
class Case:
    """One case: where it stands and what it says, as read from the file."""

    file: str
    name: str
    ruleset: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Disagreement:
    """One expectation that was not met."""

    rule: str
    expected: str
    got: str


@dataclass(frozen=True)
class Result:
    """What came of one case: no disagreements means that it passed."""

    case: Case
    disagreements: tuple[Disagreement, ...]

    def line(self) -> str:
        """One line: ``file:case: rule: expected … got …``."""
        told = "; ".join(f"{d.rule}: expected {d.expected} got {d.got}" for d in self.disagreements)
        return f"{self.case.file}:{self.case.name}: {told}"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with dates as text and no key twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no plain word", key.start_mark)
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} stands here twice", key.start_mark
                )
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def _validator(rules: frozenset[str], themes: frozenset[str]) -> Draft202012Validator:
    schema = json.loads(files("permits").joinpath("rulecase.schema.json").read_text(encoding="utf-8"))
    for name, more in (("rule_word", rules), ("register_word", themes)):
        words = schema["$defs"][name]["enum"]
        words += sorted(more - set(words))
    return Draft202012Validator(schema)


def find(paths: Iterable[Path]) -> list[Path]:
    """The YAML files at or below the given paths, sorted, each once.

    Raises
    ------
    CaseError : a path does not exist, or holds no YAML file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
        elif path.is_file():
            below = [path]
        else:
            raise CaseError(f"{path}: there is no such file or folder")
        if not below:
            raise CaseError(f"{path}: no rule cases (*.yaml) below this folder")
        found.update(dict.fromkeys(below))
    return list(found)


def read(paths: Iterable[Path], more_rules: Iterable[Rule] = ()) -> list[Case]:
    """Read rule cases from files and folders.

    Parameters
    ----------
    paths : files, and folders to look for ``*.yaml`` in.
    more_rules : rules that cases may expect answers of beside those that are there. Of these and of installed
        packages' rules a case may name the FKG themes that they look at, as it names register kinds.

    Raises
    ------
    CaseError : a file is not YAML, does not follow the schema, or holds a shape that cannot be read.
    """
    cases: list[Case] = []
    rules = [*declared(), *more_rules]
    validator = _validator(frozenset(rule.id for rule in rules), frozenset(themes_asked(rules)))
    for path in find(paths):
        try:
            data = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer types
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise CaseError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
        error_found = best_match(validator.iter_errors(data))
        if error_found is not None:
            raise CaseError(_located(str(path), data, error_found))
        for index, case in enumerate(data["cases"]):
            _check_text(str(path), index, case)
            named = str(case.get("ruleset", data.get("ruleset", "")))
            cases.append(Case(str(path), str(case["name"]), named, case))
    return cases


def _located(file: str, data: Any, error: ValidationError) -> str:
    steps = list(error.absolute_path)
    where = "/".join(map(str, steps)) or "top"
    name = ""
    if len(steps) > 1 and steps[0] == "cases":
        case = data["cases"][steps[1]]
        name = f":{case.get('name', steps[1])}" if isinstance(case, dict) else f":{steps[1]}"
    message = error.message if len(error.message) < 300 else error.message[:300] + " …"
    return f"{file}{name}: {where}: {message}"


def _check_text(file: str, index: int, case: dict[str, Any]) -> None:
    """What the schema cannot say: shapes that parse, days that exist."""
    for path, key, text in _leaves(case, f"cases/{index}"):
        if key in ("wkt", "footprint", "area", "roof"):
            problem = _shape_problem(text)
        elif key in ("date", "applied", "published", "in_force", "repealed"):
            problem = _day_problem(text)
        else:
            continue
        if problem:
            raise CaseError(f"{file}:{case['name']}: {path}: {problem}")


def _leaves(data: Any, path: str, key: str = "") -> Iterable[tuple[str, str, str]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _leaves(value, f"{path}/{name}", name)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _leaves(value, f"{path}/{number}", key)
    elif isinstance(data, str):
        yield path, key, data


def _shape_problem(text: str) -> str:
    try:
        shapely.from_wkt(text)
    except shapely.errors.GEOSException as error:
        return f"not a shape: {error}"
    return ""


def _day_problem(text: str) -> str:
    try:
        np.datetime64(text, "D")
    except ValueError:
        return f"{text} is no day of the calendar"
    return ""


def world_of(cases: Sequence[Case]) -> World:
    """One World with one site per case; site 0 is the first case, and so on.

    A case that names a municipality's own rule set is answered by it as if it had been signed as it stands.
    """
    world = example_world.build([case.data for case in cases])
    own = {one.name: one.sha256 for one in ruleset_files.own()}
    named = [case.ruleset if case.ruleset in own else "" for case in cases]
    signed = [own.get(name, "") for name in named]
    return world.with_(sites=world.sites.assign(ruleset=named, ruleset_signed=signed))


def check(cases: Sequence[Case], rules: Collection[str] | None = None) -> list[Result]:
    """Run the cases in one call and compare what comes out with what they expect.

    Parameters
    ----------
    cases : from :func:`read`.
    rules : ids to look at; cases without an expectation for one of them are left out. ``None`` is all.

    Returns
    -------
    One result per case that was looked at, in the order of the cases.

    Notes
    -----
    A rule that gives no finding for a case is ``not_applicable`` there. ``expect_permit`` is looked at when all
    rules are, or ``br18.permit_free`` is among them.
    """
    chosen = [c for c in cases if rules is None or set(c.data["expect"]) & set(rules)]
    if not chosen:
        return []
    world = world_of(chosen)
    asked = set().union(*(c.data["expect"] for c in chosen))
    with_permit = rules is None or "br18.permit_free" in rules
    if with_permit:
        asked |= set(_PERMIT)
    if rules is not None:
        asked &= set(rules) | (set(_PERMIT) if with_permit else set())
    table = run(world, rules=sorted(asked & set(discover())))
    answers = {(row["site"], row["rule"]): row for row in worst(table).to_dict("records")}
    known = set(discover())
    sets = choose(world)
    results = []
    for site, case in enumerate(chosen):
        found: list[Disagreement] = []
        if case.ruleset and case.ruleset != sets[site]:
            found.append(Disagreement("ruleset", case.ruleset, str(sets[site])))
        got = {
            rule: _answer(answers.get((site, rule))) if rule in known else None
            for rule in {*case.data["expect"], *_PERMIT}
        }
        for rule, expected in case.data["expect"].items():
            if rules is None or rule in rules:
                found.extend(_compare(rule, expected, got[rule]))
        if with_permit and "expect_permit" in case.data:
            found.extend(_compare_permit(str(case.data["expect_permit"]), got))
        results.append(Result(case, tuple(found)))
    return results


def _answer(row: dict[Hashable, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"outcome": "not_applicable", "reason": "", "flags": []}
    told: dict[str, Any] = {name: row[name] for name in ("outcome", "reason", "measured", "limit", "margin")}
    return told | {"flags": [name for name, bit in FLAGS.items() if row["flags"] & bit]}


def _compare(rule: str, expected: Any, got: dict[str, Any] | None) -> list[Disagreement]:
    wanted = {"outcome": expected} if isinstance(expected, str) else expected
    if got is None:
        return [Disagreement(rule, _told(wanted), "no such rule")]
    same = wanted["outcome"] == got["outcome"]
    same = same and wanted.get("reason", got["reason"]) == got["reason"]
    same = same and set(wanted.get("flags", [])) <= set(got["flags"])
    for number in ("measured", "limit", "margin"):
        if number in wanted:
            # NaN compares false, so an answer without the number disagrees.
            same = same and abs(float(wanted[number]) - got.get(number, np.nan)) <= TOLERANCE + 1e-9
    return [] if same else [Disagreement(rule, _told(wanted), _told(got))]


def _compare_permit(expected: str, got: dict[str, dict[str, Any] | None]) -> list[Disagreement]:
    free, wall = (got[rule] for rule in _PERMIT)
    if free is None or wall is None:
        return [Disagreement("expect_permit", expected, "no such rule")]
    answer = (
        "outside" if wall["outcome"] == "pass" else "permit_free" if free["outcome"] == "pass" else "required"
    )
    return [] if answer == expected else [Disagreement("expect_permit", expected, answer)]


def _told(answer: dict[str, Any]) -> str:
    words = [str(answer["outcome"])]
    if answer.get("reason"):
        words.append(str(answer["reason"]))
    for number in ("measured", "limit", "margin"):
        value = answer.get(number)
        if value is not None and not np.isnan(value):
            words.append(f"{number} {value:.4f}".rstrip("0").rstrip("."))
    if answer.get("flags"):
        words.append(f"flags {','.join(sorted(answer['flags']))}")
    return " ".join(words)
