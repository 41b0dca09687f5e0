"""Verb: run the rules on applications of one municipality and keep the findings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Final

import pandas as pd

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.engine.from_database import world_of
from permits.engine.rulesets import choose
from permits.engine.run import run
from permits.engine.store import finish_run, open_run, store
from permits.models.findings import Run
from permits.rulebook import discover

#: Applications in one World: bounds the memory of a run over everything.
CHUNK: Final = 10_000


def check_applications(
    applications: Collection[int],
    *,
    acting_user: User | None,
    municipality: str,
    as_of: date,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Run, pd.DataFrame]:
    """Check applications (ansøgninger) against every rule and store what was found.

    Parameters
    ----------
    applications : ids; those of other municipalities are invisible and left out.
    municipality : the tenant.
    as_of : day as of which plans and registers are read.
    progress : called with (done, of) after each part.

    Returns
    -------
    The run, and all its findings (also those that are not kept).
    """
    ids = sorted(set(applications))
    rules = list(discover())
    tables = []
    rulesets: set[str] = set()
    with recorded(
        "permits.check_applications",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"{len(ids)} applications",
    ) as recorder:
        record = open_run(rules=rules, rulesets=(), valid_on=as_of)
        for start in range(0, len(ids), CHUNK):
            world = world_of(ids[start : start + CHUNK], as_of=as_of)
            findings = run(world)
            rulesets |= set(choose(world).tolist()) - {""}
            store(record, world, findings)
            tables.append(findings)
            if progress is not None:
                progress(min(start + CHUNK, len(ids)), len(ids))
        record.rulesets = sorted(rulesets)
        record.save(update_fields=["rulesets"])
        finish_run(record)
        recorder.detail = {"run": record.pk, "revision": record.revision}
    return record, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
