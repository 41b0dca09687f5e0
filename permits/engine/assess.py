"""From applications to stored findings: the work of every action that makes the rules run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import pandas as pd

from geodata.collector import uncollected
from geodata.parallel import may_spread, processors, snapshot, spread
from permits.engine.from_database import world_of
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.store import Rows, finish_run, open_run, put, rows_of
from permits.models.findings import Run
from permits.rulebook import discover, no_findings

#: Applications in one World: bounds the memory of a run over everything.
CHUNK: Final = 10_000
#: As few in one World as still share the cost of the queries.
FEW: Final = 2_500


def assess(
    applications: Sequence[int],
    *,
    as_of: date,
    progress: Callable[[int, int], None] | None = None,
    each: Callable[[pd.DataFrame], object] | None = None,
    keep: bool = True,
    rules: Collection[str] | None = None,
) -> tuple[Run, pd.DataFrame]:
    """Run rules on applications and store what was found; the caller has a transaction and the tenant open.

    Parameters
    ----------
    applications : ids; those that the tenant may not see are left out.
    as_of : day as of which plans and registers are read.
    progress : called with (done, of) after each portion.
    each : called with the findings of each portion.
    keep : whether all findings are wanted together; without, no more is held than a portion for each process.
    rules : ids, by default all.

    Returns
    -------
    The run, and all its findings (also those that are not stored); none where they are not kept.

    Notes
    -----
    One portion is worked on here, and sees what the open transaction has written. Several are worked on in as many
    processes as there are processors, all from one snapshot, or here one after the other where that cannot be
    (:func:`geodata.parallel.may_spread`). Whoever worked it out, it is written here, by the caller's transaction:
    a run that comes to an end half way leaves nothing.
    """
    portions = _portions(applications)
    tables, done = [], 0
    rulesets: set[str] = set()
    with (
        _opened(as_of, sorted(discover() if rules is None else rules), many=len(portions) > 1) as (
            record,
            worked_out,
        ),
        # Closed at once where storing fails, so that no process works on.
        closing(worked_out(portions, told=keep or each is not None)) as parts,
    ):
        for portion, found in zip(portions, parts, strict=True):
            put(found.rows)
            rulesets |= found.rulesets
            if each is not None:
                each(found.findings)
            if keep:
                tables.append(found.findings)
            done += len(portion)
            if progress is not None:
                progress(done, len(applications))
        record.rulesets = sorted(rulesets)
        record.save(update_fields=["rulesets"])
        finish_run(record)
    return record, pd.concat(tables, ignore_index=True) if tables else no_findings()


def _portions(applications: Sequence[int]) -> list[Sequence[int]]:
    """Full portions first, smaller ones towards the end, so that no process waits long for the last of another."""
    if len(applications) <= CHUNK:
        return [applications] if applications else []
    portions, start = [], 0
    while (left := len(applications) - start) > 0:
        size = min(CHUNK, max(left // (2 * processors()), FEW))
        portions.append(applications[start : start + size])
        start += size
    return portions


@dataclass(frozen=True)
class _Found:
    rows: Rows
    rulesets: set[str]
    findings: pd.DataFrame


@uncollected()
def _find(
    applications: Sequence[int], run_id: int, as_of: date, told: bool, rules: Collection[str]
) -> _Found:
    """Findings of one portion; ``told`` = as a table too, and not only as rows to store."""
    world = world_of(applications, as_of=as_of)
    findings = run(world, rules, to_keep=not told)
    return _Found(
        rows_of(run_id, world, findings),
        set(choose(world).tolist()) - {""},
        findings if told else no_findings(),
    )


WorkedOut = Callable[..., Generator[_Found, None, None]]


@contextmanager
def _opened(as_of: date, rules: list[str], *, many: bool) -> Iterator[tuple[Run, WorkedOut]]:
    """Open the run, and say how its portions are worked out."""
    if many and may_spread():
        with snapshot() as seen:
            record = open_run(rules=rules, rulesets=(), valid_on=as_of, revision=seen.revision)

            def beside(portions: list[Sequence[int]], *, told: bool) -> Generator[_Found, None, None]:
                return spread(
                    partial(_find, run_id=record.pk, as_of=as_of, told=told, rules=rules), portions, seen
                )

            yield record, beside
        return
    record = open_run(rules=rules, rulesets=(), valid_on=as_of)

    def here(portions: list[Sequence[int]], *, told: bool) -> Generator[_Found, None, None]:
        return (_find(portion, record.pk, as_of, told, rules) for portion in portions)

    yield record, here
