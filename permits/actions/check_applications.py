"""Verb: run the rules on applications of one municipality and keep the findings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

import pandas as pd

from geodata.accounts.models import User
from geodata.ledger.action import recorded
from permits.engine.assess import assess
from permits.extensions import extensions
from permits.models.findings import Run


def check_applications(
    applications: Collection[int],
    *,
    acting_user: User | None,
    municipality: str,
    as_of: date,
    progress: Callable[[int, int], None] | None = None,
    each: Callable[[pd.DataFrame], object] | None = None,
    keep: bool = True,
    rules: Collection[str] | None = None,
) -> tuple[Run, pd.DataFrame]:
    """Check applications (ansøgninger) against the rules and store what was found.

    Parameters
    ----------
    applications : ids; those of other municipalities are invisible and left out.
    municipality : the tenant.
    as_of : day as of which plans and registers are read.
    progress : called with (done, of) after each portion.
    each : called with the findings of each portion.
    keep : whether all findings are wanted together, which takes memory for all of them.
    rules : ids, by default all.

    Returns
    -------
    The run, and all its findings (also those that are not stored); none where they are not kept.
    """
    ids = sorted(set(applications))
    with recorded(
        "permits.check_applications",
        acting_user=acting_user,
        municipality=municipality,
        subject=f"{len(ids)} applications",
    ) as recorder:
        record, findings = assess(ids, as_of=as_of, progress=progress, each=each, keep=keep, rules=rules)
        recorder.detail = {"run": record.pk, "revision": record.revision}
        # The engine's version says nothing of what others wrote.
        if packages := {one.name: one.version for one in extensions() if one.rules}:
            recorder.detail["packages"] = packages
    return record, findings
