"""What plan areas regulate, in the form in which it is stored with their version."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from planning.limits import limits_of, uses_of

_EVERY_USE: Final = -1
_INT4: Final = 2**31


def provisions(said: pd.DataFrame) -> pd.Series:
    """Limits of each plan area: list of {matter, use_code, state, value, per, clause}.

    Parameters
    ----------
    said : plan areas with the register's field names.

    Notes
    -----
    Two slots that say different numbers for the same use are ``not_recorded``: somebody has to read the plan.
    """
    found = limits_of(said)
    found = found[found["use_code"].abs() < _INT4]
    key = ["row", "matter", "use_code"]
    found = found.drop_duplicates([*key, "state", "value", "per"])
    torn = found.duplicated(key, keep=False)
    found = found.assign(
        state=found["state"].mask(torn, "not_recorded"),
        value=found["value"].mask(torn),
        per=found["per"].mask(torn, ""),
    )
    found = found.drop_duplicates(key)
    rows: list[list[dict[str, Any]]] = [[] for _ in range(len(said))]
    for row, matter, use, state, value, per in zip(
        found["row"],
        found["matter"],
        found["use_code"],
        found["state"],
        found["value"],
        found["per"],
        strict=True,
    ):
        rows[row].append(
            {
                "matter": matter,
                "use_code": None if use == _EVERY_USE else int(use),
                "state": state,
                "value": None if np.isnan(value) else float(value),
                "per": per,
                "clause": "",
            }
        )
    return pd.Series(rows, said.index, dtype=object)


def specific_uses(said: pd.DataFrame) -> pd.Series:
    """Specific uses of each plan area: list of codes, empty = none."""
    found = uses_of(said)
    found = found[found["code"].abs() < _INT4]
    by_row = found.groupby("row")["code"].agg(list)
    return pd.Series([by_row.get(row, []) for row in range(len(said))], said.index, dtype=object)
