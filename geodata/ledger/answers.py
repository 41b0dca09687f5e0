"""What the sources have answered: found, nothing there, or no answer, each with its day.

Rules ask here before they take silence for consent: a layer that has not answered is never "nothing there".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import connection
from django.utils import timezone

from geodata.accounts.models import Municipality
from geodata.ledger.models import AnswerState, ImportRun, SourceAnswer


def tell(
    source: str,
    theme: str,
    municipality: str | None,
    state: AnswerState,
    *,
    as_of: date | None,
    run: ImportRun | None = None,
) -> None:
    """Keep what a source has answered for a municipality (None: the whole country).

    ``not_answered`` does not wipe out an earlier answer: what was found stays found, of its own day.
    """
    keep = "WHERE excluded.state <> 'not_answered'"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_sourceanswer (source, theme, municipality_id, state, as_of, told_at, run_id) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (source, theme, municipality_id) DO UPDATE SET "
            "state = excluded.state, as_of = greatest(excluded.as_of, ledger_sourceanswer.as_of), "
            f"told_at = excluded.told_at, run_id = excluded.run_id {keep}",
            [source, theme, municipality, state.value, as_of, timezone.now(), run.pk if run else None],
        )


def tell_found(
    source: str,
    theme: str,
    municipalities: Iterable[str | None],
    parts: Collection[tuple[str, str]] = (),
    *,
    as_of: date | None,
    run: ImportRun,
) -> None:
    """Keep that a delivery held records of these municipalities; without a day of its own it is of today.

    ``parts`` are the municipality and the part of the theme of what it held; a delivery of everything (None) speaks
    for the whole country in each of its parts.
    """
    known = set(Municipality.objects.values_list("pk", flat=True))
    codes = set(municipalities)
    told = {(code, theme) for code in codes} | {(code, f"{theme}:{part}") for code, part in parts}
    if None in codes:
        told |= {(None, f"{theme}:{part}") for _, part in parts}
    for code, name in sorted(told, key=str):
        if code is None or code in known:
            tell(source, name, code, AnswerState.FOUND, as_of=as_of or timezone.localdate(), run=run)


def answers(themes: Iterable[str], municipality: str | None) -> Mapping[str, tuple[AnswerState, date | None]]:
    """Theme → (state, day) for a municipality: the best answer of any source, of it or of the whole country.

    A theme of which nobody has said anything is ``not_answered``.
    """
    wanted = list(themes)
    found: dict[str, tuple[AnswerState, date | None]] = dict.fromkeys(
        wanted, (AnswerState.NOT_ANSWERED, None)
    )
    order = {AnswerState.FOUND: 2, AnswerState.ABSENT: 1, AnswerState.NOT_ANSWERED: 0}
    rows = SourceAnswer.objects.filter(theme__in=wanted)
    for row in rows:
        if row.municipality_id not in (None, municipality):
            continue
        state, day = found[row.theme]
        told = (AnswerState(row.state), row.as_of)
        if (order[told[0]], told[1] or date.min) > (order[state], day or date.min):
            found[row.theme] = told
    return found
