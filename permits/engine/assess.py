"""From applications to stored findings: the work of every action that makes the rules run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import pandas as pd

from permits.engine.from_database import world_of
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.store import finish_run, open_run, store
from permits.models.findings import Run
from permits.rulebook import discover

#: Applications in one World: bounds the memory of a run over everything.
CHUNK: Final = 10_000


def assess(
    applications: Sequence[int], *, as_of: date, progress: Callable[[int, int], None] | None = None
) -> tuple[Run, pd.DataFrame]:
    """Run every rule on applications and store what was found; the caller has a transaction and the tenant open.

    Parameters
    ----------
    applications : ids; those that the tenant may not see are left out.
    as_of : day as of which plans and registers are read.
    progress : called with (done, of) after each part.

    Returns
    -------
    The run, and all its findings (also those that are not kept).
    """
    tables = []
    rulesets: set[str] = set()
    record = open_run(rules=list(discover()), rulesets=(), valid_on=as_of)
    for start in range(0, len(applications), CHUNK):
        world = world_of(applications[start : start + CHUNK], as_of=as_of)
        findings = run(world)
        rulesets |= set(choose(world).tolist()) - {""}
        store(record, world, findings)
        tables.append(findings)
        if progress is not None:
            progress(min(start + CHUNK, len(applications)), len(applications))
    record.rulesets = sorted(rulesets)
    record.save(update_fields=["rulesets"])
    finish_run(record)
    return record, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
