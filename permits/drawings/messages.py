"""Faults in words: what was found, what was expected, where, and how to mend it.

The only module of this package that needs Django; faults themselves are codes and numbers, so the child process
stays free of it. Message ids are English; ``locale/`` beside this file has the Danish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from permits.drawings.catalogue import CATALOGUE, SEVERAL, WHERE
from permits.drawings.catalogue_words import Words
from permits.drawings.drawing import Fault


@dataclass(frozen=True)
class Message:
    """A fault in the language that is active: four parts, each a sentence or empty."""

    code: str
    level: str
    found: str
    expected: str
    where: str
    remedy: str

    def __str__(self) -> str:
        """All parts in one line, the place first."""
        said = " ".join(part for part in (self.found, self.expected, self.remedy) if part)
        return f"{self.where}: {said}" if self.where else said

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return dict(vars(self))


def message(fault: Fault) -> Message:
    """The words of one fault, in the active language."""
    words = CATALOGUE.get(fault.code, Words("The drawing cannot be used (%(code)s).", "", "Check the file."))
    values = _Values(
        code=fault.code,
        found=_measure(fault.found),
        expected=_measure(fault.expected),
        remedy=_measure(fault.remedy),
        key=fault.where.get("key", ""),
        unit=fault.expected or "",
    )
    remedy = words.remedy
    if words.suggest and fault.remedy is not None:
        remedy = words.suggest
    return Message(
        fault.code,
        fault.level,
        _render(words.found, values),
        _render(words.expected, values),
        place(fault.where),
        _render(remedy, values),
    )


def messages(faults: Iterable[Fault]) -> list[Message]:
    """The words of all faults, in their order."""
    return [message(fault) for fault in faults]


def place(where: Mapping[str, Any]) -> str:
    """The place in the file in words: ``feature 3 (counted from 0), building "b1", at 573000.10, 6224000.20``."""
    parts = []
    for key, words in WHERE.items():
        value = where.get(key)
        if value not in (None, ""):
            parts.append(_(words) % {"value": _said(value)})
    if "line" in where and "column" in where:
        parts = [part for part in parts if part != _(WHERE["line"]) % {"value": _said(where["line"])}]
        parts.insert(0, _(SEVERAL) % {"line": where["line"], "column": where["column"]})
    return ", ".join(parts)


class _Values(dict[str, Any]):
    """Values of a message; one that the fault does not have is empty rather than an error on the way out."""

    def __missing__(self, key: str) -> str:
        return ""


def _render(words: str, values: _Values) -> str:
    return (_(words) % values) if words else ""


def _measure(value: Any) -> str:
    """One number as people read it, in Danish with a comma; pairs and lists keep the point, as files have them."""
    text = _said(value)
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR"))) if isinstance(value, float) else text


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Grid metres to the centimetre, degrees to the same on the ground, small measures as they are.
        text = f"{value:.7f}" if abs(value) < 1000 else f"{value:.2f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, list | tuple):
        return ", ".join(_said(float(v)) if isinstance(v, int | float) else _said(v) for v in value)
    return str(value)
