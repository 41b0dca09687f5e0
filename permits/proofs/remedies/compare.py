"""What a change does to the findings of a site: what it settles, what it leaves, what it makes worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from permits.rulebook import EQUAL, FLAGS, SEVERITY, any_word, discover, worst

Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

_FINE: Final = SEVERITY["pass"]
#: Rules that measure a building without a drawn roof as a box of its full height, and do not judge by it alone.
BOXED: Final = ("br18.sloped_plane",)


class Key(NamedTuple):
    """What a finding is about: its rule, and the key of the building (-1 = the site)."""

    rule: str
    building: int


@dataclass(frozen=True)
class Verdict:
    """What comes of a change.

    Attributes
    ----------
    settles : breaches before that pass now, and with nothing left over a line.
    leaves : breaches before that are still there.
    worse : findings that are worse than before.
    """

    settles: tuple[Key, ...]
    leaves: tuple[Key, ...]
    worse: tuple[Key, ...]


def breaches(table: pd.DataFrame) -> pd.DataFrame:
    """The findings in which a limit is passed; what is merely not known, or a person weighs, is none.

    Danish: overskridelser. ``fail`` and ``needs_dispensation``; an overall assessment or an ambiguous boundary with a
    number beyond its limit; a footprint outside the property; what stands outside fields that may not bind; and a
    building without a drawn roof that passes the sloped plane as a box: below it, no roof has to be known.
    """
    outcome, reason = (table[name].to_numpy(dtype=object) for name in ("outcome", "reason"))
    beyond = table["margin"].to_numpy() < -EQUAL
    asked = any_word(outcome, "needs_manual") & beyond
    weighed = any_word(reason, "overall_assessment", "ambiguous_boundary", "assessment", "legal_text")
    asked &= weighed | boxed(table)
    return table[any_word(outcome, "fail", "needs_dispensation") | asked]


def boxed(table: pd.DataFrame) -> Bools:
    """Which findings are about a building that was measured as a box because no roof is drawn, and met the plane."""
    rule, reason = (table[name].to_numpy(dtype=object) for name in ("rule", "reason"))
    met = any_word(rule, *BOXED) & any_word(reason, "missing_data")
    return np.asarray(met & (table["margin"].to_numpy() < -EQUAL), dtype=np.bool_)


def summed(table: pd.DataFrame) -> pd.DataFrame:
    """The worst finding of each site, rule and building, with the flags of all."""
    return worst(table, ("site", "rule", "building"))


def compare(before: pd.DataFrame, after: pd.DataFrame, size: int) -> list[Verdict]:
    """What comes of ``size`` changes.

    Parameters
    ----------
    before : worst findings of the one site, by :func:`summed`.
    after : the same of the changed sites 0 … size-1, keys of buildings as in ``before``.
    """
    wrong = {Key(r, b) for r, b in _keys(breaches(before))}
    both = after.merge(
        before[["rule", "building", "outcome", "flags", "margin"]],
        on=["rule", "building"],
        how="left",
        suffixes=("", "_old"),
    )
    rank = _rank(both["outcome"], both["rule"])
    old_rank = _rank(both["outcome_old"].fillna("not_applicable"), both["rule"])
    near = (both["flags"].to_numpy() & FLAGS["near_line"]) > 0
    old_near = (both["flags_old"].fillna(0).to_numpy(dtype=np.int64) & FLAGS["near_line"]) > 0
    less = both["margin"].to_numpy() < both["margin_old"].to_numpy() - EQUAL
    worse = (rank < old_rank) | ((rank == old_rank) & (rank < _FINE) & less) | (near & ~old_near)
    clean = (rank >= _FINE) & ~near
    site = both["site"].to_numpy()
    told: list[tuple[list[Key], list[Key], list[Key]]] = [([], [], []) for _ in range(size)]
    for row, key in enumerate(_keys(both)):
        settles, leaves, harmed = told[site[row]]
        if key in wrong:
            (settles if clean[row] else leaves).append(Key(*key))
        if worse[row]:
            harmed.append(Key(*key))
    return [Verdict(*(tuple(sorted(part)) for part in parts)) for parts in told]


def _keys(table: pd.DataFrame) -> list[tuple[str, int]]:
    return list(zip(table["rule"].tolist(), table["building"].tolist(), strict=True))


def _rank(outcome: pd.Series, rule: pd.Series) -> npt.NDArray[np.int64]:
    """Severity, where everything that is no breach is as good as a pass; an exemption that is lost is not."""
    rank = outcome.map(SEVERITY).to_numpy(dtype=np.int64)
    exempts = [name for name, known in discover().items() if known.exempts]
    lost = any_word(rule.to_numpy(dtype=object), *exempts) & (
        outcome.to_numpy(dtype=object) == "not_applicable"
    )
    rank = np.minimum(rank, _FINE)
    rank[lost] = _FINE - 1
    return np.asarray(rank, dtype=np.int64)
