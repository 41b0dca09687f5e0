"""Where the own cases of rules lie: a rule brings the examples that show what it finds and what it lets pass."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings

from permits.examples import Case, read
from permits.rulebook import Rule, faults

_PROJECT: Final = __name__.partition(".")[0]


def folders(rules: Iterable[Rule]) -> list[Path]:
    """The folders with the own cases of some rules, each once.

    Parameters
    ----------
    rules : a rule of this project has its cases in ``tests/permits/cases``; one of an installed package has them
        in the folder ``cases`` of the package that its ``check`` stands in.

    Returns
    -------
    Folders that are there; a package without one brings no cases.
    """
    found = {_folder(rule.check.__module__.partition(".")[0]): None for rule in rules}
    return [folder for folder in found if folder.is_dir()]


def _folder(package: str) -> Path:
    if package == _PROJECT:
        return Path(settings.BASE_DIR) / "tests" / "permits" / "cases"
    return Path(next(iter(importlib.import_module(package).__path__))) / "cases"


def own_cases(rules: Iterable[Rule]) -> list[Case]:
    """The own cases of some rules.

    Raises
    ------
    permits.examples.CaseError : a file cannot be used.
    """
    listed = list(rules)
    return read(folders(listed), more_rules=listed)


def refused(rules: Iterable[Rule]) -> list[str]:
    """What the rulebook refuses about some rules and their own cases (:func:`permits.rulebook.faults`).

    Where the project stands without its tests, its rules are judged without cases: those of the program as shipped
    were judged before.

    Raises
    ------
    permits.examples.CaseError : a file cannot be used.
    """
    listed = list(rules)
    if not _folder(_PROJECT).is_dir():
        mine = [rule for rule in listed if rule.check.__module__.startswith(f"{_PROJECT}.")]
        others = [rule for rule in listed if rule not in mine]
        told = faults(listed) + faults(others, [case.data for case in own_cases(others)])
        return list(dict.fromkeys(told))
    return faults(listed, [case.data for case in own_cases(listed)])
