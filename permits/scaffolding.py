"""A rule to begin with: rule, words, number, cases and test from the templates in ``permits/scaffold``.

The example is a minimum distance to what a register holds. Everything is looked at before anything is written, and
nothing that is there is written over.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any, Final

from permits.extensions import EXPLANATIONS, NUMBERS, RULES, left_out
from permits.rulebook import Rule, declared, faults, no_findings

#: The theme that the example looks at.
KIND: Final = "6800_parl_fl"
NO_LAW: Final = "ingen paragraf: et eksempel, som endnu ikke har nogen hjemmel"
_TEMPLATES: Final = Path(__file__).parent / "scaffold"
#: Longer texts would not stand in one line where the templates put them.
_LONGEST: Final = {"law": 80, "da": 50, "en": 50}
_UNQUOTED: Final = re.compile(r'["\\\x00-\x1f\x7f]')
_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


class CannotScaffold(ValueError):
    """Nothing was written; the message says why, one line a reason."""


@dataclass
class Scaffold:
    """What is to be written: ``new`` files, texts that are added to the end of others, and what to do next."""

    new: dict[Path, str] = field(default_factory=dict)
    added: dict[Path, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def write(self) -> list[str]:
        """Write it all, or nothing.

        Returns
        -------
        One line a file.

        Raises
        ------
        CannotScaffold : a file is there already, or what would be added stands in one.
        """
        told = [f"{path} is there already" for path in self.new if path.exists()]
        for path, text in self.added.items():
            first = text.strip().partition("\n")[0]
            if first in path.read_text("utf-8").splitlines():
                told.append(f"{path} has {first} already")
        if told:
            raise CannotScaffold("\n".join(told))
        for path, text in self.new.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        for path, text in self.added.items():
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\n{text}")
        return [f"wrote {path}" for path in self.new] + [f"added to {path}" for path in self.added]


def values_of(name: str, law: str = NO_LAW, da: str = "", en: str = "") -> dict[str, str]:
    """What fills the templates.

    Parameters
    ----------
    name : id of the rule, a family and a name.
    law : paragraph, or ``ingen paragraf:`` and why.
    da, en : what the rule is called; by default after its id.

    Raises
    ------
    CannotScaffold : the rulebook would refuse the rule, or a text cannot stand in the files; all of it at once.
    """
    usual = name.rpartition(".")[2].replace("_", " ").capitalize()
    values = {"law": law, "da": da or usual, "en": en or usual}
    told = faults([Rule(name, law, values["da"], values["en"], lambda _world, _ruleset: no_findings())])
    told += [f"there is a rule {name} already" for rule in declared() if rule.id == name]
    for key, text in values.items():
        if not text.strip() or _UNQUOTED.search(text):
            told.append(f"--{key} has to be one line of text without quotation marks and backslashes")
        elif len(text) > _LONGEST[key]:
            told.append(f"--{key} is longer than {_LONGEST[key]} signs")
    if told:
        raise CannotScaffold("\n".join([*told, *left_out()]))
    return {**values, "id": name, "module": name.replace(".", "_"), "kind": KIND}


def in_project(values: Mapping[str, str], root: Path) -> Scaffold:
    """A rule of this project, in the places that all others have; ``root`` is the folder with ``manage.py``."""
    module = values["module"]
    tests = root / "tests" / "permits"
    if not tests.is_dir():
        raise CannotScaffold(f"{root} has no tests; a package of its own is made with --into")
    words = root / "permits" / "locale" / "da" / "LC_MESSAGES" / "django.po"
    return Scaffold(
        new={
            root / "permits" / "rules" / f"{module}.py": _filled("rule.py", values),
            root / "permits" / "proofs" / "explain" / f"{module}.py": _filled("explanation.py", values),
            tests / "cases" / f"{module}.yaml": _filled("cases.yaml", values),
            tests / "rules" / f"test_{module}.py": _filled("test_rule.py", values),
        },
        added={
            **{
                path: _filled("number.toml", values)
                for path in sorted((root / "permits" / "rulesets").glob("*.toml"))
            },
            words: _filled("translation.po", values),
        },
        steps=[
            f"msgfmt -o {words.with_suffix('.mo').relative_to(root)} {words.relative_to(root)}",
            f".venv/bin/python -m pytest tests/permits/rules/test_{module}.py",
            "./run manage check_rules",
            "Then write what the law says: kind and outcome in the rule, the number with its clause, cases of either "
            "side. Tests that count all rules count one more.",
        ],
    )


def in_package(values: Mapping[str, str], folder: Path) -> Scaffold:
    """A rule in a package of its own: in the one that lies in a folder, else in a new one.

    Raises
    ------
    CannotScaffold : the package there names no place for rules, words or numbers; or none can be made there.
    """
    found = Scaffold()
    if (folder / "pyproject.toml").exists():
        places = _places(folder)
    else:
        package = _package(folder)
        places = {
            RULES: f"{package}.rules",
            EXPLANATIONS: f"{package}.explanations",
            NUMBERS: f"{package}.numbers",
        }
        more = {"package": package, "distribution": package.replace("_", "-")}
        found.new[folder / "pyproject.toml"] = _filled("pyproject.toml", {**values, **more})
        for name in (package, *places.values()):
            found.new[_path(folder, name) / "__init__.py"] = ""
    module = values["module"]
    filled = {**values, "rules": places[RULES]}
    found.new |= {
        _path(folder, places[RULES]) / f"{module}.py": _filled("rule.py", filled),
        _path(folder, places[EXPLANATIONS]) / f"{module}.py": _filled("package_explanation.py", filled),
        _path(folder, places[NUMBERS]) / f"{module}.toml": _filled("number.toml", filled),
        _path(folder, places[RULES].partition(".")[0]) / "cases" / f"{module}.yaml": _filled(
            "cases.yaml", filled
        ),
        folder / "tests" / f"test_{module}.py": _filled("test_rule.py", filled),
    }
    found.steps = [
        f".venv/bin/uv pip install --python .venv --no-deps --reinstall {folder}",
        f".venv/bin/python -m pytest {folder / 'tests'}",
        "./run manage check_rules",
        "Then write what your rule says: kind and outcome in the rule, the number with its clause, cases of either "
        "side; and install it again.",
    ]
    return found


def _filled(template: str, values: Mapping[str, str]) -> str:
    return Template((_TEMPLATES / f"{template}.txt").read_text("utf-8")).substitute(values)


def _path(folder: Path, package: str) -> Path:
    """Where a package lies: below the folder, or below ``src`` if it lies there."""
    parts = package.split(".")
    start = folder / "src" if (folder / "src" / parts[0]).is_dir() else folder
    return start.joinpath(*parts)


def _places(folder: Path) -> dict[str, str]:
    """The packages that an installable one names for rules, words and numbers."""
    try:
        data: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotScaffold(f"{folder / 'pyproject.toml'} cannot be read: {error}") from error
    points = data.get("project", {}).get("entry-points", {})
    groups = (RULES, EXPLANATIONS, NUMBERS)
    lacking = [group for group in groups if not points.get(group)]
    if lacking:
        raise CannotScaffold(
            "\n".join(
                f'{folder / "pyproject.toml"} has no [project.entry-points."{group}"]' for group in lacking
            )
        )
    return {group: next(iter(points[group].values())) for group in groups}


def _package(folder: Path) -> str:
    """Name of a new package after its folder."""
    name = re.sub(r"\W+", "_", folder.resolve().name.lower().translate(_LETTERS)).strip("_")
    if not name.isascii() or not name.isidentifier() or keyword.iskeyword(name) or len(name) > 30:
        raise CannotScaffold(f"a package cannot be called after the folder {folder.name}")
    if importlib.util.find_spec(name) is not None:
        raise CannotScaffold(f"there is a package {name} already; call the folder something else")
    return name
