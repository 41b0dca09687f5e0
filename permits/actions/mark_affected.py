"""Verb: mark the applications that something has changed for since all were last held against what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from geodata.accounts.models import Municipality, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import recorded
from permits.recheck import affected, state
from permits.recheck.state import State


@dataclass(frozen=True)
class Marked:
    """How many applications were marked, and for how many each sort of change was a reason."""

    applications: int
    reasons: dict[str, int]


def mark_affected(*, acting_user: User | None, as_of: date) -> Marked:
    """Mark the newest check of each application that a change can affect (genkontrol).

    What changed is everything since the last time this was done: plans, registers, cadastre by place, registers
    that have answered since by municipality, rule sets by name, plans that came into force or ended by day; a new
    engine, or the first time, affects all. A check that is stored takes its mark away.

    Parameters
    ----------
    as_of : day as of which the checks are to hold.

    Notes
    -----
    Corrections and signatures on single cases run their checks themselves. A mark may be too much, never too little.
    """
    with recorded(
        "permits.mark_affected", acting_user=acting_user, municipality=None, subject=f"as of {as_of}"
    ) as recorder:
        before, after = state.kept(), state.now(as_of)
        found = _everything() if before is None else _since(before, after)
        everyone = set().union(*found.values())
        _mark(everyone)
        state.keep(after)
        marked = Marked(len(everyone), {reason: len(ids) for reason, ids in found.items() if ids})
        recorder.detail = {"revision": after.revision, "applications": marked.applications, **marked.reasons}
    return marked


def _everything() -> dict[str, set[int]]:
    return {"first": affected.by_municipality([None])}


def _since(before: State, after: State) -> dict[str, set[int]]:
    if after.engine_version != before.engine_version or after.revision < before.revision:
        return {"engine": affected.by_municipality([None])}
    between = affected.Between(
        affected.changes_between(before.revision, after.revision), before.valid_on, after.valid_on
    )
    answered = {code for _theme, code in after.answered ^ before.answered}
    changed = {
        key.split(" ")[1]
        for key in before.rulesets.keys() | after.rulesets.keys()
        if before.rulesets.get(key) != after.rulesets.get(key)
    }
    return {
        "place": affected.by_place(between),
        "border": _each(lambda: affected.by_border(between)) if between.changes else set(),
        "register": _of_tenants(answered) if answered else set(),
        "ruleset": affected.by_ruleset(changed) if changed else set(),
    }


def _of_tenants(codes: set[str | None]) -> set[int]:
    """Applications on land of municipalities, whoever's cases they are."""
    if None in codes:
        return affected.by_municipality([None])
    return _each(lambda: affected.by_municipality(codes))


def _each(ask: Callable[[], set[int]]) -> set[int]:
    found: set[int] = set()
    for code in Municipality.objects.values_list("code", flat=True):
        with tenant(code):
            found |= ask()
    return found


def _mark(applications: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE permits_lookedat SET affected = true WHERE NOT affected AND application_id = ANY(%s)",
            [sorted(applications)],
        )
