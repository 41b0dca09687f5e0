"""Rule sets as files: what is shipped with the program, and what a municipality has written itself.

A shipped set (``permits/rulesets/*.toml``) says by ``status = "in_force"``, ``signed_by`` and ``signed_on`` that it
counts; without that it is a draft. A municipality's own set is a file of the same form in the folder of the setting
``RULESETS``, or of an installed package, with ``kind = "own"`` and the ``municipality`` it belongs to. It says
nothing of its state: it is signed on the site. Own files are read anew each time, so that one that was changed is
known by its hash at once; one that cannot be used keeps its faults and troubles nobody else. The numbers that
installed packages bring join every set.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from permits.extensions import brought_numbers, extensions, tables
from permits.numbers import number_faults
from permits.rulebook import Ruleset

OWN: Final = "own"
#: ``unsettled`` stands for a time between two verified texts.
SHIPPED: Final = ("national", "unsettled")
_NAME: Final = re.compile(r"[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå._-]{0,59}")
_CODE: Final = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Fault:
    """Why a file cannot be used: a sentence with places, said in the language that is active."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(self.text) % self.values


@dataclass(frozen=True)
class RulesetFile:
    """One file of numbers (regelsæt).

    ``text`` is the file as it stands and ``sha256`` its hash. ``valid_from`` and ``valid_to`` are the first and the
    last day of sending in that it is for, None = open. ``status``, ``signed_by`` and ``signed_on`` are what a shipped
    set says of itself; ``municipality`` is the code of whose an own one is, empty where it does not say.
    """

    file: str
    sha256: str
    text: str = ""
    name: str = ""
    kind: str = OWN
    title_da: str = ""
    title_en: str = ""
    municipality: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    status: str = ""
    signed_by: str = ""
    signed_on: date | None = None
    numbers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is a municipality's own and not shipped."""
        return self.kind == OWN

    @cached_property
    def ruleset(self) -> Ruleset:
        """Its numbers, made once: what is worked out by a rule set is remembered under that very object."""
        return Ruleset(self.name, self.numbers)

    @property
    def usable(self) -> bool:
        """Whether its numbers can be read; not whether they may be used."""
        return bool(self.name) and not self.faults


@cache
def shipped() -> tuple[RulesetFile, ...]:
    """The sets that come with the program, by file name; the numbers of installed packages stand behind theirs.

    Raises
    ------
    ValueError : one of them has a fault, or two have the same name.
    """
    return tuple(map(_with_brought, _as_shipped()))


@cache
def _as_shipped() -> tuple[RulesetFile, ...]:
    found = [
        _read(file.name, file.read_bytes(), own=False)
        for file in sorted(files("permits.rulesets").iterdir(), key=lambda f: f.name)
        if file.name.endswith(".toml")
    ]
    told = [f"{one.file}: {fault}" for one in _without_twins(found) for fault in one.faults]
    if told:
        raise ValueError("; ".join(told))
    return tuple(found)


def own() -> tuple[RulesetFile, ...]:
    """The municipalities' own sets as they stand at this moment; faults stay with their file.

    Those of the folder by file name, then those that installed packages bring, by package.
    """
    folder = Path(settings.RULESETS)
    places: list[tuple[str, Path | Traversable]] = [
        (path.name, path) for path in sorted(folder.glob("*.toml"))
    ]
    for package in (package for one in extensions() for package in one.rulesets):
        places += [(f"{package}/{name}", place) for name, place in tables(package)[0]]
    found = []
    for name, place in places:
        try:
            found.append(_with_brought(_read(name, place.read_bytes(), own=True)))
        except OSError as error:
            reason = Fault(N_("The file cannot be read: %(why)s"), {"why": error.strerror or str(error)})
            found.append(RulesetFile(name, "", faults=(reason,)))
    return tuple(_without_twins(found, {one.name for one in _as_shipped()}))


def _with_brought(one: RulesetFile) -> RulesetFile:
    """A set with the numbers of installed packages behind its own; what it says itself of one of them counts."""
    more = {key: entry for key, entry in brought_numbers().items() if key not in one.numbers}
    return replace(one, numbers={**one.numbers, **more}) if more else one


def every() -> tuple[RulesetFile, ...]:
    """All of them: shipped ones, then own ones."""
    return (*shipped(), *own())


def _without_twins(found: list[RulesetFile], taken: Iterable[str] = ()) -> list[RulesetFile]:
    """The same, with a fault where a name is another's too: which of them was meant nobody can say."""
    names = Counter([*taken, *(one.name for one in found if one.name)])
    twin = N_("Another rule set is called %(name)s too.")
    return [
        replace(one, faults=(*one.faults, Fault(twin, {"name": one.name}))) if names[one.name] > 1 else one
        for one in found
    ]


@lru_cache(maxsize=64)
def _read(file: str, content: bytes, *, own: bool) -> RulesetFile:
    digest = sha256(content).hexdigest()
    try:
        text = content.decode("utf-8")
        data = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = Fault(N_("The file is not TOML: %(why)s"), {"why": str(error)})
        return RulesetFile(file, digest, content.decode("utf-8", "replace"), faults=(fault,))
    name = data.get("name")
    named = isinstance(name, str) and _NAME.fullmatch(name) is not None
    code = str(data.get("municipality", ""))
    numbers = data.get("numbers")
    tables = {k: v for k, v in numbers.items() if isinstance(v, dict)} if isinstance(numbers, dict) else {}
    return RulesetFile(
        file,
        digest,
        text,
        name=str(name) if named else "",
        kind=OWN if own else str(data.get("kind", "")),
        title_da=str(data.get("title_da", "")),
        title_en=str(data.get("title_en", "")),
        municipality=code if own and _CODE.fullmatch(code) else "",
        valid_from=_day(data, "valid_from"),
        valid_to=_day(data, "valid_to"),
        status="" if own else str(data.get("status", "draft")),
        signed_by="" if own else str(data.get("signed_by", "")),
        signed_on=None if own else _day(data, "signed_on"),
        numbers=tables,
        faults=tuple(_faults(data, tables, named=named, own=own)),
    )


def _day(data: Mapping[str, Any], key: str) -> date | None:
    value = data.get(key)
    # A datetime is a date to Python, but not a day of the calendar.
    return value if type(value) is date else None


def _faults(
    data: Mapping[str, Any], numbers: Mapping[str, Mapping[str, Any]], *, named: bool, own: bool
) -> list[Fault]:
    told = []
    if not named:
        told.append(
            Fault(N_("It has no name, or one with other signs than letters, digits, full stop, dash."))
        )
    told += [
        Fault(N_("%(key)s is missing."), {"key": key})
        for key in ("title_da", "title_en")
        if not isinstance(data.get(key), str) or not data[key].strip()
    ]
    told += [
        Fault(N_("%(key)s is not a date; write it as 2026-03-01."), {"key": key})
        for key in ("valid_from", "valid_to", "signed_on")
        if key in data and _day(data, key) is None
    ]
    first, last = _day(data, "valid_from"), _day(data, "valid_to")
    if first and last and last < first:
        told.append(Fault(N_("It ends before it begins.")))
    told += _own_faults(data) if own else _shipped_faults(data)
    if not numbers or len(numbers) != len(data["numbers"]):
        told.append(Fault(N_("It has no numbers, or some that are no tables.")))
    for key, entry in numbers.items():
        told += [Fault(text, places) for text, places in number_faults(key, entry)]
    return told + (_compared(numbers) if own and numbers else [])


def _own_faults(data: Mapping[str, Any]) -> list[Fault]:
    told = []
    if data.get("kind") != OWN:
        told.append(Fault(N_('A municipality\'s own set says kind = "own".')))
    if _CODE.fullmatch(str(data.get("municipality", ""))) is None:
        told.append(Fault(N_('It does not say which municipality it belongs to: municipality = "0167".')))
    if {"status", "signed_by", "signed_on"} & set(data):
        told.append(Fault(N_("It says of itself that it is signed; that is done here, by a person.")))
    return told


def _shipped_faults(data: Mapping[str, Any]) -> list[Fault]:
    told = []
    if data.get("kind") not in SHIPPED:
        told.append(
            Fault(N_("The kind of a shipped set is one of: %(kinds)s."), {"kinds": ", ".join(SHIPPED)})
        )
    status = data.get("status", "draft")
    if status not in ("draft", "in_force") or (
        status == "in_force" and not (data.get("signed_by") and _day(data, "signed_on"))
    ):
        told.append(Fault(N_("A shipped set is a draft, or in force with signed_by and signed_on.")))
    return told


def _compared(numbers: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """What an own set lacks beside the national ones: a rule must find each number that it reads."""
    # What packages bring joins an own set too, so it need not be written down there.
    missing = min(
        ([key for key in one.numbers if key not in numbers] for one in _as_shipped()),
        key=len,
    )
    nationals = [one.numbers for one in shipped()]
    told = [Fault(N_("%(key)s is missing."), {"key": key}) for key in missing]
    for key, entry in numbers.items():
        known = [national[key]["value"] for national in nationals if key in national]
        words = [value for value in known if isinstance(value, str)]
        value = entry.get("value")
        if known and isinstance(value, str) != bool(words):
            told.append(
                Fault(N_("The value of %(key)s is a word instead of a number, or the reverse."), {"key": key})
            )
        elif words and value not in words:
            choice = {"key": key, "known": ", ".join(dict.fromkeys(words))}
            told.append(Fault(N_("The value of %(key)s must be one of: %(known)s."), choice))
    return told
