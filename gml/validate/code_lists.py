"""Values of INSPIRE's code lists: registered or not, and spelled as in the register (http, never https)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gml.validate.document import Feature, line_of
from gml.validate.fault import Report
from gml.validate.structure import is_void
from gml.validate.tables import LISTS, PLU, XLINK

#: Where the registered values live.
REGISTER: Final = "http://inspire.ec.europa.eu/codelist/"
_SECURE: Final = REGISTER.replace("http:", "https:")
_HREF: Final = f"{{{XLINK}}}href"
_FILE: Final = Path(__file__).with_name("code_lists.toml")


@dataclass(frozen=True)
class CodeList:
    """One list: registered values, whether others are forbidden, spellings seen in data → registered value.

    ``sound``: addresses of values of which nothing is to be said.
    """

    values: frozenset[str]
    closed: bool
    spellings: dict[str, str]
    sound: frozenset[str]


@cache
def code_lists() -> dict[str, CodeList]:
    """All lists by name."""
    tables = tomllib.loads(_FILE.read_text())
    return {name: _code_list(name, **table) for name, table in tables.items()}


def _code_list(
    name: str, values: list[str], closed: bool, spellings: dict[str, str] | None = None
) -> CodeList:
    spellings = spellings or {}
    sound = frozenset(f"{REGISTER}{name}/{value}" for value in values if value not in spellings)
    return CodeList(frozenset(values), closed, spellings, sound)


def check(feature: Feature, report: Report) -> None:
    """Look up every coded value of a feature."""
    if not feature.ours:
        return
    for namespace, local, element in feature.children():
        name = LISTS.get(local)
        if name is None or namespace != PLU:
            continue
        href = element.get(_HREF)
        if href is not None and href not in code_lists()[name].sound and not is_void(element):
            _value(feature, local, name, href, line_of(element), report)


def _value(feature: Feature, local: str, name: str, href: str, line: int, report: Report) -> None:
    known = code_lists()[name]
    shown: dict[str, Any] = {"name": f"plu:{local}", "value": href[:200], "list": name}
    base = f"{REGISTER}{name}/"
    if href.startswith(base):
        value = href.removeprefix(base)
        if value in known.spellings:
            other = known.spellings[value]
            report.add("code-list-spelling", line, feature.gid, name=f"plu:{local}", value=value, other=other)
        elif known.values and value not in known.values:
            rule = "code-list" if known.closed else "code-list-open"
            report.add(rule, line, feature.gid, **shown)
    elif known.closed:
        secure = href.startswith(_SECURE)
        report.add("code-list-https" if secure else "code-list", line, feature.gid, **shown)
    elif not href.startswith(("http://", "https://")):
        report.add("code-address", line, feature.gid, **shown)
