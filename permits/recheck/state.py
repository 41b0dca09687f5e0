"""What checks are held against: knowledge, validity, answers of registers, rule sets and engine, as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geodata.accounts.tenancy import tenant
from geodata.ledger.models import AnswerState, SourceAnswer
from geodata.ledger.revisions import last_revision
from permits.engine.ruleset_files import every
from permits.engine.version import ENGINE_VERSION
from permits.extensions import extensions
from permits.models.rechecks import RecheckState
from permits.models.rulesets import RulesetSignature
from permits.rulebook import discover


@dataclass(frozen=True)
class State:
    """One state; ``answered`` are (theme, municipality or None).

    ``rulesets`` are hashes by words: ``file`` and the name of a rule set; ``signed``, the name, and the municipality
    that signed it. Names hold no spaces.
    """

    revision: int
    valid_on: date
    answered: frozenset[tuple[str, str | None]]
    rulesets: dict[str, str]
    engine_version: str


def now(day: date) -> State:
    """The state as it is, for a day as of which plans and registers are read."""
    answers = SourceAnswer.objects.exclude(state=AnswerState.NOT_ANSWERED)
    files: dict[str, str] = {}
    found = every()
    for one in filter(lambda one: one.name, found):
        # Of two of one name neither can be used, until one of them goes.
        key = f"file {one.name}"
        files[key] = f"{files.get(key, '')}{one.sha256}{'' if one.usable else '!'}"
    return State(
        last_revision(),
        day,
        frozenset(
            (theme, code) for theme, code in answers.values_list("theme", "municipality_id").distinct()
        ),
        {**files, **_signed({one.municipality for one in found if one.municipality})},
        _engine(),
    )


def _signed(municipalities: Iterable[str]) -> dict[str, str]:
    """What municipalities have signed last under each name: one at a time, since only its own tenant sees it."""
    found: dict[str, str] = {}
    for code in sorted(municipalities):
        with tenant(code):
            rows = RulesetSignature.objects.filter(municipality_id=code).order_by("id")
            found |= {f"signed {name} {code}": sha256 for name, sha256 in rows.values_list("name", "sha256")}
    return found


def _engine() -> str:
    """Version of the engine and which rules it has: one more, of a package too, has looked at nobody yet.

    Another version of a package may have other rules under the same names, and other numbers.
    """
    packages = (f"{one.name} {one.version}" for one in extensions() if one.rules or one.numbers)
    rules = hashlib.sha256(",".join([*sorted(discover()), *packages]).encode()).hexdigest()
    return f"{ENGINE_VERSION} {rules[:16]}"


def kept() -> State | None:
    """The state that the checks which stand have been held against; None = never."""
    row = RecheckState.objects.first()
    if row is None:
        return None
    answered = frozenset((theme, code) for theme, code in row.answered)
    return State(row.revision, row.valid_on, answered, row.rulesets, row.engine_version)


def keep(state: State) -> None:
    """Put it down in place of the one before."""
    RecheckState.objects.update_or_create(
        id=1,
        defaults={
            "revision": state.revision,
            "valid_on": state.valid_on,
            "answered": sorted(map(list, state.answered), key=str),
            "rulesets": state.rulesets,
            "engine_version": state.engine_version,
        },
    )
