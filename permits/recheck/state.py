"""What checks are held against: knowledge, validity, answers of registers, rule sets and engine, as they are now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from geodata.ledger.models import AnswerState, SourceAnswer
from geodata.ledger.revisions import last_revision
from permits.engine.ruleset_files import every
from permits.engine.version import ENGINE_VERSION
from permits.models.rechecks import RecheckState
from permits.models.rulesets import RulesetSignature
from permits.rulebook import discover


@dataclass(frozen=True)
class State:
    """One state; ``answered`` are (theme, municipality or None), ``rulesets`` name → what it is and who signed it."""

    revision: int
    valid_on: date
    answered: frozenset[tuple[str, str | None]]
    rulesets: dict[str, str]
    engine_version: str


def now(day: date) -> State:
    """The state as it is, for a day as of which plans and registers are read."""
    answers = SourceAnswer.objects.exclude(state=AnswerState.NOT_ANSWERED)
    signed: dict[str, str] = {}
    for name, code, sha256 in RulesetSignature.objects.order_by("id").values_list(
        "name", "municipality_id", "sha256"
    ):
        signed[f"{name} {code}"] = sha256
    files = {f"file {one.name}": one.sha256 for one in every() if one.name}
    return State(
        last_revision(),
        day,
        frozenset(
            (theme, code) for theme, code in answers.values_list("theme", "municipality_id").distinct()
        ),
        {**signed, **files},
        _engine(),
    )


def _engine() -> str:
    """Version of the engine and which rules it has: one more, of a package too, has looked at nobody yet."""
    rules = hashlib.sha256(",".join(sorted(discover())).encode()).hexdigest()
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
