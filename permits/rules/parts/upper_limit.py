"""Holding one number per building against an upper limit that may hang on something nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from permits.rulebook import EQUAL, FLAGS, findings, joined, worded
from permits.rules.parts.asked import silent
from permits.rules.parts.tolerance import turning

if TYPE_CHECKING:
    import pandas as pd

    from permits.engine.world import World
    from permits.rules.parts.coverage import Left

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Limits(NamedTuple):
    """Upper limit of every building of the World.

    Attributes
    ----------
    strict : the limit; infinite where the rule has none.
    mild : the limit if all that is not known were in favour; infinite where the rule then had none.
    """

    strict: Floats
    mild: Floats


class Measured(NamedTuple):
    """What is measured of every building of the World.

    Attributes
    ----------
    value : the number as far as it is known; NaN = nothing is.
    least : the number if all that is not known were in favour.
    open : a part of the building could have more than ``value``.
    x, y : where, in grid metres; NaN = nowhere in particular.
    """

    value: Floats
    least: Floats
    open: Bools
    x: Floats
    y: Floats


def plain(values: Floats) -> Measured:
    """Numbers that are known or not, and belong to no place; a negative or infinite one is not known."""
    good = np.where(np.isfinite(values) & (values >= 0.0), values, np.nan)
    nowhere = np.full(len(good), np.nan)
    return Measured(good, good, np.zeros(len(good), dtype=bool), nowhere, nowhere)


def upper_limit(
    rule: str, world: World, asked: Bools, measured: Measured, limits: Limits, left: Left | None = None
) -> pd.DataFrame:
    """Findings of a rule that asks of each building that a number stays at or below a limit.

    Parameters
    ----------
    rule : its id.
    asked : buildings that the rule is about at all.
    measured, limits : per building of the World.
    left : what plans leave to the regulation; ``None`` where no plan takes the matter over.

    Returns
    -------
    One finding per building asked about: ``pass``, or ``needs_manual`` with ``overall_assessment`` above the
    mild limit and ``missing_data`` where nothing is measured or what is not known decides; ``not_applicable``
    where the rule has no limit or a plan regulates the matter, and for sites with no building to ask about.
    """
    none = np.zeros(len(asked), dtype=bool)
    tested = asked & np.isfinite(limits.strict) & (~none if left is None else left.tested)
    blind = asked & np.isfinite(limits.strict) & (none if left is None else left.unknown) & ~tested
    near = none if left is None else left.near_line
    flags = np.where(near, FLAGS["near_line"], 0).astype(np.int64)
    rows = np.flatnonzero(tested | blind)
    value, strict, mild = measured.value[rows], limits.strict[rows], limits.mild[rows]
    broken = tested[rows] & (measured.least[rows] > mild + EQUAL)
    # A rule that may have no limit here has not been answered, however small the number.
    met = tested[rows] & (value <= strict + EQUAL) & np.isfinite(mild) & ~measured.open[rows]
    limit = np.where(broken, mild, strict)
    shown = np.where(broken, measured.least[rows], value)
    said = tested[rows] & np.isfinite(shown)
    clear = broken | met
    table = findings(
        rule,
        site=world.column("buildings", "site")[rows],
        building=world.column("buildings", "building")[rows],
        outcome=worded([met], ["pass"], "needs_manual"),
        reason=worded([met, broken], ["", "overall_assessment"], "missing_data"),
        flags=flags[rows]
        | np.where(tested[rows], turning(mild - measured.least[rows]) | turning(strict - value), 0),
        measured=np.where(said, shown, np.nan),
        limit=np.where(clear | (strict == mild), limit, np.nan),
        margin=np.where(said & clear, limit - shown, np.nan),
        x=np.where(said, measured.x[rows], np.nan),
        y=np.where(said, measured.y[rows], np.nan),
    )
    quiet = asked & ~tested & ~blind
    return joined(table, silent(rule, world, asked, quiet, flags))
