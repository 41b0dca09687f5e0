"""What a municipality's own packages bring, found by entry points; only what is whole is taken.

Danish: kommunens egne regler. An installed package says by ``planvaerk.rules`` where its rules are, by
``planvaerk.explanations`` their words, by ``planvaerk.numbers`` their numbers and by ``planvaerk.rulesets`` its rule
sets; the value of each is a package. Whatever is wrong with one is told by its name, all of it at once, and then none
of its rules and numbers are there: half of a package measures something that nobody has written. Others, and the
rules of this project, stand as if it were not installed.
"""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any, Final

from permits.numbers import number_faults
from permits.rulebook import Rule, faults, shipped_rules

RULES: Final = "planvaerk.rules"
EXPLANATIONS: Final = "planvaerk.explanations"
NUMBERS: Final = "planvaerk.numbers"
RULESETS: Final = "planvaerk.rulesets"
GROUPS: Final = (RULES, EXPLANATIONS, NUMBERS, RULESETS)

Numbers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Extension:
    """One installed package that brings something (udvidelse).

    Attributes
    ----------
    name, version : of the distribution.
    rules, numbers : what counts of it; none where it has faults.
    explanations, rulesets : packages that it names for these, read by those who need them.
    faults : one sentence each, without the name of the package.
    """

    name: str
    version: str = ""
    rules: tuple[Rule, ...] = ()
    numbers: Numbers = field(default_factory=dict)
    explanations: tuple[str, ...] = ()
    rulesets: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def told(self) -> list[str]:
        """Its faults with its name before each."""
        return [f"{self.name} {self.version}: {fault}" for fault in self.faults]


@cache
def extensions() -> tuple[Extension, ...]:
    """All installed packages that bring something, by name; looked for once, like the shipped rules."""
    found: dict[tuple[str, str], list[EntryPoint]] = {}
    points = entry_points()
    for group in GROUPS:
        for point in points.select(group=group):
            known = point.dist
            who = (known.name, known.version) if known else (point.name, "")
            found.setdefault(who, []).append(point)
    return tuple(_judged([_read(*who, points) for who, points in sorted(found.items())])) if found else ()


def left_out() -> list[str]:
    """Why rules and numbers of installed packages are not there, one sentence a fault, each with its package."""
    return [line for one in extensions() for line in one.told]


def modules(package: str) -> tuple[list[ModuleType], list[str]]:
    """All modules of a package and below it, by name, and what of it does not import.

    Whatever somebody else's module does while it is imported is its fault and nobody's end.
    """
    found: list[ModuleType] = []
    told: list[str] = []
    top = _imported(package, told)
    if top is None:
        return found, told
    if not hasattr(top, "__path__"):
        return found, [f"{package} is a module and no package"]
    # Found by walking, so that one that is broken does not hide its neighbours.
    names = {m.name for m in pkgutil.walk_packages(top.__path__, f"{package}.", onerror=lambda _name: None)}
    for name in sorted(names):
        module = _imported(name, told)
        if module is not None:
            found.append(module)
    return found, told


def _imported(name: str, told: list[str]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is somebody else's
        told.append(f"{name} does not import: {type(error).__name__}: {error}")
        return None


def tables(package: str) -> tuple[list[tuple[str, Traversable]], list[str]]:
    """The ``*.toml`` files of a package, by name, and why there are none."""
    told: list[str] = []
    if _imported(package, told) is None:
        return [], told
    found = [(one.name, one) for one in files(package).iterdir() if one.name.endswith(".toml")]
    return sorted(found, key=lambda one: one[0]), []


def _read(name: str, version: str, points: list[EntryPoint]) -> Extension:
    """What one distribution brings, as it says itself."""
    of = {group: sorted({p.module for p in points if p.group == group}) for group in GROUPS}
    told: list[str] = []
    rules: list[Rule] = []
    for package in of[RULES]:
        found, wrong = modules(package)
        told += wrong
        for module in found:
            rule = getattr(module, "RULE", None)
            if isinstance(rule, Rule):
                rules.append(rule)
            elif rule is not None:
                told.append(f"RULE of {module.__name__} is no Rule")
    numbers: dict[str, Mapping[str, Any]] = {}
    for package in of[NUMBERS]:
        listed, wrong = tables(package)
        told += wrong
        for file, place in listed:
            told += [f"{file}: {fault}" for fault in _take_numbers(place, numbers)]
    for package in of[RULESETS]:
        told += tables(package)[1]
    return Extension(
        name, version, tuple(rules), numbers, tuple(of[EXPLANATIONS]), tuple(of[RULESETS]), tuple(told)
    )


def _take_numbers(place: Traversable, into: dict[str, Mapping[str, Any]]) -> list[str]:
    """Add the numbers of a file to others, and say what is wrong with it."""
    try:
        data = tomllib.loads(place.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [f"it cannot be read: {error}"]
    listed = data.get("numbers")
    if not isinstance(listed, dict) or not all(isinstance(entry, dict) for entry in listed.values()):
        return ["it has no numbers, or some that are no tables"]
    told = [f"the number {key} stands in another file too" for key in listed if key in into]
    told += [text % places for key, entry in listed.items() for text, places in number_faults(key, entry)]
    into.update(listed)
    return told


def _judged(found: list[Extension]) -> Iterable[Extension]:
    """The same, each also judged beside the others and beside the project; without what does not count then."""
    shipped = {rule.id for rule in shipped_rules()}
    known = shipped_numbers()
    ids = Counter(name for one in found for name in {rule.id for rule in one.rules})
    keys = Counter(key for one in found for key in one.numbers)
    for one in found:
        told = [*one.faults, *faults(one.rules), *_reaches(one, {**known, **one.numbers})]
        told += _clashes("rule", sorted({rule.id for rule in one.rules}), shipped, ids)
        told += _clashes("number", list(one.numbers), known, keys)
        yield replace(one, rules=(), numbers={}, faults=tuple(told)) if told else one


def _clashes(
    what: str, names: Iterable[str], shipped: Iterable[str], brought: Mapping[str, int]
) -> list[str]:
    return [f"the {what} {name} is one of Planværk's own already" for name in names if name in shipped] + [
        f"the {what} {name} is brought by another package too" for name in names if brought[name] > 1
    ]


def _reaches(one: Extension, numbers: Numbers) -> list[str]:
    """Rules that look as far as a number that nobody has."""
    return [
        f"{rule.id} looks as far as {need.reach}, which is no number of a rule set or of the package"
        for rule in one.rules
        for need in rule.needs
        if isinstance(need.reach, str) and not _measures(numbers.get(need.reach, {}).get("value"))
    ]


def _measures(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@cache
def shipped_numbers() -> Numbers:
    """Every number that some shipped rule set has, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for _file, place in tables("permits.rulesets")[0]:
        found |= tomllib.loads(place.read_text("utf-8"))["numbers"]
    return found


def brought_numbers() -> Numbers:
    """The numbers that installed packages bring, which join every rule set."""
    return {key: entry for one in extensions() for key, entry in one.numbers.items()}
