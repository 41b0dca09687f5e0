"""The lists of values that live under our name space: what the profile's tables can write, with its names.

A list of INSPIRE that everybody may extend (plan types, regulations, land uses) has to be published by whoever does;
the registers and the municipalities that ids are from are told beside them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from geodata.accounts.models import Municipality
from gml.profiles import plu_tables as t
from planning.models.plans import Plan, PlanVersion

_FILE: Final = Path(__file__).with_name("names.toml")
_PLU: Final = f"{t.CODE_LISTS}/"


@dataclass(frozen=True)
class Code:
    """A value: its names, what is to be known of it, and the value of INSPIRE's own lists that it stands for."""

    value: str
    name_da: str
    name_en: str
    note_da: str = ""
    note_en: str = ""
    broader: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A list of values. ``path`` follows the name space; a value's own path is that, a slash and the value.

    ``extends`` is the list of INSPIRE that it extends, empty for none. ``codes`` gives the values that are listed;
    ``other`` one that is not, but that plans name; None = nobody does.
    """

    path: str
    name_da: str
    name_en: str
    codes: Callable[[], Iterable[Code]]
    extends: str = ""
    other: Callable[[str], Code | None] = field(default=lambda value: None)

    def get(self, value: str) -> Code | None:
        """The value; None = there is none."""
        return next((code for code in self.codes() if code.value == value), None) or self.other(value)


@cache
def _names() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text())


def _named(value: str, danish: str, **more: Any) -> Code:
    return Code(value, danish, _names()["english"].get(value, danish), **more)


_BEFORE: Final = (
    "Navn i den tidligere liste (PlanDK2); den gældende liste kan have et andet.",
    "Name in the former list (PlanDK2); the present one may have another.",
)


@cache
def _plan_types() -> tuple[Code, ...]:
    found = dict([*t.PLAN_TYPES.values(), *(t.LEVEL_TYPES[level] for level in t.PLAN_LEVEL)])
    return tuple(_named(value, danish) for value, danish in sorted(found.items()))


@cache
def _uses() -> tuple[Code, ...]:
    """General uses, then specific ones."""
    found = [
        _named(str(code), danish, broader=tuple(f"{_PLU}HILUCSValue/{value}" for value in hilucs))
        for code, (danish, hilucs) in t.LAND_USE.items()
    ]
    found += [Code(value, *names) for value, names in _names()["specific"].items()]
    found += [Code(value, da, en, *_BEFORE) for value, (da, en) in _names()["specific_before"].items()]
    return tuple(sorted(found, key=lambda code: (len(code.value), code.value)))


@cache
def _regulations() -> tuple[Code, ...]:
    parts = [t.LEVEL_TYPES[level] for level in t.LEVEL_TYPES if level not in t.PLAN_LEVEL]
    found = [_named(value, danish) for value, danish in sorted([*parts, t.OUTLINE_TYPE])]
    for code in _uses():
        prefix = t.USE_VALUE if len(code.value) == 2 else t.SPECIFIC_USE_VALUE
        found.append(
            Code(
                f"{prefix}{code.value}", code.name_da, code.name_en, code.note_da, code.note_en, code.broader
            )
        )
    found += [Code(f"{t.PLAN_TYPE_VALUE}{value}", *names) for value, names in _names()["plan_types"].items()]
    return tuple(found)


_NAMELESS: Final = (
    "Koden bruges i planer; dens navn er ikke kendt her.",
    "Plans use the code; its name is not known here.",
)


def _used(value: str) -> Code | None:
    """A code that no list names, but that a plan has."""
    if not re.fullmatch(r"-?\d{1,9}", value):
        return None
    code = int(value)
    held = PlanVersion.objects.filter(use_general=code) | PlanVersion.objects.filter(
        use_specific__contains=[code]
    )
    return Code(value, f"Anvendelse {value}", f"Use {value}", *_NAMELESS) if held.exists() else None


def _used_regulation(value: str) -> Code | None:
    for prefix in (t.USE_VALUE, t.SPECIFIC_USE_VALUE):
        if value.startswith(prefix) and (found := _used(value.removeprefix(prefix))) is not None:
            return Code(value, found.name_da, found.name_en, found.note_da, found.note_en)
    return None


def _registers() -> Iterable[Code]:
    yield Code("plandata", "Plandata.dk", "Plandata.dk")


def _other_register(value: str) -> Code | None:
    held = Plan.objects.filter(register=value).exists()
    return Code(value, f"Register {value}", f"Register {value}") if held else None


def _municipalities() -> Iterable[Code]:
    for one in Municipality.objects.all():
        yield Code(one.code, one.name, one.name)


LISTS: Final = {
    one.path: one
    for one in (
        CodeList(
            "codelist/PlanTypeNameValue", "Plantyper", "Types of plans", _plan_types,
            f"{_PLU}PlanTypeNameValue",
        ),
        CodeList(
            "codelist/LandUseClassificationValue", "Anvendelser (anvgen og anvspec)",
            "Land uses (anvgen and anvspec)", _uses, f"{_PLU}LandUseClassificationValue", _used,
        ),
        CodeList(
            "codelist/SpecificSupplementaryRegulationValue", "Særlige bestemmelser", "Specific regulations",
            _regulations, f"{_PLU}SpecificSupplementaryRegulationValue", _used_regulation,
        ),
        CodeList(
            t.REGISTER_SPACE.strip("/"), "Registre, som id'er er fra", "Registers that ids are from", _registers,
            other=_other_register,
        ),
        CodeList(t.MUNICIPALITY_SPACE.strip("/"), "Kommuner", "Municipalities", _municipalities),
    )
}  # fmt: skip
